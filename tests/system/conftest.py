import os

import pytest

import cluster


@pytest.fixture
def make_cluster(tmp_path):
    """Cluster(...) in a folder of this test; whatever happens, nothing it started is left."""
    made = []

    def make(**options):
        folder = tmp_path / str(len(made))
        os.mkdir(folder)
        made.append(cluster.Cluster(folder, **options))
        return made[-1]

    yield make
    for one in made:
        one.end()
