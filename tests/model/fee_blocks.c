/* Blocks for the independent model of the fee market (fee_market.py), and what the ledger made of
 * them.
 *
 * usage: fee_blocks BLOCKS SEED
 *
 * The blocks are of many short chains, each with parameters of its own: ordinary ones, base fees near
 * the most there is, supplies of all 64 bits. A chain goes through phases: idle, a few transfers, about
 * the target, full, above the limit. Transfers are drawn at the edges as well: balances spent to the
 * last unit and one unit beyond, fees that just cover the base fee and just don't, nonces off by one.
 * Nothing is computed here of what the ledger should do: that is the model's.
 *
 * Written to standard output, little-endian; a model reads it as it comes:
 *
 *     chain     'C' || base_fee || base_fee_min || gas_limit || ACCOUNTS balances     (u64 each)
 *     block     'B' || fee recipient u8 || base fee of its header u64 || count u16 ||
 *               count transfers || base fee of the next block u64 || burned total u64 ||
 *               ACCOUNTS balances u64 || ACCOUNTS nonces u64
 *     transfer  sender u8 || recipient u8 || included u8 || bytes u16 || nonce u64 || amount u64 ||
 *               max_fee u64 || max_tip u64
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "crypto/hash.h"
#include "ledger/ledger.h"
#include "sim/random.h"

#define ACCOUNTS         24u
#define CHAIN_BLOCKS     5000u
#define BLOCK_MAX        220u
#define RECORD_BYTES_MAX (64u + BLOCK_MAX * 40u + 2u * 8u * ACCOUNTS)

enum phase { PHASE_IDLE, PHASE_FEW, PHASE_TARGET, PHASE_FULL, PHASE_ABOVE, PHASE_ANY, PHASE_COUNT };

struct offered {
    uint8_t sender;
    uint8_t recipient;
    struct hs_transaction transaction;
    uint8_t bytes[HS_TRANSACTION_TRANSFER_BYTES];
};

struct generator {
    struct hs_random random;
    struct hs_chain_id chain_id;
    struct hs_ed25519_public_key keys[ACCOUNTS];
    struct hs_genesis_account genesis[ACCOUNTS];
    struct hs_ledger_config config;
    void *memory;
    struct hs_ledger *ledger;
    struct hs_application application;
    uint64_t chain_count;
    enum phase phase;
    uint64_t phase_left;
    uint64_t height;
    size_t count;
    struct offered offered[BLOCK_MAX];
    bool included[BLOCK_MAX];
};

static void emit(const uint8_t *data, size_t size)
{
    if (fwrite(data, 1, size, stdout) != size) {
        exit(1); /* the model has gone */
    }
}

/* -- chains ---------------------------------------------------------------------------- */

enum kind { KIND_LOWEST, KIND_HIGHEST, KIND_ORDINARY, KIND_COUNT };

static void draw_fees(struct hs_fee_parameters *fees, enum kind kind, struct hs_random *random)
{
    static const uint64_t limits[] = {HS_TRANSACTION_GAS_MAX, 100, 150};
    fees->gas_limit = limits[hs_random_below(random, 3)];
    fees->base_fee_min.units = HS_BASE_FEE_MIN + hs_random_below(random, 20);
    switch (kind) {
    case KIND_LOWEST:
        fees->base_fee = fees->base_fee_min;
        break;
    case KIND_HIGHEST:
        fees->base_fee.units = HS_BASE_FEE_MAX - hs_random_below(random, 1000);
        break;
    case KIND_ORDINARY:
    case KIND_COUNT:
        fees->base_fee.units = fees->base_fee_min.units + hs_random_below(random, 100000);
        break;
    }
}

/* A supply of all 64 bits, of which the last account has a third; or ordinary balances. */
static void draw_balances(struct generator *generator, bool all_bits)
{
    uint64_t left = UINT64_MAX;
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        uint64_t units = UINT64_C(1) << hs_random_between(&generator->random, 20, 53);
        if (all_bits && i + 1 < ACCOUNTS) {
            units = i < 14 ? UINT64_MAX / 20 : units;
        } else if (all_bits) {
            units = left;
        }
        left -= units;
        generator->genesis[i].balance.units = units;
    }
}

