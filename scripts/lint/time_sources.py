#!/usr/bin/env python3
"""Time and chance come from src/runtime alone, as parameters; otherwise no seed could replay a
run. src/cli may wait for its user, bench measures."""

import re

from sources import code_of, files, finish, line_of, text_of

ALLOWED = ("src/runtime/", "src/cli/", "bench/")
CALL = re.compile(
    r"\b(clock_gettime|clock_nanosleep|gettimeofday|timespec_get|time|clock|localtime|localtime_r"
    r"|gmtime|usleep|nanosleep|sleep|uv_hrtime|uv_now|uv_gettimeofday|uv_clock_gettime|uv_sleep"
    r"|rand|rand_r|srand|random|srandom|drand48|lrand48)\s*\("
)
# A declaration or a member of that name is no call.
NOT_A_CALL = re.compile(r"(->|\.|\w[ \t*]+)$")


def main():
    problems = []
    for path in files("include/**.[ch]", "src/**.[ch]", "sim/**.[ch]"):
        if path.startswith(ALLOWED):
            continue
        code = code_of(text_of(path))
        for found in CALL.finditer(code):
            before = code[: found.start()].rsplit("\n", 1)[-1]
            if NOT_A_CALL.search(before) and not re.search(r"\breturn\s*$", before):
                continue
            problems.append(f"{path}:{line_of(code, found.start())}: calls {found.group(1)}; take "
                            "the time from hs_clock, chance from a seed")
    finish(problems)


if __name__ == "__main__":
    main()
