/* hs_signing_history: what goes along with a validator that moves to another home (D5).
 *
 * A validator whose keys go on without the records of what they signed may sign twice. So its owner
 * takes the records along, as far as they forbid something: the maxima, for each key. They fit a
 * page, no certificate is among them, and taken in they can only forbid more.
 *
 *     {
 *       "format": "hotstuff-signing-history", "version": 1,
 *       "chain_id": "0x...",
 *       "keys": [
 *         {"public_key": "0x...", "epoch": 7, "last_voted_view": 41, "locked_view": 39}
 *       ]
 *     }
 *
 * `public_key` is the key's that votes. It has signed nothing in an epoch after `epoch`, and in
 * that one no vote or view change in a view after `last_voted_view`, with no lock above
 * `locked_view` (S4). A home has one record for all its keys, so all keys of one export have the
 * same maxima.
 */
#ifndef HS_NODE_SIGNING_HISTORY_H
#define HS_NODE_SIGNING_HISTORY_H

#include "node/record_recovery.h"

struct hs_signing_history {
    struct hs_chain_id chain_id;
    uint32_t key_count; /* 1 to HS_HISTORY_KEYS_MAX, no two alike */
    struct {
        struct hs_bls_public_key public_key;
        struct hs_signed_maxima maxima;
    } keys[HS_HISTORY_KEYS_MAX];
};

struct hs_signing_history_error {
    char text[256];
};

/* The text, with a newline at its end, for free(). NULL when there is no memory. */
char *hs_signing_history_write(const struct hs_signing_history *history);

/* Reads a text of at most HS_HISTORY_BYTES_MAX. HS_MALFORMED, or HS_INVALID_ARGUMENT for a number
 * that no validator can have come to; `error` says where and what. */
HS_MUST_CHECK enum hs_status hs_signing_history_parse(struct hs_signing_history *history,
                                                      struct hs_bytes text,
                                                      struct hs_signing_history_error *error);

/* What it says of any of these keys, taken together. False: it says nothing of them. */
bool hs_signing_history_of(struct hs_signed_maxima *maxima,
                           const struct hs_signing_history *history,
                           const struct hs_bls_public_key keys[], uint32_t key_count);

#endif
