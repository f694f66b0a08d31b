"""What is read is durable (D7), also when the disk is slow and many blocks wait for it."""

import json

import client_truth
import cluster
import disks

SLOW_MS = 60
ANSWERS = 400


def test_an_account_is_what_its_height_makes_it(make_cluster, tmp_path):
    net = make_cluster(validators=1, accounts=4, pacemaker={"idle_interval_ms": 1})
    node = net.nodes[0]
    node.start(env=disks.slow_sync(tmp_path, SLOW_MS))
    truth = client_truth.Truth(net)
    with client_truth.Clients(truth, "slow") as clients:
        while truth.checked < ANSWERS:
            truth.follow(node)
            clients.check()
    truth.check_all()


def test_many_questions_at_once_wait_for_the_disk_too(make_cluster, tmp_path):
    net = make_cluster(validators=1, accounts=4, pacemaker={"idle_interval_ms": 1})
    node = net.nodes[0]
    node.start(env=disks.slow_sync(tmp_path, SLOW_MS))
    truth = client_truth.Truth(net)
    requests = json.dumps([
        {"jsonrpc": "2.0", "id": wallet.index, "method": "account",
         "params": {"address": wallet.address}} for wallet in truth.wallets])

    def ask_all():
        answers = json.loads(node.request("/", requests.encode()))
        for answer, wallet in zip(answers, truth.wallets):
            account = answer["result"]
            truth.hear(node, 0, account["height"], truth.check_account, wallet, account["nonce"],
                       int(account["balance"]))

    with client_truth.Clients(truth, "slow") as clients:
        while truth.checked < ANSWERS:
            ask_all()
            truth.follow(node)
            clients.check()


def test_a_failing_disk_leaves_no_question_without_an_end(make_cluster, tmp_path):
    net = make_cluster(validators=1, accounts=4, pacemaker={"idle_interval_ms": 1})
    node = net.nodes[0]
    failing = disks.FailingSync(tmp_path)
    node.start(env={**failing.environment, "SLOW_SYNC_MS": str(SLOW_MS)})
    truth = client_truth.Truth(net)
    clients = client_truth.Clients(truth, "fails")
    cluster.wait_for("transfers are committed", lambda: truth.ask_account(node, truth.wallets[0])
                     and truth.wallets[0].committed_nonce > 0)
    failing.start()
    assert node.process.wait(cluster.WAIT_S) == 3
    for client in clients.clients:
        client.stopping.set()
        client.thread.join(cluster.WAIT_S)
        assert not client.thread.is_alive()
    clients.check()
