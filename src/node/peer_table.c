/* Who may be here: the table of peers, and what the network is told of it.
 *
 * Where the set never changes it is the configured one, a validator's index being its number. Else it
 * is made anew when an epoch begins: the members of this epoch; those of the next, who come to know
 * the chain before their time; and those of the one before, who may miss its end. What has no room
 * beyond HS_PEERS_MAX, the last of these first, is not connected.
 *
 * A peer keeps its number as long as it stays. A new one gets a number that was not used lately: what
 * the one before it sent may still be under way here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/node_internal.h"

static bool same_key(const struct hs_ed25519_public_key *a, const struct hs_ed25519_public_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static void set_address(struct hs_node_peer *peer, const char *address)
{
    if (address != NULL && address[0] != '\0') {
        snprintf(peer->address, sizeof(peer->address), "%s", address);
    }
}

/* -- what changes it ----------------------------------------------------------------------- */

static void count(struct hs_node *node)
{
    node->peer_count = 0;
    node->peer_end = 0;
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        if (node->peers[i].used) {
            node->peer_count++;
            node->peer_end = i + 1;
        }
    }
}

void hs_peers_init(struct hs_node *node)
{
    const struct hs_validator_set *validators = node->config.validators;
    const char *const *addresses = node->config.addresses;
    for (uint32_t i = 0; i < validators->count && i < HS_VALIDATORS_MAX; i++) {
        node->peers[i] = (struct hs_node_peer){
            .used = true,
            .member = HS_VALIDATORS_MAX,
            .key = validators->validators[i].network_key,
        };
        set_address(&node->peers[i], addresses != NULL ? addresses[i] : NULL);
    }
    count(node);
}

static struct hs_node_peer *find(struct hs_node *node, const struct hs_ed25519_public_key *key)
{
    for (uint32_t i = 0; i < node->peer_end; i++) {
        if (node->peers[i].used && same_key(&node->peers[i].key, key)) {
            return &node->peers[i];
        }
    }
    return NULL;
}

static struct hs_node_peer *find_place(struct hs_node *node)
{
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        node->peer_next = (node->peer_next + 1) % HS_PEERS_MAX;
        if (!node->peers[node->peer_next].used) {
            return &node->peers[node->peer_next];
        }
    }
    return NULL;
}

/* Those of an epoch that are in the table stay. */
static void keep(struct hs_node *node, const struct hs_epoch *epoch)
{
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        struct hs_node_peer *peer = find(node, &epoch->validators.validators[i].network_key);
        if (peer != NULL) {
            peer->kept = true;
            set_address(peer, epoch->addresses[i].text);
        }
    }
}

/* The others of it come in, as far as there is room. */
static void add(struct hs_node *node, const struct hs_epoch *epoch)
{
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        const struct hs_ed25519_public_key *key = &epoch->validators.validators[i].network_key;
        struct hs_node_peer *place = find(node, key) == NULL ? find_place(node) : NULL;
        if (place != NULL) {
            *place = (struct hs_node_peer){
                .used = true, .kept = true, .member = HS_VALIDATORS_MAX, .key = *key};
            set_address(place, epoch->addresses[i].text);
            count(node);
        }
    }
}

static void drop_others(struct hs_node *node)
{
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        if (node->peers[i].used && !node->peers[i].kept) {
            node->peers[i] = (struct hs_node_peer){0};
        }
    }
    count(node);
}

/* -- an epoch begins ---------------------------------------------------------------------------- */

/* Does the state still, or already, say who is a member of an epoch beside this one? */
static bool look_up(struct hs_node *node, uint64_t number, struct hs_epoch *epoch)
{
    const struct hs_application *application = &node->application;
    return application->epoch(application->context, node->chain.committed_state, number, epoch) ==
           HS_OK;
}

void hs_peers_change(struct hs_node *node)
{
    struct hs_epoch *beside = calloc(2, sizeof(*beside));
    if (node->application.epoch == NULL || beside == NULL) {
        free(beside);
        return; /* who is here stays */
    }
    struct hs_epoch *next = &beside[0];
    struct hs_epoch *last = &beside[1];
    uint64_t number = hs_node_epoch_number(node);
    bool has_next = look_up(node, number + 1, next);
    bool has_last = number > 0 && look_up(node, number - 1, last);
    for (uint32_t i = 0; i < HS_PEERS_MAX; i++) {
        node->peers[i].kept = node->peers[i].member < HS_VALIDATORS_MAX; /* of the one before */
    }
    keep(node, &node->epoch->fixed);
    if (has_next) {
        keep(node, next);
    }
    if (has_last) {
        keep(node, last);
    }
    drop_others(node);
    add(node, &node->epoch->fixed);
    if (has_next) {
        add(node, next);
    }
    if (has_last) {
        add(node, last);
    }
    free(beside);
}

void hs_peers_tell_network(const struct hs_node *node)
{
    struct hs_peer peers[HS_PEERS_MAX];
    size_t peer_count = 0;
    for (uint32_t i = 0; i < node->peer_end; i++) {
        const struct hs_node_peer *peer = &node->peers[i];
        if (peer->used) {
            peers[peer_count++] = (struct hs_peer){
                .number = i,
                .key = peer->key,
                .address = peer->address[0] != '\0' ? peer->address : NULL,
            };
        }
    }
    /* No key is in the table twice. */
    HS_ASSERT(node->network->set_peers(node->network->context, peers, peer_count) == HS_OK);
}
