"""A validator without its safety record, or with an old one, follows and does not sign (D5)."""

import json
import os
import shutil

import pytest

import cluster
import transfers

LAST = 3
BLOCKS_WATCHED = 40


@pytest.fixture
def net(make_cluster):
    net = make_cluster(pacemaker={"base_ms": 150, "idle_interval_ms": 5})
    net.start()
    net.wait_for_height(30)
    return net


def wait_until_signing(net, validator):
    """Its own block is certified, so it proposed and the others voted; and it votes."""
    witness = net.nodes[0]
    start = witness.height()

    def is_signer():
        return any(validator in witness.block(height)["signers"]
                   for height in range(max(start + 1, witness.height() - 10), witness.height()))

    cluster.wait_for(f"validator {validator} signs", is_signer)


def check_follows_without_signing(net, node):
    status = node.status()
    assert status["signing"] is False
    assert status["health"] == "following"
    assert "recover" in node.log()
    shown = cluster.run("status", "--rpc", node.url)
    assert shown.returncode == 0
    asked = json.loads(cluster.run("status", "--rpc", node.url, "--json").stdout)
    assert asked["signing"] is False

    votes = node.metrics()["votes_total"]
    # Blocks that it voted for before may be committed now, three views later at most.
    start = net.nodes[0].height() + 5
    node.wait_for_height(start + BLOCKS_WATCHED)
    for height in range(start + 1, start + BLOCKS_WATCHED):
        block = net.nodes[0].block(height)
        assert node.index not in block["signers"]
        assert block["proposer"] != node.index
        assert node.block(height)["id"] == block["id"]
    assert node.metrics()["votes_total"] == votes


def recover(net, node):
    """As an operator does: with the chain's present view, which is never too low."""
    node.stop()
    view = net.nodes[0].status()["view"]
    said = cluster.run_json("recover", "--home", node.home, "--last-voted-view", view)
    assert said["last_voted_view"] >= view
    node.start()
    assert node.status()["signing"] is True
    wait_until_signing(net, node.index)
    for other in net.nodes:
        assert other.metrics()["evidence_total"] == 0


@pytest.mark.parametrize("name", ["safety.slots", "signer.slots"])
def test_a_lost_record_makes_it_follow_until_recover(net, name):
    node = net.nodes[LAST]
    node.stop()
    os.remove(os.path.join(node.home, name))
    node.start()
    check_follows_without_signing(net, node)
    assert not os.path.exists(os.path.join(node.home, name))
    recover(net, node)


def test_a_damaged_record_makes_it_follow_until_recover(net):
    node = net.nodes[LAST]
    node.kill()
    path = os.path.join(node.home, "safety.slots")
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        for slot in (0, size // 2):
            file.seek(slot + 40)
            file.write(b"rotten")
    node.start()
    check_follows_without_signing(net, node)
    recover(net, node)


def copy_of(node, names, folder):
    os.makedirs(folder)
    for name in names:
        shutil.copy2(os.path.join(node.home, name), folder)


def put_back(node, names, folder):
    for name in names:
        shutil.copy2(os.path.join(folder, name), node.home)


@pytest.mark.parametrize("names", [
    pytest.param(["safety.slots"], id="core"),
    pytest.param(["safety.slots", "signer.slots"], id="core-and-signer"),
])
def test_an_old_copy_of_its_records_makes_it_follow_until_recover(net, tmp_path, names):
    node = net.nodes[LAST]
    folder = tmp_path / "copy"
    node.stop()
    copy_of(node, names, folder)
    node.start()
    wait_until_signing(net, node.index)
    net.wait_for_height(net.height() + 20)
    node.kill()
    put_back(node, names, folder)
    node.start()
    check_follows_without_signing(net, node)
    recover(net, node)


def test_an_old_copy_of_the_whole_home_makes_it_follow_until_recover(net, tmp_path):
    """Nothing in the home is newer than its records: the others' certificates tell."""
    node = net.nodes[LAST]
    node.stop()
    folder = tmp_path / "copy"
    shutil.copytree(node.home, folder)
    node.start()
    wait_until_signing(net, node.index)
    net.wait_for_height(net.height() + 20)
    signed_view = node.signer_record().vote_view
    node.kill()
    shutil.rmtree(node.home)
    shutil.copytree(folder, node.home)
    with transfers.Load(net):
        node.start()
        cluster.wait_for("it does not sign", lambda: node.status()["signing"] is False)
    record = node.signer_record()
    assert max(record.vote_view, record.view_change_view) < signed_view
    check_follows_without_signing(net, node)
    recover(net, node)
