"""A run under fire: faults drawn from a seed fall upon real processes while clients are at work.

Short faults are kills (-9) of one, two or all validators, which are started again at once, so
that the next kill may find one that is still recovering. Lasting faults overlap with them and with
each other: partitions, both ways or one, lost packets, delayed and cut connections, stopped
processes, a full disk, failing syncs. After a number of kills comes a rest: every fault ends, all
validators must come to new blocks together, and what clients were told in the meantime is checked
(client_truth.py).

The seed fixes which faults are drawn, and not what the processes make of them.
"""

import collections
import contextlib
import os
import random
import shutil
import signal
import time

import client_truth
import cluster
import disks
import namespaces

WRITE_FAILED = 3  # the exit code
LASTING_MAX = 2
LASTING_CHANCE = 0.5
LONG_CHANCE = 0.04
SHORT_S, LONG_S = 3, 14  # after 10 s a silent peer is given up
BETWEEN_KILLS_S = 0.8
RESTART_S = 0.2
KILLS_BETWEEN_RESTS = 40
NEW_BLOCKS = 5  # liveness: that many on all, when faults have ended
STORY_LINES = 60
# The validators with the small disk, with syncs that can fail, and with slow ones: what is not
# durable yet when it is killed is most with that one.
FULL, FAILING, SLOW = 3, 2, 1
SLOW_SYNC_MS = 40

SNAPSHOT_INTERVAL_BLOCKS = 200
PACEMAKER = {"idle_interval_ms": 20, "max_ms": 1000}


