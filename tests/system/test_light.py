"""Following a chain without a node: what is proved holds, and a server that lies is refused (S5, S7,
P4; docs/proofs.md)."""

import json
import os
import shutil
import urllib.parse

import pytest

import cluster
import transfers
from lying_server import LyingServer, ask

EPOCH_BLOCKS = 12


def start_chain(folder, validators=3, name="net"):
    net = cluster.run_json("testnet", "--validators", validators, "--dir", folder / name,
                           "--base-port", cluster.free_base_port(2 * validators), "--epoch-blocks",
                           EPOCH_BLOCKS)
    nodes = [cluster.Node(entry["index"], entry["home"], entry["p2p_port"], entry["rpc_port"])
             for entry in net["validators"]]
    return net, nodes


def start_nodes(nodes):
    for node in nodes:
        node.start(wait=False)
    for node in nodes:
        node.wait_until_up()


def end(nodes):
    for node in nodes:
        if node.process is not None:
            node.kill()


@pytest.fixture(name="chain", scope="module")
def chain_fixture(tmp_path_factory):
    """(folder, net, first node, genesis.json) of a chain that has come through three epochs."""
    folder = tmp_path_factory.mktemp("light")
    net, nodes = start_chain(folder)
    try:
        start_nodes(nodes)
        nodes[0].wait_for_height(3 * EPOCH_BLOCKS + 2)
        yield folder, net, nodes[0], folder / "net" / "genesis.json"
    finally:
        end(nodes)


def light(url, trust, *options):
    return cluster.run("light", "--trust", trust, "--rpc", url, "--json", *options)


def accepted(result):
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return [line for line in lines if "id" in line], [line for line in lines if "id" not in line]


def save(folder, name, result):
    assert result.returncode == 0, result.stderr
    path = folder / name
    path.write_text(result.stdout, encoding="utf-8")
    return path


# -- what holds ---------------------------------------------------------------------------------


def test_every_header_from_genesis_on_is_proved(chain):
    _, _, node, genesis = chain
    until = 2 * EPOCH_BLOCKS + 3
    result = light(node.url, genesis, "--until", until)
    assert result.returncode == 0, result.stderr
    blocks, epochs = accepted(result)
    assert [block["height"] for block in blocks] == list(range(1, until + 1))
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    for block in blocks:
        told = node.block(block["height"])
        assert (block["id"], block["state_root"]) == (told["id"], told["state_root"])
        assert block["epoch"] == told["epoch"]


def test_it_waits_for_what_is_still_to_come(chain):
    folder, _, node, genesis = chain
    trust = save(folder, "now.json",
                 cluster.run("light", "checkpoint", "--trust", genesis, "--rpc", node.url))
    begun = json.loads(trust.read_text())["height"]
    assert begun > 2 * EPOCH_BLOCKS
    result = light(node.url, trust, "--until", begun + EPOCH_BLOCKS + 1)
    assert result.returncode == 0, result.stderr
    blocks, epochs = accepted(result)
    assert blocks[0]["height"] == begun + 1 and len(blocks) == EPOCH_BLOCKS + 1
    assert len(epochs) in (1, 2)


