#!/usr/bin/env python3
"""Each checked type (hs_verified_*, hs_admitted_*) is made in verify.c and nowhere else.

C cannot hide a member of a struct that others hold by value. So the one member of each is named
sealed_*, and only the header and the constructor's file may write that name; nor may any other
file get at such a struct through a cast or an initializer.
"""

import re

from sources import code_of, files, finish, line_of, text_of

HEADER = "include/hotstuff/core.h"
MAKER = "src/consensus/verify.c"
TYPE = r"struct\s+hs_(?:verified|admitted)_\w+"
DEFINITION = re.compile(rf"{TYPE}\s*\{{([^}}]*)\}}")
BREAKS = [
    (re.compile(r"\bsealed_\w+"), "names the sealed member"),
    (re.compile(rf"\(\s*(?:const\s+)?{TYPE}\s*\*+\s*\)"), "casts to a checked type"),
    (re.compile(rf"\(\s*(?:const\s+)?{TYPE}\s*\)\s*\{{"), "makes a checked type"),
    (re.compile(rf"{TYPE}\s+\w+(?:\[\w*\])?\s*=\s*\{{"), "makes a checked type"),
]


def main():
    problems = []
    for path in files("*.c", "*.h"):
        code = code_of(text_of(path))
        for found in DEFINITION.finditer(code):
            members = [member for member in found.group(1).split(";") if member.strip()]
            if path != HEADER:
                problems.append(f"{path}:{line_of(code, found.start())}: checked types belong in "
                                f"{HEADER}")
            elif len(members) != 1 or not re.search(r"\bsealed_\w+\s*$", members[0]):
                problems.append(f"{path}:{line_of(code, found.start())}: a checked type has one "
                                "member, named sealed_*")
        if path in (HEADER, MAKER):
            continue
        for pattern, what in BREAKS:
            for found in pattern.finditer(code):
                problems.append(f"{path}:{line_of(code, found.start())}: {what}; only {MAKER} may")
    finish(problems)


if __name__ == "__main__":
    main()
