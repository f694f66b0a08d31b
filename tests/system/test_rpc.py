"""The RPC of a running chain: what it answers, and what it refuses and survives."""

import concurrent.futures
import http.client
import json
import os
import re
import socket
import struct
import urllib.error

import pytest

import cluster
import transfers

JSON_BYTES_MAX = 64 * 1024
MIB = 1024 * 1024
GARBAGE = os.urandom(10 * MIB)
# What one validator may grow by while it is fed ten times ten megabytes.
GROWTH_BYTES_MAX = 96 * MIB


@pytest.fixture(name="net")
def one_validator(make_cluster):
    net = make_cluster(validators=1)
    net.start()
    net.wait_for_height(1)
    return net


def post(node, path, body, headers=None):
    """(HTTP status, body). The answer may come before all of a refused body was sent."""
    connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=60)
    try:
        connection.request("POST", path, body, headers or {}, encode_chunked=True)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def get(node, path):
    connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def call(node, method, params=None, **members):
    request = {"jsonrpc": "2.0", "id": 1, "method": method, **members}
    if params is not None:
        request["params"] = params
    status, body = post(node, "/", json.dumps(request))
    assert status == 200
    answer = json.loads(body)
    assert answer["jsonrpc"] == "2.0" and answer["id"] == 1
    return answer


def call_batch(node, calls):
    status, body = post(node, "/", json.dumps(calls))
    assert status == 200
    return json.loads(body)


def error_code(body):
    return json.loads(body)["error"]["code"]


def is_hex(text, size):
    return re.fullmatch(f"0x[0-9a-f]{{{2 * size}}}", text) is not None


def is_decimal(text):
    return re.fullmatch("0|[1-9][0-9]*", text) is not None


def assert_healthy(node):
    assert get(node, "/livez") == (200, b"ok\n")
    height = node.height()
    node.wait_for_height(height + 1)


def test_every_named_field_is_there_with_its_type(net):
    node = net.nodes[0]
    account = transfers.accounts_of(net)[0]
    transfer = account.transfer(net.chain_id, account.address)
    assert node.submit([transfer]) == {"accepted": 1, "rejected": []}
    tx_id = "0x" + transfers.transaction_id(transfer).hex()
    seen = node.get_json(f"/v1/transactions/{tx_id}?wait=30000")
    assert seen == {"tx_id": tx_id, "status": "committed", "height": seen["height"]}

    status = node.status()
    for name in ("view", "height", "high_qc_view", "locked_view", "leader", "peers", "mempool"):
        assert type(status[name]) is int, name
    for name in ("chain_id", "block_id", "state_root"):
        assert is_hex(status[name], 32), name

    block = node.block(seen["height"])
    for name in ("height", "view", "proposer", "tx_count"):
        assert type(block[name]) is int, name
    for name in ("id", "parent", "state_root"):
        assert is_hex(block[name], 32), name
    assert block["signers"] == [0] and block["tx_count"] == 1
    assert node.block_transactions(seen["height"]) == [transfers.transaction_id(transfer)]
    assert node.block(0)["signers"] == []

    found = node.account(account.address)
    assert set(found) == {"address", "balance", "nonce", "next_nonce", "height"}
    assert found["address"] == account.address and is_decimal(found["balance"])
    assert found["nonce"] == found["next_nonce"] == 1 and type(found["height"]) is int

    listed = node.get_json("/v1/validators")["validators"]
    assert [entry["index"] for entry in listed] == [0]
    assert is_hex(listed[0]["bls_public_key"], 48) and is_decimal(listed[0]["weight"])


def test_fees_say_what_gas_costs_and_what_blocks_used(net):
    node = net.nodes[0]
    account = transfers.accounts_of(net)[0]
    batch = [account.transfer(net.chain_id, account.address) for _ in range(3)]
    assert node.submit(batch) == {"accepted": 3, "rejected": []}
    tx_id = "0x" + transfers.transaction_id(batch[-1]).hex()
    height = node.get_json(f"/v1/transactions/{tx_id}?wait=30000")["height"]

    fees = node.get_json("/v1/fees")
    assert fees["base_fee"] == fees["base_fee_min"] == str(transfers.FEE_UNITS)
    assert fees["gas_target"] == fees["gas_limit"] // 2 > 0
    assert fees["height"] >= fees["blocks"][0]["height"] >= height
    heights = [block["height"] for block in fees["blocks"]]
    assert heights == list(range(heights[0], heights[0] - len(heights), -1))
    for block in fees["blocks"]:
        seen = node.block(block["height"])
        assert block["tx_count"] == seen["tx_count"] and block["base_fee"] == seen["base_fee"]
        assert block["gas_used"] == seen["tx_count"]  # a transfer uses one
    assert call(node, "fees")["result"]["gas_limit"] == fees["gas_limit"]

    shown = cluster.run("fees", "--rpc", node.url)
    assert shown.returncode == 0 and f"base fee   {transfers.FEE_UNITS} units" in shown.stdout
    assert cluster.run_json("fees", "--rpc", node.url)["base_fee"] == fees["base_fee"]


