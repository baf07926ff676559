#!/usr/bin/env python3
"""Converts every recorded and documented error into the other two protocols and checks the bodies.

A body is valid if the vendor's SDK type of errors accepts it, strictly: no member that the type does not name. Beside
the types, the SDKs' own exceptions must find the message and the type where they look for them.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

import anthropic
import httpx2
import openai
from anthropic.types.shared import ErrorResponse
from openai.types.shared import ErrorObject

from wire_types import Mismatch, check

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ("chat", "responses", "messages")


def main():
    options = arguments()
    bodies = documented() + recorded(options.shared)
    counts, failures = collections.Counter(), []
    for source, name, status, body in bodies:
        for target in (target for target in NAMES if target != source):
            why = complaint(options.switchback, source, target, status, body)
            counts[f"{source}→{target}", why is None] += 1
            if why:
                failures.append(f"{source}→{target} {name}: {why}")
    for pair in sorted({pair for pair, _ in counts}):
        print(f"errors {pair:<20}{counts[pair, True]:>5} valid {counts[pair, False]:>4} invalid")
    for line in failures:
        print(line)
    return 1 if failures else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("SWITCHBACK_SHARED", ROOT.parent / "shared")
    parser.add_argument("--shared", type=pathlib.Path, default=shared, help="folder of shared data")
    parser.add_argument("--switchback", default=ROOT / "target/release/switchback", help="the command to test")
    return parser.parse_args()


def documented():
    """(protocol, name, status, body) of the vectors that the tests have."""
    vectors = json.loads((ROOT / "crates/protocol/tests/errors/public.json").read_bytes())
    text = lambda body: body if isinstance(body, str) else json.dumps(body)
    return [(v["protocol"], v["provider"], v["status"], text(v["body"]).encode()) for v in vectors]


def recorded(shared):
    files = {name: (shared / "corpus" / name / "error").glob("*.json") for name in (*NAMES, "chat-compat")}
    return [
        (name.removesuffix("-compat"), file.name, None, file.read_bytes())
        for name, found in files.items()
        for file in sorted(found)
    ]


def complaint(command, source, target, status, body):
    """Why the conversion is not valid, or `None`."""
    told = ["--status", str(status)] if status else []
    command = [command, "convert", "--kind", "error", "--from", source, "--to", target, *told]
    done = subprocess.run(command, input=body, capture_output=True, check=False)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}"
    converted = json.loads(done.stdout)
    try:
        if target == "messages":
            check(converted, ErrorResponse)
        else:
            check(converted.get("error"), ErrorObject)
            if set(converted) != {"error"}:
                return f"members beside `error`: {sorted(converted)}"
    except Mismatch as error:
        return str(error)
    return unread(target, converted)


def unread(target, converted):
    """What the vendor's client does not find in the error, or `None`."""
    response = httpx2.Response(400, json=converted, request=httpx2.Request("POST", "https://localhost"))
    client = anthropic.Anthropic(api_key="x") if target == "messages" else openai.OpenAI(api_key="x")
    error = client._make_status_error_from_response(response)
    wanted = converted["error"]
    if error.type != wanted["type"]:
        return f"the client reads the type {error.type!r}"
    if target != "messages" and (error.code, error.param) != (wanted["code"], wanted["param"]):
        return f"the client reads code {error.code!r} and param {error.param!r}"
    read = error.body["error"] if target == "messages" else error.body
    return None if read["message"] == wanted["message"] else "the client does not read the message"


if __name__ == "__main__":
    sys.exit(main())
