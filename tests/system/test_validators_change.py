"""Validators join, are punished and leave while transfers go on (P4, P5, P7, P8); scripts/economy is
the long run."""

import os

import cluster
import economy


def test_no_height_and_no_unit_is_lost_while_validators_change(tmp_path):
    with economy.Economy(tmp_path) as run:
        run.go(0)


def test_one_that_joins_when_all_of_genesis_are_gone_finds_the_chain_by_a_peer_it_was_told_of(tmp_path):
    with economy.Economy(tmp_path, validators=1) as run:
        first, second = run.net.nodes[0], run.join()
        run.move_to(second)
        run.leave(first)
        key = cluster.run_json("keys", "show", os.path.join(second.home, "validator.key"))
        run.join(peers=[f"{key['network_key']}@127.0.0.1:{second.p2p_port}"])
