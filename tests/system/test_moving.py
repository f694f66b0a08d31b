"""A validator that moves to another home takes along what it signed, and signs nothing twice (D5)."""

import json
import os
import shutil
import subprocess

import cluster

from test_safety_record import wait_until_signing


def history_import(home, text):
    return subprocess.run([cluster.HOTSTUFF, "keys", "history", "import", "--home", home, "--json"],
                          input=text, capture_output=True, text=True, check=False, timeout=60)


def imported(home, text):
    result = history_import(home, text)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def refused(result, *says):
    assert result.returncode == 1
    assert result.stdout == ""
    for text in says:
        assert text in result.stderr


def test_a_validator_moves_to_another_home(make_cluster, tmp_path):
    net = make_cluster(pacemaker={"base_ms": 150, "idle_interval_ms": 5})
    mover = net.nodes[3]
    old_home, new_home = mover.home, str(tmp_path / "new-machine")
    shutil.copytree(old_home, new_home)  # as it was made: it has signed nothing there
    net.start()
    net.wait_for_height(30)

    refused(cluster.run("keys", "history", "export", "--home", old_home), old_home)
    mover.stop()
    text = cluster.run("keys", "history", "export", "--home", old_home).stdout
    history = json.loads(text)
    assert history["format"] == "hotstuff-signing-history" and history["version"] == 1
    assert history["chain_id"] == net.chain_id
    [entry] = history["keys"]
    shown = cluster.run_json("keys", "show", os.path.join(old_home, "validator.key"))
    assert entry["public_key"] == shown["public_key"]
    assert entry["epoch"] == 0
    assert entry["last_voted_view"] >= entry["locked_view"] >= 25

    taken = imported(new_home, text)
    assert taken["raised"] is True
    for member in ("epoch", "last_voted_view", "locked_view"):
        assert taken[member] == entry[member]
    # Nothing is lowered: not by the same again, and not by less.
    assert imported(new_home, text)["raised"] is False
    entry["last_voted_view"] = entry["locked_view"] = 7
    assert imported(new_home, json.dumps(history)) == {**taken, "raised": False}

    mover.home = new_home
    mover.start()
    assert mover.status()["signing"] is True
    wait_until_signing(net, mover.index)
    for other in net.nodes:
        assert other.metrics()["evidence_total"] == 0
    mover.stop()
    later = json.loads(cluster.run("keys", "history", "export", "--home", new_home).stdout)
    assert later["keys"][0]["last_voted_view"] > taken["last_voted_view"]


def test_a_history_that_does_not_belong_there_is_refused(make_cluster, tmp_path):
    net = make_cluster()
    homes = [node.home for node in net.nodes]
    text = cluster.run("keys", "history", "export", "--home", homes[0]).stdout
    refused(history_import(homes[1], text), "says nothing of the keys", homes[1])
    history = json.loads(text)
    history["chain_id"] = "0x" + "12" * 32
    refused(history_import(homes[0], json.dumps(history)), "another chain")
    refused(history_import(homes[0], "{}"), "format")
    refused(history_import(homes[0], text[:-9]), "no JSON")
    refused(history_import(homes[0], text + " " * 10000), "no JSON")
    refused(history_import(str(tmp_path), text), str(tmp_path))
    os.remove(os.path.join(homes[0], "signer.slots"))
    refused(cluster.run("keys", "history", "export", "--home", homes[0]), "recover")
    refused(history_import(homes[0], text), "recover")
