/* See check_clients.h. */
#include "sim/check_clients.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/check_fees.h"
#include "wire/payload.h"
#include "wire/transaction.h"

#define NAME "clients"
/* About validators, in one block: each account that may send one sends few. */
#define OPERATIONS_MAX 512u

struct transaction_facts {
    struct hs_transaction_id id;
    uint64_t height; /* where it is committed; 0: nowhere yet */
    uint64_t nonce;
    uint32_t sender;
    uint32_t process; /* that took it in; HS_VALIDATORS_MAX: no correct one */
    uint32_t start;   /* which life of it */
};

struct process_facts {
    uint32_t start; /* transactions taken in before it are not owed */
    bool has_question;
    struct hs_transaction_id question;
};

struct hs_check_clients {
    struct transaction_facts *transactions;
    uint32_t count;
    uint32_t capacity;
    struct hs_check_index index;
    uint64_t next_nonces[HS_CLUSTER_ACCOUNTS_MAX]; /* after the highest height reported */
    uint64_t height;
    struct process_facts processes[HS_VALIDATORS_MAX];
    /* Of the block being read. */
    struct hs_bytes split[HS_BLOCK_TRANSACTIONS_MAX];
    struct hs_transaction_id ids[HS_BLOCK_TRANSACTIONS_MAX];
    struct hs_check_use uses[HS_BLOCK_TRANSACTIONS_MAX];
    uint32_t operation_count;
    struct hs_stake_operation operations[OPERATIONS_MAX];
};

struct hs_check_clients *hs_check_clients_new(void)
{
    struct hs_check_clients *clients = calloc(1, sizeof(*clients));
    HS_ASSERT(clients != NULL);
    return clients;
}

void hs_check_clients_free(struct hs_check_clients *clients)
{
    free(clients->transactions);
    hs_check_index_release(&clients->index);
    free(clients);
}

static struct transaction_facts *facts_of(struct hs_check_clients *clients,
                                          const struct hs_transaction_id *id)
{
    uint32_t entry;
    if (hs_check_index_find(&clients->index, &entry, id->bytes)) {
        return &clients->transactions[entry];
    }
    if (clients->count == clients->capacity) {
        uint32_t capacity = clients->capacity > 0 ? 2 * clients->capacity : 256;
        clients->transactions = hs_check_grown(clients->transactions, clients->capacity, capacity,
                                               sizeof(clients->transactions[0]));
        clients->capacity = capacity;
    }
    entry = clients->count++;
    clients->transactions[entry] =
        (struct transaction_facts){.id = *id, .process = HS_VALIDATORS_MAX};
    hs_check_index_add(&clients->index, entry, clients->transactions,
                       sizeof(clients->transactions[0]));
    return &clients->transactions[entry];
}

/* -- blocks ------------------------------------------------------------------------------- */

static uint32_t account_of(const struct hs_cluster *cluster,
                           const struct hs_ed25519_public_key *sender)
{
    for (uint32_t i = 0; i < cluster->account_count; i++) {
        if (memcmp(&cluster->account_keys[i].public_key, sender, sizeof(*sender)) == 0) {
            return i;
        }
    }
    return HS_CLUSTER_ACCOUNTS_MAX;
}

static void keep_operation(struct hs_check_clients *clients,
                           const struct hs_transaction *transaction, struct hs_bytes bytes)
{
    if (transaction->type >= HS_TRANSACTION_REGISTER) {
        HS_ASSERT(clients->operation_count < OPERATIONS_MAX);
        struct hs_stake_operation *operation = &clients->operations[clients->operation_count++];
        operation->transaction = *transaction;
        operation->gas = hs_check_fees_gas(bytes);
    }
}

static bool read_uses(struct hs_check_clients *clients, const struct hs_check *check, size_t count)
{
    clients->operation_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct hs_transaction transaction;
        if (hs_transaction_decode(&transaction, clients->split[i]) != HS_OK) {
            return false;
        }
        hs_transaction_id_of(&clients->ids[i], clients->split[i]);
        keep_operation(clients, &transaction, clients->split[i]);
        clients->uses[i] = (struct hs_check_use){
            .id = clients->ids[i],
            .sender = account_of(check->cluster, &transaction.sender),
            .nonce = transaction.nonce,
        };
    }
    return true;
}

void hs_check_clients_block(struct hs_check_clients *clients, struct hs_check *check,
                            struct hs_check_block *block, struct hs_bytes payload)
{
    size_t count = 0;
    struct hs_payload_root root;
    if (block->has_uses ||
        hs_payload_split(clients->split, &count, HS_BLOCK_TRANSACTIONS_MAX, payload) != HS_OK ||
        !read_uses(clients, check, count)) {
        return;
    }
    hs_payload_root_of(&root, clients->ids, count);
    if (memcmp(&root, &block->payload_root, sizeof(root)) != 0) {
        return;
    }
    block->has_uses = true;
    block->use_count = (uint32_t)count;
    if (count > 0) {
        block->uses = malloc(count * sizeof(block->uses[0]));
        HS_ASSERT(block->uses != NULL);
        memcpy(block->uses, clients->uses, count * sizeof(block->uses[0]));
    }
    if (clients->operation_count > 0) {
        block->operation_count = clients->operation_count;
        block->operations = malloc(clients->operation_count * sizeof(block->operations[0]));
        HS_ASSERT(block->operations != NULL);
        memcpy(block->operations, clients->operations,
               clients->operation_count * sizeof(block->operations[0]));
    }
}

