"""`hotstuff sim`, as a user of it sees it."""
import json
import os
import subprocess

from cluster import HOTSTUFF, ROOT

STAND_IN = os.path.abspath(
    os.environ.get("HOTSTUFF_SIM", os.path.join(ROOT, "build", "hotstuff-sim")))


def sim(binary, *arguments):
    done = subprocess.run([binary, "sim", "--json", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_a_seed_is_a_run():
    runs = [sim(STAND_IN, "--seed", "7", "--blocks", "40") for _ in range(2)]
    assert runs[0] == runs[1]
    code, result, _ = runs[0]
    assert code == 0
    assert result["seed"] == 7 and result["verdict"] == "ok"
    assert result["committed"] >= 40 and result["faults"] > 0
    assert result["trace_hash"].startswith("0x") and len(result["trace_hash"]) == 18
    assert sim(STAND_IN, "--seed", "8", "--blocks", "40")[1]["trace_hash"] != result["trace_hash"]


def test_the_stand_in_for_bls_changes_nothing_but_speed():
    for seed in ("1", "2"):
        arguments = ("--nodes", "4", "--seed", seed, "--blocks", "15")
        assert sim(STAND_IN, *arguments) == sim(HOTSTUFF, *arguments)


def test_an_unknown_fault_is_refused():
    code, result, error = sim(STAND_IN, "--seed", "1", "--faults", "loss,bad-luck")
    assert code == 1 and result is None
    assert "bad-luck" in error


def recording_of(path):
    """The JSON in a page, as a browser would take it: up to the end of its element."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    begin = page.index('id="recording">') + len('id="recording">')
    return json.loads(page[begin:page.index("</script", begin)])


def test_a_trace_is_a_page_of_the_run(tmp_path):
    path = tmp_path / "run.html"
    # A node whose disk rots begins anew, at height 1.
    arguments = ("--seed", "7", "--blocks", "30", "--faults", "delay,loss,partition,crash")
    code, result, error = sim(STAND_IN, *arguments, "--trace", str(path))
    assert code == 0 and error == ""
    assert result == sim(STAND_IN, *arguments)[1], "watching has changed the run"
    recording = recording_of(path)
    assert recording["run"]["seed"] == "7" and recording["run"]["verdict"] == "ok"
    assert recording["run"]["trace_hash"] == result["trace_hash"]
    assert "--seed 7" in recording["run"]["replay"]
    assert len(recording["processes"]) == 4 and recording["kept"]["forgotten"] == 0
    commits = [event for event in recording["events"] if event[0] == "committed"]
    for node in range(4):
        heights = [height for _, _, process, height, *_ in commits if process == node]
        assert heights == sorted(heights) and heights[-1] >= 30
    assert max(commit[3] for commit in commits) == result["committed"]
    sent = [event for event in recording["events"] if event[0] == "sent"]
    types = {recording["messages"][event[4]]["type"] for event in sent}
    assert {"proposal", "vote", "qc", "view_change", "status"} <= types
    moments = [event[1] for event in recording["events"]]
    assert moments == sorted(moments)


def test_a_page_loads_nothing_from_anywhere(tmp_path):
    path = tmp_path / "run.html"
    assert sim(STAND_IN, "--seed", "1", "--blocks", "5", "--trace", str(path))[0] == 0
    with open(path, encoding="utf-8") as file:
        page = file.read()
    for word in ("http:", "https:", " src=", "@import", "fetch("):
        assert word not in page


def test_a_trace_that_cannot_be_written_is_told(tmp_path):
    missing = tmp_path / "nowhere" / "run.html"
    code, result, error = sim(STAND_IN, "--seed", "1", "--blocks", "5", "--trace", str(missing))
    assert code == 5 and result is None
    assert str(missing) in error and "No such file" in error
    if os.path.exists("/dev/full"):
        code, _, error = sim(STAND_IN, "--seed", "1", "--blocks", "5", "--trace", "/dev/full")
        assert code == 5 and "/dev/full" in error
