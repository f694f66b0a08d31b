/* Transactions on their way into the pool.
 *
 * They come from clients and, in batches, from peers. Each is looked at once (form, chain, nonce,
 * funds), waits in a ring, has its signature checked once, in a chunk on a worker, and enters the
 * pool. What came from a client goes on to the other validators, once: peers send to everybody
 * themselves.
 *
 * A signature is checked once, whether its transaction first came by itself or in a proposal. Who
 * checks one says so in `undecided`: a job here, or a proposal's, which claims it; the other waits.
 * What a proposal's job found good is remembered for the transaction that comes after its block.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "node/node_internal.h"

#define GOSSIP_AGAIN_NS UINT64_C(2000000000)

/* In place of a ring slot: who checks the signature. */
#define IN_JOB      UINT32_MAX
#define IN_PROPOSAL (UINT32_MAX - 1u)

/* Signatures found good in proposals that are remembered. */
static uint32_t checked_max(const struct hs_node *node)
{
    return 2 * node->config.block_transactions_max;
}

uint32_t hs_admission_undecided_max(const struct hs_node *node)
{
    return node->admission.capacity + HS_ADMISSION_JOBS * HS_ADMISSION_CHUNK + checked_max(node);
}

enum hs_status hs_admission_init(struct hs_node *node)
{
    struct hs_admission *admission = &node->admission;
    admission->capacity = node->config.mempool_transactions_max < HS_ADMISSION_QUEUE_MAX
                              ? node->config.mempool_transactions_max
                              : HS_ADMISSION_QUEUE_MAX;
    uint32_t undecided_max = hs_admission_undecided_max(node);
    admission->queue = calloc(admission->capacity, sizeof(admission->queue[0]));
    admission->undecided_memory = calloc(1, hs_id_map_footprint(undecided_max));
    admission->gossip = malloc(HS_TRANSACTIONS_BATCH_BYTES_MAX);
    admission->checked = hs_recent_transactions_new(checked_max(node), node->config.map_seed);
    if (admission->queue == NULL || admission->undecided_memory == NULL ||
        admission->gossip == NULL || admission->checked == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    admission->undecided =
        hs_id_map_new(admission->undecided_memory, undecided_max, node->config.map_seed);
    return HS_OK;
}

/* -- batches ------------------------------------------------------------------------ */

static struct hs_admission_batch *new_batch(uint32_t peer, size_t count, struct hs_buffer *buffer)
{
    struct hs_admission_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL) {
        return NULL;
    }
    batch->outcomes = calloc(count, sizeof(batch->outcomes[0]));
    batch->ids = calloc(count, sizeof(batch->ids[0]));
    if (batch->outcomes == NULL || batch->ids == NULL) {
        free(batch->outcomes);
        free(batch->ids);
        free(batch);
        return NULL;
    }
    batch->peer = peer;
    batch->count = (uint32_t)count;
    batch->waiting = (uint32_t)count;
    batch->buffer = hs_buffer_retain(buffer);
    return batch;
}

static void free_batch(struct hs_admission_batch *batch)
{
    hs_buffer_release(batch->buffer);
    free(batch->outcomes);
    free(batch->ids);
    free(batch);
}

static void decide(struct hs_admission_batch *batch, uint32_t index, enum hs_status outcome)
{
    batch->outcomes[index] = outcome;
    HS_ASSERT(batch->waiting > 0);
    batch->waiting--;
    if (batch->waiting > 0) {
        return;
    }
    if (batch->submitted != NULL) {
        batch->submitted(batch->context, batch->outcomes, batch->ids, batch->count);
    }
    free_batch(batch);
}

static void refuse_job(struct hs_admission_job *check)
{
    check->busy = false;
    for (uint32_t i = 0; i < check->count; i++) {
        decide(check->entries[i].batch, check->entries[i].index_in_batch, HS_NOT_READY);
    }
}

