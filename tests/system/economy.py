"""A chain whose validators change, under load: real processes, real transactions of their operators.

Short epochs follow each other while one validator joins and leads, one is punished for a double vote
and comes back, one rotates its keys, and one leaves. A load of transfers goes on all the time. What must
hold all through:

- every height is the same block on every node, and none is missing (P4, P5);
- what the state holds is what genesis gave out, to the unit;
- transfers are committed all the time: the longest time without one is bounded;
- nobody is punished but who voted twice, and that by exactly its part of the stake (P8).

The double vote is that of two copies of one home that run at once. A copy that is shown a certificate
with a signature of its own that it does not know of signs no more (D5), so both have slow disks: their
votes come late, and certificates are made of the others'.
"""

import collections
import contextlib
import http.client
import json
import os
import shutil
import threading
import time

import cluster
import disks
import transfers

EPOCH_BLOCKS = 20
STAKE = 1_000
SLASH_PER_MILLE = 100
STAKING = {"epoch-blocks": EPOCH_BLOCKS, "stake-min": 10, "unbonding-epochs": 4, "jail-epochs": 1,
           "evidence-epochs": 4, "slash-per-mille": SLASH_PER_MILLE}
# A leader waits for a fuller block: some ten blocks a second, about two seconds an epoch.
PACEMAKER = {"batch_delay_ms": 100, "batch_low": 1}
GENESIS_VALIDATORS = 4
FUNDS = 1_000_000
LOAD_PER_SECOND = 200
SLOW_SYNC_MS = 40
DOUBLE_VOTE_TRIES, DOUBLE_VOTE_S = 20, 10
BLOCKS_AT_ONCE = 50
PAUSE_S_MAX = 30
NO_ANSWER = (OSError, http.client.HTTPException)


class Watch:
    """Reads every block of every node as it comes, and the supply with each look, in one thread."""

    def __init__(self, net):
        self.net = net
        self.blocks = {}  # height: id, as the first node showed it
        self.read = {}  # home: up to which height
        self.transactions, self.supplies = 0, 0
        self.proposals = collections.Counter()  # by operator
        self.pause_s, self.last_commit = 0.0, None
        self.error = None
        self.stopping = threading.Event()
        self.looking = threading.Lock()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self):
        try:
            while not self.stopping.wait(0.2):
                self.look()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error  # raised again by stop()

    def stop(self):
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join()
        if self.error is not None:
            raise self.error

    def look(self):
        """At all that runs; a node that does not answer is asked again later."""
        with self.looking:
            for node in self.net.running():
                with contextlib.suppress(*NO_ANSWER):
                    self.take(node)
            with contextlib.suppress(*NO_ANSWER):
                self.check_supply(self.net.nodes[0])

    def height(self):
        return len(self.blocks)

    def take(self, node):
        height = node.status()["height"]
        while self.read.get(node.home, 0) < height:
            first = self.read.get(node.home, 0) + 1
            for block in ask_blocks(node, first, min(height, first + BLOCKS_AT_ONCE - 1)):
                self.take_block(node, block)

    def take_block(self, node, block):
        height = block["height"]
        assert height == self.read.get(node.home, 0) + 1
        if height not in self.blocks:
            assert height == len(self.blocks) + 1
            self.blocks[height] = block["id"]
            self.transactions += block["tx_count"]
            self.proposals[block["proposer_operator"]] += 1
            if block["tx_count"] > 0:
                self.note_commit(time.monotonic())
        assert self.blocks[height] == block["id"], f"height {height} is another block in {node.home}"
        self.read[node.home] = height

    def note_commit(self, now):
        if self.last_commit is not None:
            self.pause_s = max(self.pause_s, now - self.last_commit)
            assert self.pause_s <= PAUSE_S_MAX, f"nothing was committed for {self.pause_s:.0f} s"
        self.last_commit = now

    def check_supply(self, node):
        supply = node.get_json("/v1/supply")
        assert supply["supply"] == supply["genesis"], supply
        self.supplies += 1


