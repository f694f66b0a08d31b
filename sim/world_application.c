/* What a process hands its node as application: its own ledger, but for the price of signatures; and
 * the checkers see each block that it executes.
 *
 * A signature is good or not whoever looks, and n nodes in one process would each pay for looking. So
 * the first one's answer is kept, with every byte it was about, and given to the others. The nodes
 * know nothing of it: each asks, waits and counts as if it were alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/vrf.h"
#include "sim/check_fees.h"
#include "sim/world_internal.h"

#define JUDGED_SLOTS     4096u /* older ones make way */
#define JUDGED_BYTES_MAX 256u  /* longer transactions are looked at each time */
#define FNV_OFFSET       UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME        UINT64_C(0x100000001b3)

struct judged {
    uint32_t size; /* 0: none */
    bool good;
    uint8_t bytes[JUDGED_BYTES_MAX];
};

struct hs_world_judged {
    struct judged slots[JUDGED_SLOTS];
};

struct hs_world_judged *hs_world_judged_new(void)
{
    struct hs_world_judged *judged = calloc(1, sizeof(*judged));
    HS_ASSERT(judged != NULL);
    return judged;
}

void hs_world_judged_free(struct hs_world_judged *judged)
{
    free(judged);
}

/* The signature comes last, and nothing else spreads as well: FNV-1a over the last bytes. */
static struct judged *slot_of(struct hs_world_judged *judged, struct hs_bytes transaction)
{
    uint64_t hash = FNV_OFFSET;
    for (size_t i = transaction.size > 32 ? transaction.size - 32 : 0; i < transaction.size; i++) {
        hash = (hash ^ transaction.data[i]) * FNV_PRIME;
    }
    return &judged->slots[(hash ^ hash >> 32) % JUDGED_SLOTS];
}

static const struct hs_application *inner_of(const void *context)
{
    return &((const struct hs_world_process *)context)->application;
}

static void verify(const void *context, bool ok[], const struct hs_bytes transactions[],
                   size_t count)
{
    const struct hs_application *inner = inner_of(context);
    struct hs_world_judged *judged = ((const struct hs_world_process *)context)->world->judged;
    for (size_t i = 0; i < count; i++) {
        struct judged *slot = slot_of(judged, transactions[i]);
        if (slot->size == transactions[i].size &&
            memcmp(slot->bytes, transactions[i].data, slot->size) == 0) {
            ok[i] = slot->good;
            continue;
        }
        inner->verify(inner->context, &ok[i], &transactions[i], 1);
        if (transactions[i].size <= JUDGED_BYTES_MAX) {
            slot->size = (uint32_t)transactions[i].size;
            slot->good = ok[i];
            memcpy(slot->bytes, transactions[i].data, slot->size);
        }
    }
}

/* -- handed on ------------------------------------------------------------------------------- */

static enum hs_status inspect(const void *context, struct hs_bytes transaction,
                              struct hs_transaction_summary *summary)
{
    return inner_of(context)->inspect(inner_of(context)->context, transaction, summary);
}

static enum hs_status admit(const void *context, struct hs_bytes transaction)
{
    return inner_of(context)->admit(inner_of(context)->context, transaction);
}

static uint64_t next_nonce(const void *context, const struct hs_address *sender)
{
    return inner_of(context)->next_nonce(inner_of(context)->context, sender);
}

static struct hs_state committed(const void *context, struct hs_state_root *root)
{
    return inner_of(context)->committed(inner_of(context)->context, root);
}

static struct hs_amount base_fee(const void *context, struct hs_state parent)
{
    return inner_of(context)->base_fee(inner_of(context)->context, parent);
}

static bool arrange(void *context, uint32_t order[], const struct hs_bytes transactions[],
                    size_t count)
{
    return inner_of(context)->arrange(inner_of(context)->context, order, transactions, count);
}

static enum hs_status execute(void *context, struct hs_state parent,
                              const struct hs_block_context *block,
                              const struct hs_bytes transactions[], size_t count, bool included[],
                              struct hs_state *state, struct hs_state_root *root)
{
    struct hs_world_process *process = context;
    const struct hs_application *inner = inner_of(context);
    if (included != NULL) {
        process->built = (struct hs_world_built){true, parent, *block};
    }
    enum hs_status status =
        inner->execute(inner->context, parent, block, transactions, count, included, state, root);
    if (status == HS_OK) {
        const struct hs_check_fees_block executed = {
            .height = block->height,
            .base_fee = block->base_fee,
            .transactions = transactions,
            .count = count,
            .included = included,
            .next_base_fee = inner->base_fee(inner->context, *state),
        };
        hs_checkers_executed(process->world->checkers, process->index, &executed);
    }
    return status;
}

