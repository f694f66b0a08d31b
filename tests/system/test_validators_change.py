"""Validators join, are punished and leave while transfers go on (P4, P5, P7, P8); scripts/economy is
the long run."""

import economy


def test_no_height_and_no_unit_is_lost_while_validators_change(tmp_path):
    with economy.Economy(tmp_path) as run:
        run.go(0)