def ask_blocks(node, first, last):
    calls = [{"jsonrpc": "2.0", "id": height, "method": "block", "params": {"height": height}}
             for height in range(first, last + 1)]
    return [answer["result"] for answer in json.loads(node.request("/", json.dumps(calls).encode()))]


class Economy:
    """`with Economy(folder) as economy:` has some validators under load."""

    def __init__(self, folder, validators=GENESIS_VALIDATORS, reports=False):
        """`reports`: validators hand in what they find of double votes by themselves."""
        self.folder, self.reports = str(folder), reports
        self.net = cluster.Cluster(folder, validators=validators, accounts=8,
                                   weights=",".join([str(STAKE)] * validators),
                                   pacemaker=PACEMAKER, staking=STAKING)
        for node in [] if reports else self.net.nodes:
            self.net.configure(node, "node", "reporter", "off")
        # Clients and the load speak with the first two. Who is to run twice has a lower key than all
        # others of genesis: it dials them, so that both its copies find them.
        with open(os.path.join(self.net.folder, "genesis.json"), encoding="utf-8") as file:
            keys = [entry["network_key"] for entry in json.load(file)["validators"]]
        self.net.nodes.sort(key=lambda node: keys[node.index], reverse=True)
        self.rich, *self.senders = self.net.key_files
        self.watch = Watch(self.net)
        self.load = transfers.Load(self.net, LOAD_PER_SECOND, self.net.nodes[:2], self.senders)
        self.victim = self.net.nodes[-1]
        self.homes_made, self.cycles, self.started = 0, 0, time.monotonic()
        self.slashed = {}  # operator: what of its stake is left
        self.story = []

    def __enter__(self):
        try:
            self.net.start()
            self.net.wait_for_height(1)
            self.watch.thread.start()
            self.load.thread.start()
        except BaseException:
            self.net.end()
            raise
        return self

    def __exit__(self, error_type, error, trace):
        try:
            self.load.stopping.set()
            self.load.thread.join()
            self.watch.stop()
            if error_type is None:
                self.load.stop()
                self.check_all()
                self.net.stop()
        finally:
            print("what happened:", *self.story, sep="\n")
            if error_type is not None:
                self.print_nodes()
            self.net.end()

    def print_nodes(self):
        """Where each one stands, for a run that failed."""
        for node in self.net.running():
            with contextlib.suppress(*NO_ANSWER):
                print(os.path.basename(node.home), node.status(), node.metrics(), sep="\n")

    def move_to(self, node):
        """Clients and the load speak with another one from now on."""
        self.net.nodes.remove(node)
        self.net.nodes.insert(0, node)
        self.load.nodes = [node]
        self.load.forget_nonces()

    def tell(self, text):
        self.watch_holds()
        self.story.append(f"{time.monotonic() - self.started:7.1f} s  epoch {self.epoch()}, height "
                          f"{self.watch.height()}: {text}")

    def watch_holds(self):
        if self.watch.error is not None:
            raise self.watch.error

    def wait_for(self, what, condition):
        def holds():
            self.watch_holds()
            return condition()

        return cluster.wait_for(what, holds, step_s=0.1)

    def summary(self):
        timeouts = self.node.metrics()["views_by_timeout_total"]
        return (f"{self.cycles} cycles, {self.watch.height()} heights, {self.epoch() + 1} epochs, "
                f"{self.watch.transactions} transactions, {timeouts} views by timeout, "
                f"{self.watch.pause_s:.1f} s the longest time without a transaction, "
                f"the supply looked at {self.watch.supplies} times")

    def check_all(self):
        """At rest: all that run have all heights, the same ones, and only who voted twice has lost."""
        height = max(node.height() for node in self.net.running())
        self.net.wait_for_height(height)
        self.watch.look()
        assert all(self.watch.read[node.home] >= height for node in self.net.running())
        assert self.watch.transactions > 0 and self.watch.supplies > 0
        for validator in self.registered():
            units = int(validator["stake"]) + sum(int(one["amount"]) for one in validator["unbondings"])
            assert units == self.slashed.get(validator["operator"], STAKE), validator

    # -- what the chain says -------------------------------------------------------------------------

    @property
    def node(self):
        """The one that is asked."""
        return self.net.nodes[0]

    def epoch(self):
        return self.node.get_json("/v1/epoch")["epoch"]

    def members(self):
        return [member["operator"] for member in self.node.get_json("/v1/validators")["validators"]]

    def registered(self):
        return self.node.get_json("/v1/registered")["validators"]

    def validator(self, operator):
        return self.node.get_json(f"/v1/operators/{operator}")

    # -- what operators do ---------------------------------------------------------------------------

    @staticmethod
    def operator(node):
        return transfers.Account(os.path.join(node.home, "operator.key")).address

    def tx(self, command, key_file, *arguments):
        """A transaction, until it is committed."""
        done = cluster.run("tx", command, "--from", key_file, *arguments, "--wait", "--rpc",
                           self.node.url)
        assert done.returncode == 0, (command, done.stdout, done.stderr)

    def tx_of(self, node, command, *arguments):
        self.tx(command, os.path.join(node.home, "operator.key"), *arguments)

    def join(self, peers=()):
        """A home, funds, a registration; then it runs, follows, votes and leads. `peers`: whom it is
        told of beside genesis."""
        home = os.path.join(self.net.folder, f"joined-{self.homes_made}")
        self.homes_made += 1
        p2p_port = cluster.free_base_port(2)
        listen, rpc_listen = f"127.0.0.1:{p2p_port}", f"127.0.0.1:{p2p_port + 1}"
        made = cluster.run_json("home", "--genesis", os.path.join(self.net.folder, "genesis.json"),
                                "--dir", home, "--listen", listen, "--rpc-listen", rpc_listen,
                                *(("--peers", ",".join(peers)) if peers else ()))
        node = cluster.Node(None, home, p2p_port, p2p_port + 1)
        for key, value in PACEMAKER.items():
            self.net.configure(node, "pacemaker", key, value)
        self.tx("transfer", self.rich, "--to", made["operator"], "--amount", FUNDS)
        self.tx_of(node, "register", "--validator-key", os.path.join(home, "validator.key"),
                   "--address", listen, "--stake", STAKE)
        self.tell(f"{os.path.basename(home)} is registered")
        node.start()
        self.net.nodes.append(node)
        self.wait_until_it_leads(node)
        return node

    def wait_until_it_leads(self, node):
        operator = self.operator(node)
        before = self.watch.proposals[operator]
        self.wait_for(f"{node.home} leads", lambda: self.watch.proposals[operator] > before)
        self.tell(f"{os.path.basename(node.home)} leads")

    def leave(self, node):
        """Out of the set, paid out, and then stopped."""
        operator = self.operator(node)
        self.tx_of(node, "leave")
        had = int(self.node.account(operator)["balance"])
        self.tell(f"{os.path.basename(node.home)} leaves")
        self.wait_for(f"{node.home} is in no set", lambda: operator not in self.members())
        node.wait_for_height(self.watch.height() + 1)  # it follows, and serves
        self.wait_for(f"{node.home} is paid out", lambda: int(
            self.node.account(operator)["balance"]) == had + STAKE)
        self.wait_for(f"{node.home} is forgotten", lambda: not self.is_registered(operator))
        self.watch.look()
        self.net.nodes.remove(node)
        node.stop()
        self.tell(f"{os.path.basename(node.home)} is paid out and stopped")

    def is_registered(self, operator):
        return any(validator["operator"] == operator for validator in self.registered())

    def slash(self, node):
        """Runs a copy beside it until somebody has evidence, and hands that in; then it runs alone again,
        out of the set."""
        operator = self.operator(node)
        stake = int(self.validator(operator)["stake"])
        evidence = self.vote_twice(node)
        path = os.path.join(self.net.folder, "evidence.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(evidence, file)
        self.tell(f"{os.path.basename(node.home)} voted twice")
        self.tx("evidence", self.rich, path)
        # What is burned is rounded up.
        self.slashed[operator] = stake * (1000 - SLASH_PER_MILLE) // 1000
        found = self.validator(operator)
        assert found["state"] == "jailed" and int(found["stake"]) == self.slashed[operator], found
        done = cluster.run("recover", "--home", node.home, "--epoch", self.epoch(), "--last-voted-view",
                           1 << 40)
        assert done.returncode == 0, done.stderr
        node.start()
        self.wait_for(f"{node.home} is in no set", lambda: operator not in self.members())
        self.tell(f"{os.path.basename(node.home)} is out of the set")

    def vote_twice(self, node):
        """The evidence that another node has, once there is some."""
        slow = disks.slow_sync(self.folder, SLOW_SYNC_MS)
        key = self.validator(self.operator(node))["keys"][-1]["bls_public_key"]
        node.stop()
        copy = self.copy_of(node)
        self.net.nodes.remove(node)
        try:
            for _ in range(DOUBLE_VOTE_TRIES):
                for one in (node, copy):
                    one.start(wait=False, env=slow)
                with contextlib.suppress(AssertionError):
                    return cluster.wait_for("there is evidence", lambda: self.evidence_against(key),
                                            DOUBLE_VOTE_S)
                self.watch_holds()
                for one in (node, copy):
                    one.kill()
            raise AssertionError(f"two copies of {node.home} did not vote twice")
        finally:
            for one in (node, copy):
                if one.process is not None:
                    one.kill()
            shutil.rmtree(copy.home)
            self.net.nodes.append(node)

    def copy_of(self, node):
        home = node.home + "-copy"
        shutil.copytree(node.home, home)
        p2p_port = cluster.free_base_port(2)
        copy = cluster.Node(None, home, p2p_port, p2p_port + 1)
        self.net.configure(copy, "network", "listen", f"127.0.0.1:{p2p_port}")
        self.net.configure(copy, "rpc", "listen", f"127.0.0.1:{p2p_port + 1}")
        return copy

    def evidence_against(self, key):
        """The newest, for evidence gets old."""
        self.watch_holds()
        found = [evidence for node in self.net.running()
                 for evidence in node.get_json("/v1/evidence")["evidence"]
                 if evidence["bls_public_key"] == key and (evidence["counts"] or self.reports)]
        return max(found, key=lambda evidence: evidence["epoch"], default=None)

    def come_back(self, node):
        """Once its time in jail is over: it leads again."""
        jailed_until = self.validator(self.operator(node))["jailed_until"]
        self.wait_for("jail is over", lambda: self.epoch() >= jailed_until)
        self.tx_of(node, "unjail")
        self.wait_until_it_leads(node)

    def rotate(self, node):
        """New keys beside the old ones before they are announced, and in their place once they vote."""
        operator, home = self.operator(node), node.home
        current, following = (os.path.join(home, name)
                              for name in ("validator.key", "validator-next.key"))
        key = cluster.run_json("keys", "validator", "--out", following)["public_key"]
        node.stop()
        node.start()
        self.tx_of(node, "rotate", "--validator-key", following, "--address",
                   f"127.0.0.1:{node.p2p_port}")
        self.tell(f"{os.path.basename(home)} rotates its keys")
        self.wait_for(f"{home} votes with its new keys", lambda: any(
            member["bls_public_key"] == key and member["operator"] == operator
            for member in self.node.get_json("/v1/validators")["validators"]))
        self.wait_until_it_leads(node)
        node.stop()
        os.replace(following, current)
        node.start()
        self.wait_until_it_leads(node)

    # -- all of it -----------------------------------------------------------------------------------

    def cycle(self):
        """Each kind of change once."""
        joined = self.join()
        self.slash(self.victim)
        self.come_back(self.victim)
        self.rotate(joined)
        self.leave(next(node for node in self.net.nodes[2:] if node not in (joined, self.victim)))

    def go(self, seconds, say=lambda: None):
        """Cycle after cycle; one at least, and none is begun after that time."""
        end = time.monotonic() + seconds
        while True:
            self.cycle()
            self.cycles += 1
            say()
            if time.monotonic() >= end:
                return
