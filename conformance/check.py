#!/usr/bin/env python3
"""Converts every recorded request into the other two protocols and checks the bodies.

A body is valid if the vendor's SDK types accept it all the way down (wire_types.py) and it breaks no rule of the
service that its source keeps (rules.py). Failures that are known stand in a table of docs/testing.md with their
reason; a failure that is not listed there and a listed one that passes both fail the run.
"""

import argparse
import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import protocols
import rules

ROOT = pathlib.Path(__file__).resolve().parent.parent
BAR = 0.95  # of the converted bodies of each pair; what stays below is the encoder's to mend, not this file's


@dataclasses.dataclass
class Pair:
    """What became of the requests of one protocol on their way into another."""

    source: str
    target: str
    bodies: dict = dataclasses.field(default_factory=dict)
    refused: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    refusals: int = 0
    invalid: dict = dataclasses.field(default_factory=dict)
    broken: list = dataclasses.field(default_factory=list)

    @property
    def name(self):
        return f"{self.source}→{self.target}"

    @property
    def valid(self):
        return len(self.bodies) - len(self.invalid)


def main():
    options = arguments()
    requests = {name: sorted((options.shared / "corpus" / name / "request").glob("*.json")) for name in protocols.NAMES}
    if not any(requests.values()):
        print(f"conformance: skipped, no recorded requests in {options.shared}/corpus")
        return 1 if os.environ.get("CI") == "true" else 0
    with tempfile.TemporaryDirectory() as folder:
        pairs = [
            run_pair(options, Pair(source, target), requests[source], pathlib.Path(folder))
            for source in protocols.NAMES
            for target in protocols.NAMES
            if source != target
        ]
        second = [second_opinion(options, pair, pathlib.Path(folder)) for pair in pairs]
    known = read_known()
    report(pairs, known, second)
    return verdict(pairs, known, second)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("SWITCHBACK_SHARED", ROOT.parent / "shared")
    parser.add_argument("--shared", type=pathlib.Path, default=shared, help="folder of shared data")
    parser.add_argument("--switchback", default=ROOT / "target/release/switchback", help="the command to test")
    return parser.parse_args()


def run_pair(options, pair, files, folder):
    out = folder / f"{pair.source}-{pair.target}"
    out.mkdir()
    for file in files:
        losses = folder / "losses.json"
        losses.unlink(missing_ok=True)
        command = [options.switchback, "convert", "--from", pair.source, "--to", pair.target, "--losses", losses, file]
        done = subprocess.run(command, capture_output=True, check=False)
        source, ledger = json.loads(file.read_bytes()), read_ledger(losses)
        complaint = ledger_complaint(source, ledger, done)
        if complaint:
            pair.broken.append(f"{file.name}: {complaint}")
        elif done.returncode == 1:
            pair.refusals += 1
            pair.refused.update({line["feature"] for line in ledger if line["action"] == "refused"})
        else:
            body = json.loads(done.stdout)
            pair.bodies[file.name] = body
            (out / file.name).write_bytes(done.stdout)
            if error := first_error(pair, source, body):
                pair.invalid[file.name] = error
    return pair


def read_ledger(file):
    return json.loads(file.read_bytes()) if file.exists() else None


def ledger_complaint(source, ledger, done):
    """What is wrong with the command itself, whatever it converted, or `None`."""
    if done.returncode not in (0, 1):
        return f"exit status {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}"
    if ledger is None:
        return "no ledger was written"
    if done.returncode == 1 and not any(line["action"] == "refused" for line in ledger):
        return "exit status 1 and no entry says `refused`"
    if done.returncode == 1 and done.stdout:
        return "refused, and printed a body"
    for line in ledger:
        if not exists(source, line["path"]):
            return f"the ledger's path {line['path']} is not in the source"
    return None


def exists(document, pointer):
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        try:
            document = document[int(token) if isinstance(document, list) else token]
        except (KeyError, IndexError, ValueError, TypeError):
            return False
    return True


def first_error(pair, source, body):
    """(path, why) of the first thing that the target's service would not take, or `None`."""
    if error := protocols.mismatch(pair.target, body):
        return error.path, error.why
    excused = set()
    if protocols.mismatch(pair.source, source) is None:
        excused = {rule for rule, _, _ in rules.broken(pair.source, source)}
    for rule, path, why in rules.broken(pair.target, body):
        if rule not in excused:
            return path, f"{rule}: {why}"
    return None


def second_opinion(options, pair, folder):
    """What the shared checker prints (a line a failing file, then its count), where that is at hand."""
    checker = options.shared / "tools" / "wire_check.py"
    if not checker.exists():
        return None
    command = [sys.executable, checker, pair.target, "request", folder / f"{pair.source}-{pair.target}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines() or [done.stderr.strip()[-200:]]


def read_known():
    """(pair, file) -> (path, reason), from the table that readers see."""
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" `") for cell in row.strip("|").split("|")]
        for row in text.splitlines()
        if re.match(r"\| [a-z]+→[a-z]+ \|", row)
    ]
    return {(pair, file): (path, reason) for pair, file, path, reason in rows}


def listed(pair, known):
    return {file: row for (name, file), row in known.items() if name == pair.name}


def report(pairs, known, second):
    print(f"{'pair':<20}{'converted':>10}{'refused':>9}{'valid':>7}{'invalid':>9}{'share':>8}  second opinion")
    for pair, lines in zip(pairs, second):
        share = f"{100 * pair.valid / max(len(pair.bodies), 1):.1f} %"
        opinion = lines[-1] if lines else "not at hand"
        print(
            f"{pair.name:<20}{len(pair.bodies):>10}{pair.refusals:>9}{pair.valid:>7}{len(pair.invalid):>9}{share:>8}"
            f"  {opinion}"
        )
        for feature, count in pair.refused.most_common():
            print(f"    refused for {feature}: {count}")
        expected = listed(pair, known)
        for file, (path, why) in sorted(pair.invalid.items()):
            note = f" (known: {expected[file][1]})" if file in expected else ""
            print(f"    {file}: {path or '(root)'}: {why}{note}")
        for line in pair.broken:
            print(f"    {line}")


def verdict(pairs, known, second):
    complaints = []
    for pair, lines in zip(pairs, second):
        expected = listed(pair, known)
        complaints += [f"{pair.name} {line}" for line in pair.broken]
        for file, (path, _) in pair.invalid.items():
            if file not in expected:
                complaints.append(f"{pair.name} {file} fails and is not listed")
            elif expected[file][0] != path:
                complaints.append(f"{pair.name} {file} is listed with {expected[file][0]} and fails at {path}")
        complaints += [f"{pair.name} {file} is listed and passes" for file in sorted(set(expected) - set(pair.invalid))]
        if pair.valid < BAR * len(pair.bodies):
            complaints.append(f"{pair.name}: fewer than {BAR:.0%} valid")
        complaints += [f"{pair.name} second opinion: {line}" for line in (lines or [])[:-1]]
    for line in complaints:
        print(f"FAILED {line}")
    print(f"conformance: {sum(pair.valid for pair in pairs)} passed, {len(complaints)} failed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
