"""kill -9 of one of four under load: the others go on, and it comes back."""

import itertools

import cluster
import transfers

DEAD = 3


def turns_of(validator, first_view, end_view, validator_count=4):
    """How often it leads in [first_view, end_view), with equal weights (P1)."""
    return sum(view % validator_count == validator for view in range(first_view, end_view))


def signs_a_block_after(node, validator, height):
    """Waits until a block above `height` is certified with its signature."""
    heights = itertools.count(height + 1)

    def is_signer():
        at = next(heights)
        node.wait_for_height(at)
        return validator in node.block(at)["signers"]

    cluster.wait_for(f"validator {validator} signs", is_signer, step_s=0)


def test_a_dead_leader_costs_one_timeout_a_turn(make_cluster):
    # A base so long that nobody else's view times out, on a busy machine either.
    net = make_cluster(pacemaker={"base_ms": 1500, "idle_interval_ms": 5})
    net.start()
    net.wait_for_height(20)
    witness = net.nodes[0]
    with transfers.Load(net):
        seen = transfers.Committed(net)
        seen.take_until(witness, 50)
        net.nodes[DEAD].kill()
        before = witness.metrics()
        cluster.wait_for("three turns of the dead leader are over",
                         lambda: turns_of(DEAD, before["view"], witness.metrics()["view"]) >= 3)
        after = witness.metrics()
        seen.take_until(witness, 50)

    timeouts = after["views_by_timeout_total"] - before["views_by_timeout_total"]
    assert timeouts <= turns_of(DEAD, before["view"], after["view"])
    assert timeouts > 0
    assert after["height"] > before["height"]


def test_a_killed_validator_catches_up_1000_blocks_and_votes_again(make_cluster):
    # A small weight leads seldom, so that few timeouts stand between it and the thousand blocks.
    net = make_cluster(weights="40,40,40,1", pacemaker={"idle_interval_ms": 1})
    net.start()
    net.wait_for_height(20)
    witness, dead = net.nodes[0], net.nodes[DEAD]
    with transfers.Load(net):
        dead.kill()
        height = witness.height()
        cluster.wait_for("1,000 blocks are made", lambda: witness.height() >= height + 1000)
        dead.start()
        restart_height = dead.height()
        assert restart_height >= 10
        cluster.wait_for("it has caught up", lambda: dead.height() >= witness.height() - 5)
    assert dead.metrics()["blocks_fetched_total"] >= 900
    signs_a_block_after(witness, DEAD, witness.height())
    assert witness.block(restart_height + 500)["id"] == dead.block(restart_height + 500)["id"]
