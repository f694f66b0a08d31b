"""What clients were told, held against the chain.

Clients, each a thread with accounts of its own, send transfers to all nodes and ask all nodes, at
once. Everything a node tells them is a claim about some height: this transaction is in that
block, this account has that balance there, this is the block. Truth follows the committed chain
block by block, works out every account from it alone, and checks each claim as soon as the chain
has come to its height:

- a transfer that was reported committed at a height is in that block, in every node's chain;
- an account read at a height is exactly what the blocks up to that height make it, so that it
  shows every transfer committed there and none above;
- every nonce is used once, by one of the transfers a client made for it. Now and then a client
  makes two with one nonce and gives them to different nodes; at most one may pass;
- no node ever reports a lower height than before, kills or not (D7).

Requests overlap, so a node's height is compared with what was known when the request was sent.
"""

import bisect
import http.client
import itertools
import json
import random
import threading

import cluster
import transfers

INITIAL_BALANCE = 10**15  # of an account by `hotstuff testnet`
WINDOW = 12  # transfers of an account that are not committed
TWICE = 0.1  # how many nonces are used for two transfers
AMOUNT_MAX = 5
SAMPLE = 100
ASK_TIMEOUT_S = 3
NO_ANSWER = (OSError, http.client.HTTPException)


# -- the chains of all nodes ---------------------------------------------------------------------


def check_signed_views(records, blocks):
    """D1, D6: a signature that others have is in its signer's own record, which never goes back."""
    for before, now in records:
        assert now.vote_view >= before.vote_view
        assert now.view_change_view >= before.view_change_view
        if now.vote_view == before.vote_view:
            assert now.vote_block_id == before.vote_block_id
    for block in blocks:
        for signer in block["signers"]:
            record = records[signer][1]
            assert block["view"] <= record.vote_view
            if block["view"] == record.vote_view:
                assert block["id"] == "0x" + record.vote_block_id.hex()


def check_every_block_everywhere(net, committed, above=0):
    """The same blocks with the same transactions and states in every node's chain."""
    expected = {one: height for one, height in committed.transactions.items() if height > above}
    for node in net.nodes:
        found = {}
        for height in range(above + 1, committed.read_up_to + 1):
            block, same = committed.blocks[height], node.block(height)
            assert (same["id"], same["state_root"]) == (block["id"], block["state_root"])
            for one in node.block_transactions(height):
                assert one not in found, "committed twice"
                found[one] = height
        assert found == expected
        # One that starts from a snapshot has the older ones in its blocks, but not by their ids.
        known = sorted(one for one, height in expected.items() if height > node.snapshot_height())
        for one in random.sample(known, min(SAMPLE, len(known))):
            answer = node.get_json("/v1/transactions/0x" + one.hex())
            assert (answer["status"], answer["height"]) == ("committed", expected[one])


def check_balances(net, accounts, committed):
    """The same everywhere, and what was burned is all that is gone."""
    views = [[node.account(account.address) for account in accounts] for node in net.nodes]
    for one in views[1:]:
        assert [(a["balance"], a["nonce"]) for a in one] == \
            [(a["balance"], a["nonce"]) for a in views[0]]
    burned = len(committed.transactions) * transfers.FEE_UNITS
    assert sum(int(a["balance"]) for a in views[0]) == len(accounts) * INITIAL_BALANCE - burned
    assert sum(a["nonce"] for a in views[0]) == len(committed.transactions)


def check_no_evidence(net):
    for node in net.nodes:
        assert node.metrics()["evidence_total"] == 0
        assert "double_vote" not in node.log()


def settle(net, committed):
    """Until no transfer waits anywhere, and all that was committed is read."""
    def is_quiet():
        return all(node.status()["mempool"] == 0 for node in net.nodes)

    cluster.wait_for("all transfers are committed", is_quiet)
    net.wait_for_height(net.height() + 8)
    net.wait_for_height(max(node.height() for node in net.nodes))
    committed.take(net.nodes[0])


# -- the chain as it should be -------------------------------------------------------------------


