/* Attackers that misuse commitments.
 *
 *   commit-copier    commits to what others have committed to, in the hope that what they reveal opens its
 *                    copy, too; and proposes blocks with a reveal of its own that opens a copy, or the
 *                    commitment of the other (M2)
 *   commit-spammer   makes as many commitments as it may, of all accounts that it has, so that there is no
 *                    room for others; and proposes blocks with more (M1)
 */
#include "sim/attack_commits.h"

#include <string.h>

#include "sim/attack_block.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define COPIES         8u
#define REVEALS        8u
#define TIP            5u

/* Hands a COMMIT of an account to its own node, after whatever waits there. False: the node is down. */
static bool submit_commit(struct hs_attacker *attacker, uint32_t account,
                          const struct hs_commitment *commitment, uint64_t *nonce)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    const struct hs_node *node = hs_world_node(attacker->world, attacker->process);
    if (node == NULL) {
        return false;
    }
    *nonce = hs_node_next_nonce(node, &cluster->accounts[account].address);
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_COMMIT,
        .nonce = *nonce,
        .commitment = *commitment,
        .max_tip = {TIP},
    };
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t size = hs_cluster_encode(bytes, cluster, &transaction, &cluster->account_keys[account]);
    return hs_world_submit_bytes(attacker->world, attacker->process,
                                 (struct hs_bytes){bytes, size}) == HS_OK;
}

/* -- commit-copier ------------------------------------------------------------------------------ */

struct copy {
    bool used;
    bool committed; /* as its own, with `nonce` */
    uint64_t nonce;
    struct hs_transaction other; /* the COMMIT that was heard of */
};

struct copier {
    struct hs_attack_block_maker maker;
    struct hs_commit_copier_counts counts;
    struct copy copies[COPIES];
    uint32_t copy_next;
    struct hs_transaction reveals[REVEALS]; /* heard of; the type is 0 in unused ones */
    uint32_t reveal_next;
};

const struct hs_commit_copier_counts *hs_attack_copies(const struct hs_attacker *attacker)
{
    const struct copier *state = attacker->state;
    return &state->counts;
}

static void start_copier(struct hs_attacker *attacker)
{
    hs_attack_act_between(attacker, MILLISECOND_NS, 100 * MILLISECOND_NS);
}

static void end_copier(struct hs_attacker *attacker)
{
    struct copier *state = attacker->state;
    hs_attack_maker_release(&state->maker);
}

static bool is_own(const struct hs_attacker *attacker, const struct hs_transaction *transaction)
{
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    for (uint32_t i = cluster->client_count; i < cluster->account_count; i++) {
        if (memcmp(&cluster->account_keys[i].public_key, &transaction->sender,
                   sizeof(transaction->sender)) == 0) {
            return true;
        }
    }
    return false;
}

static void take(struct hs_attacker *attacker, struct hs_bytes bytes)
{
    struct copier *state = attacker->state;
    struct hs_transaction transaction;
    if (hs_transaction_decode(&transaction, bytes) != HS_OK || is_own(attacker, &transaction)) {
        return;
    }
    if (transaction.type == HS_TRANSACTION_COMMIT) {
        state->copies[state->copy_next++ % COPIES] =
            (struct copy){.used = true, .other = transaction};
    } else if (transaction.type == HS_TRANSACTION_REVEAL) {
        state->reveals[state->reveal_next++ % REVEALS] = transaction;
    }
}

static bool hears_copier(struct hs_attacker *attacker, uint32_t from, struct hs_buffer *buffer,
                         const struct hs_message *message)
{
    (void)from;
    (void)buffer;
    if (message->type == HS_MESSAGE_TRANSACTIONS) {
        struct hs_bytes all = message->transactions.transactions;
        struct hs_reader reader = hs_reader_over(all.data, all.size);
        struct hs_bytes transaction;
        while (hs_message_transaction_next(&reader, &transaction) == HS_OK) {
            take(attacker, transaction);
        }
    }
    return true;
}

static void act_copier(struct hs_attacker *attacker)
{
    struct copier *state = attacker->state;
    uint32_t account;
    for (uint32_t i = 0; i < COPIES && hs_attack_account(attacker, &account); i++) {
        struct copy *copy = &state->copies[i];
        if (copy->used && !copy->committed &&
            submit_commit(attacker, account, &copy->other.commitment, &copy->nonce)) {
            copy->committed = true;
            state->counts.copied++;
        }
    }
    hs_attack_act_between(attacker, 5 * MILLISECOND_NS, 50 * MILLISECOND_NS);
}

/* The copy that this reveal would open if it were its sender's, and where it waits. */
static bool find_copy(const struct hs_attacker *attacker, const struct hs_transaction *revealed,
                      uint32_t account, struct hs_commit_place *place)
{
    const struct copier *state = attacker->state;
    for (uint32_t i = 0; i < COPIES; i++) {
        const struct copy *copy = &state->copies[i];
        struct hs_commitment commitment;
        hs_transaction_commitment(&commitment, revealed, copy->other.nonce);
        if (copy->committed &&
            memcmp(&commitment, &copy->other.commitment, sizeof(commitment)) == 0 &&
            hs_checkers_commit_place(hs_world_checkers(attacker->world), place, account,
                                     copy->nonce)) {
            return true;
        }
    }
    return false;
}

