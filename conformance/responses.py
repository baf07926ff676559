#!/usr/bin/env python3
"""Converts every recorded response into the other two protocols and checks the bodies.

A body is valid if the vendor's SDK type of responses accepts it all the way down: no value of another type, and at the
root no member that the type does not name. Where `$SWITCHBACK_SHARED/tools/wire_check.py` is at hand, it must agree.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from anthropic.types import Message
from anthropic.types.beta import BetaMessage
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from wire_types import Mismatch, check

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Beta types come second: what only they accept was asked for with a beta header.
TYPES = {"chat": (ChatCompletion,), "responses": (Response,), "messages": (Message, BetaMessage)}
# What services send and the SDK's type does not name, as recorded traffic shows.
SENT = {"responses": {"store"}}


def main():
    options = arguments()
    counts, failures = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for source in TYPES:
            for target in (target for target in TYPES if target != source):
                pair, out = f"{source}→{target}", pathlib.Path(folder) / f"{source}-{target}"
                out.mkdir()
                for file in recorded(options.shared, source):
                    why = complaint(options.switchback, source, target, file, out)
                    counts[pair, why is None] += 1
                    if why:
                        failures.append(f"{pair} {file.name}: {why}")
                opinion = second_opinion(options, target, out)
                failures += [f"{pair} second opinion: {line}" for line in opinion[:-1]]
                valid, invalid = counts[pair, True], counts[pair, False]
                print(f"responses {pair:<20}{valid:>5} valid {invalid:>4} invalid   {''.join(opinion[-1:])}")
    for line in failures:
        print(f"FAILED {line}")
    print(f"conformance: {sum(n for (_, good), n in counts.items() if good)} passed, {len(failures)} failed")
    return 1 if failures else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("SWITCHBACK_SHARED", ROOT.parent / "shared")
    parser.add_argument("--shared", type=pathlib.Path, default=shared, help="folder of shared data")
    parser.add_argument("--switchback", default=ROOT / "target/release/switchback", help="the command to test")
    return parser.parse_args()


def recorded(shared, protocol):
    """The recorded responses; an error that a host sent with the status of success is none."""
    folders = [protocol, "chat-compat"] if protocol == "chat" else [protocol]
    files = [file for name in folders for file in sorted((shared / "corpus" / name / "response").glob("*.json"))]
    return [file for file in files if not json.loads(file.read_bytes()).get("error")]


def complaint(command, source, target, file, out):
    """Why the conversion is not valid, or `None`."""
    command = [command, "convert", "--kind", "response", "--from", source, "--to", target, "--now", "1763683200000", file]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        return f"exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}"
    (out / file.name).write_bytes(done.stdout)
    return invalid(target, json.loads(done.stdout))


def invalid(protocol, body):
    """The first error of a response body against the SDK's types, or `None`."""
    errors = []
    for model in TYPES[protocol]:
        named = set(model.model_fields) | SENT.get(protocol, set())
        try:
            check(body, model)
        except Mismatch as error:
            errors.append(error)
            continue
        if not set(body) - named:
            return None
        errors.append(Mismatch("", f"members that the type does not name: {sorted(set(body) - named)}"))
    return str(max(errors, key=lambda error: error.depth))


def second_opinion(options, protocol, folder):
    """What the shared checker prints (a line a failing file, then its count); nothing where it is not at hand."""
    checker = options.shared / "tools" / "wire_check.py"
    if not checker.exists():
        return []
    command = [sys.executable, checker, protocol, "response", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines() or [done.stderr.strip()[-200:]]


if __name__ == "__main__":
    sys.exit(main())
