"""Packets between validators are lost, late or go one way only; connections come back, nothing that
clients were told is wrong, and the chain goes on as soon as it can."""

import contextlib
import itertools
import signal

import client_truth
import cluster
import namespaces

PACEMAKER = {"idle_interval_ms": 20, "max_ms": 1000}
FAR = 3
EVERYONE = range(4)
NEW_BLOCKS = 5
IN_FLIGHT = 3  # blocks whose votes were already underway


@contextlib.contextmanager
def clients_of(net):
    """At work while the test does what it does; afterwards all they were told is checked."""
    net.start()
    truth = client_truth.Truth(net)
    truth.check_chains()
    with client_truth.Clients(truth, "network"):
        yield truth
    truth.check_all()
    net.stop()


def height_of(nodes):
    return max(node.height() for node in nodes)


def wait_for_new_blocks(nodes):
    height = height_of(nodes) + NEW_BLOCKS
    for node in nodes:
        node.wait_for_height(height)


def wait_for_peers(nodes, count):
    cluster.wait_for(f"{[node.index for node in nodes]} have {count} peers",
                     lambda: all(node.status()["peers"] == count for node in nodes), step_s=0.1)


def test_a_peer_that_vanishes_is_given_up_and_comes_back(make_far_cluster):
    """No packet tells that it is gone: only its silence does, and that of its side to it."""
    net = make_far_cluster(pacemaker=PACEMAKER)
    far, others = net.nodes[FAR], net.nodes[:FAR]
    with clients_of(net):
        net.lose(namespaces.between([FAR], range(FAR)))
        wait_for_peers([far], 0)
        wait_for_peers(others, len(others) - 1)
        wait_for_new_blocks(others)
        net.heal()
        wait_for_peers(net.nodes, len(others))
        wait_for_new_blocks(net.nodes)


def test_a_peer_that_is_silent_but_connected_is_given_up_and_comes_back(make_far_cluster):
    """A stopped process: its kernel takes all that it is sent, and every new connection."""
    net = make_far_cluster(pacemaker=PACEMAKER)
    far, others = net.nodes[FAR], net.nodes[:FAR]
    with clients_of(net):
        far.process.send_signal(signal.SIGSTOP)
        wait_for_peers(others, len(others) - 1)
        wait_for_new_blocks(others)
        far.process.send_signal(signal.SIGCONT)
        wait_for_peers(net.nodes, len(others))
        wait_for_new_blocks(net.nodes)


def test_two_halves_commit_nothing_until_they_meet(make_far_cluster):
    net = make_far_cluster(pacemaker=PACEMAKER)
    with clients_of(net) as truth:
        wait_for_new_blocks(net.nodes)
        net.lose(namespaces.between([0, 1], [2, 3]))
        height = height_of(net.nodes)
        asked = truth.checked + len(truth.claims)
        cluster.wait_for("clients have asked often",
                         lambda: truth.checked + len(truth.claims) > asked + 100)
        assert height_of(net.nodes) <= height + IN_FLIGHT
        net.heal()
        wait_for_new_blocks(net.nodes)


def test_one_that_hears_nobody_or_is_heard_by_nobody_stops_nobody(make_far_cluster):
    net = make_far_cluster(pacemaker=PACEMAKER)
    others = net.nodes[:FAR]
    with clients_of(net):
        for losses in ({(peer, FAR): namespaces.ALL for peer in range(FAR)},
                       {(FAR, peer): namespaces.ALL for peer in range(FAR)}):
            net.lose(losses)
            wait_for_new_blocks(others)
            net.heal()
            wait_for_new_blocks(net.nodes)


def test_lost_packets_cut_connections_and_long_ways_only_cost_time(make_far_cluster):
    links = list(itertools.combinations(EVERYONE, 2))
    net = make_far_cluster(pacemaker=PACEMAKER, proxied=links)
    with clients_of(net):
        net.lose({(a, b): 15 for a in EVERYONE for b in EVERYONE if a != b})
        wait_for_new_blocks(net.nodes)
        net.heal()
        net.delay(30, 40)
        wait_for_new_blocks(net.nodes)
        net.cut_connections()
        wait_for_new_blocks(net.nodes)
        net.delay(0, 0)
        wait_for_peers(net.nodes, len(EVERYONE) - 1)
