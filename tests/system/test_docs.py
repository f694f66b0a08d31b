"""What the documents tell a reader to type is typed here, in a folder of its own.

A command line is an indented line that begins with `make` or `build/hotstuff`, of what a program
prints too; what follows it after two blanks is a remark. `devnet` and `node` run until they are
stopped, all others to their end. Commands within a sentence are held against the Makefile and against --help.
"""

import glob
import json
import os
import re
import shlex
import signal
import subprocess

import pytest

import cluster

PAGES = ["README.md", "CONTRIBUTING.md",
         *sorted(glob.glob("docs/*.md", root_dir=cluster.ROOT)),
         *sorted(glob.glob("examples/*/*.md", root_dir=cluster.ROOT))]
LINE = re.compile(r"^ {4,}(?:\$ )?((?:make|build/hotstuff)(?: [^ ]+)*)(?:  .*)?$")
IN_SENTENCE = re.compile(r"`((?:make|(?:build/)?hotstuff)(?:\s[^`]*)?)`")
ANSWERED_BY_A_NODE = ("epoch", "evidence", "tx", "account", "block", "status", "validators",
                      "fees", "supply", "commits", "light", "proof account")
RUN_UNTIL_STOPPED = ("devnet", "node")
SHORTENED = re.compile(r"0x[0-9a-f]*(?:…|\.\.\.)")
FREE_PORT = "28000"  # in pages, of a node beside the devnet
SOME_ADDRESS = "0x" + "5a" * 32


def read(page):
    with open(os.path.join(cluster.ROOT, page), encoding="utf-8") as file:
        return file.read()


def command_lines(page):
    return [match[1] for line in read(page).splitlines() if (match := LINE.match(line))]


def commands_in_sentences():
    return sorted({" ".join(match.split()) for page in PAGES
                   for match in IN_SENTENCE.findall(read(page))})


def make_targets():
    with open(os.path.join(cluster.ROOT, "Makefile"), encoding="utf-8") as file:
        return set(re.findall(r"^([a-z]+):", file.read(), re.MULTILINE))


class Reader:
    """Someone who follows a page: a folder with build/hotstuff in it, and a devnet beside. An address
    that a page shortens is the one that `hotstuff home` printed, when that was typed before."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.devnet = None
        self.url = None
        self.address = SOME_ADDRESS  # in place of one that a page shortens
        self.base_port = cluster.free_base_port(16)
        os.mkdir(os.path.join(self.folder, "build"))
        os.symlink(cluster.HOTSTUFF, os.path.join(self.folder, "build", "hotstuff"))

    def start(self, arguments):
        with open(os.path.join(self.folder, "said"), "ab") as said:
            return subprocess.Popen(["build/hotstuff", *arguments], cwd=self.folder, stdout=said,
                                    stderr=said, stdin=subprocess.DEVNULL)

    def said(self):
        with open(os.path.join(self.folder, "said"), encoding="utf-8") as said:
            return said.read()

    def start_devnet(self, options):
        self.devnet = self.start(["devnet", "--base-port", str(self.base_port), *options])
        path = os.path.join(self.folder, "devnet", "devnet.json")

        def is_up():
            assert self.devnet.poll() is None, self.said()
            return os.path.exists(path)

        cluster.wait_for("the devnet has started", is_up)
        with open(path, encoding="utf-8") as file:
            first = json.load(file)["validators"][0]
        node = cluster.Node(0, first["home"], first["p2p_port"], first["rpc_port"])
        node.wait_for_height(1)
        self.url = node.url

    @staticmethod
    def stop(process):
        process.send_signal(signal.SIGINT)
        assert process.wait(cluster.WAIT_S) == 0

    def type(self, line):
        line = line.replace(FREE_PORT, str(self.base_port + 15))
        words = shlex.split(SHORTENED.sub(self.address, line))
        if words[0] == "make":
            assert all("=" in word or word in make_targets() for word in words[1:]), line
            if words[1:2] == ["devnet"]:
                self.start_devnet(" ".join(words[2:]).removeprefix("DEVNET=").split())
            return
        saved = given = None
        if len(words) > 2 and words[-2] == ">":
            saved, words = words[-1], words[:-2]
        if len(words) > 2 and words[-2] == "<":
            with open(os.path.join(self.folder, words[-1]), encoding="utf-8") as file:
                given, words = file.read(), words[:-2]
        command, options = words[1], words[2:]
        if command == "testnet":
            options += ["--base-port", str(self.base_port + 8)]
        if command in ANSWERED_BY_A_NODE or " ".join(words[1:3]) in ANSWERED_BY_A_NODE:
            options += ["--rpc", self.url]
        if command in RUN_UNTIL_STOPPED:
            self.run_until_stopped([command, *options])
            return
        result = subprocess.run(["build/hotstuff", command, *options], cwd=self.folder,
                                capture_output=True, text=True, input=given or "",
                                timeout=cluster.WAIT_S, check=False)
        assert result.returncode == 0, f"{line}: {result.stderr}"
        if saved is not None:
            with open(os.path.join(self.folder, saved), "w", encoding="utf-8") as file:
                file.write(result.stdout)
        if command == "home":
            [self.address] = re.findall(r"--to (0x[0-9a-f]{64})", result.stdout)

    def run_until_stopped(self, arguments):
        process = self.start(arguments)
        try:
            cluster.wait_for("it is up", lambda: "Ctrl-C stops it" in self.said())
        finally:
            self.stop(process)

    def end(self):
        if self.devnet is not None and self.devnet.poll() is None:
            self.stop(self.devnet)


@pytest.fixture
def reader(tmp_path):
    reader = Reader(tmp_path)
    yield reader
    reader.end()


@pytest.mark.parametrize("page", [page for page in PAGES if command_lines(page)])
def test_the_commands_of_a_page_work_in_its_order(page, reader):
    for line in command_lines(page):
        reader.type(line)


def test_the_readme_shows_commands():
    lines = command_lines("README.md")
    assert "make devnet" in lines and "make test" in lines
    assert any(line.startswith("build/hotstuff tx transfer") for line in lines)


@pytest.mark.parametrize("line", commands_in_sentences())
def test_a_command_in_a_sentence_is_one(line):
    program, *words = line.split()
    names = [word for word in words if re.fullmatch(r"[a-z]+", word)]
    options = re.findall(r"--[a-z-]+", line)
    if program == "make":
        assert not names or names[0] in make_targets()
        return
    if not names:
        return
    sub = names[:2] if names[0] in ("tx", "keys", "proof") else names[:1]
    helped = cluster.run(*sub, "--help")
    assert helped.returncode == 0
    for option in options:
        assert option in helped.stdout, f"{line}: --help has no {option}"