class Wallet(transfers.Account):
    """An account, and its transfers by nonce: one, or two that exclude each other."""

    def __init__(self, index, key_file):
        super().__init__(key_file)
        self.index = index
        self.transfers = []
        self.committed_nonce = 0  # the highest that a node told
        self.history = [(0, 0, INITIAL_BALANCE)]  # height, nonce and balance from there on

    def at(self, height):
        """(nonce, balance) after the block of that height."""
        after = bisect.bisect_right(self.history, height, key=lambda entry: entry[0])
        return self.history[after - 1][1:]

    def change(self, height, nonces, units):
        _, nonce, balance = self.history[-1]
        self.history.append((height, nonce + nonces, balance + units))


class Transfer:
    def __init__(self, wallet, recipient, nonce, amount, data):
        self.wallet, self.recipient = wallet, recipient
        self.nonce, self.amount, self.data = nonce, amount, data
        self.id = transfers.transaction_id(data)


class Truth:
    def __init__(self, net):
        self.net = net
        self.wallets = [Wallet(i, path) for i, path in enumerate(net.key_files)]
        self.transfers = {}  # by id; a client adds one before it sends it
        self.committed = transfers.Committed(net)
        self.heights = [0] * len(net.nodes)  # what each node reported last
        self.claims = []  # (height, check, ...)
        self.lock = threading.Lock()
        self.applied = 0  # transfers of the chain
        self.checked = 0  # claims
        self.compared_up_to = 0  # heights at which all chains were compared
        self.records = None

    # -- what nodes say; from any thread -------------------------------------------------

    def hear(self, node, floor, height, check, *claim):
        """A claim about `height`, in answer to a question asked when `floor` was the node's."""
        assert height >= floor, f"validator {node.index} went from height {floor} to {height}"
        with self.lock:
            self.heights[node.index] = max(self.heights[node.index], height)
            self.claims.append((height, check, node.index, *claim))

    def ask(self, node, path):
        """(the node's height before, the answer), or None when there is none."""
        floor = self.heights[node.index]
        try:
            return floor, json.loads(node.request(path, timeout_s=ASK_TIMEOUT_S))
        except NO_ANSWER:
            return None

    def ask_status(self, node):
        if heard := self.ask(node, "/v1/status"):
            floor, status = heard
            self.hear(node, floor, status["height"], self.check_block, status["block_id"],
                      status["state_root"])

    def ask_account(self, node, wallet):
        """Whether it answered."""
        heard = self.ask(node, f"/v1/accounts/{wallet.address}")
        if heard:
            floor, account = heard
            self.hear(node, floor, account["height"], self.check_account, wallet,
                      account["nonce"], int(account["balance"]))
            wallet.committed_nonce = max(wallet.committed_nonce, account["nonce"])
        return heard is not None

    def ask_transfer(self, node, transfer):
        heard = self.ask(node, "/v1/transactions/0x" + transfer.id.hex())
        if heard and heard[1]["status"] == "committed":
            # The answer tells one height that is committed, not the latest.
            self.hear(node, 0, heard[1]["height"], self.check_transfer, transfer)

    # -- the chain; from one thread ------------------------------------------------------

    def follow(self, node):
        """Takes in what `node` has committed since, and checks what can be checked now."""
        self.committed.take(node)
        new = itertools.islice(self.committed.transactions.items(), self.applied, None)
        for one, height in list(new):
            self.apply(self.transfers[one], height)
        with self.lock:
            due = [claim for claim in self.claims if claim[0] <= self.committed.read_up_to]
            self.claims = [claim for claim in self.claims if claim[0] > self.committed.read_up_to]
        for height, check, *claim in due:
            check(height, *claim)
            self.checked += 1

    def apply(self, transfer, height):
        nonce, balance = transfer.wallet.history[-1][1:]
        assert transfer.nonce == nonce, "a nonce was passed over or used twice"
        cost = transfer.amount + transfers.FEE_UNITS
        assert balance >= cost
        transfer.wallet.change(height, 1, -cost)
        transfer.recipient.change(height, 0, transfer.amount)
        self.applied += 1

    def check_block(self, height, node_index, block_id, state_root):
        if height > 0:
            block = self.committed.blocks[height]
            assert (block_id, state_root) == (block["id"], block["state_root"]), \
                f"validator {node_index} had another block at height {height}"

    @staticmethod
    def check_account(height, node_index, wallet, nonce, balance):
        assert (nonce, balance) == wallet.at(height), \
            f"validator {node_index} read (nonce, balance) {(nonce, balance)} of account " \
            f"{wallet.index} at height {height}, where it was {wallet.at(height)}"

    def check_transfer(self, height, node_index, transfer):
        assert self.committed.transactions.get(transfer.id) == height, \
            f"validator {node_index} reported 0x{transfer.id.hex()} committed at height {height}"

    def check_record(self, node):
        """Of a process that has just died, whatever it was doing (D6)."""
        now = node.signer_record()
        if self.records is not None:
            check_signed_views([(self.records[node.index], now)], [])
            self.records[node.index] = now

    def check_chains(self):
        """All nodes are up and whole: they agree on everything since the last time, and have not
        signed what they have no record of."""
        self.follow(self.net.nodes[0])
        self.net.wait_for_height(self.committed.read_up_to)
        check_every_block_everywhere(self.net, self.committed, self.compared_up_to)
        now = [node.signer_record() for node in self.net.nodes]
        check_signed_views(list(zip(self.records or now, now)),
                           [self.committed.blocks[height] for height
                            in range(self.compared_up_to + 1, self.committed.read_up_to + 1)])
        self.records = now
        self.compared_up_to = self.committed.read_up_to
        check_no_evidence(self.net)
        for node in self.net.nodes:
            assert node.status()["signing"] is True

    def check_all(self):
        """At the end, when the clients have stopped: also what was checked before, once more."""
        settle(self.net, self.committed)
        self.check_chains()
        assert not self.claims, f"lost: {self.claims[0]}"
        check_every_block_everywhere(self.net, self.committed)
        check_balances(self.net, self.wallets, self.committed)
        for wallet in self.wallets:
            for node in self.net.nodes:
                assert self.ask_account(node, wallet)
        self.follow(self.net.nodes[0])


