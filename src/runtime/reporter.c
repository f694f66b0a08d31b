/* See reporter.h.
 *
 *     IDLE ── one would be punished ──► WAITING ── its turn ──► SUBMITTED ── committed, or punished
 *      ▲                                                           │          by another's ──► IDLE
 *      └────────────────────── no longer worth it ◄────────────────┴── lost, or too long: again
 *
 * A second attempt offers more, and has the nonce of the first as long as that can still be used:
 * the two can't both be committed, and the pool takes the better one (F5).
 */
#include "runtime/reporter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/fees.h"
#include "ledger/validator_reads.h"
#include "wire/transaction.h"

#define SECOND_NS UINT64_C(1000000000)
#define LOOK_NS   SECOND_NS
/* Between the turns of two validators: some blocks, so that the one's transaction is committed before
 * the other's time comes. */
#define TURN_NS (2 * SECOND_NS)
/* How long a transaction may wait for a block before another is made in its place. */
#define PATIENCE_NS (20 * SECOND_NS)
/* What it pays at most, as a multiple of what the base fee comes to now; more with each attempt. What is
 * not needed is not paid. */
#define FEE_HEADROOM 2u
#define ATTEMPTS_MAX 30u /* that raise the offer */

enum stage { IDLE, WAITING, SUBMITTED };

struct hs_reporter {
    struct hs_account_key key;
    struct hs_chain_id chain_id;
    const struct hs_ledger *ledger;
    const struct hs_log *log;
    uint64_t look_ns;
    enum stage stage;
    struct hs_double_vote evidence; /* the one under way */
    uint64_t since_ns;              /* when the stage began */
    uint32_t attempts;
    bool undecided; /* the node looks at the transaction */
    bool refused;
    uint64_t nonce;
    struct hs_transaction_id id;
    struct hs_double_vote found[HS_NODE_EVIDENCE_MAX]; /* scratch */
};

struct hs_reporter *hs_reporter_new(const struct hs_account_key *key,
                                    const struct hs_chain_id *chain_id,
                                    const struct hs_ledger *ledger, const struct hs_log *log)
{
    struct hs_reporter *reporter = calloc(1, sizeof *reporter);
    if (reporter != NULL) {
        reporter->key = *key;
        reporter->chain_id = *chain_id;
        reporter->ledger = ledger;
        reporter->log = log;
    }
    return reporter;
}

void hs_reporter_free(struct hs_reporter *reporter)
{
    if (reporter != NULL) {
        hs_wipe(&reporter->key, sizeof reporter->key);
        free(reporter);
    }
}

static void enter(struct hs_reporter *reporter, enum stage stage, uint64_t now_ns)
{
    reporter->stage = stage;
    reporter->since_ns = now_ns;
}

static void say(const struct hs_reporter *reporter, enum hs_log_level level, const char *event,
                const char *why)
{
    const uint8_t *key = reporter->evidence.bls_public_key.bytes;
    hs_log_event(reporter->log, level, HS_LOG_RUNTIME, event,
                 "validator=%02x%02x%02x%02x epoch=%" PRIu64 " view=%" PRIu64 " attempt=%" PRIu32
                 " why=\"%s\"",
                 key[0], key[1], key[2], key[3], reporter->evidence.epoch, reporter->evidence.view,
                 reporter->attempts, why);
}

/* -- one to report ------------------------------------------------------------------------- */

static bool find_evidence(struct hs_reporter *reporter, const struct hs_node *node)
{
    uint32_t count = hs_node_evidence(node, reporter->found, HS_NODE_EVIDENCE_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (hs_ledger_check_evidence(reporter->ledger, &reporter->found[i]) == HS_OK) {
            reporter->evidence = reporter->found[i];
            return true;
        }
    }
    return false;
}

static uint64_t wait_of(const struct hs_node *node)
{
    struct hs_node_status status;
    hs_node_status(node, &status);
    uint32_t turn = status.self < status.validator_count ? status.self : status.validator_count;
    return turn * TURN_NS;
}

/* -- its transaction ------------------------------------------------------------------------- */

static void on_submitted(void *context, const enum hs_status outcomes[],
                         const struct hs_transaction_id ids[], size_t count)
{
    struct hs_reporter *reporter = context;
    (void)count;
    reporter->undecided = false;
    reporter->id = ids[0];
    reporter->refused = outcomes[0] != HS_OK && outcomes[0] != HS_DUPLICATE;
    if (reporter->refused) {
        say(reporter, HS_LOG_WARN, "evidence_not_taken", hs_status_text(outcomes[0]));
    }
}

