#!/usr/bin/env python3
"""The fee market once more, from docs/protocol.md (F1 .. F4, X2) and not from the code.

usage: fee_market.py PROGRAM BLOCKS [SEED]

Reads the blocks that PROGRAM (fee_blocks.c) draws and runs, computes each of them in Python's own
integers, and compares after every block: which transfers were valid, the block's base fee and the
next one, the burned total, every balance and every nonce. The first difference ends it. The last
line says how many blocks, how many transfers, and how long it took.
"""

import struct
import subprocess
import sys
import time

ACCOUNTS = 24
U64_MAX = 2**64 - 1
BASE_FEE_MAX = 2**43
BYTES_PER_GAS = 200

CHAIN = struct.Struct(f"<QQQ{ACCOUNTS}Q")
BLOCK = struct.Struct("<BQH")
TRANSFER = struct.Struct("<BBBHQQQQ")
OUTCOME = struct.Struct("<QQ")
ACCOUNT_STATES = struct.Struct(f"<{ACCOUNTS}Q{ACCOUNTS}Q")


class Difference(Exception):
    pass


class Chain:
    def __init__(self, base_fee, base_fee_min, gas_limit, *balances):
        self.base_fee, self.base_fee_min, self.gas_limit = base_fee, base_fee_min, gas_limit
        self.balances, self.nonces = list(balances), [0] * ACCOUNTS
        self.burned, self.supply = 0, sum(balances)

    def next_base_fee(self, gas_used):
        """F1"""
        target = self.gas_limit // 2
        change = self.base_fee * abs(gas_used - target) // target // 8
        moved = self.base_fee + change if gas_used > target else self.base_fee - change
        return min(max(moved, self.base_fee_min), BASE_FEE_MAX)

    def run(self, fee_recipient, transfers):
        """Applies the valid ones of the transfers, in order; says which those were."""
        balances, nonces = self.balances, self.nonces
        gas_used = 0
        valid = bytearray(len(transfers))
        for place, (sender, to, _, size, nonce, amount, max_fee, max_tip) in enumerate(transfers):
            gas = -(-size // BYTES_PER_GAS)
            burned = gas * self.base_fee
            if nonce != nonces[sender] or max_fee < burned:  # X2, F4
                continue
            if gas_used + gas > self.gas_limit:  # F2
                continue
            tip = min(max_tip, max_fee - burned)  # F4
            if amount + burned + tip > balances[sender]:
                continue
            balances[sender] -= amount + burned + tip
            balances[to] += amount
            balances[fee_recipient] += tip
            nonces[sender] += 1
            self.burned += burned
            gas_used += gas
            valid[place] = 1
        self.base_fee = self.next_base_fee(gas_used)
        return valid


def same(what, expected, found):
    if expected != found:
        raise Difference(f"{what}: the model has {expected}, the ledger {found}")


class Reader:
    def __init__(self, stream):
        self.stream = stream

    def take(self, layout):
        return layout.unpack(self.bytes(layout.size))

    def bytes(self, size):
        data = self.stream.read(size)
        if len(data) != size:
            raise Difference("the program ended in the middle of a block")
        return data


def check_block(chain, reader):
    """Returns how many transfers of the block were valid."""
    fee_recipient, base_fee, count = reader.take(BLOCK)
    transfers = list(TRANSFER.iter_unpack(reader.bytes(count * TRANSFER.size)))
    same("the block's base fee", chain.base_fee, base_fee)  # F3
    valid = chain.run(fee_recipient, transfers)
    same("valid transfers", bytes(valid), bytes(transfer[2] for transfer in transfers))
    next_base_fee, burned = reader.take(OUTCOME)
    same("the next base fee", chain.base_fee, next_base_fee)
    same("burned", chain.burned, burned)
    states = reader.bytes(ACCOUNT_STATES.size)
    if ACCOUNT_STATES.pack(*chain.balances, *chain.nonces) != states:
        same("balances and nonces", chain.balances + chain.nonces, list(ACCOUNT_STATES.unpack(states)))
    same("the supply", chain.supply, sum(chain.balances) + chain.burned)
    return sum(valid)


def compare(stream, block_count):
    reader, chain = Reader(stream), None
    blocks = transfers = chains = moved = 0
    lowest, highest, richest = U64_MAX, 0, 0
    while blocks < block_count:
        if reader.bytes(1) == b"C":
            chain = Chain(*reader.take(CHAIN))
            chains += 1
            continue
        before = chain.base_fee
        try:
            transfers += check_block(chain, reader)
        except Difference as difference:
            raise Difference(f"block {blocks}, chain {chains}: {difference}") from difference
        blocks += 1
        moved += chain.base_fee != before
        lowest, highest = min(lowest, chain.base_fee), max(highest, chain.base_fee)
        richest = max(richest, *chain.balances)
    # A run that never left the ordinary would prove little.
    if blocks >= 1000:
        same("the base fee was at its most", BASE_FEE_MAX, highest)
        same("the base fee was low", True, lowest < 100)
        same("a balance was near 2^64", True, richest > 2**62)
        same("the base fee moved often", True, moved > blocks // 4)
    return blocks, transfers, chains


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.split("\n\n")[1])
    block_count, seed = int(sys.argv[2]), sys.argv[3] if len(sys.argv) == 4 else "1"
    begun = time.monotonic()
    with subprocess.Popen([sys.argv[1], str(block_count), seed], stdout=subprocess.PIPE,
                          bufsize=1 << 20) as program:
        try:
            blocks, transfers, chains = compare(program.stdout, block_count)
        except Difference as difference:
            program.kill()
            sys.exit(str(difference))
    if program.returncode != 0:
        sys.exit(f"{sys.argv[1]}: exit status {program.returncode}")
    print(f"{blocks} blocks of {chains} chains, {transfers} transfers: base fee, burned total and "
          f"every balance as in the model; {time.monotonic() - begun:.1f} s")


if __name__ == "__main__":
    main()
