"""Private transfers (M1, M2) by the command line: both steps, and what is left when one is cut off."""

import json
import os
import resource
import shutil
import signal
import subprocess

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


def start_one(make_cluster, accounts=2):
    net = make_cluster(validators=1, accounts=accounts)
    net.start()
    net.nodes[0].wait_for_height(1)
    return net


def begin(node, sender, recipient, **options):
    return subprocess.Popen(
        [cluster.HOTSTUFF, "tx", "transfer", "--from", sender.key_file, "--to", recipient.address,
         "--amount", str(AMOUNT), "--private", "--json", "--rpc", node.url],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        **options)


def kill_at(process, step):
    """Kills the command once it has said so much."""
    for line in process.stderr:
        if line.startswith(step.split()[0]) and line.rstrip().endswith(step.split(maxsplit=1)[1]):
            break
    process.kill()
    process.communicate()


def test_one_that_is_killed_after_any_step_is_done_once(make_cluster):
    net = start_one(make_cluster)
    node = net.nodes[0]
    sender, recipient = transfers.accounts_of(net)
    for i, step in enumerate(("commitment handed in", "reveal handed in") * 3):
        had = balance(node, recipient.address)
        kill_at(begin(node, sender, recipient), step)
        if i >= 4:  # the latest: whatever was handed in is committed
            cluster.wait_for("it is in", lambda: node.status()["mempool"] == 0)
        path = next(name for name in private_files(net) if not name.endswith(".reveal"))
        outcome = cluster.run_json("tx", "reveal", path, "--from", sender.key_file, "--rpc",
                                   node.url)
        assert outcome["status"] == outcome["commit"]["status"] == "committed", step
        assert balance(node, recipient.address) == had + AMOUNT, step
        assert private_files(net) == [] and node.status()["mempool"] == 0, step
    assert node.get_json("/v1/commits")["waiting"] == 0


def test_files_left_behind_say_that_it_is_done(make_cluster):
    net = start_one(make_cluster)
    node = net.nodes[0]
    sender, recipient = transfers.accounts_of(net)
    had = balance(node, recipient.address)
    process = begin(node, sender, recipient)
    kept = {}
    for line in process.stderr:
        if line.startswith("reveal") and "handed in" in line:
            for path in private_files(net):
                kept[path] = path + ".kept"
                shutil.copy2(path, kept[path])
            break
    done = json.loads(process.communicate()[0])
    assert process.returncode == 0 and len(kept) == 2
    assert all(os.stat(copy).st_mode & 0o777 == 0o600 for copy in kept.values())
    for with_reveal in (True, False):
        for path, copy in kept.items():
            if with_reveal or not path.endswith(".reveal"):
                shutil.copy2(copy, path)
        [path] = [name for name in kept if not name.endswith(".reveal")]
        again = cluster.run("tx", "reveal", path, "--from", sender.key_file, "--json", "--rpc",
                            node.url)
        if with_reveal:
            assert again.returncode == 0 and json.loads(again.stdout) == done
            assert not os.path.exists(path)
        else:
            assert again.returncode == 4 and "no_commitment" in again.stderr
    assert balance(node, recipient.address) == had + AMOUNT


def test_several_at_once_of_one_account_are_each_done_once(make_cluster):
    net = start_one(make_cluster)
    node = net.nodes[0]
    sender, recipient = transfers.accounts_of(net)
    had = balance(node, recipient.address)
    processes = [begin(node, sender, recipient) for _ in range(4)]
    ended = [(process.communicate()[1], process.returncode) for process in processes]
    refused = ("with this nonce", "the commitment is refused: fee_too_low")  # F5: as much is too little
    begun = [error for error, _ in ended if not any(why in error for why in refused)]
    for path in [name for name in private_files(net) if not name.endswith(".reveal")]:
        result = cluster.run("tx", "reveal", path, "--from", sender.key_file, "--rpc", node.url)
        assert result.returncode == 0, result.stderr
    assert len(begun) >= 1 and private_files(net) == []
    assert balance(node, recipient.address) == had + len(begun) * AMOUNT
    assert node.status()["mempool"] == 0


def test_the_same_file_in_two_hands_is_one_transfer(make_cluster):
    net = start_one(make_cluster)
    node = net.nodes[0]
    sender, recipient = transfers.accounts_of(net)
    had = balance(node, recipient.address)
    kill_at(begin(node, sender, recipient), "commitment handed in")
    [path] = private_files(net)
    hands = [subprocess.Popen([cluster.HOTSTUFF, "tx", "reveal", path, "--from", sender.key_file,
                               "--rpc", node.url], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
             for _ in range(3)]
    ended = [(hand.communicate()[1], hand.returncode) for hand in hands]
    assert any(code == 0 for _, code in ended), ended
    assert balance(node, recipient.address) == had + AMOUNT
    assert node.status()["mempool"] == 0 and private_files(net) == []


def limit_files():
    """As a full disk: whatever is written fails."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_without_room_for_its_file_nothing_is_handed_in(make_cluster):
    net = start_one(make_cluster)
    node = net.nodes[0]
    sender, recipient = transfers.accounts_of(net)
    process = begin(node, sender, recipient, preexec_fn=limit_files)
    error = process.communicate()[1]
    assert process.returncode == 1 and "could not be written" in error
    assert private_files(net) == []
    assert node.account(sender.address)["next_nonce"] == 0


def test_one_that_is_refused_at_once_leaves_nothing(make_cluster):
    net = start_one(make_cluster)
    node = net.nodes[0]
    sender, recipient = transfers.accounts_of(net)
    new_key = os.path.join(net.folder, "poor.key")
    assert cluster.run("keys", "new", "--out", new_key).returncode == 0
    for _ in range(2):
        result = cluster.run("tx", "transfer", "--from", new_key, "--to", recipient.address,
                             "--amount", AMOUNT, "--private", "--rpc", node.url)
        assert result.returncode == 4 and "insufficient_funds" in result.stderr
        assert not [name for name in os.listdir(net.folder) if ".private-" in name]
    assert sender.address != recipient.address


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