/* The nonce of the attempt before, unless the chain is past it. */
static uint64_t choose_nonce(const struct hs_reporter *reporter, const struct hs_node *node)
{
    struct hs_account account;
    hs_ledger_account(reporter->ledger, &account, &reporter->key.address);
    bool usable = reporter->attempts > 0 && !reporter->refused && reporter->nonce >= account.nonce;
    return usable ? reporter->nonce : hs_node_next_nonce(node, &reporter->key.address);
}

/* Units per gas, of a block on the committed one. */
static uint64_t base_fee_now(const struct hs_application *application)
{
    struct hs_state_root root;
    struct hs_state state = application->committed(application->context, &root);
    return application->base_fee(application->context, state).units;
}

static void submit(struct hs_reporter *reporter, struct hs_node *node,
                   const struct hs_application *application, uint64_t now_ns)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_EVIDENCE,
        .chain_id = reporter->chain_id,
        .sender = reporter->key.public_key,
        .nonce = choose_nonce(reporter, node),
        .evidence = reporter->evidence,
    };
    uint64_t gas = hs_fees_gas(transaction.type, hs_transaction_size(&transaction));
    uint64_t more = reporter->attempts < ATTEMPTS_MAX ? reporter->attempts : ATTEMPTS_MAX;
    transaction.max_tip.units = gas * (1 + more);
    transaction.max_fee.units =
        (FEE_HEADROOM + more) * gas * base_fee_now(application) + transaction.max_tip.units;
    hs_transaction_sign(&transaction, &reporter->key.secret_key);
    struct hs_bytes encoded = {bytes, hs_transaction_encode(bytes, sizeof bytes, &transaction)};
    hs_transaction_id_of(&reporter->id, encoded);
    reporter->nonce = transaction.nonce;
    reporter->attempts++;
    reporter->undecided = true;
    reporter->refused = false;
    enter(reporter, SUBMITTED, now_ns);
    if (hs_node_submit(node, &encoded, 1, on_submitted, reporter) != HS_OK) {
        reporter->undecided = false;
        reporter->refused = true; /* the node is full: later */
    }
}

/* Is another attempt due? */
static bool is_lost(const struct hs_reporter *reporter, const struct hs_node *node, uint64_t now_ns)
{
    uint64_t height;
    bool unknown = hs_node_transaction(node, &reporter->id, &height) == HS_TRANSACTION_UNKNOWN;
    bool long_ago = now_ns - reporter->since_ns >= PATIENCE_NS;
    /* One that is unknown may be in a block that is not committed yet. */
    bool soon = now_ns - reporter->since_ns >= PATIENCE_NS / 4;
    return long_ago || (soon && unknown && !reporter->refused);
}

static void look_after(struct hs_reporter *reporter, struct hs_node *node,
                       const struct hs_application *application, uint64_t now_ns)
{
    uint64_t height = 0;
    if (reporter->undecided) {
        return;
    }
    if (hs_node_transaction(node, &reporter->id, &height) == HS_TRANSACTION_COMMITTED) {
        say(reporter, HS_LOG_INFO, "evidence_reported", "its transaction is committed");
        enter(reporter, IDLE, now_ns);
    } else if (hs_ledger_check_evidence(reporter->ledger, &reporter->evidence) != HS_OK) {
        say(reporter, HS_LOG_INFO, "evidence_settled", "it is punished, or too late to be");
        enter(reporter, IDLE, now_ns);
    } else if (is_lost(reporter, node, now_ns)) {
        submit(reporter, node, application, now_ns);
    }
}

void hs_reporter_look(struct hs_reporter *reporter, struct hs_node *node,
                      const struct hs_application *application, uint64_t now_ns)
{
    if (now_ns < reporter->look_ns) {
        return;
    }
    reporter->look_ns = now_ns + LOOK_NS;
    switch (reporter->stage) {
    case IDLE:
        if (find_evidence(reporter, node)) {
            reporter->attempts = 0;
            enter(reporter, WAITING, now_ns);
        }
        return;
    case WAITING:
        if (hs_ledger_check_evidence(reporter->ledger, &reporter->evidence) != HS_OK) {
            enter(reporter, IDLE, now_ns);
        } else if (now_ns - reporter->since_ns >= wait_of(node)) {
            submit(reporter, node, application, now_ns);
        }
        return;
    case SUBMITTED:
        look_after(reporter, node, application, now_ns);
        return;
    }
}
