#!/usr/bin/env python3
"""No product build breaks a rule: every switch of src/base/mutants.h is off there, none is set but by
scripts/mutants and by tests that break a rule on purpose, and each is read somewhere."""

import re

from sources import files, finish, text_of, without_comments

HEADER = "src/base/mutants.h"
DEFINED = re.compile(r"#ifndef (HS_MUTANT_\w+)\n#define \1 ((?:[^\n]*\\\n)*[^\n]*)\n#endif")
MENTIONED = re.compile(r"\bHS_MUTANT_\w+")
SET = re.compile(r"#\s*define\s+HS_MUTANT_|-DHS_MUTANT_")
MAY_SET = ("scripts/mutants", "scripts/lint/mutants.py", "tests/scenario/meson.build", HEADER)


def is_off(definition):
    """0, or set by other switches alone."""
    rest = MENTIONED.sub("", definition)
    return definition == "0" or re.fullmatch(r"[\s\\()|]*", rest) is not None


def main():
    header = text_of(HEADER)
    switches = dict(DEFINED.findall(header))
    problems = [f"{HEADER}: {name} is on" for name, text in switches.items() if not is_off(text)]
    if len(switches) != header.count("#define HS_MUTANT_"):
        problems.append(f"{HEADER}: a switch that is not `#ifndef, #define 0, #endif`")
    read = set()
    for path in files("src/**.[ch]"):
        if path != HEADER:
            read |= set(MENTIONED.findall(without_comments(text_of(path))))
    problems += [f"{HEADER}: {name} is read nowhere" for name in sorted(set(switches) - read)]
    problems += [f"src: {name} is not in {HEADER}" for name in sorted(read - set(switches))]
    for path in files("*.c", "*.h", "*.py", "*.build", "*.txt", "Makefile", "scripts/*", ".ci/*"):
        if path not in MAY_SET and SET.search(text_of(path)):
            problems.append(f"{path}: sets a switch of {HEADER}")
    finish(problems)


if __name__ == "__main__":
    main()