/* X2: each nonce is its sender's next one. */
static void check_nonce(struct hs_check_clients *clients, struct hs_check *check, uint64_t height,
                        const struct hs_check_use *use)
{
    if (use->sender == HS_CLUSTER_ACCOUNTS_MAX) {
        return; /* an account that came to be on the chain */
    }
    if (use->nonce != clients->next_nonces[use->sender]) {
        hs_check_fail(check, NAME,
                      "X2: height %" PRIu64 " uses nonce %" PRIu64 " of account %" PRIu32
                      ", the next one is %" PRIu64,
                      height, use->nonce, use->sender, clients->next_nonces[use->sender]);
    }
    clients->next_nonces[use->sender]++;
}

/* The block of the next height: its transactions are committed now. It was read as a proposal, or in
 * the log of a node that reports it. */
static void commit(struct hs_check_clients *clients, struct hs_check *check,
                   const struct hs_check_block *block)
{
    clients->height = block->height;
    for (uint32_t i = 0; i < block->use_count; i++) {
        struct transaction_facts *facts = facts_of(clients, &block->uses[i].id);
        if (facts->height != 0) {
            hs_check_fail(check, NAME,
                          "X2: a transaction of height %" PRIu64
                          " is committed again at height %" PRIu64,
                          facts->height, block->height);
        }
        facts->height = block->height;
        check_nonce(clients, check, block->height, &block->uses[i]);
    }
}

void hs_check_clients_held(struct hs_check_clients *clients, struct hs_check *check,
                           const struct hs_block *block)
{
    const struct hs_check_block *known = hs_check_find_block(check, &block->id);
    if (block->header.height == clients->height + 1 && known != NULL && known->has_uses) {
        commit(clients, check, known);
    }
}

void hs_check_clients_reported(struct hs_check_clients *clients, struct hs_check *check,
                               uint32_t process, const struct hs_block *block,
                               const struct hs_transaction_id ids[], size_t count)
{
    uint64_t height = block->header.height;
    hs_check_clients_held(clients, check, block);
    for (size_t i = 0; i < count && height <= clients->height; i++) {
        const struct transaction_facts *facts = facts_of(clients, &ids[i]);
        if (facts->height != height) {
            hs_check_fail(check, NAME,
                          "X2: node %" PRIu32 " reported a transaction at height %" PRIu64
                          " that is committed at height %" PRIu64,
                          process, height, facts->height);
        }
    }
    struct process_facts *facts = &clients->processes[process];
    if (count > 0 && height <= clients->height) {
        facts->has_question = true;
        facts->question = ids[count - 1];
    }
}

const struct hs_transaction_id *hs_check_clients_question(struct hs_check_clients *clients,
                                                          uint32_t process)
{
    struct process_facts *facts = &clients->processes[process];
    bool has_question = facts->has_question;
    facts->has_question = false;
    return has_question ? &facts->question : NULL;
}

void hs_check_clients_answer(struct hs_check_clients *clients, struct hs_check *check,
                             uint32_t process, const struct hs_transaction_id *id,
                             enum hs_transaction_state state, uint64_t height)
{
    const struct transaction_facts *facts = facts_of(clients, id);
    if (state != HS_TRANSACTION_COMMITTED || height != facts->height) {
        hs_check_fail(check, NAME,
                      "D7: node %" PRIu32 " has reported a transaction at height %" PRIu64
                      " and says of it: state %d, height %" PRIu64,
                      process, facts->height, (int)state, height);
    }
}

/* -- what was taken in ------------------------------------------------------------------------ */

void hs_check_clients_accepted(struct hs_check_clients *clients, uint32_t process,
                               const struct hs_transaction_id *id, uint32_t sender, uint64_t nonce)
{
    struct transaction_facts *facts = facts_of(clients, id);
    facts->sender = sender;
    facts->nonce = nonce;
    facts->process = process;
    facts->start = clients->processes[process].start;
}

void hs_check_clients_restarted(struct hs_check_clients *clients, uint32_t process)
{
    clients->processes[process].start++;
    clients->processes[process].has_question = false;
}

void hs_check_clients_pool_full(struct hs_check_clients *clients, uint32_t process)
{
    clients->processes[process].start++;
}

/* Whether its process should bring about its commit by now. */
static bool is_owed(const struct hs_check_clients *clients, const struct transaction_facts *facts,
                    const struct hs_bitmap *up)
{
    return facts->height == 0 && facts->process != HS_VALIDATORS_MAX &&
           hs_bitmap_get(up, facts->process) &&
           facts->start == clients->processes[facts->process].start &&
           facts->nonce == clients->next_nonces[facts->sender];
}

static const struct transaction_facts *first_owed(const struct hs_check_clients *clients,
                                                  const struct hs_bitmap *up)
{
    for (uint32_t i = 0; i < clients->count; i++) {
        if (is_owed(clients, &clients->transactions[i], up)) {
            return &clients->transactions[i];
        }
    }
    return NULL;
}

const struct hs_transaction_id *hs_check_clients_owed(const struct hs_check_clients *clients,
                                                      const struct hs_bitmap *up)
{
    const struct transaction_facts *owed = first_owed(clients, up);
    return owed != NULL ? &owed->id : NULL;
}

void hs_check_clients_end(const struct hs_check_clients *clients, struct hs_check *check,
                          const struct hs_bitmap *up)
{
    const struct transaction_facts *owed = first_owed(clients, up);
    if (owed != NULL) {
        hs_check_fail(check, NAME,
                      "node %" PRIu32 " took in nonce %" PRIu64 " of account %" PRIu32
                      ", its sender's next one, and it is not committed",
                      owed->process, owed->nonce, owed->sender);
    }
}
