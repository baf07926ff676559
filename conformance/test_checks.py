"""The checkers reject what they must: a validator that accepts everything would pass every corpus."""

import unittest

import protocols
import rules

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
MESSAGES = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
RESPONSES = {"model": "m", "input": "hi"}


class Types(unittest.TestCase):
    def accept(self, protocol, body):
        self.assertIsNone(protocols.mismatch(protocol, body))

    def reject(self, protocol, body, path):
        error = protocols.mismatch(protocol, body)
        self.assertIsNotNone(error, "accepted")
        self.assertEqual(error.path, path)

    def test_the_smallest_bodies_are_valid(self):
        self.accept("chat", CHAT)
        self.accept("messages", MESSAGES)
        self.accept("responses", RESPONSES)

    def test_streaming_bodies_are_valid(self):
        self.accept("chat", CHAT | {"stream": True, "stream_options": {"include_usage": True}})
        self.accept("messages", MESSAGES | {"stream": True})

    def test_a_required_member_is_missed(self):
        self.reject("messages", {"model": "m", "messages": []}, "")

    def test_numbers_in_strings_are_not_numbers(self):
        self.reject("chat", CHAT | {"top_logprobs": "5"}, "/top_logprobs")
        self.reject("chat", CHAT | {"top_logprobs": True}, "/top_logprobs")

    def test_members_of_another_protocol_are_errors(self):
        self.reject("chat", CHAT | {"system": "be brief"}, "/system")
        self.reject("messages", MESSAGES | {"store": False}, "/store")
        self.reject("responses", RESPONSES | {"messages": []}, "/messages")

    def test_headers_are_not_members(self):
        self.reject("messages", MESSAGES | {"betas": ["x"]}, "/betas")

    def test_every_element_of_every_list_is_entered(self):
        good, bad = {"type": "text", "text": "a"}, {"type": "text", "text": 7}
        body = MESSAGES | {"messages": [{"role": "user", "content": [good, bad]}]}
        self.reject("messages", body, "/messages/0/content/1/text")

    def test_the_error_names_the_tagged_alternative(self):
        part = {"type": "image_url", "image_url": {"url": "u", "detail": "huge"}}
        body = CHAT | {"messages": [{"role": "user", "content": [part]}]}
        self.reject("chat", body, "/messages/0/content/0/image_url/detail")

    def test_schemas_may_hold_anything(self):
        schema = {"type": "object", "additionalProperties": False, "x-mine": [1]}
        tool = {"name": "t", "input_schema": schema}
        self.accept("messages", MESSAGES | {"tools": [tool]})

    def test_nested_items_are_entered(self):
        item = {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": None}]}
        self.reject("responses", RESPONSES | {"input": [item]}, "/input/0/output/0/text")


class Rules(unittest.TestCase):
    def broken(self, protocol, body):
        return [(rule, path) for rule, path, _ in rules.broken(protocol, body)]

    def test_clean_bodies_break_none(self):
        for protocol, body in (("chat", CHAT), ("messages", MESSAGES), ("responses", RESPONSES)):
            self.assertEqual(self.broken(protocol, body), [])

    def test_results_come_first_and_answer_calls(self):
        call = {"type": "tool_use", "id": "a", "name": "t", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "a", "content": "1"}
        text = {"type": "text", "text": "so"}
        def turns(*users):
            return MESSAGES | {"messages": [{"role": "assistant", "content": [call]}] + [
                {"role": "user", "content": content} for content in users]}
        self.assertEqual(self.broken("messages", turns([result, text])), [])
        self.assertEqual(self.broken("messages", turns([text, result])), [("results_first", "/messages/1/content/1")])
        self.assertEqual(
            self.broken("messages", turns([text], [result])),
            [("calls_answered", "/messages/1/content"), ("results_called", "/messages/2/content")],
        )

    def test_empty_text_blocks_are_named(self):
        body = MESSAGES | {"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}
        self.assertEqual(self.broken("messages", body), [("text_not_empty", "/messages/0/content/0/text")])

    def test_minima_and_names(self):
        self.assertEqual(self.broken("responses", RESPONSES | {"max_output_tokens": 15}),
                         [("output_minimum", "/max_output_tokens")])
        tool = {"type": "function", "function": {"name": "n" * 65}}
        self.assertEqual(self.broken("chat", CHAT | {"tools": [tool]}), [("tool_name", "/tools/0/function/name")])

    def test_chat_results_answer_calls(self):
        call = {"id": "a", "type": "function", "function": {"name": "t", "arguments": "{}"}}
        body = CHAT | {"messages": [{"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": "?"}]}
        self.assertEqual(self.broken("chat", body), [("calls_answered", "/messages/1")])


if __name__ == "__main__":
    unittest.main()
