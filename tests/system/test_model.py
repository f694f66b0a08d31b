"""The formal model (docs/model.md) in its small bounds: the rules hold, loosened they break."""
import os
import re
import subprocess

import pytest

from cluster import ROOT

SCRIPT = os.path.join(ROOT, "scripts", "model")
LOOSENED = {
    "gap-commit": "Agreement", "low-justify": "Agreement", "lost-lock": "Agreement",
    "low-justify-renamed": "Final",
    "vote-after-timeout": "Agreement", "two-votes": "OneCertificate", "hidden-lock": "NoStall",
    "unheld-qc": "NoStall", "light-turns": "NoStall",
    "epoch-overlap": "Agreement", "any-root": "Agreement", "epoch-gap": "FirstEnds",
    "no-fetch": "NoStall", "epochs-reached": "NeverCommitsInBoth",
}


@pytest.fixture(scope="module")
def verdicts():
    setup = subprocess.run([os.path.join(ROOT, "scripts", "setup"), "model"])
    if setup.returncode != 0:
        pytest.skip("the checker is not here and cannot be installed")
    done = subprocess.run([SCRIPT, "quick"], stdout=subprocess.PIPE, text=True)
    found = re.findall(r"^(\S+) .* s: (.*)$", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return done.returncode, dict(found)


def test_the_rules_as_they_are_hold(verdicts):
    code, by_name = verdicts
    assert code == 0, by_name
    held = {name for name, verdict in by_name.items() if verdict == "holds"}
    assert held == set(by_name) - set(LOOSENED)
    assert {"views", "any-number-of-views", "progress", "refines", "epochs", "switch"} <= held


@pytest.mark.parametrize("rule", LOOSENED)
def test_a_loosened_rule_breaks(verdicts, rule):
    assert re.fullmatch(rf"breaks {LOOSENED[rule]} in [1-9]\d* steps", verdicts[1][rule])


def test_an_unknown_run_is_refused():
    done = subprocess.run([SCRIPT, "no-such-run"], stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "no-such-run" not in done.stderr.splitlines()[1]
