#!/usr/bin/env python3
"""Writes wire.json beside this file, and the seeds of the fuzz targets that read the same bytes.

It is a second implementation of docs/wire.md, made from that page and sharing nothing with the
C code: struct packs the fields, hashlib hashes, and Ed25519 is RFC 8032 in plain integers. What
the values are does not matter, so they come from a hash; a run always writes the same files.
BLS signatures are bytes in canonical form and verify under nothing.

usage: tests/vectors/make_wire_vectors.py
"""

import hashlib
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "..", "..", "fuzz", "corpus")

# -- values ----------------------------------------------------------------------------------


class Draw:
    """Bytes and numbers that follow from a name."""

    def __init__(self, name):
        self.name = name.encode()
        self.count = 0

    def bytes(self, size):
        out = b""
        while len(out) < size:
            self.count += 1
            out += hashlib.sha512(self.name + struct.pack("<I", self.count)).digest()
        return out[:size]

    def u64(self):
        return struct.unpack("<Q", self.bytes(8))[0]

    def below(self, bound):
        return self.u64() % bound

    def signature(self):
        """Compressed, of either sign, not infinity, both coordinates below the modulus."""
        raw = bytearray(self.bytes(96))
        raw[0] = 0x80 | raw[0] & 0x20
        raw[48] = 0
        return bytes(raw)

    def signers(self, validator_count):
        chosen = [i for i in range(validator_count) if self.below(3) > 0]
        return chosen or [self.below(validator_count)]


# -- Ed25519 (RFC 8032, section 5.1) ------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BASE_Y = 4 * pow(5, P - 2, P) % P


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 != sign else x


BASE = (x_of(BASE_Y, 0), BASE_Y)


def add(a, b):
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, P - 2, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, P - 2, P) % P
    return (x, y)


