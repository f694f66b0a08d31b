"""`hotstuff bench` prints what scripts rely on, and leaves nothing behind."""

import os

import cluster


def bench(tmp_path, *options):
    os.environ["TMPDIR"] = str(tmp_path)
    try:
        report = cluster.run_json("bench", "--duration", 1, *options)
    finally:
        del os.environ["TMPDIR"]
    assert not list(tmp_path.iterdir())
    return report


def test_a_loaded_run_names_every_figure(tmp_path):
    report = bench(tmp_path, "--rate", 200)
    assert report["committed"] > 0 and report["tps"] > 0 and report["views_per_s"] > 0
    assert 0 < report["latency_ms"]["p50"] <= report["latency_ms"]["p99"]
    assert report["cpu_us_per_tx"] > 0
    assert report["rejected"] == 0 and report["lost"] == 0 and not report["exhausted"]
    assert set(report["machine"]) == {"cpu", "cores", "kernel"} and report["commit"]
    assert report["settings"]["validators"] == 4 and report["settings"]["rate"] == 200
    assert report["bounds"]["signature_check_us"] > 0


def test_an_empty_run_measures_views(tmp_path):
    report = bench(tmp_path, "--empty", "--validators", 1)
    assert report["views_per_s"] > 0 and report["committed"] == 0


def test_an_empty_run_goes_from_epoch_to_epoch(tmp_path):
    report = bench(tmp_path, "--empty", "--epoch-blocks", 2)
    assert report["settings"]["epoch_blocks"] == 2
    assert report["blocks_per_s"] * report["window_s"] > 4
    assert 0.5 < report["views_per_s"] / report["blocks_per_s"] < 5
