"""What people do wrong, and what the program tells them: what happened, to which thing, what to do.
"""

import json
import os
import re
import shutil
import socket
import subprocess

import pytest

import cluster


@pytest.fixture
def one(make_cluster):
    """A chain of one, not started."""
    return make_cluster(validators=1, accounts=1)


def refused(code, *arguments, says):
    result = cluster.run(*arguments)
    assert result.returncode == code, result.stderr
    for text in says:
        assert text in result.stderr
    return result


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


# -- the command line ------------------------------------------------------------------


def test_no_command_and_an_unknown_one():
    refused(1, says=["usage: hotstuff COMMAND", "testnet"])
    refused(1, "fly", says=['"fly"', "hotstuff --help"])


def test_help_is_no_error():
    for arguments in (["--help"], ["help"], ["node", "--help"], ["keys", "--help"],
                      ["keys", "new", "--help"], ["testnet", "--help"], ["recover", "--help"]):
        result = cluster.run(*arguments)
        assert result.returncode == 0
        assert "usage: hotstuff" in result.stdout


def test_it_says_which_commit_it_is_of():
    result = cluster.run("--version")
    assert result.returncode == 0
    assert re.fullmatch(r"hotstuff \S+\n", result.stdout), result.stdout


@pytest.mark.parametrize("arguments,says", [
    (["node"], "--home"),
    (["node", "--home"], "--home"),
    (["node", "--house", "x"], "--house"),
    (["node", "--home", "x", "y"], '"y"'),
    (["node", "--home", "x", "--home", "y"], "twice"),
    (["node", "--home=x", "--json=yes"], "takes no value"),
    (["testnet", "--validators", "0", "--dir", "x"], "1 to 128"),
    (["testnet", "--validators", "129", "--dir", "x"], "1 to 128"),
    (["testnet", "--validators", "four", "--dir", "x"], "1 to 128"),
    (["testnet", "-n", "4"], "two dashes"),
    (["testnet", "--validators", "2", "--dir", "x", "--weights", "1"], "--weights"),
    (["testnet", "--validators", "2", "--dir", "x", "--weights", "1,0"], "--weights"),
    (["testnet", "--validators", "2", "--dir", "x", "--weights", "1,2,3"], "--weights"),
    (["testnet", "--validators", "4", "--dir", "x", "--base-port", "65530"], "--base-port"),
    (["testnet", "--validators", "2", "--dir", "x", "--leader-election", "lottery"], "reputation"),
    (["testnet", "--validators", "2", "--dir", "x", "--weights", "1,2", "--leader-election",
      "round-robin"], "weighted"),
    (["testnet", "--validators", "2", "--dir", "x", "--epoch-blocks", "5", "--leader-election",
      "round-robin"], "weighted"),
    (["testnet", "--validators", "2", "--dir", "x", "--jail-epochs", "2"], "--epoch-blocks"),
    (["testnet", "--validators", "2", "--dir", "x", "--epoch-blocks", "5", "--validators-max", "1"],
     "staking.validators_max"),
    (["testnet", "--validators", "2", "--dir", "x", "--epoch-blocks", "5", "--stake-min", "2"],
     "staking.stake_min"),
    (["testnet", "--validators", "2", "--dir", "x", "--epoch-blocks", "5", "--unbonding-epochs", "2",
      "--evidence-epochs", "3"], "staking.unbonding_epochs"),
    (["home", "--genesis", "g", "--dir", "x"], "--listen"),
    (["home", "--genesis", "g", "--dir", "x", "--listen", "27000"], "host:port"),
    (["home", "--genesis", "g", "--dir", "x", "--listen", "a:1", "--rpc-listen", "off"], "host:port"),
    (["home", "--genesis", "g", "--dir", "x", "--listen", "a:1", "--peers", "0x12@a:1"], "network key"),
    (["home", "--genesis", "g", "--dir", "x", "--listen", "a:1"], "g"),
    (["recover", "--home", "x"], "--last-voted-view"),
    (["keys"], "keys new"),
    (["keys", "show"], "F is missing"),
])
def test_usage_errors(arguments, says, tmp_path):
    result = cluster.run(*arguments, cwd=tmp_path)
    assert result.returncode == 1
    assert says in result.stderr
    assert result.stdout == ""
    assert os.listdir(tmp_path) == []


# -- keys ----------------------------------------------------------------------------------


