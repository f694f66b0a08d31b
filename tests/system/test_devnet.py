"""`hotstuff devnet` and the commands that a person types beside it."""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess

import pytest

import cluster


class Devnet:
    """One `hotstuff devnet --json` and what it said."""

    def __init__(self, folder, *options, new=True):
        self.folder = str(folder)
        self.validators = 4
        ports = ["--base-port", str(cluster.free_base_port(8))] if new else []
        self.lines_path = self.folder + ".lines"
        with open(self.lines_path, "wb") as lines:
            self.process = subprocess.Popen(
                [cluster.HOTSTUFF, "devnet", "--dir", self.folder, "--json", *ports, *options],
                stdin=subprocess.DEVNULL, stdout=lines, stderr=subprocess.STDOUT)

    def lines(self):
        with open(self.lines_path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("}\n")]

    def last(self):
        lines = self.lines()
        return lines[-1] if lines else None

    def file(self):
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(self.folder, "devnet.json"), encoding="utf-8") as file:
                return json.load(file)
        return None

    def wait_for_line(self, what, condition):
        def seen():
            assert self.process.poll() is None, open(self.lines_path, encoding="utf-8").read()
            return self.last() is not None and condition(self.last())

        cluster.wait_for(what, seen)
        return self.last()

    def wait_until_up(self):
        self.wait_for_line("all are up", lambda line: line["height"] > 0 and all(
            entry["state"] == "up" for entry in line["validators"]))
        return self.file()

    def url(self, index):
        return f"http://127.0.0.1:{self.file()['validators'][index]['rpc_port']}"

    def pids(self):
        return [entry["pid"] for entry in self.file()["validators"]]

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(cluster.WAIT_S)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def all_gone(pids):
    return all(is_gone(pid) for pid in pids)


@pytest.fixture(name="start")
def start_devnets(tmp_path):
    made = []

    def start(*options, folder=tmp_path / "devnet", new=True):
        made.append(Devnet(folder, *options, new=new))
        return made[-1]

    yield start
    for devnet in made:
        devnet.end()


def transfer(devnet, index, *options, amount=100):
    accounts = devnet.file()["accounts"]
    return cluster.run("tx", "transfer", "--from", accounts[0]["key_file"], "--to",
                       accounts[1]["address"], "--amount", amount, "--rpc", devnet.url(index),
                       "--json", *options)


def ask(devnet, index, *arguments):
    return cluster.run_json(*arguments, "--rpc", devnet.url(index))


def test_a_transfer_commits_and_all_four_agree(start):
    devnet = start()
    file = devnet.wait_until_up()
    assert re.fullmatch("0x[0-9a-f]{64}", file["chain_id"])
    assert [entry["index"] for entry in file["validators"]] == [0, 1, 2, 3]
    for entry in file["validators"]:
        assert set(entry) == {"index", "pid", "home", "p2p_port", "rpc_port"}
        assert os.path.isdir(entry["home"]) and entry["pid"] > 0
    for account in file["accounts"]:
        assert set(account) == {"address", "key_file"} and os.path.isfile(account["key_file"])

    to = file["accounts"][1]["address"]
    before = int(ask(devnet, 0, "account", to)["balance"])
    result = transfer(devnet, 1, "--wait")
    assert result.returncode == 0, result.stderr
    sent = json.loads(result.stdout)
    assert set(sent) == {"tx_id", "status", "height"} and sent["status"] == "committed"

    blocks = []
    for index in range(4):
        cluster.wait_for("it has the block", lambda i=index: ask(devnet, i, "status")["height"]
                         >= sent["height"])
        assert int(ask(devnet, index, "account", to)["balance"]) == before + 100
        blocks.append(ask(devnet, index, "block", sent["height"]))
        assert ask(devnet, index, "tx", "show", sent["tx_id"])["status"] == "committed"
    assert len({block["state_root"] for block in blocks}) == 1
    assert len({block["id"] for block in blocks}) == 1
    assert len(ask(devnet, 0, "validators")["validators"]) == 4

    line = devnet.last()
    for name in ("seconds", "height", "view"):
        assert type(line[name]) is int, name
    assert type(line["tps"]) is float and "latency_ms" in line
    pids = devnet.pids()
    assert devnet.stop() == 0
    assert all_gone(pids) and devnet.file() is None


