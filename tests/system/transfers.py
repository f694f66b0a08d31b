"""Signed transfers, and a load of them that remembers what was reported committed.

Signing goes through libsodium, which the binary needs as well; the encoding is docs/wire.md's.
"""

import ctypes
import ctypes.util
import hashlib
import http.client
import json
import struct
import threading
import time

UNITS_EACH = 1
FEE_UNITS = 10  # the base fee of `hotstuff testnet` while blocks are less than half full

SODIUM = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
assert SODIUM.sodium_init() >= 0


def tagged_hash(tag, data):
    return hashlib.sha256(bytes([len(tag)]) + tag.encode() + data).digest()


def transaction_id(transaction):
    return tagged_hash("hotstuff/transaction-id", transaction)


class Account:
    def __init__(self, key_file):
        with open(key_file, encoding="utf-8") as file:
            key = json.load(file)
        self.key_file = key_file
        self.address = key["address"]
        seed = bytes.fromhex(key["secret"].removeprefix("0x"))
        public_key, self.secret_key = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        SODIUM.crypto_sign_seed_keypair(public_key, self.secret_key, seed)
        self.public_key = public_key.raw
        assert key["public_key"] == "0x" + self.public_key.hex()
        self.nonce = 0

    def transfer(self, chain_id, recipient, amount=UNITS_EACH):
        """The bytes of the next transfer of this account."""
        chain = bytes.fromhex(chain_id.removeprefix("0x"))
        body = (bytes([1, 1]) + chain + self.public_key + struct.pack("<Q", self.nonce)
                + bytes.fromhex(recipient.removeprefix("0x"))
                + struct.pack("<QQQ", amount, FEE_UNITS, 0))
        message = b"hotstuff/transaction" + chain + struct.pack("<Q", 0) + body
        signature = ctypes.create_string_buffer(64)
        SODIUM.crypto_sign_detached(signature, None, message, ctypes.c_ulonglong(len(message)),
                                    self.secret_key)
        self.nonce += 1
        return body + signature.raw


def accounts_of(cluster):
    return [Account(path) for path in cluster.key_files]


class Load:
    """Sends transfers in a circle, account i through node i mod n, until stop(). A node that does
    not answer is passed over. An account asks for its nonce again when a transfer is refused, and
    after forget_nonces(): to be called when nodes that are down have lost transfers they had accepted,
    before they are up again, or a transfer behind the lost ones would wait for ever."""

    def __init__(self, cluster, per_second=300, nodes=None, key_files=None):
        self.chain_id = cluster.chain_id
        self.nodes = nodes or cluster.nodes
        self.accounts = [Account(path) for path in key_files or cluster.key_files]
        self.per_second = per_second
        self.accepted = 0
        self.error = None
        self.stopping = threading.Event()
        self.nonces_known = set()
        self.sending = threading.Lock()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping.set()
        self.thread.join()
        if self.error is not None:
            raise self.error

    def forget_nonces(self):
        with self.sending:
            self.nonces_known.clear()

    def work(self):
        try:
            step_s = 0.1
            each = max(1, int(self.per_second * step_s / len(self.accounts)))
            while not self.stopping.wait(step_s):
                for i, account in enumerate(self.accounts):
                    with self.sending:
                        self.send(self.nodes[i % len(self.nodes)], i, account, each)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error  # raised again by stop()

    def send(self, node, i, account, count):
        if account not in self.nonces_known and not self.ask_nonce(node, account):
            return
        self.nonces_known.add(account)
        recipient = self.accounts[(i + 1) % len(self.accounts)].address
        batch = [account.transfer(self.chain_id, recipient) for _ in range(count)]
        try:
            answer = node.submit(batch)
        except http.client.HTTPException:
            answer = None
        if answer is not None:
            self.accepted += answer["accepted"]
        if answer is None or answer["rejected"]:
            self.nonces_known.discard(account)

    @staticmethod
    def ask_nonce(node, account):
        try:
            account.nonce = node.account(account.address)["next_nonce"]
            return True
        except (OSError, http.client.HTTPException):
            return False


class Committed:
    """What nodes reported as committed: {transaction id: height}, and each node's height."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.heights = [0] * len(cluster.nodes)
        self.read_up_to = 0
        self.transactions = {}
        self.blocks = {}

    def take(self, node):
        """Asks one node for all that it has committed since."""
        height = node.status()["height"]
        self.heights[node.index] = max(self.heights[node.index], height)
        while self.read_up_to < height:
            at = self.read_up_to + 1
            block = node.block(at)
            ids = node.block_transactions(at)
            assert len(ids) == block["tx_count"]
            for one in ids:
                assert one not in self.transactions, "committed twice"
                self.transactions[one] = at
            self.blocks[at] = block
            self.read_up_to = at

    def take_until(self, node, transactions_more, timeout_s=120):
        wanted = len(self.transactions) + transactions_more
        deadline = time.monotonic() + timeout_s
        while len(self.transactions) < wanted:
            assert time.monotonic() < deadline, f"{len(self.transactions)} of {wanted} committed"
            self.take(node)
            time.sleep(0.02)