def test_the_supply_is_what_genesis_gave_out_burned_fees_among_it(net):
    node = net.nodes[0]
    before = node.get_json("/v1/supply")
    account = transfers.accounts_of(net)[0]
    assert node.submit([account.transfer(net.chain_id, account.address)])["accepted"] == 1
    cluster.wait_for("it is committed", lambda: node.account(account.address)["nonce"] == 1)
    after = node.get_json("/v1/supply")
    assert after["supply"] == after["genesis"] == before["supply"]
    assert int(after["burned"]) == int(before["burned"]) + transfers.FEE_UNITS
    assert after["height"] > before["height"]
    assert call(node, "supply")["result"]["genesis"] == after["genesis"]
    shown = cluster.run("supply", "--rpc", node.url)
    assert shown.returncode == 0 and after["genesis"] in shown.stdout


def test_a_walk_over_many_accounts_is_refused(tmp_path):
    made = cluster.run_json("testnet", "--validators", 1, "--dir", tmp_path / "net",
                            "--derived-accounts", 17_000, "--base-port", cluster.free_base_port(2))
    entry = made["validators"][0]
    node = cluster.Node(0, entry["home"], entry["p2p_port"], entry["rpc_port"])
    node.start()
    try:
        status, body = get(node, "/v1/supply")
        assert (status, json.loads(body)["error"]["reason"]) == (503, "full")
        assert call(node, "supply")["error"]["code"] == -32003
        node.stop()
    finally:
        if node.process is not None:
            node.kill()


def test_the_page_names_all_that_is_answered(net):
    node = net.nodes[0]
    with open(os.path.join(cluster.ROOT, "docs", "rpc.md"), encoding="utf-8") as file:
        page = file.read()
    address = transfers.accounts_of(net)[0].address
    answers = [node.get_json(path) for path in (
        "/v1/status", "/v1/blocks/1", f"/v1/accounts/{address}", "/v1/transactions/0x" + "00" * 32,
        "/v1/validators", "/v1/fees", f"/v1/commits/{address}", "/v1/supply")]
    answers += [answers[4]["validators"][0], answers[5]["blocks"][0]]
    missing = {name for answer in answers for name in answer if f"`{name}`" not in page}
    assert missing == set()
    listed = call(node, "no_such_method")["error"]["message"].split("there are ")[1]
    for method in re.findall(r"[a-z]+(?:_[a-z]+)?", listed.replace(" and ", " ")):
        assert f"`{method}`" in page, method


def test_commits_say_what_waits_and_what_limits_it(net):
    node = net.nodes[0]
    address = transfers.accounts_of(net)[0].address
    commits = node.get_json("/v1/commits")
    for name in ("waiting", "total_max", "per_sender_max", "window_blocks", "height"):
        assert type(commits[name]) is int, name
    assert commits["waiting"] == 0 and is_decimal(commits["deposit"])
    assert "waiting_of_sender" not in commits
    mine = node.get_json(f"/v1/commits/{address}")
    assert mine["waiting_of_sender"] == 0 and mine["address"] == address
    for params in (None, {}, []):
        assert call(node, "commits", params)["result"]["deposit"] == commits["deposit"]
    for params in ([address], {"address": address}):
        assert call(node, "commits", params)["result"]["address"] == address
    for params in ([1], ["0x12"], [address, address], {"sender": address}):
        assert call(node, "commits", params)["error"]["code"] == -32602, params

    shown = cluster.run("commits", "--rpc", node.url)
    assert shown.returncode == 0 and "of sender" not in shown.stdout
    assert "of sender   0 of" in cluster.run("commits", address, "--rpc", node.url).stdout


def test_rest_and_json_rpc_say_the_same(net):
    node = net.nodes[0]
    address = transfers.accounts_of(net)[0].address
    assert call(node, "block", {"height": 1})["result"] == node.block(1)
    assert call(node, "block", [1])["result"] == node.block(1)
    assert call(node, "validators")["result"] == node.get_json("/v1/validators")
    by_call, by_path = call(node, "account", [address])["result"], node.account(address)
    by_call.pop("height"), by_path.pop("height")
    assert by_call == by_path
    assert call(node, "status")["result"]["chain_id"] == node.status()["chain_id"]


