"""Validators that each have a network of their own, so that packets between them can be lost.

    [validator 0]   [validator 1]   [validator 2] ...   network namespaces, 198.18.N.1, .2, .3
          \\               |               /
           `--- [bridge, in one more namespace] --- here, 198.18.N.254: the clients

What is to be lost is dropped by nftables where it arrives: the sender sees nothing but silence,
as when a cable is cut, one way if so wished. Clients are not validators, so they reach every node
always. A link can also be laid through tcp_proxy.py in the dialer's namespace, which delays.

A namespace lives as long as the process that sleeps in it, and that dies with this one: whatever
happens to a test, the kernel takes interfaces, rules and addresses away.
"""

import contextlib
import itertools
import json
import os
import random
import subprocess
import sys

import cluster

NUMBERS = itertools.count()
PROXY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tcp_proxy.py")
ALL = 100  # percent


class NotPermitted(Exception):
    """There can be no namespaces here; says why."""


def run(*command, text=None):
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{' '.join(command)}: {result.stderr}"
    return result.stdout


class Namespace:
    def __init__(self):
        """From the main thread only: the holder dies with the thread that started it."""
        try:
            self.holder = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--net",
                 "sh", "-c", "echo made && exec sleep infinity"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        except FileNotFoundError as error:
            raise NotPermitted(f"{error.filename} is missing") from error
        if self.holder.stdout.readline() != "made\n":
            error = self.holder.stderr.read().strip()
            self.end()
            raise NotPermitted(f"a network namespace can't be made here: {error}")
        self.pid = self.holder.pid
        self.enter = ("nsenter", f"--net=/proc/{self.pid}/ns/net", "--")

    def run(self, *command, text=None):
        return run(*self.enter, *command, text=text)

    def end(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()


class Network:
    """`count` namespaces on one bridge, and the way there from here."""

    def __init__(self, count):
        self.namespaces, self.bridge = [], None
        self.here = f"hs{os.getpid()}-{next(NUMBERS)}"
        try:
            self.bridge = Namespace()
            self.namespaces = [Namespace() for _ in range(count)]
            self.build()
        except (AssertionError, FileNotFoundError) as error:
            self.end()
            raise NotPermitted(str(error)) from error
        except NotPermitted:
            self.end()
            raise

    def build(self):
        self.prefix = self.free_prefix()
        self.bridge.run("ip", "link", "add", "bridge", "type", "bridge", "forward_delay", "0")
        self.bridge.run("ip", "link", "set", "bridge", "up")
        self.plug_in("here", self.here, None)
        run("ip", "address", "add", f"{self.prefix}.254/24", "dev", self.here)
        run("ip", "link", "set", self.here, "up")
        for i, namespace in enumerate(self.namespaces):
            self.plug_in(f"to-{i}", "bridge", namespace)
            namespace.run("ip", "address", "add", f"{self.address(i)}/24", "dev", "bridge")
            for link in ("lo", "bridge"):
                namespace.run("ip", "link", "set", link, "up")
            namespace.run("nft", "list", "ruleset")

    def plug_in(self, port, name, namespace):
        """A cable from the bridge's `port` to the interface `name` there, or here."""
        there = str(namespace.pid if namespace is not None else os.getpid())
        self.bridge.run("ip", "link", "add", port, "type", "veth", "peer", "name", name, "netns",
                        there)
        self.bridge.run("ip", "link", "set", port, "master", "bridge", "up")

    @staticmethod
    def free_prefix():
        """Of the block that is set aside for tests of networks."""
        links = json.loads(run("ip", "-json", "address"))
        taken = {address["local"].rsplit(".", 1)[0]
                 for link in links for address in link["addr_info"] if address["family"] == "inet"}
        return random.choice([prefix for i in range(256) for prefix in (f"198.18.{i}",)
                              if prefix not in taken])

    def address(self, i):
        return f"{self.prefix}.{i + 1}"

    def lose(self, receiver, percents):
        """{sender: percent} of the packets that arrive at `receiver`; of others, none."""
        rules = [f"ip saddr {self.address(sender)} "
                 + ("drop" if percent == ALL else f"numgen random mod {ALL} < {percent} drop")
                 for sender, percent in percents.items()]
        lines = ["table ip fire", "delete table ip fire", "table ip fire {", "chain arriving {",
                 "type filter hook input priority 0; policy accept;", *rules, "}", "}"]
        self.namespaces[receiver].run("nft", "-f", "-", text="\n".join(lines) + "\n")

    def end(self):
        # The kernel would take it away too, but not at once.
        with contextlib.suppress(FileNotFoundError):
            subprocess.run(["ip", "link", "delete", self.here], capture_output=True, check=False)
        for namespace in (*self.namespaces, *filter(None, [self.bridge])):
            namespace.end()


class Proxies:
    """The delayed links of one validator, which dials them."""

    def __init__(self, namespace, lines):
        self.process = subprocess.Popen(
            [*namespace.enter, sys.executable, PROXY, *lines], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self.process.stdout.readline() == f"{len(lines)} listen\n"

    def order(self, line):
        self.process.stdin.write(line + "\n")

    def end(self):
        self.process.stdin.close()
        self.process.wait(cluster.WAIT_S)
        self.process.stdout.close()


class Cluster(cluster.Cluster):
    """A cluster whose validators are far from each other. `proxied`: the links (i, j) that go through
    a proxy, on the side of the one that dials: whose network key is the lower."""

    def __init__(self, folder, validators=4, proxied=(), **options):
        self.proxies = {}
        self.network = Network(validators)
        try:
            super().__init__(folder, validators=validators, **options)
            self.settle_in(proxied)
        except BaseException:
            self.end_network()
            raise
        self.losses = {}

    def settle_in(self, proxied):
        lines = {}
        with open(os.path.join(self.nodes[0].home, "genesis.json"), encoding="utf-8") as file:
            keys = [entry["network_key"] for entry in json.load(file)["validators"]]
        proxied = {min((i, j), (j, i), key=lambda link: keys[link[0]]) for i, j in proxied}
        for node in self.nodes:
            i = node.index
            node.host, node.enter = self.network.address(i), self.network.namespaces[i].enter
            self.configure(node, "network", "listen", f"{node.host}:{node.p2p_port}")
            self.configure(node, "rpc", "listen", f"{node.host}:{node.rpc_port}")
            for peer in self.nodes:
                address = f"{self.network.address(peer.index)}:{peer.p2p_port}"
                if (i, peer.index) in proxied:
                    lines.setdefault(i, []).append(f"{peer.p2p_port}={address}")
                    address = f"127.0.0.1:{peer.p2p_port}"
                if peer is not node:
                    self.configure(node, "network", f"peer.{peer.index}", address)
        for i, links in lines.items():
            self.proxies[i] = Proxies(self.network.namespaces[i], links)

    # -- what may happen to packets ------------------------------------------------------

    def lose(self, losses):
        """{(sender, receiver): percent}, instead of what was lost before."""
        for receiver in {receiver for _, receiver in (*self.losses, *losses)}:
            self.network.lose(receiver, {sender: percent for (sender, to), percent
                                         in losses.items() if to == receiver})
        self.losses = dict(losses)

    def heal(self):
        self.lose({})
        self.delay(0, 0)

    def delay(self, milliseconds, jitter_milliseconds):
        for proxy in self.proxies.values():
            proxy.order(f"delay {milliseconds} {jitter_milliseconds}")

    def cut_connections(self):
        for proxy in self.proxies.values():
            proxy.order("cut")

    def end_network(self):
        for proxy in self.proxies.values():
            proxy.end()
        self.network.end()

    def end(self):
        super().end()
        self.end_network()


def between(*groups):
    """Everything that one group sends to another: lose(between(...)) parts them."""
    return {(sender, receiver): ALL
            for group in groups for other in groups if group is not other
            for sender in group for receiver in other}
