#!/usr/bin/env python3
"""No path of somebody's machine and no mark of unfinished work is in the project."""

import re

from sources import files, finish, line_of, text_of

# Spelled so that this file does not match itself.
REFUSED = [
    (re.compile(r"(?<![\w./])/(?:[w]ork|[h]ome|[r]oot|[U]sers)/\w"), "a path of one machine"),
    (re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b"), "a mark of unfinished work"),
]
NOT_OURS = ("LICENSE", "third_party/blst/Cargo.lock", "fuzz/corpus/", "tests/vectors/")


def main():
    problems = []
    for path in files("."):
        if path.startswith(NOT_OURS):
            continue
        text = text_of(path)
        for pattern, what in REFUSED:
            for found in pattern.finditer(text):
                problems.append(f"{path}:{line_of(text, found.start())}: {what}: {found.group()}")
    finish(problems)


if __name__ == "__main__":
    main()