static void start_chain(struct generator *generator)
{
    free(generator->memory);
    struct hs_ledger_config *config = &generator->config;
    hs_ledger_parameters_default(&config->parameters);
    config->parameters.commits.total_max = config->parameters.commits.per_sender_max;
    enum kind kind = (enum kind)(generator->chain_count++ % KIND_COUNT);
    draw_fees(&config->parameters.fees, kind, &generator->random);
    draw_balances(generator, kind == KIND_HIGHEST || hs_random_per_mille(&generator->random, 300));
    generator->phase = PHASE_FULL;
    generator->phase_left = hs_random_between(&generator->random, 1, 80);
    generator->memory = calloc(1, hs_ledger_footprint(config));
    HS_ASSERT(generator->memory != NULL);
    enum hs_status status = hs_ledger_new(&generator->ledger, generator->memory, config);
    HS_ASSERT(status == HS_OK);
    hs_ledger_application(generator->ledger, &generator->application);

    uint8_t record[RECORD_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(record, sizeof record);
    hs_write_u8(&writer, 'C');
    hs_write_u64(&writer, config->parameters.fees.base_fee.units);
    hs_write_u64(&writer, config->parameters.fees.base_fee_min.units);
    hs_write_u64(&writer, config->parameters.fees.gas_limit);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        hs_write_u64(&writer, generator->genesis[i].balance.units);
    }
    emit(record, writer.offset);
}

static void start(struct generator *generator, uint64_t seed)
{
    generator->random = hs_random_of(seed, 1);
    hs_hash(generator->chain_id.bytes, "hotstuff/test/fees", "", 0);
    for (uint8_t i = 0; i < ACCOUNTS; i++) {
        hs_hash(generator->keys[i].bytes, "hotstuff/test/fees", &i, sizeof i);
        hs_address_of(&generator->genesis[i].address, &generator->keys[i]);
    }
    generator->config = (struct hs_ledger_config){
        .chain_id = generator->chain_id,
        .accounts = generator->genesis,
        .account_count = ACCOUNTS,
        .accounts_max = ACCOUNTS,
        .states_max = 2,
        .overlay_accounts_max = 4 * ACCOUNTS,
        .overlay_records_max = 1,
    };
}

/* -- blocks ------------------------------------------------------------------------------ */

static size_t draw_count(struct generator *generator)
{
    struct hs_random *random = &generator->random;
    uint64_t limit = generator->config.parameters.fees.gas_limit;
    if (generator->phase_left == 0) {
        generator->phase = (enum phase)hs_random_below(random, PHASE_COUNT);
        generator->phase_left = hs_random_between(random, 1, 80);
    }
    generator->phase_left--;
    switch (generator->phase) {
    case PHASE_IDLE:
        return 0;
    case PHASE_FEW:
        return (size_t)hs_random_below(random, 4);
    case PHASE_TARGET:
        return (size_t)hs_random_between(random, limit / 2 - 3, limit / 2 + 3);
    case PHASE_FULL:
        return (size_t)limit;
    case PHASE_ABOVE:
        return (size_t)hs_random_between(random, limit, BLOCK_MAX);
    case PHASE_ANY:
    case PHASE_COUNT:
        break;
    }
    return (size_t)hs_random_below(random, limit + 1);
}

/* Where an amount or a fee leaves what is ordinary. */
static void bend(struct hs_transaction *transaction, uint64_t balance, uint64_t base_fee,
                 struct hs_random *random)
{
    uint64_t left = balance > base_fee ? balance - base_fee : 0;
    switch (hs_random_below(random, 11)) {
    case 0: /* the last unit */
        transaction->transfer.amount.units = left;
        transaction->max_fee.units = base_fee;
        break;
    case 1: /* and one more */
        transaction->transfer.amount.units = left + 1;
        transaction->max_fee.units = base_fee;
        break;
    case 2:
        transaction->transfer.amount.units = UINT64_MAX;
        break;
    case 3:
        transaction->max_fee.units = base_fee - 1;
        break;
    case 4:
        transaction->max_fee.units = base_fee;
        break;
    case 5:
        transaction->max_fee.units = UINT64_MAX;
        break;
    case 6: /* all that is left to the proposer */
        transaction->transfer.amount.units = 0;
        transaction->max_fee.units = UINT64_MAX;
        transaction->max_tip.units = left / 2;
        break;
    case 7:
        transaction->max_fee.units = UINT64_MAX;
        transaction->max_tip.units = UINT64_MAX;
        break;
    case 8:
        transaction->nonce--;
        break;
    case 9:
        transaction->nonce++;
        break;
    case 10:
        transaction->transfer.amount.units = 0;
        break;
    }
}

