/* Who may be here: the table of peers, and what the network is told of it.
 *
 * It is made anew when an epoch begins, and soon after a block that may have registered somebody. In it
 * are, the first ones before the others when not all have room:
 *
 *     the members of this epoch
 *     those whom the owner of this node named: who comes back after all others went finds the chain by them
 *     the members of the next epoch, who come to know the chain before their time,
 *         and of the one before, who may miss its end
 *     who is here and shows a later epoch: of all others a node far behind may know nobody that still runs
 *     who is registered: it will be a member, or was one and serves those who come later
 *
 * Where the set never changes, those are the configured ones, a validator's index being its number.
 *
 * A peer keeps its number as long as it stays. A new one gets a number that was not used lately,
 * and is not blamed for what the one before it sent and is still under way here.
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

/* -- whom the owner named ------------------------------------------------------------------ */

static struct hs_named_peer *find_named(const struct hs_node *node,
                                        const struct hs_ed25519_public_key *key)
{
    for (uint32_t i = 0; i < node->named_count; i++) {
        if (same_key(&node->named[i].key, key)) {
            return &node->named[i];
        }
    }
    return NULL;
}

static struct hs_named_peer *name_peer(struct hs_node *node,
                                       const struct hs_ed25519_public_key *key, const char *address)
{
    struct hs_named_peer *named = find_named(node, key);
    if (named == NULL) {
        named = &node->named[node->named_count++];
        named->key = *key;
    }
    if (address != NULL && address[0] != '\0') {
        snprintf(named->address, sizeof(named->address), "%s", address);
    }
    return named;
}

/* NULL: the owner said nothing of it. */
static const char *named_address(const struct hs_node *node,
                                 const struct hs_ed25519_public_key *key)
{
    const struct hs_named_peer *named = find_named(node, key);
    return named != NULL && named->address[0] != '\0' ? named->address : NULL;
}

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

enum hs_status hs_peers_init(struct hs_node *node)
{
    const struct hs_validator_set *validators = node->config.validators;
    const char *const *addresses = node->config.addresses;
    node->named = calloc(HS_VALIDATORS_MAX + HS_KNOWN_PEERS_MAX, sizeof(node->named[0]));
    if (node->named == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    for (uint32_t i = 0; i < validators->count && i < HS_VALIDATORS_MAX; i++) {
        (void)name_peer(node, &validators->validators[i].network_key,
                        addresses != NULL ? addresses[i] : NULL);
    }
    for (uint32_t i = 0; i < node->config.known_count; i++) {
        const struct hs_contact *known = &node->config.known[i];
        name_peer(node, &known->key, known->address.text)->always = true;
    }
    for (uint32_t i = 0; i < node->named_count; i++) {
        node->peers[i] = (struct hs_node_peer){
            .used = true, .named = true, .member = HS_VALIDATORS_MAX, .key = node->named[i].key};
    }
    node->peer_next = node->named_count;
    count(node);
    return HS_OK;
}

/* -- who is wanted ------------------------------------------------------------------------- */

struct wanted_peer {
    struct hs_ed25519_public_key key;
    struct hs_dial_address claimed;
    bool votes;
    bool placed; /* in the table */
};

struct wanted {
    uint32_t count;
    struct wanted_peer peers[HS_PEERS_MAX];
    struct hs_epoch epoch;                    /* the one looked at */
    struct hs_contact contacts[HS_PEERS_MAX]; /* as many as could have room */
};

static struct wanted_peer *find_wanted(struct wanted *wanted,
                                       const struct hs_ed25519_public_key *key)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        if (same_key(&wanted->peers[i].key, key)) {
            return &wanted->peers[i];
        }
    }
    return NULL;
}

/* NULL: there is no room. A place named later is newer. */
static struct wanted_peer *want(struct wanted *wanted, const struct hs_ed25519_public_key *key,
                                const struct hs_dial_address *claimed)
{
    struct wanted_peer *peer = find_wanted(wanted, key);
    if (peer == NULL && wanted->count < HS_PEERS_MAX) {
        peer = &wanted->peers[wanted->count++];
        *peer = (struct wanted_peer){.key = *key};
    }
    if (peer != NULL && claimed != NULL && claimed->text[0] != '\0') {
        peer->claimed = *claimed;
    }
    return peer;
}

static void want_members(struct wanted *wanted, const struct hs_epoch *epoch, bool votes)
{
    for (uint32_t i = 0; i < epoch->validators.count; i++) {
        struct wanted_peer *peer =
            want(wanted, &epoch->validators.validators[i].network_key, &epoch->addresses[i]);
        if (peer != NULL) {
            peer->votes = peer->votes || votes;
        }
    }
}

