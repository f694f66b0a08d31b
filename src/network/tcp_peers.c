/* Who may be here, and by which key this side is known to them.
 *
 * Connections name their peer by its number, and a number can go to another key. So a peer that
 * leaves the table takes all that names it along: its connections, those that have not said
 * hello yet too, its timer, and what waits in the inbox.
 */
#include <string.h>

#include "base/assert.h"
#include "network/tcp_mesh.h"

/* -- who may be here --------------------------------------------------------- */

static void cut_off_pending(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_connection *older;
    for (struct hs_tcp_connection *connection = network->pending_newest; connection != NULL;
         connection = older) {
        older = connection->next;
        if (connection->peer == number) {
            hs_tcp_dial_cut_off(connection);
        }
    }
}

static void remove_peer(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    if (peer->connection != NULL) {
        hs_tcp_mesh_log(network, number, HS_TCP_LOG_DISCONNECTED,
                        "it is no longer in the list of peers");
    }
    cut_off_pending(network, number);
    hs_tcp_dial_cut_off(peer->connection);
    hs_tcp_dial_cut_off(peer->dialing);
    HS_ASSERT(uv_timer_stop(&peer->dial_timer) == 0);
    hs_tcp_inbox_forget(&network->inbox, number);
    peer->connection = NULL;
    peer->dialing = NULL;
    peer->is_dialed = false;
    peer->is_awaited = false;
    peer->plan = (struct hs_dial_plan){0};
    peer->kept_out_until_ms = 0;
    peer->counters = (struct hs_tcp_peer_counters){0};
    memset(peer->log_next_ms, 0, sizeof peer->log_next_ms);
}

/* Of each pair the lower key dials. */
static bool is_dialed(const struct hs_tcp_network *network, uint32_t number)
{
    const struct hs_ed25519_public_key *own = &network->own_keys[network->shown_key];
    return memcmp(own, &network->table.entries[number].key, sizeof *own) < 0;
}

static void renew_peer(struct hs_tcp_network *network, const struct hs_peer *listed)
{
    struct hs_tcp_peer *peer = &network->peers[listed->number];
    bool comes = listed->is_awaited && !peer->is_awaited;
    peer->is_dialed = is_dialed(network, listed->number);
    peer->is_awaited = listed->is_awaited;
    hs_tcp_dial_set_place(network, listed->number, HS_DIAL_OWNERS, listed->address);
    hs_tcp_dial_set_place(network, listed->number, HS_DIAL_CLAIMED, listed->claimed_address);
    if (comes) {
        hs_tcp_dial_hurry(network, listed->number);
    }
}

enum hs_status hs_tcp_mesh_set_peers(struct hs_tcp_network *network, const struct hs_peer peers[],
                                     size_t count)
{
    struct hs_peer_table table;
    enum hs_status status =
        hs_peer_table_make(&table, network->own_keys, network->own_key_count, peers, count);
    if (status != HS_OK) {
        return status;
    }
    for (uint32_t i = 0; i < network->table.end; i++) {
        const struct hs_peer_entry *entry = &network->table.entries[i];
        if (entry->used && !hs_peer_table_holds(&table, i, &entry->key)) {
            remove_peer(network, i);
        }
    }
    network->table = table;
    for (size_t i = 0; i < count; i++) {
        if (table.entries[peers[i].number].used) {
            renew_peer(network, &peers[i]);
        }
    }
    return HS_OK;
}

/* -- another key ------------------------------------------------------------- */

/* The other side knew this one by the key that is not shown any more. */
static void begin_anew(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    peer->is_dialed = is_dialed(network, number);
    if (peer->connection != NULL) {
        hs_tcp_connection_close(peer->connection, HS_STALE);
    }
    hs_tcp_dial_cut_off(peer->dialing);
    peer->dialing = NULL;
    HS_ASSERT(uv_timer_stop(&peer->dial_timer) == 0);
    hs_tcp_dial_hurry(network, number);
}

enum hs_status hs_tcp_mesh_use_identity(struct hs_tcp_network *network,
                                        const struct hs_ed25519_public_key *key)
{
    uint32_t place = hs_own_key_find(network->own_keys, network->own_key_count, key);
    if (place == network->own_key_count) {
        return HS_NOT_FOUND;
    }
    if (place == network->shown_key) {
        return HS_OK;
    }
    network->shown_key = place;
    network->owner.identity = network->identities[place];
    hs_log_event(network->log, HS_LOG_INFO, HS_LOG_NETWORK, "identity",
                 "key=%02x%02x%02x%02x why=\"the epoch's set knows this validator by it\"",
                 key->bytes[0], key->bytes[1], key->bytes[2], key->bytes[3]);
    while (network->pending_oldest != NULL) {
        hs_tcp_connection_close(network->pending_oldest, HS_UNREACHABLE);
    }
    for (uint32_t i = 0; i < network->table.end; i++) {
        if (network->table.entries[i].used) {
            begin_anew(network, i);
        }
    }
    return HS_OK;
}