void hs_node_refuse_submissions(struct hs_node *node)
{
    struct hs_admission *admission = &node->admission;
    for (uint32_t i = 0; i < HS_ADMISSION_JOBS; i++) {
        if (admission->jobs[i].busy) {
            refuse_job(&admission->jobs[i]);
        }
    }
    while (admission->count > 0) {
        struct hs_admission_entry *entry = &admission->queue[admission->head];
        admission->head = (admission->head + 1) % admission->capacity;
        admission->count--;
        decide(entry->batch, entry->index_in_batch, HS_NOT_READY);
    }
}

void hs_admission_free(struct hs_node *node)
{
    struct hs_admission *admission = &node->admission;
    hs_node_refuse_submissions(node);
    free(admission->queue);
    free(admission->undecided_memory);
    free(admission->gossip);
    hs_recent_transactions_free(admission->checked);
}

/* -- gossip --------------------------------------------------------------------------- */

static void flush_gossip(struct hs_node *node)
{
    struct hs_admission *admission = &node->admission;
    if (admission->gossip_count == 0 || node->network == NULL) {
        return;
    }
    struct hs_message *message = &node->outgoing;
    message->type = HS_MESSAGE_TRANSACTIONS;
    message->transactions.count = admission->gossip_count;
    message->transactions.transactions =
        (struct hs_bytes){admission->gossip, admission->gossip_bytes};
    hs_node_broadcast_message(node, HS_TO_VOTERS, HS_CLASS_TRANSACTIONS, message);
    admission->gossip_count = 0;
    admission->gossip_bytes = 0;
}

static void gossip(struct hs_node *node, struct hs_bytes transaction)
{
    struct hs_admission *admission = &node->admission;
    size_t size = sizeof(uint32_t) + transaction.size;
    if (admission->gossip_bytes + size > HS_TRANSACTIONS_BATCH_BYTES_MAX ||
        admission->gossip_count == HS_TRANSACTIONS_BATCH_MAX) {
        flush_gossip(node);
    }
    struct hs_writer writer = hs_writer_over(admission->gossip + admission->gossip_bytes, size);
    hs_message_transaction_write(&writer, transaction);
    HS_ASSERT(!writer.failed && writer.offset == size);
    admission->gossip_bytes += size;
    admission->gossip_count++;
}

/* A batch gets lost where a link is down, and a validator that leads once in a hundred views would
 * then be the only one that can propose what is in it. So whatever is next in line and was so at the
 * last look, too, is told once more. Peers that know it drop it by its id. */
static void gossip_again(struct hs_node *node)
{
    struct hs_gossip_again *again = &node->admission.again;
    uint64_t now_ns = hs_node_now_ns(node);
    if (now_ns < again->next_ns) {
        return;
    }
    again->next_ns = now_ns + GOSSIP_AGAIN_NS;
    for (uint32_t i = 0; i < again->count; i++) {
        struct hs_bytes transaction;
        if (hs_mempool_find(node->mempool, &transaction, &again->ids[i]) == HS_OK) {
            gossip(node, transaction);
        }
    }
    const struct hs_mempool_room room = {
        .count = HS_GOSSIP_AGAIN_MAX,
        .payload_bytes = HS_TRANSACTIONS_BATCH_BYTES_MAX,
        .gas = UINT64_MAX,
    };
    again->count = (uint32_t)hs_mempool_select(node->mempool, node->split, again->ids, room);
}

/* -- into the pool ---------------------------------------------------------------------- */

static void take_into_pool(struct hs_node *node, const struct hs_admission_entry *entry)
{
    const struct hs_application *application = &node->application;
    uint64_t next_nonce = application->next_nonce(application->context, &entry->summary.sender);
    enum hs_status status =
        hs_mempool_add(node->mempool, &entry->summary, entry->transaction, next_nonce);
    if (status == HS_OK && entry->batch->peer == HS_NO_PEER) {
        gossip(node, entry->transaction);
    }
    decide(entry->batch, entry->index_in_batch, status);
}

static void forget_undecided(struct hs_node *node, const struct hs_transaction_id *id)
{
    uint32_t slot;
    enum hs_status status = hs_id_map_remove(node->admission.undecided, &slot, id->bytes);
    HS_ASSERT(status == HS_OK);
}

