/* hs_peer_table: who may be here, by number: what a transport keeps of set_peers.
 *
 * A list that is refused leaves the table as it was, so a transport makes the new table first,
 * compares it with the old one, number by number, and then takes its place.
 */
#ifndef HS_NETWORK_PEER_TABLE_H
#define HS_NETWORK_PEER_TABLE_H

#include <hotstuff/consensus_network.h>

struct hs_peer_entry {
    bool used;
    struct hs_ed25519_public_key key;
};

struct hs_peer_table {
    struct hs_peer_entry entries[HS_PEERS_MAX]; /* by number */
    uint32_t end;                               /* every number in use is below it */
};

/* The table of a list, without the own keys. HS_OK, HS_FULL or HS_INVALID_ARGUMENT as set_peers says. */
HS_MUST_CHECK enum hs_status hs_peer_table_make(struct hs_peer_table *table,
                                                const struct hs_ed25519_public_key own_keys[],
                                                uint32_t own_key_count,
                                                const struct hs_peer peers[], size_t count);

/* The place of a key among the own ones; `own_key_count`: it is none. */
uint32_t hs_own_key_find(const struct hs_ed25519_public_key own_keys[], uint32_t own_key_count,
                         const struct hs_ed25519_public_key *key);

/* The number of a key; HS_PEERS_MAX when nobody here has it. */
uint32_t hs_peer_table_find(const struct hs_peer_table *table,
                            const struct hs_ed25519_public_key *key);

/* Whether the key has this number. */
bool hs_peer_table_holds(const struct hs_peer_table *table, uint32_t number,
                         const struct hs_ed25519_public_key *key);

#endif