def test_json_rpc_has_the_codes_of_its_specification(net):
    node = net.nodes[0]
    for body in (b"{", b"nonsense", b"\xff\xfe\x00", b'{"jsonrpc":"2.0","id":1,"id":2}'):
        status, answer = post(node, "/", body)
        assert (status, error_code(answer)) == (200, -32700), body
        assert json.loads(answer)["id"] is None
    for body in (b"[]", b"1", b'{"id":1,"method":"status"}'):
        assert error_code(post(node, "/", body)[1]) == -32600, body
    assert call(node, "no_such_method")["error"]["code"] == -32601
    for method, params in (("block", {}), ("block", ["x"]), ("block", [-1]), ("status", [1]),
                           ("account", ["0x12"]), ("transaction", [5]),
                           ("submit_transaction", ["0xABCD"]), ("block", {"height": 1, "a": 2})):
        assert call(node, method, params)["error"]["code"] == -32602, (method, params)
    assert call(node, "block", [10**9])["error"]["code"] == -32002


@pytest.mark.tsan
def test_a_batch_is_answered_in_order_and_bounded(net):
    node = net.nodes[0]
    entry = {"jsonrpc": "2.0", "method": "block", "params": [0]}
    answers = json.loads(post(node, "/", json.dumps([{**entry, "id": i} for i in range(64)]))[1])
    assert [answer["id"] for answer in answers] == list(range(64))
    assert error_code(post(node, "/", json.dumps([{**entry, "id": 1}] * 65))[1]) == -32600
    assert post(node, "/", json.dumps([entry]))[0] == 204
    assert post(node, "/", json.dumps(entry)) == (204, b"")


def test_a_refused_transfer_says_why(net):
    node = net.nodes[0]
    rich, other = transfers.accounts_of(net)[:2]
    committed = rich.transfer(net.chain_id, other.address)
    assert node.submit([committed])["accepted"] == 1
    tx_id = "0x" + transfers.transaction_id(committed).hex()
    assert node.get_json(f"/v1/transactions/{tx_id}?wait=30000")["status"] == "committed"

    def reason(transaction):
        error = call(node, "submit_transaction", ["0x" + transaction.hex()])["error"]
        assert error["code"] == -32001
        return error["data"]["reason"]

    rich.nonce = 0
    assert reason(rich.transfer(net.chain_id, other.address, amount=2)) == "nonce_too_low"
    rich.nonce = 10**6
    assert reason(rich.transfer(net.chain_id, other.address)) == "nonce_too_high"
    other.nonce = 0
    assert reason(other.transfer(net.chain_id, rich.address,
                                 amount=2**63)) == "insufficient_funds"
    other.nonce = 0
    foreign_chain = "0x" + "11" * 32
    assert reason(other.transfer(foreign_chain, rich.address)) == "wrong_chain"
    other.nonce = 0
    good = other.transfer(net.chain_id, rich.address)
    assert reason(good[:-1] + bytes([good[-1] ^ 1])) == "bad_signature"
    assert reason(good[:-1]) == "malformed"

    answer = node.submit([good[:-1], good, good[:-1] + bytes([good[-1] ^ 1])])
    assert answer["accepted"] == 1
    assert answer["rejected"] == [{"index": 0, "reason": "malformed"},
                                  {"index": 2, "reason": "bad_signature"}]


def test_paths_and_methods_that_are_not_there(net):
    node = net.nodes[0]
    assert get(node, "/nothing")[0] == 404
    assert get(node, "/v1/blocks/x")[0] == 400
    assert get(node, "/v1/blocks/1000000000")[0] == 404
    assert get(node, "/v1/accounts/0x12")[0] == 400
    assert get(node, "/v1/transactions/0x" + "AB" * 32)[0] == 400
    assert get(node, "/v1/status?wait=x")[0] == 400
    assert get(node, "/")[0] == 405
    assert post(node, "/v1/status", b"")[0] == 405
    unknown = node.get_json("/v1/transactions/0x" + "ab" * 32)
    assert (unknown["status"], unknown["height"]) == ("unknown", None)


@pytest.mark.tsan
def test_a_wait_ends_with_what_is_so(net):
    node = net.nodes[0]
    unknown = "0x" + "ab" * 32
    assert node.get_json(f"/v1/transactions/{unknown}?wait=100")["status"] == "unknown"
    assert get(node, "/v1/blocks/1000000000/transactions?wait=100")[0] == 404
    following = node.height() + 3
    assert get(node, f"/v1/blocks/{following}/transactions?wait=30000") == (200, b"")


