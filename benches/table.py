#!/usr/bin/env python3
"""Prints the last run of the benchmarks as a Markdown table: median, throughput, ratio to the group's yardstick."""

import json
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
YARDSTICKS = ("ignored_any", "ignored-any", "memchr-lines", "xxh3")


def main():
    folder = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "criterion"
    rows = [read(file.parent) for file in folder.glob("**/new/benchmark.json")]
    print("| bench | median | rate | × yardstick |\n|---|---:|---:|---:|")
    for name, nanoseconds, amount in sorted(rows):
        base = yardstick(name, rows)
        ratio = f"{nanoseconds / base:.2f}" if base else ""
        print(f"| `{name}` | {time(nanoseconds)} | {rate(amount, nanoseconds)} | {ratio} |")


def read(folder):
    bench = json.loads((folder / "benchmark.json").read_text())
    median = json.loads((folder / "estimates.json").read_text())["median"]["point_estimate"]
    return bench["full_id"], median, bench["throughput"] or {}


def yardstick(name, rows):
    """The yardstick of the same group over the same source: `chat-messages` is held against `chat-ignored_any`."""
    group, _, variant = name.rpartition("/")
    source = variant.partition("-")[0]
    for other, nanoseconds, _ in rows:
        other_group, _, mark = other.rpartition("/")
        if other_group == group and (mark in YARDSTICKS or mark in [f"{source}-{one}" for one in YARDSTICKS]):
            return nanoseconds
    return None


def time(nanoseconds):
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.2f} {unit}"
    return f"{nanoseconds:.1f} ns"


def rate(amount, nanoseconds):
    if "Bytes" in amount:
        return f"{amount['Bytes'] / nanoseconds:.2f} GB/s"
    if "Elements" in amount:
        return f"{nanoseconds / amount['Elements']:.1f} ns each"
    return ""


if __name__ == "__main__":
    main()
