"""What a chain with epochs shows of its epochs and validators, and how one is punished (P4, P7, P8)."""

import json
import os
import subprocess

import pytest

import cluster
import test_rpc
import test_staking
import transfers

EPOCH_BLOCKS = 10
WEIGHT = 1_000
# What one node may grow by while it answers the same questions over and over.
GROWTH_BYTES_MAX = 6 * 1024 * 1024
STAKE = 10  # too little to be missed in a quorum


@pytest.fixture(name="world")
def chain_with_epochs(tmp_path):
    """(node, accounts, key files of validators that are in no genesis)"""
    world = test_staking.start(tmp_path, "--epoch-blocks", EPOCH_BLOCKS, "--weights", WEIGHT)
    yield world
    if world[0].process is not None:
        world[0].kill()


def names_in(answer):
    """Of all members, at any depth."""
    if isinstance(answer, list):
        return {name for entry in answer for name in names_in(entry)}
    if isinstance(answer, dict):
        return set(answer).union(*(names_in(entry) for entry in answer.values()))
    return set()


def double_vote(key_file, chain_id, epoch, view):
    """What `hotstuff evidence --json` says of two votes by a key."""
    build = os.path.dirname(cluster.HOTSTUFF)
    program = "tests/support/double_vote"
    subprocess.run(["ninja", "-C", build, program], check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run([os.path.join(build, program), key_file, chain_id, str(epoch), str(view)],
                          check=True, capture_output=True, text=True)
    return json.loads(made.stdout)


def standing(node, account):
    return node.get_json(f"/v1/operators/{account.address}", default=None)


def register(node, account, key):
    done = test_staking.tx(node, account, "register", "--validator-key", key, "--address",
                           "127.0.0.1:9", "--stake", STAKE)
    assert done.returncode == 0, done.stderr
    return standing(node, account)


def test_the_epoch_says_what_it_is_and_what_comes(world):
    node = world[0]
    epoch = node.get_json("/v1/epoch")
    number = epoch["epoch"]
    assert epoch["first_height"] == number * EPOCH_BLOCKS + 1
    assert epoch["last_height"] == (number + 1) * EPOCH_BLOCKS
    assert epoch["first_height"] - 1 <= epoch["height"] < epoch["last_height"]
    assert epoch["validators"] == 1 and epoch["weight_total"] == str(WEIGHT)
    assert epoch["next"]["epoch"] == number + 1
    assert epoch["next"]["randomness"] != epoch["randomness"]
    assert epoch["staking"]["epoch_blocks"] == EPOCH_BLOCKS
    assert epoch["staking"]["staked"] == str(WEIGHT) and epoch["leader_election"] == "weighted"
    assert test_rpc.call(node, "epoch")["result"]["staking"] == epoch["staking"]
    shown = cluster.run("epoch", "--rpc", node.url)
    assert shown.returncode == 0 and "leader election weighted" in shown.stdout
    assert cluster.run_json("epoch", "--rpc", node.url)["staking"] == epoch["staking"]


def test_without_epochs_the_one_has_no_end_and_nobody_registers(make_cluster):
    net = make_cluster(validators=1)
    net.start()
    node = net.nodes[0]
    epoch = node.get_json("/v1/epoch")
    assert epoch["epoch"] == 0 and epoch["first_height"] == 1 and epoch["last_height"] is None
    assert epoch["next"] is None and epoch["staking"] is None
    listed = node.get_json("/v1/validators")
    assert listed["validators"][0]["operator"] is None and listed["quorum"] == "1"
    assert node.get_json("/v1/validators/0")["validators"] == listed["validators"]
    assert node.block(0)["proposer_operator"] is None
    for path in ("/v1/validators/1", "/v1/registered", "/v1/operators/0x" + "00" * 32):
        assert test_rpc.get(node, path)[0] == 404, path
    assert "without an end" in cluster.run("epoch", "--rpc", node.url).stdout
    refused = cluster.run("validators", "--all", "--rpc", node.url)
    assert refused.returncode == 1 and "nobody registers" in refused.stderr


def test_who_registers_waits_and_is_then_a_member(world):
    node, (operator, other), keys = world
    seen = register(node, operator, keys[0])
    assert seen["state"] == "waiting" and seen["index"] is None and seen["stake"] == str(STAKE)
    assert seen["address"] == "127.0.0.1:9" and seen["jailed_until"] is None
    begins = seen["keys"][0]["first_epoch"]
    assert begins > seen["epoch"] and seen["keys"][0]["last_epoch"] is None
    cluster.wait_for("its epoch", lambda: node.get_json("/v1/epoch")["epoch"] >= begins)

    seen = standing(node, operator)
    assert seen["state"] == "active" and seen["index"] == 1
    of_set = node.get_json("/v1/validators")
    assert of_set["weight_total"] == str(WEIGHT + STAKE)
    assert of_set["quorum"] == str(2 * (WEIGHT + STAKE) // 3 + 1)
    member = of_set["validators"][1]
    assert member["operator"] == operator.address and member["weight"] == str(STAKE)
    assert member["bls_public_key"] == seen["keys"][0]["bls_public_key"]
    before = node.get_json(f"/v1/validators/{begins - 1}", default=None)
    assert before is None or len(before["validators"]) == 1  # it may be over for too long

    status = node.status()
    assert status["index"] == 0 and status["validators"] == 2 and status["epoch"] >= begins
    assert node.metrics()["weight"] == WEIGHT
    assert node.metrics()["weight_total"] == WEIGHT + STAKE
    block = node.block(status["height"])
    assert block["signers"] == [0] and block["proposer"] == 0
    assert block["proposer_operator"] == of_set["validators"][0]["operator"]
    assert node.block(1)["signers"] == [0]

    listed = cluster.run_json("validators", "--all", "--rpc", node.url)
    assert [entry["state"] for entry in listed["validators"]] == ["active", "active"]
    assert listed["registered"] == 2 and listed["staked"] == str(WEIGHT + STAKE)
    shown = cluster.run("validators", operator.address, "--rpc", node.url)
    assert shown.returncode == 0 and "active, validator 1" in shown.stdout
    assert f"quorum {of_set['quorum']}" in cluster.run("validators", "--rpc", node.url).stdout
    assert cluster.run("validators", other.address, "--rpc", node.url).returncode == 1
    assert cluster.run("validators", "0x12", "--rpc", node.url).returncode == 1
    assert cluster.run("validators", "--epoch", 10**9, "--rpc", node.url).returncode == 1
    both = cluster.run("validators", "--all", "--epoch", 1, "--rpc", node.url)
    assert both.returncode == 1 and "one of" in both.stderr


def test_a_place_that_others_do_not_dial_is_told(world):
    node, (operator, _), keys = world
    done = test_staking.tx(node, operator, "register", "--validator-key", keys[0], "--address",
                           "validator.example:27000", "--stake", STAKE)
    assert done.returncode == 0 and "`known`" in done.stderr, done.stderr
    assert standing(node, operator)["address"] == "validator.example:27000"
    for address, told in (("0.0.0.0:27000", True), ("203.0.113.7:27000", False),
                          ("127.0.0.1:27000", False)):
        done = test_staking.tx(node, operator, "rotate", "--validator-key", keys[1], "--address",
                               address)
        assert ("`known`" in done.stderr) == told, done.stderr


def test_what_is_unbonding_and_both_keys_of_a_rotation_are_shown(world):
    node, (operator, _), keys = world
    register(node, operator, keys[0])
    begins = standing(node, operator)["keys"][0]["first_epoch"]
    cluster.wait_for("its epoch", lambda: node.get_json("/v1/epoch")["epoch"] >= begins)
    rotated = test_staking.tx(node, operator, "rotate", "--validator-key", keys[1], "--address",
                              "[::1]:9")
    assert rotated.returncode == 0, rotated.stderr
    first, second = standing(node, operator)["keys"]
    assert first["last_epoch"] + 1 == second["first_epoch"] and second["last_epoch"] is None
    assert test_staking.tx(node, operator, "leave").returncode == 0
    seen = standing(node, operator)
    assert seen["state"] == "leaving" and seen["index"] == 1 and seen["stake"] == "0"
    assert [entry["amount"] for entry in seen["unbondings"]] == [str(STAKE)]
    shown = cluster.run("validators", operator.address, "--rpc", node.url).stdout
    assert f"to {first['last_epoch']}" in shown and f"{STAKE} at the end of epoch" in shown


def test_one_that_is_no_member_says_so(world, tmp_path):
    node = world[0]
    genesis = os.path.join(node.home, "genesis.json")
    port = cluster.free_base_port(2)
    home = str(tmp_path / "joins")
    made = cluster.run("home", "--genesis", genesis, "--dir", home, "--listen",
                       f"127.0.0.1:{port}", "--rpc-listen", f"127.0.0.1:{port + 1}")
    assert made.returncode == 0, made.stderr
    other = cluster.Node(1, home, port, port + 1)
    other.start()
    try:
        status = other.status()
        assert status["index"] is None and status["validators"] == 1 and not status["signing"]
        assert other.metrics()["weight"] == 0 and other.metrics()["quorum"] == WEIGHT * 2 // 3 + 1
        shown = cluster.run("status", "--rpc", other.url).stdout
        assert "none of the 1 of this epoch" in shown and "not signing" in shown
        of_set = other.get_json("/v1/validators/0")["validators"]
        assert [member["weight"] for member in of_set] == [str(WEIGHT)]
    finally:
        other.kill()


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_who_voted_twice_is_punished_by_whoever_shows_it(world, tmp_path):
    node, (operator, other), keys = world
    begins = register(node, operator, keys[0])["keys"][0]["first_epoch"]
    cluster.wait_for("its epoch", lambda: node.get_json("/v1/epoch")["epoch"] >= begins)
    shown = double_vote(keys[0], node.status()["chain_id"], begins, 7)
    file = write(tmp_path / "evidence.json", shown)

    done = test_staking.tx(node, other, "evidence", file)
    assert done.returncode == 0 and "committed" in done.stdout, done.stderr
    seen = standing(node, operator)
    assert seen["state"] == "jailed" and seen["jailed_until"] > seen["epoch"]
    assert seen["stake"] == str(STAKE - 1) and seen["index"] == 1  # 5 %, rounded up
    again = test_staking.tx(node, other, "evidence", file)
    assert again.returncode == 4 and "punished" in again.stderr
    early = test_staking.tx(node, operator, "unjail")
    assert early.returncode == 4 and "jailed" in early.stderr
    assert node.get_json("/v1/evidence")["evidence"] == []  # it was not this node that saw it


def test_a_file_that_is_no_evidence_is_refused(world, tmp_path):
    node, (account, _), keys = world
    evidence = double_vote(keys[0], node.status()["chain_id"], 0, 7)
    [entry] = evidence["evidence"]
    nobody = test_staking.tx(node, account, "evidence", write(tmp_path / "one.json", entry))
    assert nobody.returncode == 4 and "not_a_validator" in nobody.stderr
    own_key = os.path.join(node.home, "validator.key")
    [own] = double_vote(own_key, node.status()["chain_id"], 0, 7)["evidence"]
    forged = {**own, "view": 8}
    refused = test_staking.tx(node, account, "evidence", write(tmp_path / "forged.json", forged))
    assert refused.returncode == 4 and "bad_signature" in refused.stderr

    counts_not = {"evidence": [{**entry, "counts": False}]}
    same = {**entry, "votes": [entry["votes"][0]] * 2}
    for i, (wrong, says) in enumerate((
            (counts_not, "counts"), ({"evidence": []}, "counts"), ({}, "no evidence"),
            ([], "no evidence"), ({**entry, "view": 0}, "no evidence"), (same, "no evidence"),
            ({**entry, "votes": entry["votes"][::-1]}, "no evidence"),
            ({**entry, "epoch": -1}, "no evidence"))):
        refused = test_staking.tx(node, account, "evidence", write(tmp_path / f"{i}.json", wrong))
        assert refused.returncode == 1 and says in refused.stderr, wrong
    assert test_staking.tx(node, account, "evidence", tmp_path / "none.json").returncode == 1
    assert "none since" in cluster.run("evidence", "--rpc", node.url).stdout
    assert cluster.run_json("evidence", "--rpc", node.url)["evidence"] == []


def test_many_registered_ones_are_read_in_parts(tmp_path):
    count = 66
    made = cluster.run_json("testnet", "--validators", count, "--dir", tmp_path / "net",
                            "--epoch-blocks", EPOCH_BLOCKS, "--base-port",
                            cluster.free_base_port(2 * count))
    entry = made["validators"][3]
    node = cluster.Node(3, entry["home"], entry["p2p_port"], entry["rpc_port"])
    node.start()
    try:
        part = node.get_json("/v1/registered")
        assert len(part["validators"]) == part["next_place"] == 64
        rest = node.get_json("/v1/registered/64")
        assert rest["next_place"] is None and len(rest["validators"]) == 2
        assert node.get_json("/v1/registered/66")["validators"] == []
        assert node.get_json(f"/v1/registered/{2**64 - 1}")["validators"] == []
        listed = cluster.run_json("validators", "--all", "--rpc", node.url)
        assert listed["validators"] == part["validators"] + rest["validators"]
        assert [one["index"] for one in listed["validators"]] == list(range(count))
        assert "next_place" not in listed

        calls = [{"jsonrpc": "2.0", "id": i, "method": "validators"} for i in range(6)]
        answers = test_rpc.call_batch(node, calls)
        assert [len(answer["result"]["validators"]) for answer in answers[:4]] == [count] * 4
        assert [answer["error"]["code"] for answer in answers[4:]] == [-32003] * 2
    finally:
        node.kill()


def test_the_page_names_all_that_is_answered_of_epochs(world):
    node, (operator, _), keys = world
    register(node, operator, keys[0])
    assert test_staking.tx(node, operator, "leave").returncode == 0
    with open(os.path.join(cluster.ROOT, "docs", "rpc.md"), encoding="utf-8") as file:
        page = file.read()
    answers = [node.get_json(path) for path in (
        "/v1/epoch", "/v1/validators", "/v1/registered", f"/v1/operators/{operator.address}",
        "/v1/evidence")]
    answers.append(double_vote(keys[0], node.status()["chain_id"], 0, 1))
    assert {name for name in names_in(answers) if f"`{name}`" not in page} == set()


def ask_everything(node, account, times):
    """Every kind of answer, as a page of its own and in a batch."""
    paths = ["/v1/status", "/v1/blocks/1", f"/v1/accounts/{account.address}", "/v1/fees",
             f"/v1/commits/{account.address}", "/v1/supply", "/v1/epoch", "/v1/validators",
             "/v1/registered", "/v1/registered/1",
             f"/v1/operators/{account.address}", "/v1/evidence",
             "/v1/headers?from=1&count=4", "/v1/proofs/epochs/1",
             f"/v1/proofs/accounts/{account.address}", "/metrics", "/no/such/path"]
    large = [("validators", []), ("registered", []), ("operator", [account.address]),
             ("evidence", []), ("epoch", [])]
    batch = [{"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
             for method, params in large]
    for _ in range(times):
        answered = [test_rpc.get(node, path)[0] for path in paths]
        assert set(answered[:-1]) == {200} and answered[-1] == 404, list(zip(paths, answered))
        assert len(test_rpc.call_batch(node, batch)) == len(batch)


def test_what_was_answered_is_not_kept(world):
    node, (operator, _), keys = world
    register(node, operator, keys[0])
    node.wait_for_height(2 * EPOCH_BLOCKS)
    ask_everything(node, operator, times=50)
    before = node.resident_bytes()
    ask_everything(node, operator, times=200)
    assert node.resident_bytes() - before < GROWTH_BYTES_MAX
