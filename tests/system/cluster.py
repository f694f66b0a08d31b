"""Validators as real processes: homes by `hotstuff testnet`, one process each, asked over RPC.

The binary is the one HOTSTUFF names, else build/hotstuff. Every process started here dies with
this one: it is told its parent, and Cluster.end() kills what is left. Waiting is polling with one
generous deadline; nothing here measures time.
"""

import contextlib
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOTSTUFF = os.path.abspath(os.environ.get("HOTSTUFF", os.path.join(ROOT, "build", "hotstuff")))
WAIT_S = 120
LOG_LINES_SHOWN = 40


def wait_for(what, condition, timeout_s=WAIT_S, step_s=0.02):
    """Polls until `condition` returns something true, and returns that."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain until {what}")
        time.sleep(step_s)


def run(*arguments, **options):
    """One command of the binary, to its end."""
    return subprocess.run([HOTSTUFF, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=WAIT_S, check=False, **options)


def run_json(*arguments):
    result = run(*arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def free_base_port(count):
    """`count` ports in a row that nobody has, below those the kernel gives to clients."""
    for _ in range(200):
        base = random.randrange(10000, 32000 - count)
        with contextlib.ExitStack() as stack:
            try:
                for port in range(base, base + count):
                    listener = stack.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return base
    raise AssertionError("no free ports")


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class SignerRecord:
    """What signer.slots says: the last vote and view change that left this validator."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        half = len(data) // 2
        slots = [self.slot(data[:half]), self.slot(data[half:])]
        _, record = max(slot for slot in slots if slot is not None)
        (_, self.epoch, self.vote_view, self.vote_block_id, self.view_change_view,
         self.view_change_high_qc_view) = struct.unpack("<HQQ32sQQ", record)

    @staticmethod
    def slot(data):
        magic, _, sequence, _, size, crc = struct.unpack("<4sIQIII", data[:28])
        if magic != b"HSSL" or size > len(data) - 28:
            return None
        record = data[28:28 + size]
        return (sequence, record) if crc32c(data[:24] + record) == crc else None


class Node:
    def __init__(self, index, home, p2p_port, rpc_port):
        self.index, self.home = index, home
        self.p2p_port, self.rpc_port = p2p_port, rpc_port
        self.log_path = home + ".log"
        self.process = None
        self.host, self.enter = "127.0.0.1", ()  # the command that enters its network

    # -- the process -------------------------------------------------------------------

    def start(self, wait=True, prefix=(), env=None):
        """From the main thread only: a child dies with the thread that started it."""
        assert self.process is None
        command = [*self.enter, *prefix, HOTSTUFF, "node", "--home", self.home]
        if not prefix:
            command += ["--parent", str(os.getpid())]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env={**os.environ, **(env or {})})
        if wait:
            self.wait_until_up()

    def wait_until_up(self):
        def is_up():
            assert self.process.poll() is None, f"ended with {self.process.returncode}"
            return self.get("/livez", default=None) is not None

        wait_for(f"validator {self.index} answers", is_up)

    def kill(self):
        self.process.kill()
        self.process.wait(WAIT_S)
        self.process = None

    def stop(self):
        self.process.terminate()
        assert self.wait_for_exit() == 0

    def wait_for_exit(self):
        code = self.process.wait(WAIT_S)
        self.process = None
        return code

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                return log.read()
        return ""

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    # -- RPC ---------------------------------------------------------------------------

    @property
    def url(self):
        return f"http://{self.host}:{self.rpc_port}"

    def request(self, path, body=None, timeout_s=30):
        request = urllib.request.Request(self.url + path, data=body)
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            return response.read()

    def get(self, path, **default):
        """The answer's bytes. With default=...: that, when the node does not answer."""
        try:
            return self.request(path)
        except OSError:
            if default:
                return default["default"]
            raise

    def get_json(self, path, **default):
        answer = self.get(path, **default)
        return json.loads(answer) if isinstance(answer, bytes) else answer

    def status(self, **default):
        return self.get_json("/v1/status", **default)

    def height(self):
        return self.status(default={"height": -1})["height"]

    def block(self, height):
        return self.get_json(f"/v1/blocks/{height}")

    def block_transactions(self, height):
        """The ids in a block, in order."""
        ids = self.get(f"/v1/blocks/{height}/transactions")
        return [ids[i:i + 32] for i in range(0, len(ids), 32)]

    def account(self, address):
        return self.get_json(f"/v1/accounts/{address}")

    def metrics(self):
        lines = self.get("/metrics").decode().splitlines()
        pairs = (line.split() for line in lines if not line.startswith("#"))
        return {name.removeprefix("hotstuff_"): int(value) for name, value in pairs}

    def submit(self, transactions, timeout_s=30):
        """{accepted, rejected}, or None when the node does not answer."""
        body = b"".join(struct.pack("<I", len(item)) + item for item in transactions)
        try:
            return json.loads(self.request("/v1/transactions", body, timeout_s))
        except OSError:
            return None

    def wait_for_height(self, height):
        wait_for(f"validator {self.index} is at height {height}", lambda: self.height() >= height)

    def snapshot_height(self):
        """Of the last snapshot of the state; 0 when there is none."""
        names = [name for name in os.listdir(self.home) if name.startswith("snapshot-")]
        return max((int(name.split("-")[1].split(".")[0], 16) for name in names), default=0)

    def signer_record(self):
        return SignerRecord(os.path.join(self.home, "signer.slots"))