static void want_named(const struct hs_node *node, struct wanted *wanted)
{
    for (uint32_t i = 0; i < node->named_count; i++) {
        if (node->named[i].always) {
            (void)want(wanted, &node->named[i].key, NULL);
        }
    }
}

/* Does the state still, or already, say who is a member of an epoch beside this one? */
static void want_members_of(const struct hs_node *node, struct wanted *wanted, uint64_t number,
                            bool votes)
{
    const struct hs_application *application = &node->application;
    if (application->epoch != NULL &&
        application->epoch(application->context, node->chain.committed_state, number,
                           &wanted->epoch) == HS_OK) {
        want_members(wanted, &wanted->epoch, votes);
    }
}

static void want_who_is_ahead(const struct hs_node *node, struct wanted *wanted)
{
    for (uint32_t i = 0; i < node->peer_end; i++) {
        const struct hs_node_peer *peer = &node->peers[i];
        if (peer->connected && peer->epoch > hs_node_epoch_number(node)) {
            (void)want(wanted, &peer->key, &peer->claimed);
        }
    }
}

static void want_registered(const struct hs_node *node, struct wanted *wanted)
{
    const struct hs_application *application = &node->application;
    if (application->registered == NULL) {
        return;
    }
    size_t contact_count =
        application->registered(application->context, wanted->contacts, HS_PEERS_MAX);
    for (size_t i = 0; i < contact_count; i++) {
        (void)want(wanted, &wanted->contacts[i].key, &wanted->contacts[i].address);
    }
}

static void want_all(const struct hs_node *node, struct wanted *wanted)
{
    uint64_t number = hs_node_epoch_number(node);
    wanted->count = 0;
    want_members(wanted, &node->epoch->fixed, true);
    want_named(node, wanted);
    want_members_of(node, wanted, number + 1, true);
    if (number > 0) {
        want_members_of(node, wanted, number - 1, false);
    }
    want_who_is_ahead(node, wanted);
    want_registered(node, wanted);
}

/* -- who goes, who comes ------------------------------------------------------------------- */

static bool same_claim(const struct hs_dial_address *a, const struct hs_dial_address *b)
{
    return strcmp(a->text, b->text) == 0;
}

/* Those in the table that are wanted stay, the others go. */
static bool keep_wanted(struct hs_node *node, struct wanted *wanted)
{
    bool changed = false;
    for (uint32_t i = 0; i < node->peer_end; i++) {
        struct hs_node_peer *peer = &node->peers[i];
        struct wanted_peer *found = peer->used ? find_wanted(wanted, &peer->key) : NULL;
        if (found != NULL) {
            changed = changed || peer->votes != found->votes ||
                      !same_claim(&peer->claimed, &found->claimed);
            peer->votes = found->votes;
            peer->claimed = found->claimed;
            found->placed = true;
        } else if (peer->used) {
            changed = true;
            hs_parcels_forget_peer(node, i);
            hs_admission_forget_peer(node, i);
            *peer = (struct hs_node_peer){.used = false};
        }
    }
    return changed;
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

static bool add_wanted(struct hs_node *node, const struct wanted *wanted)
{
    bool changed = false;
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct wanted_peer *peer = &wanted->peers[i];
        if (!peer->placed) {
            struct hs_node_peer *place = find_place(node);
            HS_ASSERT(place != NULL); /* not more are wanted than there are numbers */
            *place = (struct hs_node_peer){
                .used = true,
                .key = peer->key,
                .claimed = peer->claimed,
                .votes = peer->votes,
                .named = find_named(node, &peer->key) != NULL,
                .member = HS_VALIDATORS_MAX,
            };
            changed = true;
        }
    }
    return changed;
}

bool hs_peers_change(struct hs_node *node)
{
    struct wanted *wanted = calloc(1, sizeof(*wanted));
    if (wanted == NULL) {
        return false; /* who is here stays */
    }
    want_all(node, wanted);
    bool gone = keep_wanted(node, wanted);
    bool come = add_wanted(node, wanted);
    count(node);
    free(wanted);
    return gone || come;
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
                .address = named_address(node, &peer->key),
                .claimed_address = peer->claimed.text,
                .is_awaited = peer->member < HS_VALIDATORS_MAX,
            };
        }
    }
    /* No key is in the table twice. */
    HS_ASSERT(node->network->set_peers(node->network->context, peers, peer_count) == HS_OK);
}
