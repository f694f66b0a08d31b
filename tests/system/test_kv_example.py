"""An embedder's application: examples/kv against an installed libhotstuff, by pkg-config alone."""

import os
import shutil
import subprocess

import pytest

import cluster

PREFIX = "/usr/local"
KEYS = 8


class Replica:
    def __init__(self, binary, library_path, home, name):
        self.log_path = home + ".log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [binary, home, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, bufsize=1, env={**os.environ, "LD_LIBRARY_PATH": library_path})

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            with open(self.log_path, encoding="utf-8") as log:
                raise AssertionError(f"no answer to {line!r}:\n{log.read()}")
        return answer

    def quit(self):
        self.process.stdin.close()
        return self.process.wait(cluster.WAIT_S)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The example's folder, built against what `make install` put into an empty root."""
    if "HOTSTUFF" in os.environ:
        pytest.skip("tests the plain build")
    root = str(tmp_path_factory.mktemp("root"))
    subprocess.run(["make", "install", f"DESTDIR={root}", f"PREFIX={PREFIX}"], cwd=cluster.ROOT,
                   check=True, stdin=subprocess.DEVNULL, capture_output=True)
    folder = str(tmp_path_factory.mktemp("kv") / "src")
    shutil.copytree(os.path.join(cluster.ROOT, "examples", "kv"), folder)
    library_path = root + PREFIX + "/lib"
    built = subprocess.run(
        ["make", "-C", folder, "kv"], check=False, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, env={**os.environ, "PKG_CONFIG_SYSROOT_DIR": root,
                        "PKG_CONFIG_PATH": library_path + "/pkgconfig"})
    assert built.returncode == 0, built.stderr
    return {"binary": folder + "/kv", "library_path": library_path,
            "hotstuff": root + PREFIX + "/bin/hotstuff"}


@pytest.fixture
def start(installed, tmp_path):
    """start() runs all four replicas of the test's own testnet."""
    homes = str(tmp_path / "net")
    subprocess.run(
        [installed["hotstuff"], "testnet", "--validators", "4", "--dir", homes, "--base-port",
         str(cluster.free_base_port(8))],
        check=True, stdin=subprocess.DEVNULL, capture_output=True,
        env={**os.environ, "LD_LIBRARY_PATH": installed["library_path"]})
    started = []

    def start_all():
        replicas = [Replica(installed["binary"], installed["library_path"],
                            f"{homes}/validator-{i}", f"writer-{i}") for i in range(4)]
        started.extend(replicas)
        return replicas

    yield start_all
    for replica in started:
        replica.process.kill()
        replica.process.wait()


def wait_for_value(replicas, key, value):
    for replica in replicas:
        cluster.wait_for(f"{key} is {value}", lambda r=replica: r.ask(f"get {key}") == f"= {value}")


def test_what_one_replica_sets_all_of_them_read(start):
    replicas = start()
    assert replicas[2].ask("get color0") == "none"
    for i in range(KEYS):
        assert replicas[0].ask(f"set color{i} blue{i}") == "accepted"
    for i in range(KEYS):
        wait_for_value(replicas, f"color{i}", f"blue{i}")
    assert replicas[3].ask("set color0 red") == "accepted"
    wait_for_value(replicas, "color0", "red")
    assert [replica.quit() for replica in replicas] == [0, 0, 0, 0]


def test_the_store_is_there_again_after_a_restart(start):
    replicas = start()
    assert replicas[1].ask("set fruit pear") == "accepted"
    wait_for_value(replicas, "fruit", "pear")
    assert [replica.quit() for replica in replicas] == [0, 0, 0, 0]

    replicas = start()
    assert {replica.ask("get fruit") for replica in replicas} == {"= pear"}
    assert replicas[1].ask("set fruit plum") == "accepted"
    wait_for_value(replicas, "fruit", "plum")
    assert [replica.quit() for replica in replicas] == [0, 0, 0, 0]