/* A block that opens a commitment with what somebody else has revealed, and holds else what is no
 * reveal. */
static void open_with(struct hs_attacker *attacker, const struct hs_message *own,
                      const struct hs_transaction *revealed)
{
    struct copier *state = attacker->state;
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    uint32_t account;
    struct hs_commit_place place = {revealed->reveal.commit_height, revealed->reveal.commit_index};
    struct hs_transaction reveal = *revealed;
    if (!hs_attack_account(attacker, &account) ||
        !hs_attack_nonce_below(attacker, own, account, &reveal.nonce)) {
        return;
    }
    bool of_copy = find_copy(attacker, revealed, account, &place);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    reveal.reveal.commit_height = place.height;
    reveal.reveal.commit_index = place.index;
    size_t size = hs_cluster_encode(bytes, cluster, &reveal, &cluster->account_keys[account]);
    hs_attack_add_copy(&state->maker, bytes, size);
    hs_attack_add_own(&state->maker, false);
    bool taken = hs_attack_finish(attacker, &state->maker, own, own->proposal.header.base_fee);
    state->counts.tried_copy += of_copy ? 1 : 0;
    state->counts.tried_other += of_copy ? 0 : 1;
    state->counts.taken += taken ? 1 : 0;
}

static void make_copier(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct copier *state = attacker->state;
    struct hs_transaction *revealed = &state->reveals[hs_random_below(&attacker->random, REVEALS)];
    if (revealed->type == HS_TRANSACTION_REVEAL && hs_random_per_mille(&attacker->random, 500)) {
        open_with(attacker, own, revealed);
    }
}

static void sends_copier(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                         const struct hs_message *message)
{
    struct copier *state = attacker->state;
    hs_attack_make_blocks(attacker, &state->maker, to, buffer, message, make_copier);
}

const struct hs_attack hs_attack_commit_copier = {
    .name = "commit-copier",
    .state_bytes = sizeof(struct copier),
    .start = start_copier,
    .end = end_copier,
    .sends = sends_copier,
    .hears = hears_copier,
    .acts = act_copier,
};

/* -- commit-spammer ----------------------------------------------------------------------------- */

struct spammer {
    struct hs_attack_block_maker maker;
    struct hs_commit_spammer_counts counts;
};

const struct hs_commit_spammer_counts *hs_attack_spam(const struct hs_attacker *attacker)
{
    const struct spammer *state = attacker->state;
    return &state->counts;
}

static void start_spammer(struct hs_attacker *attacker)
{
    hs_attack_act_between(attacker, MILLISECOND_NS, 500 * MILLISECOND_NS);
}

static void end_spammer(struct hs_attacker *attacker)
{
    struct spammer *state = attacker->state;
    hs_attack_maker_release(&state->maker);
}

/* To nothing: nobody can open it. */
static void draw_commitment(struct hs_attacker *attacker, struct hs_commitment *commitment)
{
    for (size_t i = 0; i < sizeof(commitment->bytes); i++) {
        commitment->bytes[i] = (uint8_t)hs_random_next(&attacker->random);
    }
}

static void act_spammer(struct hs_attacker *attacker)
{
    struct spammer *state = attacker->state;
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    for (uint32_t i = cluster->client_count; i < cluster->account_count; i++) {
        struct hs_commitment commitment;
        uint64_t nonce;
        draw_commitment(attacker, &commitment);
        state->counts.submitted += submit_commit(attacker, i, &commitment, &nonce) ? 1 : 0;
    }
    hs_attack_act_between(attacker, 20 * MILLISECOND_NS, 500 * MILLISECOND_NS);
}

/* As many of one account as may wait, and one more. */
static void make_spammer(struct hs_attacker *attacker, const struct hs_message *own)
{
    struct spammer *state = attacker->state;
    const struct hs_cluster *cluster = hs_world_cluster(attacker->world);
    uint32_t account;
    struct hs_transaction transaction = {.type = HS_TRANSACTION_COMMIT, .max_tip = {TIP}};
    if (!hs_random_per_mille(&attacker->random, 300) || !hs_attack_account(attacker, &account) ||
        !hs_attack_nonce_below(attacker, own, account, &transaction.nonce)) {
        return;
    }
    for (uint32_t i = 0; i <= cluster->parameters.commits.per_sender_max; i++) {
        uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
        draw_commitment(attacker, &transaction.commitment);
        size_t size =
            hs_cluster_encode(bytes, cluster, &transaction, &cluster->account_keys[account]);
        hs_attack_add_copy(&state->maker, bytes, size);
        transaction.nonce++;
    }
    bool taken = hs_attack_finish(attacker, &state->maker, own, own->proposal.header.base_fee);
    state->counts.tried++;
    state->counts.taken += taken ? 1 : 0;
}

static void sends_spammer(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                          const struct hs_message *message)
{
    struct spammer *state = attacker->state;
    hs_attack_make_blocks(attacker, &state->maker, to, buffer, message, make_spammer);
}

const struct hs_attack hs_attack_commit_spammer = {
    .name = "commit-spammer",
    .state_bytes = sizeof(struct spammer),
    .start = start_spammer,
    .end = end_spammer,
    .sends = sends_spammer,
    .acts = act_spammer,
};
