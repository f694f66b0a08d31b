"""The threads of a validator at work together; for `make tsan`. A race ends a process with
another exit code than 0, and the sanitizer's report stands in its log."""

import pytest

import cluster
import transfers

LAST = 3
BASE_MS = 2000  # the sanitizer makes everything ten times slower


@pytest.mark.tsan
def test_transfers_a_kill_and_a_restart_leave_no_race(make_cluster):
    net = make_cluster(pacemaker={"base_ms": BASE_MS, "idle_interval_ms": 5})
    net.start()
    witness, killed = net.nodes[0], net.nodes[LAST]
    seen = transfers.Committed(net)
    with transfers.Load(net, per_second=100) as load:
        seen.take_until(witness, 100)
        killed.kill()
        load.forget_nonces()
        seen.take_until(witness, 20)
        killed.start()
        seen.take_until(witness, 100)
    cluster.wait_for("it has caught up", lambda: killed.height() >= seen.read_up_to)
    paid = cluster.run_json("tx", "transfer", "--from", net.key_files[-1], "--to",
                            load.accounts[0].address, "--amount", 5, "--wait", "--timeout",
                            cluster.WAIT_S, "--rpc", killed.url)
    assert paid["status"] == "committed"
    net.stop()
    for node in net.nodes:
        assert "Sanitizer" not in node.log()
