"""A disk fails or fills up in the middle of a load, and the load does not notice."""

import os
import shutil

import pytest

import client_truth
import disks

LAST = 3
WRITE_FAILED = 3  # the exit code
DISK_BYTES = 12 << 20
NEW_BLOCKS = 5


@pytest.fixture
def small_disk():
    try:
        disk = disks.SmallDisk(DISK_BYTES)
    except disks.NotPermitted as error:
        pytest.skip(str(error))
    yield disk
    disk.end()


def check_it_fails_and_comes_back(net, node, environment, begin, end):
    """Twice over, so that the second time begins with what the first has left."""
    for _ in range(2):
        begin()
        assert node.wait_for_exit() == WRITE_FAILED
        assert "durable write failed" in node.log().splitlines()[-1]
        others = net.nodes[:LAST]
        height = max(other.height() for other in others) + NEW_BLOCKS
        for other in others:
            other.wait_for_height(height)
        end()
        node.start(env=environment)
        assert node.status()["signing"] is True
        node.wait_for_height(height + NEW_BLOCKS)


def test_syncs_that_fail_under_load_lose_nothing(make_cluster, tmp_path):
    net = make_cluster(pacemaker={"idle_interval_ms": 10})
    node = net.nodes[LAST]
    failing_sync = disks.FailingSync(tmp_path)
    for other in net.nodes[:LAST]:
        other.start()
    node.start(env=failing_sync.environment)
    truth = client_truth.Truth(net)
    with client_truth.Clients(truth, "failing"):
        truth.check_chains()
        check_it_fails_and_comes_back(net, node, failing_sync.environment, failing_sync.start,
                                      failing_sync.stop)
    truth.check_all()


def test_a_disk_that_fills_up_under_load_loses_nothing(make_cluster, small_disk):
    net = make_cluster(pacemaker={"idle_interval_ms": 10})
    node = net.nodes[LAST]
    home = os.path.join(small_disk.folder, "home")
    shutil.copytree(node.home, home)
    node.home = home
    net.configure(node, "storage", "snapshot_interval_blocks", 10)
    net.start()
    truth = client_truth.Truth(net)
    with client_truth.Clients(truth, "full"):
        truth.check_chains()
        check_it_fails_and_comes_back(net, node, None, small_disk.fill, small_disk.empty)
    truth.check_all()
