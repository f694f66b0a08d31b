"""All faults at once, for a short time; scripts/fire-long is the long run. A failure names the seed
and the last of what happened."""

KILLS = 20


def test_kills_partitions_and_bad_disks_lose_nothing(fire_run):
    fire_run.go(KILLS)
