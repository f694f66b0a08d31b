#include "network/peer_table.h"

#include <string.h>

static bool is_same(const struct hs_ed25519_public_key *a, const struct hs_ed25519_public_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Whether this place of a list has a number in range, and neither number nor key of an earlier one. */
static bool is_in_order(const struct hs_peer peers[], size_t place)
{
    bool ok = peers[place].number < HS_PEERS_MAX;
    for (size_t i = 0; i < place; i++) {
        ok = ok && peers[i].number != peers[place].number &&
             !is_same(&peers[i].key, &peers[place].key);
    }
    return ok;
}

uint32_t hs_own_key_find(const struct hs_ed25519_public_key own_keys[], uint32_t own_key_count,
                         const struct hs_ed25519_public_key *key)
{
    uint32_t place = 0;
    while (place < own_key_count && !is_same(&own_keys[place], key)) {
        place++;
    }
    return place;
}

enum hs_status hs_peer_table_make(struct hs_peer_table *table,
                                  const struct hs_ed25519_public_key own_keys[],
                                  uint32_t own_key_count, const struct hs_peer peers[],
                                  size_t count)
{
    if (count > HS_PEERS_MAX) {
        return HS_FULL;
    }
    memset(table, 0, sizeof *table);
    for (size_t i = 0; i < count; i++) {
        const struct hs_peer *peer = &peers[i];
        if (!is_in_order(peers, i)) {
            return HS_INVALID_ARGUMENT;
        }
        if (hs_own_key_find(own_keys, own_key_count, &peer->key) == own_key_count) {
            table->entries[peer->number] = (struct hs_peer_entry){.used = true, .key = peer->key};
            table->end = peer->number < table->end ? table->end : peer->number + 1;
        }
    }
    return HS_OK;
}

uint32_t hs_peer_table_find(const struct hs_peer_table *table,
                            const struct hs_ed25519_public_key *key)
{
    for (uint32_t number = 0; number < table->end; number++) {
        if (hs_peer_table_holds(table, number, key)) {
            return number;
        }
    }
    return HS_PEERS_MAX;
}

bool hs_peer_table_holds(const struct hs_peer_table *table, uint32_t number,
                         const struct hs_ed25519_public_key *key)
{
    return number < table->end && table->entries[number].used &&
           is_same(&table->entries[number].key, key);
}
