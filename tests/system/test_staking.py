"""What an operator of a validator does by the command line (P7, P8)."""

import json
import os

import cluster
import transfers

STAKE = 1_000


def start(folder, *options):
    """A chain of one with two accounts, and the key files of two validators that are in none."""
    net = cluster.run_json("testnet", "--validators", 1, "--dir", folder / "net", "--accounts", 2,
                           "--base-port", cluster.free_base_port(2), *options)
    other = cluster.run_json("testnet", "--validators", 2, "--dir", folder / "other",
                             "--base-port", cluster.free_base_port(4))
    entry = net["validators"][0]
    node = cluster.Node(0, entry["home"], entry["p2p_port"], entry["rpc_port"])
    node.start()
    node.wait_for_height(1)
    keys = [os.path.join(one["home"], "validator.key") for one in other["validators"]]
    return node, [transfers.Account(path) for path in net["accounts"]], keys


def tx(node, account, command, *options):
    return cluster.run("tx", command, "--from", account.key_file, *options, "--wait", "--rpc",
                       node.url)


def test_an_operator_registers_stakes_rotates_and_leaves(tmp_path):
    node, accounts, keys = start(tmp_path, "--epoch-blocks", 1_000_000)
    try:
        operator, other = accounts
        had = int(node.account(operator.address)["balance"])
        register = ("--validator-key", keys[0], "--address", "localhost:27100", "--stake", STAKE)
        done = tx(node, operator, "register", *register)
        assert done.returncode == 0 and "committed" in done.stdout, done.stderr
        assert int(node.account(operator.address)["balance"]) < had - STAKE
        taken = tx(node, other, "register", *register)
        assert taken.returncode == 4 and "key_in_use" in taken.stderr

        for command, options in (("stake", ("--amount", 5)), ("unstake", ("--amount", 5)),
                                 ("rotate", ("--validator-key", keys[1], "--address", "[::1]:9",
                                             "--fee-recipient", other.address))):
            done = tx(node, operator, command, *options)
            assert done.returncode == 0 and "committed" in done.stdout, (command, done.stderr)
        assert tx(node, operator, "unjail").returncode == 4  # it is not in jail
        assert tx(node, other, "leave").returncode == 4  # it operates no validator
        assert tx(node, operator, "leave").returncode == 0
        node.stop()
    finally:
        if node.process is not None:
            node.kill()


def test_testnet_writes_what_stakes_know_into_genesis(tmp_path):
    net = cluster.run_json("testnet", "--validators", 2, "--dir", tmp_path / "net", "--epoch-blocks",
                           20, "--stake-min", 3, "--weights", "5,4", "--validators-max", 7,
                           "--unbonding-epochs", 6, "--slash-per-mille", 100, "--jail-epochs", 2,
                           "--evidence-epochs", 5, "--leader-election", "reputation")
    with open(tmp_path / "net" / "genesis.json", encoding="utf-8") as file:
        genesis = json.load(file)
    assert genesis["leader_election"] == "reputation"
    assert genesis["parameters"]["staking"] == {
        "epoch_blocks": 20, "stake_min": "3", "validators_max": 7, "unbonding_epochs": 6,
        "slash_per_mille": 100, "jail_epochs": 2, "evidence_epochs": 5}
    for entry, validator in zip(net["validators"], genesis["validators"]):
        operator = transfers.Account(entry["operator_key"])
        assert validator["fee_recipient"] == operator.address
        assert validator["address"] == f"127.0.0.1:{entry['p2p_port']}"


def test_an_operator_of_genesis_speaks_for_its_validator(tmp_path):
    node, _, _ = start(tmp_path, "--epoch-blocks", 1_000_000)
    try:
        operator = transfers.Account(os.path.join(node.home, "operator.key"))
        done = tx(node, operator, "stake", "--amount", STAKE)
        assert done.returncode == 0 and "committed" in done.stdout, done.stderr
        node.stop()
    finally:
        if node.process is not None:
            node.kill()


def test_without_epochs_there_is_no_staking(tmp_path):
    node, accounts, keys = start(tmp_path)
    try:
        refused = tx(node, accounts[0], "stake", "--amount", 5)
        assert refused.returncode == 4 and "unsupported" in refused.stderr
        for address, says in (("here", "host:port"), ("a b:1", "ASCII"), ("x" * 80 + ":1", "63")):
            refused = tx(node, accounts[0], "rotate", "--validator-key", keys[0], "--address",
                         address)
            assert refused.returncode == 1 and says in refused.stderr
        node.stop()
    finally:
        if node.process is not None:
            node.kill()
