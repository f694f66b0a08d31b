"""What a validator must bear from the other side: foreign chains, and peers that freeze."""

import signal

import cluster
import transfers

MIB = 1024 * 1024
LAST = 3


def test_a_validator_of_another_chain_is_kept_out(make_cluster):
    net = make_cluster(pacemaker={"idle_interval_ms": 5})
    foreign = make_cluster(pacemaker={"idle_interval_ms": 5})
    stranger = foreign.nodes[LAST]
    for node in net.nodes[:LAST]:
        foreign.configure(stranger, "network", f"peer.{node.index}", f"127.0.0.1:{node.p2p_port}")
    net.start()
    stranger.start()
    height = net.height()
    net.wait_for_height(height + 100)
    status = stranger.status()
    assert status["chain_id"] == foreign.chain_id != net.chain_id
    assert (status["height"], status["peers"]) == (0, 0)
    for node in net.nodes:
        assert node.status()["peers"] == LAST

    # Its transfers are of another chain too.
    account = transfers.accounts_of(foreign)[0]
    transfer = account.transfer(foreign.chain_id, account.address)
    answer = net.nodes[0].submit([transfer])
    assert (answer["accepted"], len(answer["rejected"])) == (0, 1)
    net.stop()


def test_a_frozen_validator_costs_the_others_no_memory_and_comes_back(make_cluster):
    net = make_cluster(weights="40,40,40,1", pacemaker={"idle_interval_ms": 1})
    net.start()
    net.wait_for_height(20)
    frozen, others = net.nodes[LAST], net.nodes[:LAST]
    with transfers.Load(net, per_second=1000, nodes=others):
        before = [node.resident_bytes() for node in others]
        frozen.process.send_signal(signal.SIGSTOP)
        height = others[0].height()
        for node in others:
            node.wait_for_height(height + 300)
        after = [node.resident_bytes() for node in others]
        frozen.process.send_signal(signal.SIGCONT)
    for grown in (b - a for a, b in zip(before, after)):
        assert grown < 128 * MIB
    cluster.wait_for("it has caught up", lambda: frozen.height() >= others[0].height() - 5)
    assert all(node.metrics()["evidence_total"] == 0 for node in net.nodes)
    net.stop()