class Cluster:
    def __init__(self, folder, validators=4, accounts=8, weights=None, pacemaker=None, staking=None):
        """`pacemaker`: settings of hotstuff.conf's section of that name; `staking`: more options of
        testnet."""
        self.folder = os.path.join(str(folder), "net")
        options = ["--weights", weights] if weights else []
        for key, value in (staking or {}).items():
            options += [f"--{key}", value]
        made = run_json("testnet", "--validators", validators, "--dir", self.folder, "--accounts",
                        accounts, "--base-port", free_base_port(2 * validators), *options)
        self.chain_id = made["chain_id"]
        self.key_files = made["accounts"]
        self.nodes = [Node(entry["index"], entry["home"], entry["p2p_port"], entry["rpc_port"])
                      for entry in made["validators"]]
        for node in self.nodes:
            for key, value in (pacemaker or {}).items():
                self.configure(node, "pacemaker", key, value)

    def configure(self, node, section, key, value):
        path = os.path.join(node.home, "hotstuff.conf")
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        start = lines.index(f"[{section}]")
        end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith("[")), len(lines))
        kept = [line for line in lines[start + 1:end] if line.split("=")[0].strip() not in (key, "")]
        lines[start + 1:end] = [*kept, f"{key} = {value}"]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def start(self):
        for node in self.nodes:
            node.start(wait=False)
        for node in self.nodes:
            node.wait_until_up()

    def kill(self):
        for node in self.nodes:
            node.process.kill()
        for node in self.nodes:
            node.kill()

    def stop(self):
        for node in self.nodes:
            node.process.terminate()
        for node in self.nodes:
            assert node.wait_for_exit() == 0

    def running(self):
        return [node for node in self.nodes if node.process is not None]

    def height(self):
        """What all running ones have committed."""
        return min(node.height() for node in self.running())

    def wait_for_height(self, height):
        for node in self.running():
            node.wait_for_height(height)

    def end(self):
        """Whatever the test did: nothing is left running. Logs are for a test that failed."""
        for node in self.running():
            node.kill()
        for node in self.nodes:
            lines = node.log().splitlines()[-LOG_LINES_SHOWN:]
            print("\n".join([f"-- the end of {node.log_path}", *lines]))
        shutil.rmtree(self.folder, ignore_errors=True)
