#!/usr/bin/env python3
"""Every rule of docs/protocol.md is cited by name where the code enforces it, and by a test.

A rule is a `**S1 ...**` of that page; one whose paragraph says `(later)` is not asked for.
"""

import os
import re

from sources import comments_of, files, finish, text_of

PAGE = "docs/protocol.md"
RULE = re.compile(r"\*\*([SLDXPFM]\d+)\b[^*]*\*\*")
EXPECTED = {
    *(f"S{i}" for i in range(1, 9)),
    *(f"L{i}" for i in range(1, 15)),
    *(f"D{i}" for i in range(1, 8)),
    *(f"X{i}" for i in range(1, 5)),
    *(f"F{i}" for i in range(1, 6)),
    *(f"M{i}" for i in range(1, 6)),
    "P1", "P2", "P3", "P6", "P7", "P8",
}


def rules_of(page):
    """The names of the rules that hold today, and of all."""
    present, later = set(), set()
    starts = list(RULE.finditer(page))
    for found, following in zip(starts, starts[1:] + [None]):
        paragraph = page[found.start(): following.start() if following else len(page)]
        paragraph = re.split(r"\n\s*\n|\n#", paragraph)[0]
        (later if "(later)" in paragraph else present).add(found.group(1))
    return present, present | later


def cited(texts):
    return set(re.findall(r"\b[SLDXPFM]\d+\b", "\n".join(texts)))


def main():
    if not os.path.exists(PAGE):
        finish([])
    present, known = rules_of(text_of(PAGE))
    in_code = cited(
        comment
        for path in files("include/**.h", "src/**.[ch]")
        for comment in comments_of(text_of(path))
    )
    in_tests = cited(text_of(path) for path in files("tests/**.[ch]", "tests/**.py"))

    def by_number(names):
        return sorted(names, key=lambda name: (name[0], int(name[1:])))

    finish(
        [f"{PAGE}: the rule {name} is missing" for name in by_number(EXPECTED - known)]
        + [f"src: no comment cites the rule {name}" for name in by_number(present - in_code)]
        + [f"tests: no test cites the rule {name}" for name in by_number(present - in_tests)]
    )


if __name__ == "__main__":
    main()
