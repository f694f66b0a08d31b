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
