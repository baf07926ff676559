#!/usr/bin/env python3
"""Converts every recorded stream into the other two protocols, and reads it with the vendors' own clients.

A loopback server replays the streams. What a vendor's client accumulates from a converted stream is compared with what
`switchback convert --kind response` makes of what the other vendor's client accumulated from the recorded one; unset and
null are equal. Each event is also checked against the SDK types by the shared checker, where that is at hand.
"""

import argparse
import collections
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import warnings

import anthropic
import openai

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = {"chat": ("chat", "chat-compat"), "responses": ("responses",), "messages": ("messages",)}


class Replay(http.server.BaseHTTPRequestHandler):
    """Answers every request with the stream that the server holds."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(self.server.stream)))
        self.end_headers()
        self.wfile.write(self.server.stream)

    def log_message(self, *_):
        pass


def main():
    options = arguments()
    warnings.simplefilter("ignore")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    read = {"chat": reader_of_chat(url), "responses": reader_of_responses(url), "messages": reader_of_messages(url[:-3])}
    counts, failures = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for source, folders in FOLDERS.items():
            files = [file for name in folders for file in sorted((options.shared / "corpus" / name / "stream").glob("*.sse"))]
            for target in (target for target in FOLDERS if target != source):
                out = pathlib.Path(folder) / f"{source}-{target}"
                out.mkdir()
                for file in files:
                    try:
                        why = complaint(options.switchback, server, read, source, target, file, out)
                    except Exception as error:
                        why = f"{type(error).__name__}: {error}"[:300]
                    counts[f"{source}→{target}", why is None] += 1
                    if why:
                        failures.append(f"{source}→{target} {file.name}: {why}")
                opinion = second_opinion(options, target, out)
                failures += [f"{source}→{target} {line}" for line in opinion[:-1]]
                pair = f"{source}→{target}"
                print(f"streams {pair:<20}{counts[pair, True]:>5} read {counts[pair, False]:>4} not  {opinion[-1]}")
    server.shutdown()
    for line in failures:
        print(line)
    return 1 if failures else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("SWITCHBACK_SHARED", ROOT.parent / "shared")
    parser.add_argument("--shared", type=pathlib.Path, default=shared, help="folder of shared data")
    parser.add_argument("--switchback", default=ROOT / "target/release/switchback", help="the command to test")
    return parser.parse_args()


def complaint(command, server, read, source, target, file, out):
    """What is wrong with the stream when the target's client reads it, or `None`."""
    converted = convert(command, "stream", source, target, file.read_bytes())
    (out / file.name).write_bytes(converted)
    server.stream = file.read_bytes()
    whole = convert(command, "response", source, target, json.dumps(read[source]()).encode())
    server.stream = converted
    return difference(canonical(json.loads(whole)), canonical(read[target]()), "")


def convert(command, kind, source, target, body):
    command = [command, "convert", "--kind", kind, "--from", source, "--to", target, "--now", "7000", "--losses", os.devnull]
    done = subprocess.run(command, input=body, capture_output=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}")
    return done.stdout


def reader_of_chat(url):
    client = openai.OpenAI(api_key="x", base_url=url, max_retries=0)

    def read():
        # The state of the helper that `chat.completions.stream` has, which raises at `length` instead of answering.
        from openai.lib.streaming.chat import ChatCompletionStreamState

        state = ChatCompletionStreamState()
        for chunk in client.chat.completions.create(model="m", messages=[], stream=True):
            # Azure begins with a chunk about the prompt, whose blank id and time the state would keep.
            if chunk.id:
                state.handle_chunk(chunk)
        return state.current_completion_snapshot.model_dump(exclude_unset=True)

    return read


def reader_of_responses(url):
    client = openai.OpenAI(api_key="x", base_url=url, max_retries=0)

    def read():
        with client.responses.stream(model="m", input="x") as stream:
            ends = ("response.completed", "response.incomplete")
            # `get_final_response` knows only the first of them.
            return [event.response for event in stream if event.type in ends][-1].model_dump(exclude_unset=True)

    return read


def reader_of_messages(url):
    client = anthropic.Anthropic(api_key="x", base_url=url, max_retries=0)

    def read():
        with client.beta.messages.stream(model="m", max_tokens=1, messages=[]) as stream:
            return stream.get_final_message().model_dump(exclude_unset=True)

    return read


def canonical(value, name=""):
    """Without nulls, without what the clients add, arguments as JSON."""
    if isinstance(value, dict):
        # The state of Chat's client keeps the tier of the first chunk, which only the last one knows, and numbers calls.
        added = ("parsed", "parsed_arguments", "parsed_output", "output_text", "service_tier")
        if "function" in value or "custom" in value:
            added += ("index",)
        if "custom" in value:
            # The types of a chunk know only functions: the member tells a custom tool.
            added += ("type",)
        kept = {key: canonical(member, key) for key, member in value.items() if member is not None and key not in added}
        return {key: member for key, member in kept.items() if member not in ({}, [])}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if name == "arguments" and isinstance(value, str):
        try:
            return json.loads(value or "{}")
        except ValueError:
            return value
    return value


def difference(expected, found, path):
    """The first place where two documents differ, or `None`."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(set(expected) | set(found)):
            if key not in expected or key not in found:
                side = "only in the stream" if key not in expected else "not in the stream"
                return f"{path}/{key} {side}: {str(expected.get(key, found.get(key)))[:120]}"
            if why := difference(expected[key], found[key], f"{path}/{key}"):
                return why
        return None
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found))
        return next((why for at, (one, other) in pairs if (why := difference(one, other, f"{path}/{at}"))), None)
    return None if expected == found else f"{path}: {str(found)[:120]}, not {str(expected)[:120]}"


def second_opinion(options, target, out):
    """What the shared checker prints (a line a failing file, then its count), where that is at hand."""
    checker = options.shared / "tools" / "wire_check.py"
    if not checker.exists():
        return ["not at hand"]
    done = subprocess.run([sys.executable, checker, target, "stream", out], capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines() or [done.stderr.strip()[-200:]]


if __name__ == "__main__":
    sys.exit(main())
