#!/usr/bin/env python3
"""consensus, ledger and mempool import nothing but copying of bytes and pure rooms, and keep no
state of their own: no heap, clock, file, log, global or floating point.

It reads the archives of a gcc and of a clang build. Under gcc these rooms are also compiled
without the registers that floating point needs, which this lint sees to.
"""

import json
import os
import re
import subprocess

from sources import finish

BUILDS = ["build", "build/clang"]
PURE_ROOMS = ["consensus", "ledger", "mempool"]
# What compilers call by themselves, and what ISO C offers on bytes in memory.
LIBRARY = {"memcpy", "memmove", "memset", "memcmp", "bcmp", "__stack_chk_fail",
           "_GLOBAL_OFFSET_TABLE_"}
# The rooms each may call. Of base and crypto, without the files that have effects.
CALLS = {
    "consensus": ["base", "crypto", "bls", "wire"],
    "ledger": ["base", "crypto", "bls", "wire", "consensus"],
    "mempool": ["base", "crypto", "wire", "ledger"],
}
EFFECTS = re.compile(r"_(log|keys|buffer)\.c\.o$")
SOFT_FLOAT = re.compile(r"__\w*[sdxt]f[23]?\b|__(fix|float)\w*")
CONSTANT_SECTION = re.compile(r"\.(rodata|text|data\.rel\.ro|eh_frame|debug|note|comment)")


def symbols(archive):
    """(object, name, class, section) for each symbol of the archive."""
    listed = subprocess.run(
        ["nm", "--format=sysv", archive], check=True, capture_output=True, text=True
    ).stdout
    current = ""
    for line in listed.splitlines():
        heading = re.match(r"(?:Symbols from|Undefined symbols from) (\S+?):?$", line)
        if heading:
            current = os.path.basename(re.sub(r".*\[(.*)\]", r"\1", heading.group(1)))
        columns = [column.strip() for column in line.split("|")]
        if len(columns) == 7 and columns[0] != "Name":
            yield current, columns[0], columns[2], columns[6]


def archive_of(build, room):
    return os.path.join(build, f"libhs_{room}.a")


def defined_by(build, room):
    path = archive_of(build, room)
    if not os.path.exists(path):
        return set()
    return {
        name for member, name, kind, _ in symbols(path)
        if kind != "U" and kind.isupper() and not EFFECTS.search(member)
    }


def check_room(build, room):
    problems = []
    own = set()
    wanted = []
    for member, name, kind, section in symbols(archive_of(build, room)):
        if kind == "U":
            wanted.append((member, name))
            continue
        if kind.isupper():
            own.add(name)
        writable = section.startswith((".data", ".bss", ".tdata", ".tbss", "*COM*"))
        if writable and not CONSTANT_SECTION.match(section):
            problems.append(f"{build}: {room}: {member} keeps state in {name} ({section})")
    allowed = LIBRARY | own
    for seen in CALLS[room]:
        allowed |= defined_by(build, seen)
    for member, name in wanted:
        if SOFT_FLOAT.fullmatch(name):
            problems.append(f"{build}: {room}: {member} computes with floating point ({name})")
        elif name not in allowed:
            problems.append(f"{build}: {room}: {member} calls {name}, which no pure room may")
    return problems


def compiled(build):
    """(room, command) for each file of a pure room as it goes into the library; tests compile some
    of them once more, with a rule loosened."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        for command in json.load(file):
            found = re.search(rf"src/({'|'.join(PURE_ROOMS)})/", command["file"])
            if found and command["output"].startswith("libhs_"):
                yield found.group(1), command


def check_float_flag():
    """gcc must have been told to use no floating point registers for each file of these rooms."""
    return [
        f"{command['file']}: compiled by gcc without -mgeneral-regs-only"
        for _, command in compiled("build")
        if "-mgeneral-regs-only" not in command["command"]
    ]


def main():
    problems = check_float_flag()
    for build in BUILDS:
        for room in sorted({room for room, _ in compiled(build)}):
            if os.path.exists(archive_of(build, room)):
                problems += check_room(build, room)
            else:
                problems.append(f"{build}: {room}: {archive_of(build, room)} was not built")
    finish(problems)


if __name__ == "__main__":
    main()