def test_keys_are_made_once_and_shown(tmp_path):
    path = str(tmp_path / "a.key")
    made = cluster.run_json("keys", "new", "--out", path)
    assert os.stat(path).st_mode & 0o777 == 0o600
    shown = cluster.run_json("keys", "show", path)
    assert shown["address"] == made["address"]
    assert shown["public_key"] == made["public_key"]
    secret = json.loads((tmp_path / "a.key").read_text())["secret"].removeprefix("0x")
    assert secret not in cluster.run("keys", "show", path).stdout
    refused(1, "keys", "new", "--out", path, says=[path])
    assert cluster.run_json("keys", "show", path)["address"] == made["address"]


def test_keys_of_a_validator_are_made_once_and_shown(tmp_path):
    path = str(tmp_path / "v.key")
    made = cluster.run_json("keys", "validator", "--out", path)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert made["type"] == "validator" and cluster.run_json("keys", "show", path) == made
    contents = json.loads((tmp_path / "v.key").read_text())
    shown = cluster.run("keys", "show", path).stdout
    for secret in ("bls_secret", "network_secret"):
        assert contents[secret].removeprefix("0x") not in shown
    refused(1, "keys", "validator", "--out", path, says=[path])


def test_key_files_that_cannot_be_used(tmp_path):
    path = str(tmp_path / "a.key")
    refused(1, "keys", "show", path, says=[path])
    write(path, "{}")
    os.chmod(path, 0o600)
    refused(1, "keys", "show", path, says=[path, "keys new"])
    os.remove(path)
    cluster.run_json("keys", "new", "--out", path)
    os.chmod(path, 0o644)
    refused(1, "keys", "show", path, says=[path, "chmod"])


def test_a_validator_key_is_shown_without_its_secrets(one):
    path = os.path.join(one.nodes[0].home, "validator.key")
    shown = cluster.run_json("keys", "show", path)
    with open(path, encoding="utf-8") as file:
        key = json.load(file)
    assert shown["public_key"] == key["bls_public_key"]
    assert shown["network_key"] == key["network_public_key"]
    text = cluster.run("keys", "show", path).stdout
    assert key["bls_secret"].removeprefix("0x") not in text
    assert key["network_secret"].removeprefix("0x") not in text


# -- homes -----------------------------------------------------------------------------------


def test_testnet_writes_into_empty_folders_only(one, tmp_path):
    refused(1, "testnet", "--validators", "1", "--dir", one.folder, says=[one.folder, "not empty"])
    path = tmp_path / "file"
    path.write_text("x")
    refused(3, "testnet", "--validators", "1", "--dir", path, says=[str(path)])


def test_a_home_that_is_none(tmp_path):
    refused(1, "node", "--home", tmp_path / "nowhere", says=["nowhere", "hotstuff testnet"])
    refused(1, "node", "--home", tmp_path, says=[str(tmp_path), "hotstuff testnet"])


def test_a_genesis_that_does_not_match(one):
    home = one.nodes[0].home
    with open(os.path.join(home, "genesis.json"), "a", encoding="utf-8") as file:
        file.write("\n")
    refused(1, "node", "--home", home, says=["genesis.json", "put the original file back"])


def test_a_key_that_others_can_read(one):
    home = one.nodes[0].home
    os.chmod(os.path.join(home, "validator.key"), 0o640)
    refused(1, "node", "--home", home, says=["validator.key", "chmod"])


def test_a_key_of_another_validator(make_cluster):
    two = make_cluster(validators=2, accounts=1)
    home = two.nodes[0].home
    shutil.copy(os.path.join(two.nodes[1].home, "validator.key"), home)
    refused(1, "node", "--home", home, says=["validators[0]", "node.index"])


@pytest.mark.parametrize("line,says", [
    ("[node]\nspeed = 9\n", "speed"),
    ("[pacemaker]\nbase_ms = fast\n", "pacemaker.base_ms"),
    ("[pacemaker]\nbase_ms = 5\n", "stands twice"),
    (" indented = 1\n", "margin"),
    ("x" * 300 + "\n", "shorten"),
])
def test_a_configuration_that_is_wrong(one, line, says):
    path = os.path.join(one.nodes[0].home, "hotstuff.conf")
    with open(path, encoding="utf-8") as file:
        before = file.read()
    text = before + line
    if "fast" in line:
        text = before.replace("base_ms = 250", "base_ms = fast")
    write(path, text)
    refused(1, "node", "--home", one.nodes[0].home, says=["hotstuff.conf, line", says])