def test_it_follows_sets_that_operators_change(tmp_path):
    """A validator's stake grows, another one registers and never comes: both count two epochs later, and
    the turns of the second one leave gaps (P4, P7)."""
    net, nodes = start_chain(tmp_path)
    genesis = tmp_path / "net" / "genesis.json"
    other = cluster.run_json("testnet", "--validators", 1, "--dir", tmp_path / "other",
                             "--base-port", cluster.free_base_port(2))
    try:
        start_nodes(nodes)
        done = cluster.run("tx", "stake", "--from", os.path.join(nodes[0].home, "operator.key"),
                           "--amount", 2, "--wait", "--rpc", nodes[0].url)
        assert done.returncode == 0, done.stderr
        done = cluster.run("tx", "register", "--from", net["accounts"][0], "--validator-key",
                           os.path.join(other["validators"][0]["home"], "validator.key"),
                           "--address", "127.0.0.1:9", "--stake", 1, "--wait", "--rpc",
                           nodes[0].url)
        assert done.returncode == 0, done.stderr
        until = (nodes[0].height() // EPOCH_BLOCKS + 3) * EPOCH_BLOCKS + 2
        result = light(nodes[1].url, genesis, "--until", until)
        assert result.returncode == 0, result.stderr
        blocks, epochs = accepted(result)
        assert [block["height"] for block in blocks] == list(range(1, until + 1))
        weights = [(epoch["validators"], epoch["weight_total"]) for epoch in epochs]
        assert weights[0] == (3, "3") and weights[-1] == (4, "6"), weights
        account = transfers.Account(net["accounts"][1])
        proof = save(tmp_path, "p.json", cluster.run("proof", "account", account.address, "--rpc",
                                                     nodes[2].url))
        assert cluster.run_json("proof", "verify", proof, "--trust", genesis)["height"] > until - 1
    finally:
        end(nodes)


def test_a_proof_of_an_account_holds_without_a_node(chain):
    folder, net, node, genesis = chain
    account = transfers.Account(net["accounts"][0])
    proof = save(folder, "p.json", cluster.run("proof", "account", account.address, "--rpc",
                                               node.url))
    believed = save(folder, "believed.json", cluster.run("light", "checkpoint", "--rpc", node.url))
    for trust in (genesis, believed):
        if trust == believed:  # it may be newer than the first proof
            proof = save(folder, "p.json", cluster.run("proof", "account", account.address,
                                                       "--trust", trust, "--rpc", node.url))
        shown = cluster.run_json("proof", "verify", proof, "--trust", trust)
        told = node.account(account.address)
        assert shown["exists"] and shown["address"] == account.address
        assert (shown["balance"], shown["nonce"]) == (told["balance"], told["nonce"])
        block = node.block(shown["height"])
        assert (shown["block_id"], shown["state_root"]) == (block["id"], block["state_root"])


def test_a_proof_shows_that_there_is_no_account(chain):
    folder, _, node, genesis = chain
    proof = save(folder, "absent.json", cluster.run("proof", "account", "0x" + "5a" * 32, "--rpc",
                                                    node.url))
    shown = cluster.run_json("proof", "verify", proof, "--trust", genesis)
    assert not shown["exists"] and shown["balance"] == "0"
    assert "no account" in cluster.run("proof", "verify", proof, "--trust", genesis).stdout


def test_old_epochs_are_proved_after_a_restart(tmp_path):
    """By nodes that begin at a snapshot which is past them."""
    _, nodes = start_chain(tmp_path, validators=1)
    genesis = tmp_path / "net" / "genesis.json"
    node = nodes[0]
    try:
        text = (tmp_path / "net" / "validator-0" / "hotstuff.conf").read_text()
        assert "snapshot_interval_blocks" in text
        lines = ["snapshot_interval_blocks = 10" if line.startswith("snapshot_interval_blocks")
                 else line for line in text.splitlines()]
        (tmp_path / "net" / "validator-0" / "hotstuff.conf").write_text("\n".join(lines) + "\n")
        start_nodes(nodes)
        node.wait_for_height(3 * EPOCH_BLOCKS)
        cluster.wait_for("a snapshot", lambda: node.snapshot_height() > 2 * EPOCH_BLOCKS)
        node.kill()
        start_nodes(nodes)
        result = light(node.url, genesis, "--until", 3 * EPOCH_BLOCKS)
        assert result.returncode == 0, result.stderr
        assert len(accepted(result)[0]) == 3 * EPOCH_BLOCKS
    finally:
        end(nodes)


# -- what does not ---------------------------------------------------------------------------------


def query(path):
    return {key: values[0]
            for key, values in urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).items()}


def flipped(body, at):
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


def above(height, lie):
    """A lie about what is above this height."""
    def answer(path, truth):
        if path.startswith("/v1/headers") and int(query(path)["from"]) > height:
            return lie(path, truth)
        return truth
    return answer


def on_steps(lie):
    return lambda path, truth: lie(path, truth) if "/epochs/" in path else truth


def changed(change):
    return lambda path, truth: (truth[0], change(truth[1])) if truth[0] == 200 else truth