# -- the clients ---------------------------------------------------------------------------------


class Client:
    """A thread that sends for its wallets and asks, until stop(). What is not committed is sent
    again, to whichever node: those that had it may have died."""

    def __init__(self, truth, wallets, seed):
        self.truth, self.wallets = truth, wallets
        self.random = random.Random(seed)
        self.stopping = threading.Event()
        self.error = None
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        try:
            while not self.stopping.wait(self.random.uniform(0, 0.1)):
                self.turn()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error  # raised again by stop()

    def check(self):
        if self.error is not None:
            raise self.error

    def any_node(self):
        return self.random.choice(self.truth.net.nodes)

    def turn(self):
        wallet = self.random.choice(self.wallets)
        self.truth.ask_account(self.any_node(), wallet)
        while len(wallet.transfers) < wallet.committed_nonce + WINDOW:
            self.make_transfer(wallet)
        self.send(wallet)
        recent = wallet.transfers[max(0, wallet.committed_nonce - WINDOW):]
        self.truth.ask_transfer(self.any_node(),
                                self.random.choice(self.random.choice(recent)))
        self.truth.ask_status(self.any_node())

    def make_transfer(self, wallet):
        nonce, made = len(wallet.transfers), []
        for _ in range(2 if self.random.random() < TWICE else 1):
            recipient = self.random.choice(self.truth.wallets)
            amount = self.random.randint(1, AMOUNT_MAX)
            wallet.nonce = nonce
            data = wallet.transfer(self.truth.net.chain_id, recipient.address, amount)
            made.append(Transfer(wallet, recipient, nonce, amount, data))
            self.truth.transfers[made[-1].id] = made[-1]
        wallet.transfers.append(made)

    def send(self, wallet):
        waiting = wallet.transfers[wallet.committed_nonce:]
        try:
            self.any_node().submit([self.random.choice(same).data for same in waiting],
                                   ASK_TIMEOUT_S)
        except http.client.HTTPException:
            pass

    def finish(self):
        """Sends what is left until all of it is committed."""
        for wallet in self.wallets:
            def is_done(wallet=wallet):
                self.send(wallet)
                self.truth.ask_account(self.any_node(), wallet)
                return wallet.committed_nonce == len(wallet.transfers)

            cluster.wait_for(f"all transfers of account {wallet.index} are committed", is_done)


class Clients:
    """`with Clients(truth, seed):` has them at work; after it all they sent is committed."""

    def __init__(self, truth, seed, count=4):
        self.truth = truth
        self.clients = [Client(truth, truth.wallets[i::count], f"{seed} {i}")
                        for i in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, error_type, *_):
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.thread.join()
        if error_type is None:
            self.check()
            for client in self.clients:
                client.finish()

    def check(self):
        for client in self.clients:
            client.check()