static void run_check(struct hs_job *job)
{
    struct hs_admission_job *check = (struct hs_admission_job *)job;
    const struct hs_application *application = &check->node->application;
    struct hs_bytes transactions[HS_ADMISSION_CHUNK];
    for (uint32_t i = 0; i < check->count; i++) {
        transactions[i] = check->entries[i].transaction;
    }
    application->verify(application->context, check->ok, transactions, check->count);
}

static void pump(struct hs_node *node);

static void forget_peer_of(struct hs_admission_entry *entry, uint32_t peer)
{
    if (entry->batch->peer == peer) {
        entry->batch->peer = HS_GONE_PEER;
    }
}

void hs_admission_forget_peer(struct hs_node *node, uint32_t peer)
{
    struct hs_admission *admission = &node->admission;
    for (uint32_t i = 0; i < admission->count; i++) {
        forget_peer_of(&admission->queue[(admission->head + i) % admission->capacity], peer);
    }
    for (uint32_t i = 0; i < HS_ADMISSION_JOBS; i++) {
        struct hs_admission_job *check = &admission->jobs[i];
        for (uint32_t entry = 0; check->busy && entry < check->count; entry++) {
            forget_peer_of(&check->entries[entry], peer);
        }
    }
}

static void done_check(struct hs_job *job)
{
    struct hs_admission_job *check = (struct hs_admission_job *)job;
    struct hs_node *node = check->node;
    hs_node_job_came_back(node);
    node->counters.signatures_checked += check->count;
    for (uint32_t i = 0; i < check->count; i++) {
        struct hs_admission_entry *entry = &check->entries[i];
        forget_undecided(node, &entry->summary.id);
        if (check->ok[i]) {
            take_into_pool(node, entry);
            continue;
        }
        if (entry->batch->peer != HS_NO_PEER) {
            hs_node_blame_peer(node, entry->batch->peer, HS_BAD_SIGNATURE);
        }
        decide(entry->batch, entry->index_in_batch, HS_BAD_SIGNATURE);
    }
    check->busy = false;
    pump(node);
    hs_parcels_wake_waiting(node);
}

static struct hs_admission_job *free_job(struct hs_node *node)
{
    for (uint32_t i = 0; i < HS_ADMISSION_JOBS; i++) {
        if (!node->admission.jobs[i].busy) {
            return &node->admission.jobs[i];
        }
    }
    return NULL;
}

static struct hs_admission_entry pop(struct hs_admission *admission)
{
    struct hs_admission_entry entry = admission->queue[admission->head];
    admission->head = (admission->head + 1) % admission->capacity;
    admission->count--;
    return entry;
}

static bool checked_in_proposal(const struct hs_admission *admission,
                                const struct hs_admission_entry *entry)
{
    uint64_t unused;
    return entry->signature_known ||
           hs_recent_transactions_find(admission->checked, &entry->summary.id, &unused);
}

/* Moves entries from the ring to a job until it is full, or the next one is a proposal's. */
static void fill_job(struct hs_node *node, struct hs_admission_job *check)
{
    struct hs_admission *admission = &node->admission;
    check->count = 0;
    while (check->count < HS_ADMISSION_CHUNK && admission->count > 0 &&
           !admission->queue[admission->head].claimed) {
        struct hs_admission_entry entry = pop(admission);
        forget_undecided(node, &entry.summary.id);
        if (checked_in_proposal(admission, &entry)) {
            take_into_pool(node, &entry);
            continue;
        }
        enum hs_status status =
            hs_id_map_insert(admission->undecided, entry.summary.id.bytes, IN_JOB);
        HS_ASSERT(status == HS_OK);
        check->entries[check->count++] = entry;
    }
}

/* Gives the jobs that are free something to check. */
static void pump(struct hs_node *node)
{
    struct hs_admission *admission = &node->admission;
    struct hs_admission_job *check = free_job(node);
    while (check != NULL && admission->count > 0) {
        fill_job(node, check);
        if (check->count == 0) {
            return;
        }
        check->job.run = run_check;
        check->job.done = done_check;
        check->node = node;
        check->busy = true;
        hs_node_submit_job(node, HS_LANE_BULK, &check->job);
        check = free_job(node);
    }
}