class FireRun:
    """`with FireRun(folder, seed) as run:` has a cluster and its clients at work."""

    def __init__(self, folder, seed, disk_bytes=64 << 20):
        self.seed, self.random = seed, random.Random(seed)
        self.clients, self.resources = None, contextlib.ExitStack()
        self.counts, self.story = collections.Counter(), collections.deque(maxlen=STORY_LINES)
        self.active = {}  # name: (when it ends, how)
        self.losses = {}  # name: {(sender, receiver): percent}
        self.environments = {}
        try:
            self.net = namespaces.Cluster(folder, accounts=8, pacemaker=PACEMAKER,
                                          proxied=[(0, 1), (0, 2), (0, 3)])
            self.resources.callback(self.net.end)
            for node in self.net.nodes:
                self.net.configure(node, "storage", "snapshot_interval_blocks",
                                   SNAPSHOT_INTERVAL_BLOCKS)
            self.prepare_disks(folder, disk_bytes)
        except BaseException:
            self.resources.close()
            raise

    def prepare_disks(self, folder, disk_bytes):
        self.disk = disks.SmallDisk(disk_bytes)
        self.resources.callback(self.disk.end)
        node = self.net.nodes[FULL]
        home = os.path.join(self.disk.folder, "home")
        shutil.copytree(node.home, home)
        node.home = home
        self.failing_sync = disks.FailingSync(folder)
        self.environments[FAILING] = self.failing_sync.environment
        self.environments[SLOW] = disks.slow_sync(folder, SLOW_SYNC_MS)

    def __enter__(self):
        try:
            for node in self.net.nodes:
                self.start(node)
            self.truth = client_truth.Truth(self.net)
            self.rest()
            self.clients = client_truth.Clients(self.truth, self.seed)
        except BaseException:
            self.resources.close()
            raise
        return self

    def __exit__(self, error_type, error, trace):
        try:
            if self.clients is not None:
                self.clients.__exit__(error_type, error, trace)
            if error_type is None:
                self.truth.check_all()
                self.net.stop()
        finally:
            self.tell("the end")
            print(f"seed {self.seed}, the last of what happened:", *self.story, sep="\n")
            self.resources.close()

    def tell(self, what):
        heights = [self.truth.heights[node.index] for node in self.net.nodes]
        self.story.append(f"{time.strftime('%H:%M:%S')} at heights {heights}: {what}")

    # -- processes -------------------------------------------------------------------------

    def start(self, node, wait=False):
        node.start(wait=wait, env=self.environments.get(node.index))

    def has_bad_disk(self, node):
        return ("full disk" in self.active and node.index == FULL) or \
            ("failing sync" in self.active and node.index == FAILING)

    def check_processes(self):
        for node in self.net.nodes:
            if node.process.poll() is not None and not self.has_bad_disk(node):
                raise AssertionError(f"validator {node.index} ended with "
                                     f"{node.process.returncode}:\n{node.log()[-2000:]}")

    def kill(self, victims):
        self.counts["kills"] += len(victims)
        self.tell(f"kill {[node.index for node in victims]}")
        for node in victims:
            node.process.kill()
        for node in victims:
            node.kill()
            self.truth.check_record(node)
        if self.random.random() < 0.5:
            time.sleep(self.random.uniform(0, RESTART_S))
        for node in victims:
            self.start(node, wait=self.random.random() < 0.5)

    def draw_victims(self):
        whole = [node for node in self.net.nodes if not self.has_bad_disk(node)]
        count = self.random.choices([1, 2, len(whole)], [14, 3, 2])[0]
        return self.random.sample(whole, min(count, len(whole)))

    # -- lasting faults --------------------------------------------------------------------

    def everyone(self):
        """In an order that is drawn."""
        return self.random.sample(range(len(self.net.nodes)), len(self.net.nodes))

    def lose(self, name, losses):
        """Instead of what this fault lost before; what all of them lose is lost."""
        self.losses[name] = losses
        together = collections.Counter()
        for one in self.losses.values():
            together |= collections.Counter(one)
        self.net.lose(together)

    def begin_losing(self, name, losses):
        self.lose(name, losses)
        return lambda: self.lose(name, {})

    def split(self):
        everyone, size = self.everyone(), self.random.randint(1, 2)
        return self.begin_losing("split",
                                 namespaces.between(everyone[:size], everyone[size:]))

    def one_way(self):
        """One hears nobody, or is heard by nobody, or one does not hear another."""
        one, other, *rest = self.everyone()
        losses = self.random.choice([
            {(peer, one): namespaces.ALL for peer in (other, *rest)},
            {(one, peer): namespaces.ALL for peer in (other, *rest)},
            {(one, other): namespaces.ALL}])
        return self.begin_losing("one way", losses)

    def loss(self):
        percent = self.random.randint(1, 30)
        everyone = self.everyone()
        return self.begin_losing("loss", {(a, b): percent for a in everyone for b in everyone
                                          if a != b})

    def delay(self):
        self.net.delay(self.random.uniform(0, 150), self.random.uniform(0, 150))
        return lambda: self.net.delay(0, 0)

    def cut(self):
        self.net.cut_connections()
        return lambda: None

    def stop(self):
        processes = [self.net.nodes[i].process
                     for i in self.everyone()[:self.random.randint(1, 2)]]
        for process in processes:
            process.send_signal(signal.SIGSTOP)

        def go_on():
            for process in processes:  # no harm to one that was killed and waited for
                process.send_signal(signal.SIGCONT)

        return go_on

    def end_bad_disk(self, node):
        if node.process.poll() is not None:
            assert node.wait_for_exit() == WRITE_FAILED, node.log()[-2000:]
            assert "free space on that disk" in node.log().splitlines()[-1]
            self.counts["failed writes"] += 1
            self.truth.check_record(node)
            self.start(node)

    def full_disk(self):
        """It has room reserved, so only one that starts is sure to want more."""
        node = self.net.nodes[FULL]
        self.disk.fill()
        node.kill()
        self.start(node)

        def make_room():
            self.disk.empty()
            self.end_bad_disk(node)

        return make_room

    def fail_syncs(self):
        self.failing_sync.start()

        def mend():
            self.failing_sync.stop()
            self.end_bad_disk(self.net.nodes[FAILING])

        return mend

    LASTING = {"split": split, "one way": one_way, "loss": loss, "delay": delay, "cut": cut,
               "stop": stop, "full disk": full_disk, "failing sync": fail_syncs}

    def begin(self, name):
        lasts_s = LONG_S if self.random.random() < LONG_CHANCE else self.random.uniform(0, SHORT_S)
        self.tell(f"{name} for {lasts_s:.1f} s")
        self.counts[name] += 1
        self.active[name] = (time.monotonic() + lasts_s, self.LASTING[name](self))

    def end(self, name):
        _, end = self.active.pop(name)
        end()
        self.tell(f"{name} is over")

    def maybe_begin(self):
        """Drawn whether or not it can begin, so that the seed decides what comes after."""
        begins = self.random.random() < LASTING_CHANCE
        name = self.random.choice(list(self.LASTING))
        if begins and len(self.active) < LASTING_MAX and name not in self.active:
            self.begin(name)

    # -- the run ---------------------------------------------------------------------------

    def step(self):
        time.sleep(self.random.uniform(0, BETWEEN_KILLS_S))
        for name in [name for name, (ends, _) in self.active.items() if ends < time.monotonic()]:
            self.end(name)
        self.check_processes()
        if self.clients is not None:
            self.clients.check()
        self.maybe_begin()

    def rest(self):
        """All faults end: all come to new blocks, and agree on what there is."""
        for name in list(self.active):
            self.end(name)
        for node in self.net.nodes:
            node.wait_until_up()
        highest = max(node.height() for node in self.net.nodes)
        self.net.wait_for_height(highest + NEW_BLOCKS)
        self.tell("all have new blocks")
        self.truth.check_chains()
        if self.clients is not None:
            self.clients.check()

    def go(self, kills, rested=lambda: None):
        """As many kills as that; calls `rested` after each rest."""
        while self.counts["kills"] < kills:
            until = min(kills, self.counts["kills"] + KILLS_BETWEEN_RESTS)
            while self.counts["kills"] < until:
                self.step()
                self.kill(self.draw_victims())
            self.rest()
            rested()

    def summary(self):
        counts = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        return (f"{counts}; {self.truth.committed.read_up_to} blocks, {self.truth.applied} "
                f"transfers and {self.truth.checked} answers checked")