static void draw_block(struct generator *generator)
{
    struct hs_random *random = &generator->random;
    uint64_t base_fee = hs_ledger_base_fee(generator->ledger).units;
    struct hs_account accounts[ACCOUNTS];
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        hs_ledger_account(generator->ledger, &accounts[i], &generator->genesis[i].address);
    }
    generator->count = draw_count(generator);
    for (size_t i = 0; i < generator->count; i++) {
        struct offered *offered = &generator->offered[i];
        offered->sender = (uint8_t)hs_random_below(random, ACCOUNTS);
        offered->recipient = (uint8_t)hs_random_below(random, ACCOUNTS);
        struct hs_account *sender = &accounts[offered->sender];
        offered->transaction = (struct hs_transaction){
            .type = HS_TRANSACTION_TRANSFER,
            .chain_id = generator->chain_id,
            .sender = generator->keys[offered->sender],
            .nonce = sender->nonce,
            .transfer = {.recipient = generator->genesis[offered->recipient].address,
                         .amount = {hs_random_below(random, 10000)}},
            .max_fee = {base_fee + hs_random_below(random, 50)},
            .max_tip = {hs_random_below(random, 40)},
        };
        if (hs_random_per_mille(random, 80)) {
            bend(&offered->transaction, sender->balance.units, base_fee, random);
        }
        sender->nonce += offered->transaction.max_fee.units >= base_fee;
        hs_transaction_encode(offered->bytes, sizeof offered->bytes, &offered->transaction);
    }
}

static void run_block(struct generator *generator, uint8_t fee_recipient, uint64_t *base_fee)
{
    struct hs_bytes transactions[BLOCK_MAX];
    struct hs_state_root root;
    struct hs_state parent = generator->application.committed(generator->ledger, &root), state;
    struct hs_block_context block = {
        .height = ++generator->height,
        .fee_recipient = generator->genesis[fee_recipient].address,
        .base_fee = generator->application.base_fee(generator->ledger, parent),
    };
    for (size_t i = 0; i < generator->count; i++) {
        transactions[i] =
            (struct hs_bytes){generator->offered[i].bytes, sizeof generator->offered[i].bytes};
    }
    enum hs_status status =
        generator->application.execute(generator->ledger, parent, &block, transactions,
                                       generator->count, generator->included, &state, &root);
    HS_ASSERT(status == HS_OK);
    generator->application.commit(generator->ledger, state);
    *base_fee = block.base_fee.units;
}

static void emit_block(const struct generator *generator, uint8_t fee_recipient, uint64_t base_fee)
{
    uint8_t record[RECORD_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(record, sizeof record);
    hs_write_u8(&writer, 'B');
    hs_write_u8(&writer, fee_recipient);
    hs_write_u64(&writer, base_fee);
    hs_write_u16(&writer, (uint16_t)generator->count);
    for (size_t i = 0; i < generator->count; i++) {
        const struct offered *offered = &generator->offered[i];
        hs_write_u8(&writer, offered->sender);
        hs_write_u8(&writer, offered->recipient);
        hs_write_u8(&writer, generator->included[i]);
        hs_write_u16(&writer, (uint16_t)sizeof offered->bytes);
        hs_write_u64(&writer, offered->transaction.nonce);
        hs_write_u64(&writer, offered->transaction.transfer.amount.units);
        hs_write_u64(&writer, offered->transaction.max_fee.units);
        hs_write_u64(&writer, offered->transaction.max_tip.units);
    }
    hs_write_u64(&writer, hs_ledger_base_fee(generator->ledger).units);
    hs_write_u64(&writer, hs_ledger_burned(generator->ledger).units);
    struct hs_account accounts[ACCOUNTS];
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        hs_ledger_account(generator->ledger, &accounts[i], &generator->genesis[i].address);
        hs_write_u64(&writer, accounts[i].balance.units);
    }
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        hs_write_u64(&writer, accounts[i].nonce);
    }
    HS_ASSERT(!writer.failed);
    emit(record, writer.offset);
}

int main(int argc, char **argv)
{
    static struct generator generator;
    if (argc != 3) {
        fprintf(stderr, "usage: fee_blocks BLOCKS SEED\n");
        return 1;
    }
    uint64_t block_count = strtoull(argv[1], NULL, 10);
    start(&generator, strtoull(argv[2], NULL, 10));
    /* Short runs see several chains as well. */
    uint64_t chain_blocks = block_count / 4 < CHAIN_BLOCKS ? block_count / 4 + 1 : CHAIN_BLOCKS;
    for (uint64_t i = 0; i < block_count; i++) {
        if (i % chain_blocks == 0) {
            start_chain(&generator);
        }
        uint64_t base_fee;
        uint8_t fee_recipient = (uint8_t)hs_random_below(&generator.random, ACCOUNTS);
        draw_block(&generator);
        run_block(&generator, fee_recipient, &base_fee);
        emit_block(&generator, fee_recipient, base_fee);
    }
    free(generator.memory);
    return fflush(stdout) == 0 ? 0 : 1;
}
