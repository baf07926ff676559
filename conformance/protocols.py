"""The request types of the three protocols in the vendors' SDKs, and the verdict on one body."""

from anthropic.types import message_create_params as messages
from anthropic.types.beta import message_create_params as beta_messages
from openai.types.chat import completion_create_params as chat
from openai.types.responses import response_create_params as responses

from wire_types import Mismatch, check

NAMES = ("chat", "responses", "messages")

# Beta types come second: a body that only they accept needs a beta header.
REQUESTS = {
    "chat": (chat.CompletionCreateParamsNonStreaming, chat.CompletionCreateParamsStreaming),
    "responses": (responses.ResponseCreateParamsNonStreaming, responses.ResponseCreateParamsStreaming),
    "messages": (
        messages.MessageCreateParamsNonStreaming,
        messages.MessageCreateParamsStreaming,
        beta_messages.MessageCreateParamsNonStreaming,
        beta_messages.MessageCreateParamsStreaming,
    ),
}

# The SDKs type these beside the body and send them as headers.
HEADERS = {"messages": ("betas", "user_profile_id", "workspace_id")}


def mismatch(protocol, body):
    """The first error of a request body against the SDK's types, or `None`."""
    for name in HEADERS.get(protocol, ()):
        if isinstance(body, dict) and name in body:
            return Mismatch(f"/{name}", "a header, not a member of the body")
    errors = []
    for hint in REQUESTS[protocol]:
        try:
            check(body, hint)
            return None
        except Mismatch as error:
            errors.append(error)
    return max(errors, key=lambda error: error.depth)
