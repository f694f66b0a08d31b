"""Private transfers (M1, M2) by the command line: both steps, and what is left when one is cut off."""

import json
import os

import cluster
import transfers

AMOUNT = 12_345


def balance(node, address):
    return int(node.account(address)["balance"])


def private_files(net):
    folder = os.path.dirname(net.key_files[0])
    return [os.path.join(folder, name) for name in os.listdir(folder) if ".private-" in name]


def test_a_private_transfer_commits_then_reveals_and_leaves_nothing(make_cluster):
    net = make_cluster(validators=1, accounts=2)
    net.start()
    node = net.nodes[0]
    node.wait_for_height(1)
    sender, recipient = transfers.accounts_of(net)
    had = balance(node, sender.address), balance(node, recipient.address)
    result = cluster.run("tx", "transfer", "--from", sender.key_file, "--to", recipient.address,
                         "--amount", AMOUNT, "--private", "--json", "--rpc", node.url)
    assert result.returncode == 0, result.stderr
    outcome = json.loads(result.stdout)
    assert outcome["status"] == outcome["commit"]["status"] == "committed"
    assert outcome["height"] > outcome["commit"]["height"]
    assert "commitment 0x" in result.stderr and "reveal 0x" in result.stderr

    commit_id = bytes.fromhex(outcome["commit"]["tx_id"].removeprefix("0x"))
    assert node.block_transactions(outcome["commit"]["height"]) == [commit_id]
    assert balance(node, recipient.address) == had[1] + AMOUNT
    fees = (2 + 3) * transfers.FEE_UNITS  # the gas of a commitment and of a reveal
    assert balance(node, sender.address) == had[0] - AMOUNT - fees
    commits = cluster.run_json("commits", sender.address, "--rpc", node.url)
    assert commits["waiting"] == commits["waiting_of_sender"] == 0
    assert private_files(net) == []


def test_a_private_transfer_that_was_cut_off_is_finished_from_its_file(make_cluster):
    net = make_cluster(validators=4, accounts=2)
    sender, recipient = transfers.accounts_of(net)
    node = net.nodes[0]
    node.start()  # alone it commits nothing
    cut = cluster.run("tx", "transfer", "--from", sender.key_file, "--to", recipient.address,
                      "--amount", AMOUNT, "--private", "--timeout", 1, "--rpc", node.url)
    assert cut.returncode == 6, cut.stderr
    [path] = private_files(net)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert f"hotstuff tx reveal {path}" in cut.stderr

    again = cluster.run("tx", "transfer", "--from", sender.key_file, "--to", recipient.address,
                        "--amount", AMOUNT, "--private", "--nonce", 0, "--rpc", node.url)
    assert again.returncode == 1 and path in again.stderr and "tx reveal" in again.stderr
    other = cluster.run("tx", "reveal", path, "--from", recipient.key_file, "--rpc", node.url)
    assert other.returncode == 1 and "another sender" in other.stderr

    for late in net.nodes[1:]:
        late.start()
    cluster.wait_for("the commitment is committed", lambda: node.get_json(
        f"/v1/commits/{sender.address}")["waiting_of_sender"] == 1)
    had = balance(node, recipient.address)
    outcome = cluster.run_json("tx", "reveal", path, "--from", sender.key_file, "--rpc", node.url)
    assert outcome["status"] == "committed" and outcome["commit"]["status"] == "committed"
    assert balance(node, recipient.address) == had + AMOUNT
    assert node.get_json("/v1/commits")["waiting"] == 0
    assert private_files(net) == []


def test_a_file_that_does_not_open_its_commitment_is_refused(make_cluster):
    net = make_cluster(validators=4, accounts=2)
    sender, recipient = transfers.accounts_of(net)
    node = net.nodes[0]
    node.start()
    cluster.run("tx", "transfer", "--from", sender.key_file, "--to", recipient.address, "--amount",
                AMOUNT, "--private", "--timeout", 0, "--rpc", node.url)
    [path] = private_files(net)
    with open(path, encoding="utf-8") as file:
        kept = json.load(file)
    for name, value in (("amount", str(AMOUNT + 1)), ("recipient", sender.address),
                        ("salt", "0x" + "11" * 32), ("commit", "0x00"), ("type", "account")):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**kept, name: value}, file)
        result = cluster.run("tx", "reveal", path, "--from", sender.key_file, "--rpc", node.url)
        assert result.returncode == 1 and "was changed" in result.stderr, name
