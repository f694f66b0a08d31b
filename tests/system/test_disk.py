"""A disk that is full or fails: the validator stops signing and ends with exit code 3 (D3)."""

import os
import shutil

import pytest

import cluster
import disks
import transfers

LAST = 3
TMPFS_BYTES = 24 * 1024 * 1024
WRITE_FAILED = 3  # the exit code


@pytest.fixture
def small_disk():
    try:
        disk = disks.SmallDisk(TMPFS_BYTES)
    except disks.NotPermitted as error:
        pytest.skip(str(error))
    yield disk
    disk.end()


def check_ended_with_advice(node):
    assert node.wait_for_exit() == WRITE_FAILED
    last = node.log().splitlines()[-1]
    assert "durable write failed" in last
    assert node.home in last
    assert "free space" in last and "start" in last
    return last


def check_goes_on(net, node):
    """Signing what it has not signed yet, with the others."""
    node.start()
    assert node.status()["signing"] is True
    others = net.nodes[0]
    cluster.wait_for("it has caught up", lambda: node.height() >= others.height() - 5)
    height = others.height() + 5
    cluster.wait_for("it signs", lambda: others.height() > height and any(
        node.index in others.block(at)["signers"]
        for at in range(max(height, others.height() - 10), others.height())))
    for other in net.nodes:
        assert other.metrics()["evidence_total"] == 0


def make_load(net, count):
    """So many transfers at once, that the log grows past what it has reserved."""
    accounts = transfers.accounts_of(net)
    for account in accounts:
        account.nonce = net.nodes[0].account(account.address)["nonce"]
    for start in range(0, count, 200 * len(accounts)):
        for i, account in enumerate(accounts):
            batch = [account.transfer(net.chain_id, accounts[i - 1].address) for _ in range(200)]
            net.nodes[i % 3].submit(batch)
        cluster.wait_for("they are committed", lambda: net.nodes[0].status()["mempool"] < 400)


def test_a_full_disk_ends_it_with_exit_code_3_and_it_goes_on_when_there_is_room(
        make_cluster, small_disk):
    net = make_cluster(accounts=16, pacemaker={"idle_interval_ms": 5})
    node = net.nodes[LAST]
    shutil.copytree(node.home, os.path.join(small_disk.folder, "home"))
    node.home = os.path.join(small_disk.folder, "home")
    net.start()
    net.wait_for_height(20)
    small_disk.fill()
    for _ in range(20):  # 0.6 MB each; 4 MiB and more are reserved ahead
        make_load(net, 3200)
        if node.process.poll() is not None:
            break
    assert "No space left on device" in check_ended_with_advice(node)
    height = net.nodes[0].height()
    net.wait_for_height(height + 5)

    # Still full: it says so again, and still signs nothing.
    again = cluster.run("node", "--home", node.home)
    assert again.returncode == WRITE_FAILED
    assert "No space left on device" in again.stderr
    small_disk.empty()
    check_goes_on(net, node)


def test_a_failing_sync_ends_it_with_exit_code_3(make_cluster, tmp_path):
    failing_sync = disks.FailingSync(tmp_path)
    net = make_cluster(pacemaker={"idle_interval_ms": 5})
    node = net.nodes[LAST]
    for other in net.nodes[:LAST]:
        other.start(wait=False)
    node.start(env=failing_sync.environment)
    net.wait_for_height(20)
    signed = node.signer_record()
    failing_sync.start()
    assert "Input/output error" in check_ended_with_advice(node)
    failed_at = node.signer_record()
    assert failed_at.vote_view >= signed.vote_view
    net.wait_for_height(net.nodes[0].height() + 5)
    # What it wrote last may have been signed by nobody; nothing after it was.
    for at in range(net.nodes[0].height() - 3, net.nodes[0].height()):
        assert node.index not in net.nodes[0].block(at)["signers"]
    failing_sync.stop()
    check_goes_on(net, node)
