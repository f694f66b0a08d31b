#!/usr/bin/env python3
"""A file includes only its own room and rooms above it: layers that are only drawn do not hold."""

import re

from sources import files, finish, line_of, text_of, without_comments

# Top to bottom. Rooms in one row do not see each other.
ROWS = [
    ["hotstuff"],
    ["base"],
    ["crypto"],
    ["wire"],
    ["consensus"],
    ["ledger"],
    ["light"],
    ["mempool"],
    ["storage"],
    ["network"],
    ["node"],
    ["runtime"],
    ["rpc"],
    ["sim", "bench"],
    ["cli"],
]
ROW_OF = {room: row for row, rooms in enumerate(ROWS) for room in rooms}
# Above it, and still not to be seen: the simulator has its own time and disk.
HIDDEN = {"sim": {"runtime", "rpc"}}
# Outside headers that one file or one room sees.
SEEN_ONLY_BY = {"blst.h": "src/crypto/bls.c", "blst_aux.h": "src/crypto/bls.c"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] in ("src", "include") else parts[0]


def complaint(path, room, bracket, target):
    """What is wrong with this include, or None."""
    owner = SEEN_ONLY_BY.get(target)
    if owner is not None:
        return None if path == owner else f"only {owner} may include {target}"
    head = target.split("/")[0]
    if bracket == "<" and head != "hotstuff":
        return None
    if head not in ROW_OF or "/" not in target:
        return f'include "{target}" by its room: "room/file.h"'
    if (bracket == "<") != (head == "hotstuff"):
        return f"write <hotstuff/file.h> for public headers and \"room/file.h\" for others: {target}"
    if head in HIDDEN.get(room, ()):
        return f"{room} may not see {head}: {target}"
    if head != room and ROW_OF[head] >= ROW_OF[room]:
        return f"{head} is not above {room}: {target}"
    return None


def main():
    problems = []
    for path in files("include/**.[ch]", "src/**.[ch]", "sim/**.[ch]", "bench/**.[ch]"):
        room = room_of(path)
        if room not in ROW_OF:
            problems.append(f"{path}: the room {room} has no row in include_direction.py")
            continue
        text = without_comments(text_of(path))
        for found in INCLUDE.finditer(text):
            problem = complaint(path, room, *found.groups())
            if problem is not None:
                problems.append(f"{path}:{line_of(text, found.start())}: {problem}")
    finish(problems)


if __name__ == "__main__":
    main()