/* -- proposals ------------------------------------------------------------------------------- */

enum hs_signature_knowledge hs_admission_signature(const struct hs_node *node,
                                                   const struct hs_transaction_id *id)
{
    const struct hs_admission *admission = &node->admission;
    uint64_t unused;
    if (hs_mempool_contains(node->mempool, id) ||
        hs_recent_transactions_find(admission->checked, id, &unused)) {
        return HS_SIGNATURE_KNOWN;
    }
    uint32_t slot;
    if (hs_id_map_find(admission->undecided, &slot, id->bytes) != HS_OK) {
        return HS_SIGNATURE_UNKNOWN;
    }
    bool in_check = slot == IN_JOB || slot == IN_PROPOSAL || admission->queue[slot].claimed;
    return in_check ? HS_SIGNATURE_IN_CHECK : HS_SIGNATURE_UNKNOWN;
}

/* Without room in the map the transaction may be checked a second time, and that is all. */
void hs_admission_claim(struct hs_node *node, const struct hs_transaction_id *id)
{
    struct hs_admission *admission = &node->admission;
    uint32_t slot;
    if (hs_id_map_find(admission->undecided, &slot, id->bytes) != HS_OK) {
        enum hs_status status = hs_id_map_insert(admission->undecided, id->bytes, IN_PROPOSAL);
        (void)status;
    } else if (slot != IN_JOB && slot != IN_PROPOSAL) {
        admission->queue[slot].claimed = true;
    }
}

void hs_admission_claim_over(struct hs_node *node, const struct hs_transaction_id *id, bool good)
{
    struct hs_admission *admission = &node->admission;
    if (good) {
        hs_recent_transactions_add(admission->checked, id, 0);
    }
    uint32_t slot;
    if (hs_id_map_find(admission->undecided, &slot, id->bytes) != HS_OK) {
        return;
    }
    if (slot == IN_PROPOSAL) {
        forget_undecided(node, id);
    } else if (slot != IN_JOB) {
        admission->queue[slot].claimed = false;
        admission->queue[slot].signature_known = good;
    }
}

/* -- taking in ----------------------------------------------------------------------------- */

/* Everything but the signature. HS_OK: worth checking. The large map of what is committed is asked
 * only about a nonce that is used up: mostly it would say no, at the price of a cache miss. */
static enum hs_status look_at(const struct hs_node *node, struct hs_bytes transaction,
                              struct hs_transaction_summary *summary)
{
    const struct hs_application *application = &node->application;
    enum hs_status status = application->inspect(application->context, transaction, summary);
    if (status != HS_OK) {
        return status;
    }
    uint32_t slot;
    bool undecided = hs_id_map_find(node->admission.undecided, &slot, summary->id.bytes) == HS_OK &&
                     slot != IN_PROPOSAL;
    if (undecided || hs_mempool_contains(node->mempool, &summary->id)) {
        return HS_DUPLICATE;
    }
    status = application->admit(application->context, transaction);
    uint64_t height;
    bool committed = status == HS_NONCE_TOO_LOW &&
                     hs_recent_transactions_find(node->recent, &summary->id, &height);
    return committed ? HS_DUPLICATE : status;
}

static void take_in(struct hs_node *node, struct hs_admission_batch *batch, uint32_t index,
                    struct hs_bytes transaction)
{
    struct hs_admission *admission = &node->admission;
    struct hs_transaction_summary summary = {0};
    enum hs_status status = look_at(node, transaction, &summary);
    batch->ids[index] = summary.id;
    if (status == HS_OK && admission->count == admission->capacity) {
        status = HS_FULL;
    }
    uint32_t slot = (admission->head + admission->count) % admission->capacity;
    bool claimed = false;
    if (status == HS_OK) {
        uint32_t unused;
        claimed = hs_id_map_remove(admission->undecided, &unused, summary.id.bytes) == HS_OK;
        status = hs_id_map_insert(admission->undecided, summary.id.bytes, slot);
    }
    if (status != HS_OK) {
        if (batch->peer != HS_NO_PEER && status == HS_MALFORMED) {
            hs_node_blame_peer(node, batch->peer, status);
        }
        decide(batch, index, status);
        return;
    }
    admission->queue[slot] = (struct hs_admission_entry){
        .batch = batch,
        .index_in_batch = index,
        .claimed = claimed,
        .transaction = transaction,
        .summary = summary,
    };
    admission->count++;
}