def multiply(point, scalar):
    result = (0, 1)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def compress(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & (1 << 254) - 8 | 1 << 254, digest[32:]


def ed25519_public_key(seed):
    return compress(multiply(BASE, expand(seed)[0]))


def ed25519_sign(seed, message):
    scalar, prefix = expand(seed)
    public_key = ed25519_public_key(seed)
    nonce = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    point = compress(multiply(BASE, nonce))
    challenge = int.from_bytes(hashlib.sha512(point + public_key + message).digest(), "little") % L
    return point + ((nonce + challenge * scalar) % L).to_bytes(32, "little")


def check_ed25519():
    """RFC 8032, section 7.1, test 2: the implementation above is what it says."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    assert ed25519_public_key(seed).hex() == (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    assert ed25519_sign(seed, b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")


# -- hashes ---------------------------------------------------------------------------------------


def tagged_hash(tag, data):
    return hashlib.sha256(bytes([len(tag)]) + tag.encode() + data).digest()


def merkle_root(leaves):
    if not leaves:
        return tagged_hash("hotstuff/merkle-leaf", b"")
    if len(leaves) == 1:
        return tagged_hash("hotstuff/merkle-leaf", leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return tagged_hash("hotstuff/merkle-node",
                       merkle_root(leaves[:split]) + merkle_root(leaves[split:]))


# -- encodings (docs/wire.md) ---------------------------------------------------------------------


def u8(value):
    return struct.pack("<B", value)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def bitmap(signers, n):
    return sum(1 << i for i in signers).to_bytes((n + 7) // 8, "little")


def statement(tag, chain_id, epoch, fields):
    return u8(len(tag)) + tag.encode() + chain_id + u64(epoch) + fields


def qc(value, n):
    return (u64(value["epoch"]) + u64(value["view"]) + value["block_id"]
            + bitmap(value["signers"], n) + value["aggregate"])


def tc(value, n):
    out = u64(value["epoch"]) + u64(value["view"]) + qc(value["high_qc"], n)
    out += u32(len(value["groups"]))
    for group in value["groups"]:
        out += u64(group["high_qc_view"]) + bitmap(group["signers"], n) + group["aggregate"]
    return out


def optional(value, encode, n):
    return u8(0) if value is None else u8(1) + encode(value, n)


def signature(value, _):
    return value


def vote(value, _=0):
    return (u64(value["epoch"]) + u64(value["view"]) + value["block_id"] + u32(value["voter"])
            + value["signature"])


def header(value, n):
    return (u16(1) + value["chain_id"] + u64(value["epoch"]) + u64(value["view"])
            + u64(value["height"]) + value["parent_id"] + qc(value["justify"], n)
            + value["payload_root"] + u32(value["payload_bytes"])
            + u32(value["transaction_count"]) + value["state_root"] + u32(value["proposer"])
            + u32(len(value["vrf_proof"])) + value["vrf_proof"] + u64(value["timestamp_ms"])
            + u64(value["base_fee"]))


def block(value, n):
    return header(value["header"], n) + value["payload"]


def last_vote(value, _):
    return u64(value["view"]) + value["block_id"] + value["signature"]


def sized(transactions):
    return b"".join(u32(len(item)) + item for item in transactions)


def message(value, n):
    kind = value["type"]
    if kind == "proposal":
        return u8(1) + block(value, n) + value["leader_vote"] + optional(value["tc"], tc, n)
    if kind == "vote":
        return u8(2) + vote(value["vote"])
    if kind == "qc":
        return u8(3) + qc(value["qc"], n) + optional(value["next_proof"], signature, n)
    if kind == "view_change":
        return (u8(4) + u64(value["epoch"]) + u64(value["view"]) + qc(value["high_qc"], n)
                + u32(value["author"]) + value["signature"]
                + optional(value["last_vote"], last_vote, n) + optional(value["tc"], tc, n))
    if kind == "status":
        return u8(5) + qc(value["high_qc"], n) + optional(value["tc"], tc, n)
    if kind == "block_request":
        return u8(6) + value["block_id"]
    if kind == "block_response":
        return u8(7) + value["block_id"] + optional(value["block"], block, n)
    if kind == "range_request":
        return u8(8) + u64(value["epoch"]) + u64(value["from_height"])
    if kind == "range_response":
        return (u8(9) + u32(len(value["blocks"])) + b"".join(block(b, n) for b in value["blocks"])
                + optional(value["qc"], qc, n))
    if kind == "transactions":
        return u8(10) + u32(len(value["transactions"])) + sized(value["transactions"])
    raise ValueError(kind)


def safety_record(value, n):
    return (u16(1) + u64(value["sequence"]) + u64(value["epoch"]) + u64(value["last_voted_view"])
            + u64(value["locked_view"]) + u64(value["vote_view"]) + value["vote_block_id"]
            + u64(value["view_change_view"]) + u64(value["view_change_high_qc_view"])
            + qc(value["high_qc"], n) + optional(value["tc"], tc, n))


TRANSACTION_TYPES = {"transfer": 1, "commit": 2, "reveal": 3, "register": 4, "stake": 5,
                     "unstake": 6, "rotate": 7, "leave": 8, "unjail": 9, "evidence": 10}


def inner(value):
    return u8(1) + value["recipient"] + u64(value["amount"])


def validator_keys(value):
    return (value["bls_public_key"] + value["possession"] + value["network_key"]
            + value["fee_recipient"])


def address(value):
    return u8(len(value["address"])) + value["address"].encode("ascii")


def transaction_body(value):
    kind = value["type"]
    if kind == "transfer":
        return value["recipient"] + u64(value["amount"])
    if kind == "commit":
        return value["commitment"]
    if kind == "reveal":
        return (u64(value["commit_height"]) + u32(value["commit_index"]) + value["salt"]
                + inner(value))
    if kind == "register":
        return validator_keys(value) + u64(value["stake"]) + address(value)
    if kind in ("stake", "unstake"):
        return u64(value["amount"])
    if kind == "rotate":
        return validator_keys(value) + address(value)
    if kind in ("leave", "unjail"):
        return b""
    if kind == "evidence":
        return (value["bls_public_key"] + u64(value["epoch"]) + u64(value["view"])
                + value["block_id"] + value["vote_signature"] + value["other_block_id"]
                + value["other_vote_signature"])
    raise ValueError(kind)


def transaction_signed(value):
    """All but the signature."""
    return (u8(1) + u8(TRANSACTION_TYPES[value["type"]]) + value["chain_id"] + value["sender"]
            + u64(value["nonce"]) + transaction_body(value) + u64(value["max_fee"])
            + u64(value["max_tip"]))


def transaction_message(value):
    return b"hotstuff/transaction" + value["chain_id"] + u64(0) + transaction_signed(value)


def commitment(reveal, commit_nonce):
    return tagged_hash("hotstuff/commitment", reveal["chain_id"] + reveal["sender"]
                       + u64(commit_nonce) + reveal["salt"] + inner(reveal))


# -- random values of the right form ------------------------------------------------------------------


def some_qc(draw, epoch, view, n):
    if view == 0:
        return {"epoch": epoch, "view": 0, "block_id": draw.bytes(32), "signers": [],
                "aggregate": bytes(96)}
    return {"epoch": epoch, "view": view, "block_id": draw.bytes(32), "signers": draw.signers(n),
            "aggregate": draw.signature()}


def some_tc(draw, epoch, view, n, group_count):
    top = view - 1 - draw.below(2) % view
    group_count = min(group_count, n, top + 1)
    members = [[] for _ in range(group_count)]
    for i in range(n):
        members[i % group_count if i < group_count else draw.below(group_count)].append(i)
    groups = [{"high_qc_view": top - i, "signers": members[i], "aggregate": draw.signature()}
              for i in range(group_count)]
    return {"epoch": epoch, "view": view, "high_qc": some_qc(draw, epoch, top, n),
            "groups": groups}


def some_vote(draw, n):
    return {"epoch": draw.u64(), "view": draw.u64() | 1, "block_id": draw.bytes(32),
            "voter": draw.below(n), "signature": draw.signature()}


def some_block(draw, n, justify_view, payload_size, with_vrf):
    epoch = draw.u64()
    return {
        "header": {
            "chain_id": draw.bytes(32), "epoch": epoch, "view": draw.u64(), "height": draw.u64(),
            "parent_id": draw.bytes(32), "justify": some_qc(draw, epoch, justify_view, n),
            "payload_root": draw.bytes(32), "payload_bytes": payload_size,
            "transaction_count": draw.below(10001), "state_root": draw.bytes(32),
            "proposer": draw.below(n), "vrf_proof": draw.signature() if with_vrf else b"",
            "timestamp_ms": draw.u64(), "base_fee": draw.u64(),
        },
        "payload": draw.bytes(payload_size),
    }


def some_messages(draw, n):
    with_tc = some_block(draw, n, 7, 50, True)
    without_tc = some_block(draw, n, 0, 0, False)
    vote_now = {"view": 9, "block_id": draw.bytes(32), "signature": draw.signature()}
    epoch = draw.u64()
    return [
        {"type": "proposal", **with_tc, "leader_vote": draw.signature(),
         "tc": some_tc(draw, draw.u64(), 11, n, 3)},
        {"type": "proposal", **without_tc, "leader_vote": draw.signature(), "tc": None},
        {"type": "vote", "vote": some_vote(draw, n)},
        {"type": "qc", "qc": some_qc(draw, draw.u64(), draw.u64() | 1, n),
         "next_proof": draw.signature()},
        {"type": "qc", "qc": some_qc(draw, draw.u64(), 0, n), "next_proof": None},
        {"type": "view_change", "epoch": epoch, "view": 9, "high_qc": some_qc(draw, epoch, 8, n),
         "author": draw.below(n), "signature": draw.signature(), "last_vote": vote_now,
         "tc": None},
        {"type": "view_change", "epoch": epoch, "view": 9, "high_qc": some_qc(draw, epoch, 3, n),
         "author": draw.below(n), "signature": draw.signature(), "last_vote": None,
         "tc": some_tc(draw, epoch, 8, n, 2)},
        {"type": "status", "high_qc": some_qc(draw, epoch, 5, n), "tc": None},
        {"type": "status", "high_qc": some_qc(draw, epoch, 5, n),
         "tc": some_tc(draw, epoch, 6, n, 1)},
        {"type": "block_request", "block_id": draw.bytes(32)},
        {"type": "block_response", "block_id": draw.bytes(32), "block": None},
        {"type": "block_response", "block_id": draw.bytes(32),
         "block": some_block(draw, n, 2, 33, False)},
        {"type": "range_request", "epoch": epoch, "from_height": draw.u64()},
        {"type": "range_response", "blocks": [], "qc": None},
        {"type": "range_response",
         "blocks": [some_block(draw, n, 2, 10, False), some_block(draw, n, 3, 0, True)],
         "qc": some_qc(draw, draw.u64(), 4, n)},
        {"type": "transactions", "transactions": [draw.bytes(1), draw.bytes(194)]},
    ]


def some_safety_record(draw, n, with_tc):
    epoch = draw.u64()
    return {
        "sequence": draw.u64(), "epoch": epoch, "last_voted_view": draw.u64(),
        "locked_view": draw.u64(), "vote_view": draw.u64(), "vote_block_id": draw.bytes(32),
        "view_change_view": draw.u64(), "view_change_high_qc_view": draw.u64(),
        "high_qc": some_qc(draw, epoch, draw.u64() | 1 if with_tc else 0, n),
        "tc": some_tc(draw, epoch, 12, n, 4) if with_tc else None,
    }


def some_validator_keys(draw):
    return {"bls_public_key": draw.bytes(48), "possession": draw.signature(),
            "network_key": draw.bytes(32), "fee_recipient": draw.bytes(32)}


def some_address(size):
    return ("validator-with-a-long-name.of-a-host.example" + ":26656" * 8)[-size:]


def some_body(draw, kind, address_size):
    if kind == "transfer":
        return {"recipient": draw.bytes(32), "amount": draw.u64()}
    if kind == "commit":
        return {"commitment": draw.bytes(32)}
    if kind == "reveal":
        return {"commit_height": draw.u64(), "commit_index": draw.below(2**32),
                "salt": draw.bytes(32), "recipient": draw.bytes(32), "amount": draw.u64()}
    if kind == "register":
        return {**some_validator_keys(draw), "stake": draw.u64(),
                "address": some_address(address_size)}
    if kind in ("stake", "unstake"):
        return {"amount": draw.u64()}
    if kind == "rotate":
        return {**some_validator_keys(draw), "address": some_address(address_size)}
    if kind == "evidence":
        ids = sorted([draw.bytes(32), draw.bytes(32)])
        return {"bls_public_key": draw.bytes(48), "epoch": draw.u64(), "view": draw.u64() | 1,
                "block_id": ids[0], "vote_signature": draw.signature(),
                "other_block_id": ids[1], "other_vote_signature": draw.signature()}
    return {}


def some_transaction(draw, kind="transfer", address_size=0):
    seed = draw.bytes(32)
    value = {
        "type": kind, "chain_id": draw.bytes(32), "sender": ed25519_public_key(seed),
        "nonce": draw.u64(), **some_body(draw, kind, address_size), "max_fee": draw.u64(),
        "max_tip": draw.u64(),
    }
    signed = transaction_message(value)
    value["signature"] = ed25519_sign(seed, signed)
    encoded = transaction_signed(value) + value["signature"]
    if kind == "reveal":
        value["commit_nonce"] = draw.u64()
        value["commitment"] = commitment(value, value["commit_nonce"])
    return {
        "seed": seed, **value, "message": signed, "bytes": encoded,
        "id": tagged_hash("hotstuff/transaction-id", encoded),
        "sender_address": tagged_hash("hotstuff/address", value["sender"]),
    }


def other_transactions():
    """Of each type but the transfer; where there is an address, of one character and of the most."""
    return [some_transaction(Draw(f"transaction {kind} {size}"), kind, size)
            for kind in TRANSACTION_TYPES if kind != "transfer"
            for size in ((1, 63) if kind in ("register", "rotate") else (0,))]


# -- the document ----------------------------------------------------------------------------------------


def statements(draw):
    chain_id, epoch, view = draw.bytes(32), draw.u64(), draw.u64()
    block_id, high_qc_view, randomness = draw.bytes(32), draw.u64(), draw.bytes(32)
    common = {"chain_id": chain_id, "epoch": epoch, "view": view}
    return [
        {"type": "vote", **common, "block_id": block_id,
         "bytes": statement("hotstuff/vote", chain_id, epoch, u64(view) + block_id)},
        {"type": "view_change", **common, "high_qc_view": high_qc_view,
         "bytes": statement("hotstuff/view-change", chain_id, epoch,
                            u64(view) + u64(high_qc_view))},
        {"type": "vrf", **common, "randomness": randomness,
         "bytes": statement("hotstuff/vrf", chain_id, epoch, u64(view) + randomness)},
    ]


def some_outputs(draw):
    proofs = [draw.signature() for _ in range(3)]
    return [{"proof": proof, "output": tagged_hash("hotstuff/vrf-output", proof)}
            for proof in proofs]


def some_epochs(draw):
    """Of none, one and several blocks; the randomness of the second epoch of a chain is a hash of
    the first one's."""
    epochs = []
    for block_count in (0, 1, 3):
        epoch, randomness = draw.u64() >> 1, draw.bytes(32)
        outputs = [draw.bytes(32) for _ in range(block_count)]
        mix = tagged_hash("hotstuff/randomness/begin", u64(epoch) + randomness)
        for output in outputs:
            mix = tagged_hash("hotstuff/randomness/add", mix + output)
        epochs.append({
            "epoch": epoch, "randomness": randomness, "outputs": outputs,
            "after": tagged_hash("hotstuff/randomness/end", u64(epoch + 2) + mix),
            "second": tagged_hash("hotstuff/randomness/genesis", u64(1) + randomness),
        })
    return epochs


def leader_of(randomness, view, weights):
    drawn = tagged_hash("hotstuff/leader", randomness + u64(view))
    left = int.from_bytes(drawn[:16], "little") * sum(weights) >> 128
    for index, weight in enumerate(weights):
        if left < weight:
            return index
        left -= weight
    raise ValueError("the place lies beyond all weights")


def some_leaders(draw):
    leaders = []
    for weights in ([1], [5, 1, 5, 1], [2**62 - 3, 1, 1], [draw.u64() >> 9 for _ in range(128)]):
        for _ in range(4):
            randomness, view = draw.bytes(32), draw.u64()
            leaders.append({"randomness": randomness, "view": view, "weights": weights,
                            "leader": leader_of(randomness, view, weights)})
    return leaders


def document():
    transactions = [some_transaction(Draw(f"transaction {i}")) for i in range(5)]
    ids = [item["id"] for item in transactions]
    messages, headers, records = [], [], []
    for n in (1, 4, 9, 128):
        for value in some_messages(Draw(f"messages {n}"), n):
            messages.append({"validator_count": n, **value, "bytes": message(value, n)})
        for justify_view in (0, 5):
            value = some_block(Draw(f"header {n}"), n, justify_view, 77, justify_view > 0)["header"]
            encoded = header(value, n)
            headers.append({"validator_count": n, **value, "bytes": encoded,
                            "id": tagged_hash("hotstuff/block", encoded)})
        for with_tc in (False, True):
            value = some_safety_record(Draw(f"record {n}"), n, with_tc)
            records.append({"validator_count": n, **value, "bytes": safety_record(value, n)})
    return {
        "statements": statements(Draw("statements")),
        "transactions": transactions + other_transactions(),
        "payloads": [
            {"transactions": [item["bytes"] for item in transactions[:count]],
             "bytes": sized(item["bytes"] for item in transactions[:count]),
             "root": merkle_root(ids[:count])}
            for count in range(len(transactions) + 1)
        ],
        "headers": headers,
        "messages": messages,
        "safety_records": records,
        "vrf_outputs": some_outputs(Draw("outputs")),
        "epochs": some_epochs(Draw("epochs")),
        "leaders": some_leaders(Draw("leaders")),
    }


SMALL_NUMBERS = {"validator_count", "voter", "author", "proposer", "payload_bytes",
                 "transaction_count", "commit_index", "leader"}


def plain(value, name=""):
    """For JSON: bytes as hex, counts and indexes as numbers, all that needs 64 bits as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, name) for item in value]
    if isinstance(value, int) and name not in SMALL_NUMBERS | {"signers"}:
        return str(value)
    return value


def write_seeds(name, inputs):
    folder = os.path.join(CORPUS, name)
    os.makedirs(folder, exist_ok=True)
    for index, data in enumerate(inputs):
        with open(os.path.join(folder, f"vector_{index:02}"), "wb") as seed:
            seed.write(data)


def main():
    check_ed25519()
    vectors = document()
    with open(os.path.join(HERE, "wire.json"), "w", encoding="ascii") as out:
        json.dump(plain(vectors), out, indent=1)
        out.write("\n")
    write_seeds("transaction", [value["bytes"] for value in vectors["transactions"]])
    # An input is the number of validators, less one, and then the bytes to decode.
    for name, key in (("message", "messages"), ("header", "headers"),
                      ("safety_record", "safety_records")):
        write_seeds(name, [u8(value["validator_count"] - 1) + value["bytes"]
                           for value in vectors[key]])


if __name__ == "__main__":
    main()
