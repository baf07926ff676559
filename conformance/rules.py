"""What the services answer 400 to and no type says: adjacency, minima, name patterns.

Each rule names its rows of docs/mapping.md in brackets (services as of 2026-11). A rule yields
(name, path, why). The names are shared by the protocols: a body may break a rule that its source breaks as well,
because a converter reports such a history and does not mend it [row 41].
"""

import re


def broken(protocol, body):
    """Every (rule, path, why) that a request body breaks. The body has passed the types."""
    return list(RULES[protocol](body))


def _messages(body):
    yield from _choice_without_tools(body)
    yield from _thinking_budget(body)
    for index, tool in enumerate(body.get("tools") or []):
        if tool.get("type", "custom") == "custom":
            yield from _name(tool["name"], 128, f"/tools/{index}/name")
            if tool["input_schema"].get("type") != "object":
                yield "schema_is_object", f"/tools/{index}/input_schema", "`type` is not `object` [19]"
    open_calls = set()
    for index, message in enumerate(body["messages"]):
        parts = message["content"] if isinstance(message["content"], list) else []
        yield from _parts(parts, open_calls, f"/messages/{index}/content")
        open_calls = {part["id"] for part in parts if part["type"] == "tool_use"}
    if open_calls:
        yield "calls_answered", "/messages", "the last turn leaves calls unanswered [41]"


def _parts(parts, open_calls, path):
    answered, other_seen = set(), False
    for index, part in enumerate(parts):
        if part["type"] == "tool_result":
            answered.add(part["tool_use_id"])
            if other_seen:
                yield "results_first", f"{path}/{index}", "a result after other content [33]"
        else:
            other_seen = True
        if part["type"] == "text" and not part["text"].strip():
            yield "text_not_empty", f"{path}/{index}/text", "an empty text block [8]"
    if open_calls - answered:
        yield "calls_answered", path, "a call of the turn before has no result here [33, 41]"
    if answered - open_calls:
        yield "results_called", path, "a result without a call in the turn before [41]"


def _thinking_budget(body):
    budget = (body.get("thinking") or {}).get("budget_tokens")
    if budget is not None and not 1024 <= budget < body["max_tokens"]:
        yield "thinking_budget", "/thinking/budget_tokens", "not in 1024..max_tokens [44]"


def _chat(body):
    yield from _choice_without_tools(body)
    for index, tool in enumerate(body.get("tools") or []):
        kind = tool["type"]
        yield from _name(tool[kind]["name"], 64, f"/tools/{index}/{kind}/name")
    open_calls = set()
    for index, message in enumerate(body["messages"]):
        path = f"/messages/{index}"
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                yield "results_called", path, "a result without a call in the turn before [41]"
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            yield "calls_answered", path, "a call of the turn before has no result [33, 41]"
        open_calls = {call["id"] for call in message.get("tool_calls") or []}
    if open_calls:
        yield "calls_answered", "/messages", "the last turn leaves calls unanswered [41]"


def _responses(body):
    yield from _choice_without_tools(body)
    limit = body.get("max_output_tokens")
    if limit is not None and limit < 16:
        yield "output_minimum", "/max_output_tokens", "below 16 [61]"
    items = body["input"] if isinstance(body.get("input"), list) else []
    calls = {}
    for index, item in enumerate(items):
        kind, path = item.get("type", "message"), f"/input/{index}"
        if kind in ("function_call", "custom_tool_call"):
            calls[item["call_id"]] = path
            if len(item["call_id"]) > 64:
                yield "call_id_length", f"{path}/call_id", "longer than 64 [35]"
            if not item.get("id", "fc_").startswith(("fc_", "ctc_")):
                yield "item_id_prefix", f"{path}/id", "not an id of this API [35]"
        elif kind in ("function_call_output", "custom_tool_call_output"):
            if calls.pop(item["call_id"], None) is None:
                yield "results_called", path, "a result without a call before it [41]"
    for path in calls.values():
        yield "calls_answered", path, "a call without a result [41]"


def _choice_without_tools(body):
    if body.get("tool_choice") is not None and not body.get("tools"):
        yield "choice_needs_tools", "/tool_choice", "no tools to choose from [32]"


def _name(name, longest, path):
    if not re.fullmatch(rf"[a-zA-Z0-9_-]{{1,{longest}}}", name):
        yield "tool_name", path, f"not 1 to {longest} of letters, digits, `_` and `-` [21]"


RULES = {"chat": _chat, "responses": _responses, "messages": _messages}
