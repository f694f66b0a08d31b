"""What the lints share: the project's files, C text without comments, and the verdict."""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(ROOT)

NOT_CODE = re.compile(
    r"""
      //[^\n]* | /\*.*?\*/                   # comments
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    """,
    re.VERBOSE | re.DOTALL,
)


def files(*patterns):
    """The paths git knows, or would add, that match one of the glob patterns."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        check=True, capture_output=True, text=True,
    )
    return sorted({path for path in listed.stdout.split("\0") if path and os.path.isfile(path)})


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def without_comments(text):
    """C text with every comment turned into blanks, line numbers kept; strings stay."""
    def blank(found):
        literal = found.group()
        return literal if literal[0] in "\"'" else re.sub(r"[^\n]", " ", literal)
    return NOT_CODE.sub(blank, text)


def code_of(text):
    """C text with comments and the insides of literals turned into blanks, line numbers kept."""
    return NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def comments_of(text):
    return [found for found in NOT_CODE.findall(text) if found[0] == "/"]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def finish(problems):
    """Prints the problems, one a line, and ends the lint with its verdict."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
