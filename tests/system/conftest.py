import os

import pytest

import cluster
import disks
import fire
import namespaces


def made_in(tmp_path, make):
    """make(folder, **options) in folders of this test; whatever happens, nothing it started is
    left."""
    made = []

    def make_one(**options):
        folder = tmp_path / str(len(made))
        os.mkdir(folder)
        try:
            made.append(make(folder, **options))
        except (namespaces.NotPermitted, disks.NotPermitted) as error:
            pytest.skip(str(error))
        return made[-1]

    yield make_one
    for one in made:
        one.end()


@pytest.fixture
def make_cluster(tmp_path):
    """Validators on the loopback interface."""
    yield from made_in(tmp_path, cluster.Cluster)


@pytest.fixture
def make_far_cluster(tmp_path):
    """Validators in network namespaces of their own."""
    yield from made_in(tmp_path, namespaces.Cluster)


@pytest.fixture
def fire_run(tmp_path):
    try:
        run = fire.FireRun(tmp_path, random_seed())
    except (namespaces.NotPermitted, disks.NotPermitted) as error:
        pytest.skip(str(error))
    with run:
        yield run


def random_seed():
    return int.from_bytes(os.urandom(4), "little")