def lies(node):
    """Each with what is said of it."""
    old = ask(node.url, "/v1/headers?from=1&count=2")
    other_height = ask(node.url, f"/v1/headers?from={EPOCH_BLOCKS - 2}&count=1")

    def endless():
        while True:
            yield bytes(65536)

    return {
        "forged header": (above(3, changed(lambda body: flipped(body, len(body) - 40))), "refused"),
        "forged certificate": (above(3, changed(lambda body: flipped(body, 60))), "refused"),
        "certificate of fewer": (above(3, changed(lambda body: body[:48] + b"\1" + body[49:])),
                                 "refused"),
        "cut short": (above(3, changed(lambda body: body[:-7])), "refused"),
        "one byte more": (above(3, changed(lambda body: body + b"\0")), "refused"),
        "nothing": (above(3, changed(lambda body: b"")), "refused"),
        "not the bytes of anything": (above(3, changed(lambda body: b"<html>" * 99)), "refused"),
        "old headers": (above(3, lambda path, truth: old), "refused"),
        "headers left out": (above(3, lambda path, truth: other_height), "leaves out blocks"),
        "an endless answer": (above(3, lambda path, truth: (200, endless())), "longer than"),
        "an error": (above(3, lambda path, truth: (500, b"{}")), "HTTP 500"),
        "another set": (on_steps(changed(lambda body: flipped(body, len(body) // 2))), "refused"),
        "a cut step": (on_steps(changed(lambda body: body[:-1])), "refused"),
        "a forged digest": (on_steps(changed(lambda body: flipped(body, len(body) - 3))), "refused"),
        "the step before": (
            on_steps(lambda path, truth: truth if path.endswith("/1") else
                     ask(node.url, "/v1/proofs/epochs/1")), "refused"),
    }


LIES = ["forged header", "forged certificate", "certificate of fewer", "cut short", "one byte more",
        "nothing", "not the bytes of anything", "old headers", "headers left out",
        "an endless answer", "an error", "another set", "a cut step", "a forged digest",
        "the step before"]


@pytest.mark.parametrize("name", LIES)
def test_a_server_that_lies_is_refused(chain, name):
    _, _, node, genesis = chain
    lie, says = lies(node)[name]

    def answer(path, truth):  # the first three headers are told as they are
        if path.startswith("/v1/headers") and int(query(path)["from"]) <= 3:
            return ask(node.url, "/v1/headers?count=3&from=" + query(path)["from"])
        return lie(path, truth)

    with LyingServer(node.url, answer) as server:
        result = light(server.url, genesis, "--until", 2 * EPOCH_BLOCKS + 2)
    assert result.returncode == 4, (result.returncode, result.stderr)
    assert says in result.stderr and server.url in result.stderr
    blocks, _ = accepted(result)
    assert len(blocks) >= 3
    for block in blocks:  # what was accepted before is true
        assert block["id"] == node.block(block["height"])["id"]


def test_a_server_that_keeps_back_what_is_new_is_told(chain):
    _, _, node, genesis = chain
    lie = above(5, lambda path, truth: (404, b"{}"))

    def five_at_once(path, _):
        return lie(path, ask(node.url, path.replace("count=", "count=5&was=")))

    with LyingServer(node.url, five_at_once) as server:
        result = light(server.url, genesis, "--timeout", 1)
    assert result.returncode == 6, result.stderr
    assert "nothing above height 5" in result.stderr and "keeps back" in result.stderr


def test_a_server_that_is_gone_is_told(chain):
    _, _, _, genesis = chain
    result = light(f"http://127.0.0.1:{cluster.free_base_port(1)}", genesis)
    assert result.returncode == 2 and "no answer" in result.stderr


def test_two_chains_that_were_both_committed_are_told(tmp_path):
    """All validators sign twice: from a copy of their homes, made before they began."""
    net, nodes = start_chain(tmp_path, validators=1)
    node = nodes[0]
    genesis = tmp_path / "net" / "genesis.json"
    shutil.copytree(node.home, tmp_path / "copy")
    account = transfers.Account(net["accounts"][0])
    try:
        start_nodes(nodes)
        node.wait_for_height(5)
        trust = save(tmp_path, "first.json",
                     cluster.run("light", "checkpoint", "--trust", genesis, "--rpc", node.url))
        node.stop()
        shutil.rmtree(node.home)
        os.rename(tmp_path / "copy", node.home)
        start_nodes(nodes)
        node.wait_for_height(json.loads(trust.read_text())["height"] + 3)
        result = light(node.url, trust, "--until", EPOCH_BLOCKS - 1)
        assert result.returncode == 7, result.stderr
        assert "Two chains were committed" in result.stderr and not result.stdout
        node.wait_for_height(EPOCH_BLOCKS + 2)
        proof = save(tmp_path, "fork.json",
                     cluster.run("proof", "account", account.address, "--rpc", node.url))
        assert cluster.run("proof", "verify", proof, "--trust", genesis).returncode == 0
    finally:
        end(nodes)


def test_a_proof_that_was_changed_does_not_hold(chain):
    folder, net, node, genesis = chain
    account = transfers.Account(net["accounts"][1])
    proof = save(folder, "q.json", cluster.run("proof", "account", account.address, "--rpc",
                                               node.url))
    whole = json.loads(proof.read_text())
    assert len(whole["steps"]) >= 3
    newer = save(folder, "newer.json", cluster.run("light", "checkpoint", "--rpc", node.url))

    def of_hex(text, at):
        digit = "0" if text[at] != "0" else "1"
        return text[:at] + digit + text[at + 1:]

    changes = {
        "step 1": {"steps": [of_hex(whole["steps"][0], 300), *whole["steps"][1:]]},
        "no step from epoch 1": {"steps": [whole["steps"][0], *whole["steps"][2:]]},
        "commit proof": {"commit_proof": of_hex(whole["commit_proof"], 400)},
        "state": {"account_proof": of_hex(whole["account_proof"], 200)},
        "claims another": {"balance": "1000000000000001"},
        "of another chain": {"chain_id": of_hex(whole["chain_id"], 9)},
        "no proof of an account": {"nonce": "0"},
    }
    for says, change in changes.items():
        proof.write_text(json.dumps({**whole, **change}))
        result = cluster.run("proof", "verify", proof, "--trust", genesis)
        assert result.returncode == 4 and says in result.stderr, (says, result.stderr)
    other = {**whole, "address": transfers.Account(net["accounts"][2]).address}
    proof.write_text(json.dumps(other))
    assert cluster.run("proof", "verify", proof, "--trust", genesis).returncode == 4
    proof.write_text(json.dumps(whole))
    if json.loads(newer.read_text())["height"] > whole["height"]:
        result = cluster.run("proof", "verify", proof, "--trust", newer)
        assert result.returncode == 4 and "older" in result.stderr
    proof.write_text(json.dumps(whole)[:-10])
    result = cluster.run("proof", "verify", proof, "--trust", genesis)
    assert result.returncode == 4 and "cut" in result.stderr
    assert cluster.run("proof", "verify", proof, "--trust", proof).returncode == 1
