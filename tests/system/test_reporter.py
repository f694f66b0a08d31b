"""A validator that votes twice is reported by those who see it, without anybody's doing, and once for each
epoch (S8, P8)."""

import os

import economy


def test_double_votes_are_reported_and_punished_once(tmp_path):
    with economy.Economy(tmp_path, reports=True) as run:
        operator = run.operator(run.victim)
        operators = [run.operator(node) for node in run.net.nodes]
        stake = int(run.validator(operator)["stake"])
        key = run.vote_twice(run.victim)["bls_public_key"]
        run.net.nodes.remove(run.victim)
        run.tell(f"{os.path.basename(run.victim.home)} voted twice")
        run.wait_for("it is punished", lambda: run.validator(operator)["state"] == "jailed")
        run.tell("it is punished")

        # It is silent. Others found it too, and held back: nothing of theirs comes later.
        def to_be_punished():
            return [found for node in run.net.running()
                    for found in node.get_json("/v1/evidence")["evidence"]
                    if found["counts"]]

        run.wait_for("all of it is punished", lambda: to_be_punished() == [])
        epoch = run.epoch()
        run.wait_for("an epoch passes", lambda: run.epoch() > epoch + 1)
        found = [found for node in run.net.running()
                 for found in node.get_json("/v1/evidence")["evidence"]]
        assert {one["bls_public_key"] for one in found} == {key}
        epochs = {one["epoch"] for one in found}
        for _ in epochs:
            stake -= stake * economy.SLASH_PER_MILLE // 1000
        run.slashed[operator] = stake
        accounts = [run.node.account(one) for one in operators]
        assert sum(account["nonce"] for account in accounts) == len(epochs)
        assert all(account["next_nonce"] == account["nonce"] for account in accounts)
        run.tell(f"it was reported {len(epochs)} times")
