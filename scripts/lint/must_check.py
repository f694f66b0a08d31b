#!/usr/bin/env python3
"""Every function of a header that returns a status is HS_MUST_CHECK: none may be dropped unread."""

import re

from sources import code_of, files, finish, line_of, text_of

DECLARATION = re.compile(r"(^|[;{}])([^;{}()]*?)\benum\s+hs_status\s+(hs_\w+)\s*\(", re.MULTILINE)


def main():
    problems = []
    for path in files("include/**.h", "src/**.h", "sim/**.h", "bench/**.h"):
        code = code_of(text_of(path))
        for found in DECLARATION.finditer(code):
            qualifiers, name = found.group(2), found.group(3)
            if not re.search(r"\b(HS_MUST_CHECK|typedef)\b", qualifiers):
                problems.append(f"{path}:{line_of(code, found.end())}: {name} is not HS_MUST_CHECK")
    finish(problems)


if __name__ == "__main__":
    main()