# -- what is taken already -----------------------------------------------------------------------


def test_a_home_in_use(one):
    node = one.nodes[0]
    node.start()
    refused(1, "node", "--home", node.home, says=[node.home, "in use"])
    refused(1, "recover", "--home", node.home, "--last-voted-view", "1", says=[node.home, "in use"])
    node.wait_for_height(node.height() + 1)
    node.stop()


@pytest.mark.parametrize("which", ["p2p_port", "rpc_port"])
def test_a_port_in_use(one, which):
    node = one.nodes[0]
    port = getattr(node, which)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        refused(1, "node", "--home", node.home, says=[str(port)])
    node.start()
    node.wait_for_height(1)
    node.stop()


# -- a disk that takes no more (D3) ----------------------------------------------------------------


def test_a_durable_write_that_fails_ends_the_node(make_cluster):
    node = make_cluster(validators=1, accounts=1, pacemaker={"idle_interval_ms": 0}).nodes[0]
    node.start()
    node.wait_for_height(1)
    node.stop()
    node.start(wait=False, prefix=("prlimit", "--fsize=60000"))
    assert node.wait_for_exit() == 3
    assert "a durable write failed in " + node.home in node.log()
    assert "free space on that disk" in node.log()
    node.start()
    node.wait_for_height(1)
    node.stop()


def test_a_home_that_cannot_be_written_to(one):
    node = one.nodes[0]
    node.start(wait=False, prefix=("prlimit", "--fsize=1000000"))
    assert node.wait_for_exit() == 3
    assert node.home + " could not be opened" in node.log()
    assert "free space on that disk" in node.log()


# -- lost safety records (D5) ----------------------------------------------------------------------


def test_a_lost_record_follows_until_recovered(make_cluster):
    four = make_cluster()
    four.start()
    four.wait_for_height(3)
    node = four.nodes[3]
    node.stop()
    os.remove(os.path.join(node.home, "safety.slots"))
    signed = node.signer_record()

    node.start()
    assert node.status()["signing"] is False
    four.wait_for_height(four.height() + 5)
    assert "hotstuff recover --home " + node.home in node.log()
    node.stop()
    assert node.signer_record().vote_view == signed.vote_view

    view = max(one.status()["view"] for one in four.running()) + 1
    answer = cluster.run_json("recover", "--home", node.home, "--last-voted-view", view)
    assert answer["last_voted_view"] == view
    assert answer["safety_record_kept"] is False
    assert answer["signer_record_kept"] is True

    node.start()
    assert node.status()["signing"] is True
    cluster.wait_for("it votes again", lambda: node.signer_record().vote_view > view)
    four.stop()


def test_recover_lowers_nothing(one):
    node = one.nodes[0]
    node.start()
    node.wait_for_height(5)
    height = node.height()
    node.stop()
    signed = node.signer_record()
    answer = cluster.run_json("recover", "--home", node.home, "--last-voted-view", 1)
    assert answer["last_voted_view"] >= signed.vote_view
    assert node.signer_record().vote_view >= signed.vote_view
    assert node.signer_record().view_change_view >= signed.view_change_view
    node.start()
    node.wait_for_height(height + 5)
    node.stop()


# -- ending ------------------------------------------------------------


def test_a_parent_that_is_none(one):
    refused(1, "node", "--home", one.nodes[0].home, "--parent", "1", says=["--parent"])


def test_a_node_ends_with_its_parent(one):
    node = one.nodes[0]
    shell = subprocess.Popen(
        ["sh", "-c", '"$0" node --home "$1" --parent $$ & wait', cluster.HOTSTUFF, node.home],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cluster.wait_for("it runs", lambda: node.height() > 0)
    shell.kill()
    shell.wait()
    cluster.wait_for("it has ended", lambda: node.status(default=None) is None)
    cluster.wait_for("its home is free", lambda: cluster.run(
        "recover", "--home", node.home, "--last-voted-view", "1").returncode == 0)


@pytest.mark.tsan
def test_a_chain_of_one_stops_cleanly_and_goes_on(one):
    node = one.nodes[0]
    height = 0
    for _ in range(3):
        node.start()
        assert node.height() >= height
        node.wait_for_height(height + 3)
        height = node.height()
        node.stop()
        assert "runtime error" not in node.log()
        assert "Sanitizer" not in node.log()