/* What B(e) fixes (P4), as a correct node's ledger has it first. */
static void learn_epochs(struct hs_world_process *process)
{
    struct hs_world *world = process->world;
    const struct hs_application *inner = &process->application;
    struct hs_epoch *epoch = &world->learned;
    struct hs_state_root root;
    if (!world->cluster.staked || hs_world_is_byzantine(world, process->validator)) {
        return;
    }
    struct hs_state state = inner->committed(inner->context, &root);
    while (inner->epoch(inner->context, state, hs_cluster_epochs_known(&world->cluster), epoch) ==
           HS_OK) {
        hs_cluster_learn(&world->cluster, epoch);
    }
}

/* The state below the last block that was built is gone. */
static void forget_built(struct hs_world_process *process, struct hs_state gone)
{
    process->built.stands = process->built.stands && process->built.parent.slot != gone.slot;
}

static void commit(void *context, struct hs_state state)
{
    struct hs_state_root root;
    forget_built(context, committed(context, &root));
    inner_of(context)->commit(inner_of(context)->context, state);
    learn_epochs(context);
}

static void release(void *context, struct hs_state state)
{
    forget_built(context, state);
    inner_of(context)->release(inner_of(context)->context, state);
}

static void snapshot_pin(void *context)
{
    inner_of(context)->snapshot_pin(inner_of(context)->context);
}

static enum hs_status snapshot_write(const void *context, struct hs_sink *sink)
{
    return inner_of(context)->snapshot_write(inner_of(context)->context, sink);
}

static void snapshot_unpin(void *context)
{
    inner_of(context)->snapshot_unpin(inner_of(context)->context);
}

static enum hs_status restore(void *context, struct hs_source *source)
{
    return inner_of(context)->restore(inner_of(context)->context, source);
}

static size_t registered(const void *context, struct hs_contact contacts[], size_t max)
{
    return inner_of(context)->registered(inner_of(context)->context, contacts, max);
}

static enum hs_status staked_epoch(const void *context, struct hs_state state, uint64_t number,
                                   struct hs_epoch *epoch)
{
    return inner_of(context)->epoch(inner_of(context)->context, state, number, epoch);
}

static enum hs_status staked_prove_epoch(const void *context, struct hs_state state,
                                         uint64_t number, uint8_t proof[], size_t *size,
                                         size_t capacity)
{
    return inner_of(context)->prove_epoch(inner_of(context)->context, state, number, proof, size,
                                          capacity);
}

/* By the cluster's script, whatever the state. */
static enum hs_status scripted_epoch(const void *context, struct hs_state state, uint64_t number,
                                     struct hs_epoch *epoch)
{
    const struct hs_world_process *process = context;
    const struct hs_epoch *scripted = hs_cluster_epoch(&process->world->cluster, number);
    (void)state;
    if (scripted == NULL) {
        return HS_NOT_FOUND;
    }
    *epoch = *scripted;
    return HS_OK;
}

void hs_world_application(struct hs_world_process *process, struct hs_application *application)
{
    hs_ledger_application(process->ledger, &process->application);
    process->built.stands = false;
    *application = (struct hs_application){
        .context = process,
        .gas_limit = process->application.gas_limit,
        .inspect = inspect,
        .verify = verify,
        .admit = admit,
        .next_nonce = next_nonce,
        .committed = committed,
        .base_fee = base_fee,
        .arrange = arrange,
        .execute = execute,
        .commit = commit,
        .release = release,
        .snapshot_pin = snapshot_pin,
        .snapshot_write = snapshot_write,
        .snapshot_unpin = snapshot_unpin,
        .restore = restore,
    };
    if (process->world->cluster.staked) {
        application->registered = registered;
    }
    if (process->world->cluster.epoch_blocks > 0) {
        application->epoch = process->world->cluster.staked ? staked_epoch : scripted_epoch;
    }
    if (process->world->cluster.staked) {
        application->prove_epoch = staked_prove_epoch;
    }
}

enum hs_status hs_world_execute(struct hs_world *world, uint32_t index,
                                const struct hs_block_header *header,
                                const struct hs_bytes transactions[], size_t count,
                                struct hs_state_root *root)
{
    struct hs_world_process *process = &world->processes[index];
    const struct hs_application *application = &process->application;
    struct hs_block_context block = process->built.block;
    if (process->node == NULL || !process->built.stands || block.epoch != header->epoch ||
        block.view != header->view) {
        return HS_NOT_FOUND;
    }
    block.base_fee = header->base_fee;
    struct hs_vrf_proof proof;
    if (header->vrf_proof_bytes == sizeof(proof.signature.bytes)) { /* P3 */
        memcpy(proof.signature.bytes, header->vrf_proof, sizeof(proof.signature.bytes));
        hs_vrf_output_of(&block.vrf_output, &proof);
    }
    struct hs_state state;
    enum hs_status status = application->execute(application->context, process->built.parent,
                                                 &block, transactions, count, NULL, &state, root);
    if (status == HS_OK) {
        application->release(application->context, state);
    }
    return status;
}
