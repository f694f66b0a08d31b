/* The plain structs of the protocol: what is signed, voted for and certified.
 *
 * Distinct structs for what must not be mixed (a block id is not a state root).
 * Nothing here owns memory except where a size stands beside a pointer, and then
 * the comment says whose it is. The bytes of each are in docs/wire.md.
 */
#ifndef HOTSTUFF_TYPES_H
#define HOTSTUFF_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hotstuff/limits.h>

#define HS_HASH_BYTES               32u
#define HS_BLS_PUBLIC_KEY_BYTES     48u
#define HS_BLS_SIGNATURE_BYTES      96u
#define HS_ED25519_PUBLIC_KEY_BYTES 32u
#define HS_ED25519_SIGNATURE_BYTES  64u
#define HS_ADDRESS_BYTES            32u

/* SHA-256 of the genesis document: nothing signed replays across chains. */
struct hs_chain_id {
    uint8_t bytes[HS_HASH_BYTES];
};
struct hs_block_id {
    uint8_t bytes[HS_HASH_BYTES];
};
struct hs_state_root {
    uint8_t bytes[HS_HASH_BYTES];
};
struct hs_payload_root {
    uint8_t bytes[HS_HASH_BYTES];
};
struct hs_transaction_id {
    uint8_t bytes[HS_HASH_BYTES];
};
struct hs_address {
    uint8_t bytes[HS_ADDRESS_BYTES];
};
/* A compressed point of G1 / G2, canonical and not infinity. */
struct hs_bls_public_key {
    uint8_t bytes[HS_BLS_PUBLIC_KEY_BYTES];
};
struct hs_bls_signature {
    uint8_t bytes[HS_BLS_SIGNATURE_BYTES];
};
struct hs_ed25519_public_key {
    uint8_t bytes[HS_ED25519_PUBLIC_KEY_BYTES];
};
struct hs_ed25519_signature {
    uint8_t bytes[HS_ED25519_SIGNATURE_BYTES];
};
/* Where a validator is dialed: "host:port", ended by zero bytes; empty: nowhere. One that a
 * transaction holds has 1 .. HS_DIAL_ADDRESS_BYTES_MAX printable ASCII characters without spaces;
 * no more of its form is promised. */
struct hs_dial_address {
    char text[HS_DIAL_ADDRESS_BYTES_MAX + 1u];
};
/* What a leader's VRF proof comes to: random to all until the proof is shown (P3). */
struct hs_vrf_output {
    uint8_t bytes[HS_HASH_BYTES];
};
/* The smallest unit of the chain's coin. */
struct hs_amount {
    uint64_t units;
};

/* Bytes that somebody else owns. */
struct hs_bytes {
    const uint8_t *data;
    size_t size;
};

/* Validators by index: bit i is bit (i mod 8) of byte i / 8. Bits at or above
 * the size of the set are zero. */
struct hs_bitmap {
    uint8_t bytes[HS_BITMAP_BYTES_MAX];
};

/* Quorum certificate: quorum of votes for one block. The certificate of view 0
 * has no signers and an all-zero aggregate (protocol section 1). */
struct hs_qc {
    uint64_t epoch;
    uint64_t view;
    struct hs_block_id block_id;
    struct hs_bitmap signers;
    struct hs_bls_signature aggregate;
};

/* The signers of a timeout certificate that named one high_qc_view. */
struct hs_tc_group {
    uint64_t high_qc_view;
    struct hs_bitmap signers;
    struct hs_bls_signature aggregate;
};

/* Timeout certificate: quorum of view changes of one view, by the high_qc_view
 * they signed, in strictly descending order. */
struct hs_tc {
    uint64_t epoch;
    uint64_t view;
    struct hs_qc high_qc;
    uint32_t group_count;
    struct hs_tc_group groups[HS_VALIDATORS_MAX];
};

struct hs_block_header {
    uint16_t version;
    struct hs_chain_id chain_id;
    uint64_t epoch;
    uint64_t view;
    uint64_t height;
    struct hs_block_id parent_id;
    struct hs_qc justify;
    struct hs_payload_root payload_root;
    uint32_t payload_bytes;
    uint32_t transaction_count;
    struct hs_state_root state_root;
    uint32_t proposer; /* index in the epoch's validator set */
    uint32_t vrf_proof_bytes;
    uint8_t vrf_proof[HS_VRF_PROOF_BYTES_MAX];
    uint64_t timestamp_ms; /* Unix time; greater than the parent's, nothing else reads it */
    struct hs_amount base_fee;
};

/* A header with its id: the hash of the header's bytes. */
struct hs_block {
    struct hs_block_id id;
    struct hs_block_header header;
};

/* A leader's VRF proof for its view, as its block carries it (P3). */
struct hs_leader_proof {
    uint64_t epoch;
    uint64_t view;
    uint32_t leader;
    struct hs_bls_signature signature;
};

struct hs_vote {
    uint64_t epoch;
    uint64_t view;
    struct hs_block_id block_id;
    uint32_t voter;
    struct hs_bls_signature signature;
};

/* What a validator says when its timer runs out. The certificate of entry travels
 * with it (L6): `tc` is present exactly when high_qc.view + 1 < view. */
struct hs_view_change {
    uint64_t epoch;
    uint64_t view;
    struct hs_qc high_qc;
    uint32_t author;
    struct hs_bls_signature signature;
    bool has_last_vote;
    struct hs_vote last_vote; /* its voter is `author` */
};

struct hs_validator {
    struct hs_bls_public_key bls_public_key; /* proof of possession checked */
    struct hs_ed25519_public_key network_key;
    struct hs_address fee_recipient;
    uint64_t weight; /* > 0 */
};

/* The validators of one epoch, by index. */
struct hs_validator_set {
    uint64_t epoch;
    uint32_t count;
    uint64_t weight_total;
    struct hs_validator validators[HS_VALIDATORS_MAX];
};

/* What this validator must never forget (D1). All of it is on disk before the
 * signature that it allows leaves the process. */
struct hs_safety_record {
    uint64_t sequence; /* counts the records written; the higher one is current */
    uint64_t epoch;
    uint64_t last_voted_view;
    uint64_t locked_view;
    /* The last vote and view change as they were signed; view 0: none yet. */
    uint64_t vote_view;
    struct hs_block_id vote_block_id;
    uint64_t view_change_view;
    uint64_t view_change_high_qc_view;
    struct hs_qc high_qc;
    bool has_tc;
    struct hs_tc tc;
};

#endif
