/* Which of its keys a node has in which epoch.
 *
 * A validator that rotates (P7) goes on with its old keys until the epoch whose set has the new
 * ones, and its node has both meanwhile: in each epoch it signs with the key that a member has, and
 * shows the peers that member's network key. Should two of its keys be members of one epoch, the
 * later one is this node's there, and the other is silent: one core signs once.
 *
 *     epoch          4      5      6      7
 *     ROTATE commits ^
 *     member's key   old    old    new    new
 *     network key    old    old    new    new      the peers know both: the sets of 5, 6 and 7
 *
 * Where it is no member, it shows the key by which the next epoch will know it, or by which it is
 * registered.
 *
 * Who is ahead of this node knows its new key and may have forgotten the old one, who is behind
 * knows the old one only. So a node that commits nothing and is not connected to a quorum of its
 * epoch shows its keys in turn: enough who rotated and fell behind together would else wait for
 * ever for those who wait for them. With a key that is not the member's it can catch up, but not be
 * counted; so that one stays no longer than it helps.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/node_internal.h"

static bool are_alike(const struct hs_own_key *a, const struct hs_own_key *b)
{
    return memcmp(&a->bls_public_key, &b->bls_public_key, sizeof(a->bls_public_key)) == 0 ||
           memcmp(&a->network_key, &b->network_key, sizeof(a->network_key)) == 0;
}

static enum hs_status take_key(struct hs_node *node, const struct hs_validator_key *key)
{
    struct hs_own_key *own = &node->own_keys[node->own_key_count];
    own->network_key = key->network_public_key;
    enum hs_status status = hs_bls_public_key_of(&own->bls_public_key, &key->bls_secret_key);
    for (uint32_t i = 0; i < node->own_key_count && status == HS_OK; i++) {
        status = are_alike(own, &node->own_keys[i]) ? HS_INVALID_ARGUMENT : HS_OK;
    }
    node->own_key_count++;
    return status;
}

enum hs_status hs_identity_init(struct hs_node *node)
{
    enum hs_status status =
        node->config.key_count <= HS_NODE_KEYS_MAX ? HS_OK : HS_INVALID_ARGUMENT;
    for (uint32_t i = 0; i < node->config.key_count && status == HS_OK; i++) {
        status = take_key(node, &node->config.keys[i]);
    }
    return status;
}

uint32_t hs_identity_find(const struct hs_node *node, const struct hs_validator_set *set,
                          uint32_t *key)
{
    for (uint32_t own = node->own_key_count; own-- > 0;) {
        for (uint32_t i = 0; i < set->count; i++) {
            if (memcmp(&set->validators[i].bls_public_key, &node->own_keys[own].bls_public_key,
                       sizeof(struct hs_bls_public_key)) == 0) {
                *key = own;
                return i;
            }
        }
    }
    *key = 0;
    return HS_VALIDATORS_MAX;
}

static bool has_key_in_next_epoch(const struct hs_node *node, uint32_t *key)
{
    const struct hs_application *application = &node->application;
    struct hs_epoch *next = application->epoch != NULL ? calloc(1, sizeof(*next)) : NULL;
    bool member = next != NULL &&
                  application->epoch(application->context, node->chain.committed_state,
                                     hs_node_epoch_number(node) + 1, next) == HS_OK &&
                  hs_identity_find(node, &next->validators, key) != HS_VALIDATORS_MAX;
    free(next);
    return member;
}

/* The last one that is registered: an old key is forgotten before the new one. */
static bool has_registered_key(const struct hs_node *node, uint32_t *key)
{
    const struct hs_application *application = &node->application;
    struct hs_contact *contacts =
        application->registered != NULL ? calloc(HS_CONTACTS_MAX, sizeof(*contacts)) : NULL;
    bool found = false;
    size_t count = contacts != NULL
                       ? application->registered(application->context, contacts, HS_CONTACTS_MAX)
                       : 0;
    for (uint32_t own = node->own_key_count; own-- > 0 && !found;) {
        for (size_t i = 0; i < count && !found; i++) {
            found = memcmp(&contacts[i].key, &node->own_keys[own].network_key,
                           sizeof(contacts[i].key)) == 0;
            *key = own;
        }
    }
    free(contacts);
    return found;
}

static void show(struct hs_node *node, uint32_t key)
{
    node->identity.shown = key;
    node->identity.height = node->chain.committed.header.height;
    node->identity.due_ns = hs_node_now_ns(node) + HS_IDENTITY_PATIENCE_NS;
    /* The transport was made with all keys of this node. */
    HS_ASSERT(node->network->use_identity(node->network->context,
                                          &node->own_keys[key].network_key) == HS_OK);
}

/* Another key than the right one, as long as it is shown to somebody in a later epoch: from there comes
 * what the node lacks. */
static bool helps(const struct hs_node *node)
{
    return node->identity.shown != node->identity.right && hs_epoch_sync_is_behind(node);
}

void hs_identity_enter_epoch(struct hs_node *node)
{
    if (node->own_key_count < 2) {
        return; /* the transport has that one */
    }
    uint32_t key = node->epoch->key;
    bool member = node->epoch->self != HS_VALIDATORS_MAX;
    if (!member && !has_key_in_next_epoch(node, &key) && !has_registered_key(node, &key)) {
        key = node->identity.shown;
    }
    node->identity.right = key;
    show(node, helps(node) ? node->identity.shown : key);
}

void hs_identity_check_time(struct hs_node *node)
{
    struct hs_identity *identity = &node->identity;
    if (node->own_key_count < 2 || hs_node_now_ns(node) < identity->due_ns) {
        return;
    }
    bool moves = node->chain.committed.header.height > identity->height;
    bool is_right = identity->shown == identity->right;
    bool stays = is_right ? moves || hs_peers_reach_quorum(node) : moves && helps(node);
    if (stays) {
        identity->height = node->chain.committed.header.height;
        identity->due_ns = hs_node_now_ns(node) + HS_IDENTITY_PATIENCE_NS;
        return;
    }
    show(node, is_right ? (identity->shown + 1) % node->own_key_count : identity->right);
}

uint64_t hs_identity_next_wake_ns(const struct hs_node *node)
{
    return node->started && node->own_key_count > 1 ? node->identity.due_ns : UINT64_MAX;
}
