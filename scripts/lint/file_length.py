#!/usr/bin/env python3
"""A file fits one idea: none of the code has more than 900 lines."""

from sources import files, finish, text_of

LINES_MAX = 900


def main():
    counts = {
        path: text_of(path).count("\n")
        for path in files("*.c", "*.h", "*.py", "*.build", "Makefile", "scripts/*")
    }
    finish([
        f"{path}: {count} lines, more than {LINES_MAX}: split it by idea"
        for path, count in counts.items() if count > LINES_MAX
    ])


if __name__ == "__main__":
    main()