def test_a_dead_validator_is_shown_and_taken_up_again(start):
    devnet = start()
    devnet.wait_until_up()
    dead = devnet.pids()[2]
    os.kill(dead, signal.SIGKILL)
    line = devnet.wait_for_line("it is down", lambda line: line["validators"][2]["state"] == "down")
    height = line["height"]
    devnet.wait_for_line("the others go on", lambda line: line["height"] > height + 3)
    assert devnet.last()["validators"][2]["state"] == "down"  # nobody restarts it

    command = shlex.split(devnet.last()["validators"][2]["restart"])
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as again:
        try:
            devnet.wait_for_line("it is up", lambda line: line["validators"][2]["state"] == "up")
            assert devnet.file()["validators"][2]["pid"] == again.pid != dead
            assert devnet.stop() == 0
            assert again.wait(cluster.WAIT_S) == 0
        finally:
            again.kill()


def test_children_die_with_a_killed_devnet(start):
    devnet = start()
    devnet.wait_until_up()
    pids = devnet.pids()
    devnet.stop(signal.SIGKILL)
    cluster.wait_for("all ended", lambda: all_gone(pids))


def test_a_full_folder_goes_on_and_fresh_wipes_it(start):
    first = start()
    chain_id = first.wait_until_up()["chain_id"]
    sent = json.loads(transfer(first, 0, "--wait").stdout)
    first.stop()

    again = start(new=False)
    assert again.wait_until_up()["chain_id"] == chain_id
    assert ask(again, 0, "status")["height"] >= sent["height"]
    assert ask(again, 0, "tx", "show", sent["tx_id"])["status"] == "committed"
    again.stop()

    fresh = start("--fresh")
    assert fresh.wait_until_up()["chain_id"] != chain_id
    fresh.stop()


def test_fresh_wipes_nothing_that_is_not_a_devnet(tmp_path):
    precious = tmp_path / "folder" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    result = cluster.run("devnet", "--dir", precious.parent, "--fresh", "--duration", 1)
    assert result.returncode == 1 and "precious.txt" in result.stderr
    assert precious.read_text() == "mine"


def test_another_number_of_validators_needs_a_fresh_folder(start):
    devnet = start()
    devnet.wait_until_up()
    devnet.stop()
    for option, value in (("--validators", 3), ("--epoch-blocks", 20), ("--base-port", 27000)):
        result = cluster.run("devnet", "--dir", devnet.folder, option, value, "--duration", 1)
        assert result.returncode == 1 and "--fresh" in result.stderr


def test_a_devnet_with_epochs_goes_from_one_to_the_next_under_load(start):
    devnet = start("--epoch-blocks", "20", "--load", "200")
    devnet.wait_until_up()
    devnet.wait_for_line("there is an epoch 3", lambda _: cluster.run_json(
        "epoch", "--rpc", devnet.url(0))["epoch"] >= 3)
    devnet.wait_for_line("the load is committed", lambda line: line["tps"] > 0)
    devnet.stop()


def test_a_load_commits_until_the_duration_ends(start):
    devnet = start("--load", "200", "--duration", "10")
    devnet.wait_until_up()
    pids = devnet.pids()
    assert devnet.process.wait(cluster.WAIT_S) == 0
    assert all_gone(pids)
    lines = devnet.lines()
    assert len(lines) == 10
    assert any(line["tps"] > 0 for line in lines)
    latencies = [line["latency_ms"] for line in lines if line["latency_ms"] is not None]
    assert latencies and all(0 < latency["p50"] <= latency["p99"] for latency in latencies)


def test_plain_lines_say_what_to_type(tmp_path):
    result = cluster.run("devnet", "--dir", tmp_path / "devnet", "--base-port",
                         cluster.free_base_port(8), "--duration", 2)
    assert result.returncode == 0, result.stderr
    assert "tx transfer --from" in result.stdout and "\033" not in result.stdout
    assert len(re.findall(r"height \d+", result.stdout)) == 2


def test_exit_codes_tell_scripts_what_happened(start, tmp_path):
    devnet = start()
    devnet.wait_until_up()
    nobody = f"http://127.0.0.1:{cluster.free_base_port(1)}"
    assert cluster.run("status", "--rpc", nobody).returncode == 2

    rejected = transfer(devnet, 0, amount=2**63)
    assert rejected.returncode == 4 and json.loads(rejected.stdout)["status"] == "rejected"
    assert "insufficient_funds" in rejected.stderr
    assert transfer(devnet, 0, "--nonce", "900000").returncode == 4

    wrong = cluster.run("tx", "transfer", "--from", tmp_path / "none", "--to", "0x", "--amount", 1)
    assert wrong.returncode == 1
    assert cluster.run("account", "0x12", "--rpc", devnet.url(0)).returncode == 1
    assert cluster.run("block", "x", "--rpc", devnet.url(0)).returncode == 1

    for pid in devnet.pids()[2:]:
        os.kill(pid, signal.SIGKILL)
    unknown = transfer(devnet, 0, "--wait", "--timeout", "1")
    assert unknown.returncode == 6
    assert json.loads(unknown.stdout)["status"] in ("pending", "unknown")
