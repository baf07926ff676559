#!/usr/bin/env python3
"""Every relative link of the Markdown files leads to a file that is there, every anchor to a heading, and every test that
docs/testing.md names is one."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)


def main():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()
    broken = [problem for name in listed if (ROOT / name).exists() for problem in problems(ROOT / name)]
    broken += missing_tests()
    for problem in broken:
        print(problem)
    print(f"{len(listed)} Markdown files, {len(broken)} broken links")
    return 1 if broken else 0


def problems(file):
    text = without_code(file.read_text(encoding="utf-8"))
    for match in LINK.finditer(text):
        target = match.group(1) or match.group(2)
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        if not there.exists():
            yield f"{file.relative_to(ROOT)}: no file at {target}"
        elif anchor and there.suffix == ".md" and anchor not in anchors(there):
            yield f"{file.relative_to(ROOT)}: no heading at {target}"


def missing_tests():
    code = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("crates/*/tests/**/*.rs"))
    laws = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8").split("## Laws")[-1].split("\n## ")[0]
    # Test names are sentences: four words and more.
    for name in re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`", laws):
        if f"fn {name}(" not in code:
            yield f"docs/testing.md: no test `{name}`"


def without_code(text):
    return re.sub(r"`[^`\n]*`", "``", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(file):
    headings = re.findall(r"^#+\s+(.*)$", re.sub(r"^```.*?^```", "", file.read_text(), flags=re.M | re.S), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


if __name__ == "__main__":
    sys.exit(main())
