"""kill -9 of all four under load, again and again: nothing that was reported is lost, nothing is
signed twice."""

import random
import time

import client_truth
import transfers

ROUNDS = 10
TRANSFERS_EACH_ROUND = 100


def check_nothing_lost(net, committed):
    for node in net.nodes:
        assert node.status()["height"] >= committed.heights[node.index]  # D7
    net.wait_for_height(committed.read_up_to)
    last = committed.blocks[committed.read_up_to]
    for node in net.nodes:
        assert node.block(last["height"])["id"] == last["id"]


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
            client_truth.check_signed_views(list(zip(before, records)), committed.blocks.values())
            load.forget_nonces()
            net.start()
            check_nothing_lost(net, committed)
        accounts = load.accounts
    client_truth.settle(net, committed)
    client_truth.check_every_block_everywhere(net, committed)
    client_truth.check_balances(net, accounts, committed)
    client_truth.check_no_evidence(net)
    net.stop()