void hs_admission_take_peer_batch(struct hs_node *node, uint32_t peer, struct hs_buffer *buffer,
                                  const struct hs_message *message)
{
    uint32_t count = message->transactions.count;
    struct hs_admission_batch *batch = new_batch(peer, count, buffer);
    if (batch == NULL) {
        return;
    }
    struct hs_bytes all = message->transactions.transactions;
    struct hs_reader reader = hs_reader_over(all.data, all.size);
    for (uint32_t i = 0; i < count; i++) {
        struct hs_bytes transaction;
        enum hs_status status = hs_message_transaction_next(&reader, &transaction);
        HS_ASSERT(status == HS_OK); /* hs_message_decode has counted them */
        take_in(node, batch, i, transaction);
    }
}

/* Copies a client's transactions into one buffer and points `copies` into it. */
static struct hs_buffer *copy_all(const struct hs_bytes transactions[], size_t count,
                                  struct hs_bytes copies[])
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += transactions[i].size;
    }
    struct hs_buffer *buffer =
        size > 0 && size <= HS_MESSAGE_BYTES_MAX ? hs_buffer_new(size) : NULL;
    if (buffer == NULL) {
        return NULL;
    }
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(buffer->data + offset, transactions[i].data, transactions[i].size);
        copies[i] = (struct hs_bytes){buffer->data + offset, transactions[i].size};
        offset += transactions[i].size;
    }
    return buffer;
}

enum hs_status hs_node_submit(struct hs_node *node, const struct hs_bytes transactions[],
                              size_t count, hs_node_submitted *submitted, void *context)
{
    struct hs_admission *admission = &node->admission;
    if (count == 0 || count > HS_TRANSACTIONS_BATCH_MAX) {
        return HS_INVALID_ARGUMENT;
    }
    if (count > admission->capacity - admission->count) {
        return HS_FULL;
    }
    struct hs_bytes copies[HS_TRANSACTIONS_BATCH_MAX];
    struct hs_buffer *buffer = copy_all(transactions, count, copies);
    if (buffer == NULL) {
        return HS_INVALID_ARGUMENT;
    }
    struct hs_admission_batch *batch = new_batch(HS_NO_PEER, count, buffer);
    hs_buffer_release(buffer);
    if (batch == NULL) {
        return HS_FULL;
    }
    batch->submitted = submitted;
    batch->context = context;
    for (uint32_t i = 0; i < count; i++) {
        take_in(node, batch, i, copies[i]);
    }
    return HS_OK;
}

/* -- once a turn ----------------------------------------------------------------------------- */

static void tell_core(struct hs_node *node)
{
    struct hs_mempool_counts counts;
    hs_mempool_counts(node->mempool, &counts);
    bool full = counts.ready >= node->chain.own_transactions_max ||
                counts.ready_bytes >= node->config.payload_bytes_max ||
                counts.ready_gas >= node->application.gas_limit;
    struct hs_admission *admission = &node->admission;
    if (counts.ready == admission->told_transactions && full == admission->told_full) {
        return;
    }
    admission->told_transactions = counts.ready;
    admission->told_full = full;
    struct hs_event event = {.type = HS_EVENT_WORK_AVAILABLE};
    event.work.transactions = counts.ready;
    event.work.full_block = full;
    enum hs_status status;
    hs_node_feed(node, &event, &status);
}

void hs_admission_end_turn(struct hs_node *node)
{
    pump(node);
    gossip_again(node);
    flush_gossip(node);
    tell_core(node);
}
