"""kill -9 of all four under load, again and again: nothing that was reported is lost, nothing is
signed twice."""

import random
import time

import cluster
import transfers

ROUNDS = 10
TRANSFERS_EACH_ROUND = 100
INITIAL_BALANCE = 10**15  # of an account by `hotstuff testnet`


def check_signed_views(records, committed):
    """D1, D6: a signature that others have is in its signer's own record, which never goes back."""
    for before, now in records:
        assert now.vote_view >= before.vote_view
        assert now.view_change_view >= before.view_change_view
        if now.vote_view == before.vote_view:
            assert now.vote_block_id == before.vote_block_id
    for block in committed.blocks.values():
        for signer in block["signers"]:
            record = records[signer][1]
            assert block["view"] <= record.vote_view
            if block["view"] == record.vote_view:
                assert block["id"] == "0x" + record.vote_block_id.hex()


def check_nothing_lost(net, committed):
    for node in net.nodes:
        assert node.status()["height"] >= committed.heights[node.index]  # D7
    net.wait_for_height(committed.read_up_to)
    last = committed.blocks[committed.read_up_to]
    for node in net.nodes:
        assert node.block(last["height"])["id"] == last["id"]


def check_every_block_everywhere(net, committed):
    for node in net.nodes:
        found = {}
        for height, block in committed.blocks.items():
            same = node.block(height)
            assert (same["id"], same["state_root"]) == (block["id"], block["state_root"])
            found.update((one, height) for one in node.block_transactions(height))
        assert found == committed.transactions
        for one in random.sample(sorted(committed.transactions), 100):
            answer = node.get_json("/v1/transactions/0x" + one.hex())
            assert (answer["status"], answer["height"]) == ("committed", committed.transactions[one])


def check_balances(net, accounts, committed):
    """The same everywhere, and what was burned is all that is gone."""
    views = [[node.account(account.address) for account in accounts] for node in net.nodes]
    for one in views[1:]:
        assert [(a["balance"], a["nonce"]) for a in one] == \
            [(a["balance"], a["nonce"]) for a in views[0]]
    burned = len(committed.transactions) * transfers.FEE_UNITS
    assert sum(int(a["balance"]) for a in views[0]) == len(accounts) * INITIAL_BALANCE - burned
    assert sum(a["nonce"] for a in views[0]) == len(committed.transactions)


def settle(net, committed):
    """Until no transfer waits anywhere, and all that was committed is read."""
    def is_quiet():
        return all(node.status()["mempool"] == 0 for node in net.nodes)

    cluster.wait_for("all transfers are committed", is_quiet)
    net.wait_for_height(net.height() + 8)
    net.wait_for_height(max(node.height() for node in net.nodes))
    committed.take(net.nodes[0])


def test_ten_kills_of_all_lose_nothing_and_sign_nothing_twice(make_cluster):
    net = make_cluster(pacemaker={"idle_interval_ms": 10})
    committed = transfers.Committed(net)
    net.start()
    records = [node.signer_record() for node in net.nodes]
    with transfers.Load(net, per_second=600) as load:
        for kill in range(ROUNDS):
            committed.take_until(net.nodes[kill % 4], TRANSFERS_EACH_ROUND)
            time.sleep(random.uniform(0, 0.1))
            for node in net.nodes:
                committed.heights[node.index] = max(committed.heights[node.index], node.height())
            net.kill()
            before, records = records, [node.signer_record() for node in net.nodes]
            check_signed_views(list(zip(before, records)), committed)
            net.start()
            load.forget_nonces()
            check_nothing_lost(net, committed)
        accounts = load.accounts
    settle(net, committed)
    check_every_block_everywhere(net, committed)
    check_balances(net, accounts, committed)
    for node in net.nodes:
        assert node.metrics()["evidence_total"] == 0
        assert "double_vote" not in node.log()
    net.stop()