def asked_before_sending(node, size):
    """What a client hears that waits with its body for the node's consent."""
    connection = http.client.HTTPConnection("127.0.0.1", node.rpc_port, timeout=60)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(size))
    connection.putheader("Expect", "100-continue")
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_bodies_that_are_too_large_are_refused(net):
    node = net.nodes[0]
    padded = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "status"})
    assert post(node, "/", padded.ljust(JSON_BYTES_MAX))[0] == 200
    assert post(node, "/", padded.ljust(JSON_BYTES_MAX + 1))[0] == 413
    assert post(node, "/", GARBAGE)[0] == 413
    assert asked_before_sending(node, len(GARBAGE)) == 413
    assert post(node, "/v1/transactions", GARBAGE)[0] == 413
    assert post(node, "/v1/transactions", GARBAGE[:MIB])[0] == 400
    chunks = (GARBAGE[at:at + 65536] for at in range(0, len(GARBAGE), 65536))
    assert post(node, "/", chunks, {"Transfer-Encoding": "chunked"})[0] == 413
    assert_healthy(node)


def send_raw(port, data):
    """Writes bytes that may not be wanted, and reads what comes back until the end."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except TimeoutError:
            raise
        except OSError:
            pass  # it was refused before all was sent
    return answer


def test_garbage_at_both_ports_costs_no_memory_and_no_block(net):
    node = net.nodes[0]
    before = node.resident_bytes()
    for _ in range(5):
        send_raw(node.rpc_port, GARBAGE)
        send_raw(node.p2p_port, GARBAGE)
    header_line = b"GET / HTTP/1.1\r\nX: " + b"a" * MIB
    assert not send_raw(node.rpc_port, header_line).startswith(b"HTTP/1.1 2")
    assert node.resident_bytes() - before < GROWTH_BYTES_MAX
    assert_healthy(node)


def test_many_silent_connections_leave_the_node_alive(net):
    node = net.nodes[0]
    silent = []
    try:
        for _ in range(400):
            silent.append(socket.create_connection(("127.0.0.1", node.rpc_port), timeout=10))
    except OSError:
        pass
    assert len(silent) > 100
    for connection in silent:
        connection.close()
    cluster.wait_for("it answers again", lambda: node.get("/livez", default=None) is not None)
    assert_healthy(node)


@pytest.mark.tsan
def test_many_clients_at_once_are_each_answered(net):
    node = net.nodes[0]
    node.wait_for_height(3)  # the last block's certificate gives way to the one in its child
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        blocks = list(pool.map(lambda _: node.block(1), range(400)))
    assert all(block == blocks[0] for block in blocks)


@pytest.mark.tsan
def test_a_stop_answers_those_who_wait(net):
    node = net.nodes[0]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(get, node, "/v1/transactions/0x" + "cd" * 32 + "?wait=30000")
        cluster.wait_for("the wait has begun",
                         lambda: node.metrics()["http_connections"] >= 2)
        node.stop()
        try:
            status, _ = waiting.result(timeout=30)
            assert status in (200, 503)
        except (OSError, http.client.HTTPException, urllib.error.URLError):
            pass


def test_ready_means_connected_to_a_quorum(make_cluster):
    net = make_cluster(validators=4)
    for node in net.nodes[:2]:
        node.start()
    assert get(net.nodes[0], "/livez")[0] == 200
    assert get(net.nodes[0], "/readyz")[0] == 503
    net.nodes[2].start()
    cluster.wait_for("three make a quorum", lambda: get(net.nodes[0], "/readyz")[0] == 200)


def test_metrics_are_prometheus_text(net):
    node = net.nodes[0]
    text = node.get("/metrics").decode()
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) hotstuff_\w+ .+|hotstuff_\w+ \d+", line), line
    metrics = node.metrics()
    assert metrics["height"] >= 1 and metrics["validators"] == 1 and metrics["signing"] == 1


def test_a_binary_batch_must_be_well_formed(net):
    node = net.nodes[0]
    for body in (b"\x01", struct.pack("<I", 0), struct.pack("<I", 5) + b"abcd",
                 struct.pack("<I", 2000) + b"a" * 2000, (struct.pack("<I", 1) + b"a") * 2049):
        assert post(node, "/v1/transactions", body)[0] == 400
    status, answer = post(node, "/v1/transactions", b"")
    assert (status, json.loads(answer)) == (200, {"accepted": 0, "rejected": []})
