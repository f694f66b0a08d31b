/* See check_order.h. */
#include "sim/check_order.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/hash.h"
#include "sim/check_fees.h"

#define NAME         "order"
#define CAPACITY_MIN 64u

/* -- where the bytes of a transaction are ---------------------------------------------------- */

#define TYPE_AT     1u
#define CHAIN_AT    2u
#define SENDER_AT   34u
#define NONCE_AT    66u
#define BODY_AT     74u
#define END_BYTES   80u /* max_fee, max_tip, signature */
#define PLACE_BYTES 12u
/* Salt, inner type, recipient and amount: all of them are hashed, as they stand. */
#define OPENING_BYTES 73u
#define COMMIT_SIZE   (BODY_AT + HS_HASH_BYTES + END_BYTES)
#define REVEAL_SIZE   (BODY_AT + PLACE_BYTES + OPENING_BYTES + END_BYTES)

enum { TYPE_COMMIT = 2, TYPE_REVEAL = 3 };

/* A COMMIT or a REVEAL of a block. */
struct item {
    bool is_reveal;
    bool behind_others; /* a reveal behind something that is none */
    struct hs_ed25519_public_key sender;
    uint64_t nonce;
    struct hs_commit_place place; /* of a commitment: its index alone */
    uint8_t commitment[HS_HASH_BYTES];
    uint8_t opening[OPENING_BYTES];
};

struct block_facts {
    struct hs_block_id id;
    uint64_t gas;
    uint64_t base_fee_most; /* that each of its transactions can pay */
    struct item *items;
    uint32_t item_count;
};

struct waiting {
    struct hs_commit_place place;
    struct hs_ed25519_public_key sender;
    uint64_t nonce;
    uint8_t commitment[HS_HASH_BYTES];
};

/* A height, as the chain comes to it, and as the first ledger has it that gets there. */
struct height_facts {
    bool counted;
    uint32_t waiting;
    uint64_t burned;
    bool told;
    uint32_t told_by;
    uint32_t told_waiting;
    uint64_t told_burned;
};

struct hs_check_order {
    const struct hs_ledger_parameters *parameters;
    uint8_t chain_id[HS_HASH_BYTES];
    struct block_facts *blocks;
    uint32_t block_count;
    uint32_t block_capacity;
    struct hs_check_index index;
    struct waiting *waiting;
    uint32_t waiting_count;
    uint32_t waiting_capacity;
    struct height_facts *heights;
    size_t height_capacity;
    uint64_t height; /* up to which the chain was gone through */
    uint64_t base_fee;
    uint64_t burned;
    struct hs_check_order_counts counts;
    struct hs_bytes split[HS_BLOCK_TRANSACTIONS_MAX];
};

struct hs_check_order *hs_check_order_new(const struct hs_cluster *cluster)
{
    struct hs_check_order *order = calloc(1, sizeof(*order));
    HS_ASSERT(order != NULL);
    order->parameters = &cluster->parameters;
    memcpy(order->chain_id, cluster->chain_id.bytes, sizeof(order->chain_id));
    order->base_fee = cluster->parameters.fees.base_fee.units;
    return order;
}

void hs_check_order_free(struct hs_check_order *order)
{
    for (uint32_t i = 0; i < order->block_count; i++) {
        free(order->blocks[i].items);
    }
    free(order->blocks);
    hs_check_index_release(&order->index);
    free(order->waiting);
    free(order->heights);
    free(order);
}

/* -- decoding ---------------------------------------------------------------------------------- */

static uint64_t number_at(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = size; i > 0; i--) {
        number = number << 8 | bytes[i - 1];
    }
    return number;
}

static size_t split_payload(struct hs_bytes transactions[HS_BLOCK_TRANSACTIONS_MAX],
                            struct hs_bytes payload)
{
    size_t count = 0;
    size_t offset = 0;
    while (payload.size - offset >= 4 && count < HS_BLOCK_TRANSACTIONS_MAX) {
        size_t size = number_at(payload.data + offset, 4);
        offset += 4;
        if (size > payload.size - offset) {
            break;
        }
        transactions[count++] = (struct hs_bytes){payload.data + offset, size};
        offset += size;
    }
    return count;
}

static struct item read_item(struct hs_bytes transaction, uint32_t index)
{
    const uint8_t *data = transaction.data;
    struct item item = {
        .is_reveal = data[TYPE_AT] == TYPE_REVEAL,
        .nonce = number_at(data + NONCE_AT, 8),
    };
    memcpy(item.sender.bytes, data + SENDER_AT, sizeof(item.sender.bytes));
    if (item.is_reveal) {
        item.place.height = number_at(data + BODY_AT, 8);
        item.place.index = (uint32_t)number_at(data + BODY_AT + 8, 4);
        memcpy(item.opening, data + BODY_AT + PLACE_BYTES, OPENING_BYTES);
    } else {
        item.place.index = index;
        memcpy(item.commitment, data + BODY_AT, HS_HASH_BYTES);
    }
    return item;
}

/* Nothing of this chain is as short: who commits it is found out by others. */
static bool is_short(struct hs_bytes transaction)
{
    return transaction.size < BODY_AT + END_BYTES;
}

static bool is_item(struct hs_bytes transaction)
{
    uint8_t type = is_short(transaction) ? 0 : transaction.data[TYPE_AT];
    return (type == TYPE_COMMIT && transaction.size == COMMIT_SIZE) ||
           (type == TYPE_REVEAL && transaction.size == REVEAL_SIZE);
}

static void read_fees(struct block_facts *facts, struct hs_bytes transaction)
{
    uint64_t gas = hs_check_fees_gas(transaction);
    uint64_t most = number_at(transaction.data + transaction.size - END_BYTES, 8) / gas;
    facts->gas += gas;
    facts->base_fee_most = most < facts->base_fee_most ? most : facts->base_fee_most;
}

static struct item *new_items(const struct hs_bytes transactions[], size_t count)
{
    size_t item_count = 0;
    for (size_t i = 0; i < count; i++) {
        item_count += is_item(transactions[i]) ? 1 : 0;
    }
    struct item *items = item_count > 0 ? calloc(item_count, sizeof(*items)) : NULL;
    HS_ASSERT(item_count == 0 || items != NULL);
    return items;
}

static void read_block(struct block_facts *facts, const struct hs_bytes transactions[],
                       size_t count)
{
    bool others = false;
    facts->items = new_items(transactions, count);
    for (size_t i = 0; i < count; i++) {
        if (is_short(transactions[i])) {
            continue;
        }
        uint8_t type = transactions[i].data[TYPE_AT];
        read_fees(facts, transactions[i]);
        if (is_item(transactions[i])) {
            struct item *item = &facts->items[facts->item_count++];
            *item = read_item(transactions[i], (uint32_t)i);
            item->behind_others = others && item->is_reveal;
        }
        others = others || type != TYPE_REVEAL;
    }
}

void hs_check_order_block(struct hs_check_order *order, const struct hs_block_id *id,
                          struct hs_bytes payload)
{
    uint32_t entry;
    if (hs_check_index_find(&order->index, &entry, id->bytes)) {
        return;
    }
    if (order->block_count == order->block_capacity) {
        uint32_t capacity = order->block_capacity > 0 ? 2 * order->block_capacity : CAPACITY_MIN;
        order->blocks = hs_check_grown(order->blocks, order->block_capacity, capacity,
                                       sizeof(order->blocks[0]));
        order->block_capacity = capacity;
    }
    entry = order->block_count++;
    order->blocks[entry] = (struct block_facts){.id = *id, .base_fee_most = UINT64_MAX};
    hs_check_index_add(&order->index, entry, order->blocks, sizeof(order->blocks[0]));
    read_block(&order->blocks[entry], order->split, split_payload(order->split, payload));
}

/* -- commitments ------------------------------------------------------------------------------- */

static bool same_sender(const struct hs_ed25519_public_key *a,
                        const struct hs_ed25519_public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static bool is_at(const struct hs_commit_place *a, const struct hs_commit_place *b)
{
    return a->height == b->height && a->index == b->index;
}

static void take_out(struct hs_check_order *order, uint32_t entry)
{
    order->waiting[entry] = order->waiting[--order->waiting_count];
}

/* M4: before the transactions of a block. */
static void expire(struct hs_check_order *order, uint64_t height)
{
    const struct hs_commit_parameters *parameters = &order->parameters->commits;
    for (uint32_t i = 0; i < order->waiting_count;) {
        if (order->waiting[i].place.height + parameters->window_blocks < height) {
            order->burned += parameters->deposit.units;
            order->counts.expired++;
            take_out(order, i);
        } else {
            i++;
        }
    }
}

/* M1 */
static void add(struct hs_check_order *order, struct hs_check *check, uint64_t height,
                const struct item *item)
{
    const struct hs_commit_parameters *parameters = &order->parameters->commits;
    uint32_t of_sender = 1;
    for (uint32_t i = 0; i < order->waiting_count; i++) {
        of_sender += same_sender(&order->waiting[i].sender, &item->sender) ? 1 : 0;
    }
    if (of_sender > parameters->per_sender_max || order->waiting_count >= parameters->total_max) {
        hs_check_fail(check, NAME,
                      "M1: with height %" PRIu64 " %" PRIu32
                      " commitments wait of one sender and %" PRIu32
                      " of all, the limits are %" PRIu32 " and %" PRIu32,
                      height, of_sender, order->waiting_count + 1, parameters->per_sender_max,
                      parameters->total_max);
    }
    if (order->waiting_count == order->waiting_capacity) {
        uint32_t capacity =
            order->waiting_capacity > 0 ? 2 * order->waiting_capacity : CAPACITY_MIN;
        order->waiting = hs_check_grown(order->waiting, order->waiting_capacity, capacity,
                                        sizeof(order->waiting[0]));
        order->waiting_capacity = capacity;
    }
    struct waiting *made = &order->waiting[order->waiting_count++];
    *made = (struct waiting){
        .place = {height, item->place.index},
        .sender = item->sender,
        .nonce = item->nonce,
    };
    memcpy(made->commitment, item->commitment, HS_HASH_BYTES);
}

/* M2: the sender of the reveal and the nonce of the COMMIT are part of what is hashed. */
static bool opens(const struct hs_check_order *order, const struct waiting *made,
                  const struct item *item)
{
    uint8_t bytes[2 * HS_HASH_BYTES + 8 + OPENING_BYTES];
    uint8_t hash[HS_HASH_BYTES];
    memcpy(bytes, order->chain_id, HS_HASH_BYTES);
    memcpy(bytes + HS_HASH_BYTES, item->sender.bytes, HS_HASH_BYTES);
    for (size_t i = 0; i < 8; i++) {
        bytes[2 * HS_HASH_BYTES + i] = (uint8_t)(made->nonce >> 8 * i);
    }
    memcpy(bytes + 2 * HS_HASH_BYTES + 8, item->opening, OPENING_BYTES);
    hs_hash(hash, "hotstuff/commitment", bytes, sizeof(bytes));
    return memcmp(hash, made->commitment, HS_HASH_BYTES) == 0;
}

static void open(struct hs_check_order *order, struct hs_check *check, uint64_t height,
                 const struct item *item)
{
    for (uint32_t i = 0; i < order->waiting_count; i++) {
        const struct waiting *made = &order->waiting[i];
        if (!is_at(&made->place, &item->place) || made->place.height == height) {
            continue;
        }
        if (!same_sender(&made->sender, &item->sender) || !opens(order, made, item)) {
            hs_check_fail(check, NAME,
                          "M2: a reveal of height %" PRIu64 " does not open the commitment %" PRIu64
                          "/%" PRIu32,
                          height, item->place.height, item->place.index);
        }
        take_out(order, i);
        return;
    }
    hs_check_fail(check, NAME,
                  "M2: height %" PRIu64 " reveals the commitment %" PRIu64 "/%" PRIu32
                  ", which does not wait",
                  height, item->place.height, item->place.index);
}

/* M3 */
static void check_place(struct hs_check *check, uint64_t height, const struct item *last,
                        const struct item *item)
{
    const struct hs_commit_place *place = &item->place;
    bool ascends = last == NULL || last->place.height < place->height ||
                   (last->place.height == place->height && last->place.index < place->index);
    if (item->behind_others || !ascends) {
        hs_check_fail(check, NAME,
                      "M3: height %" PRIu64 " has the reveal of %" PRIu64 "/%" PRIu32 " behind %s",
                      height, place->height, place->index,
                      item->behind_others ? "what is no reveal" : "one of a later commitment");
    }
}

/* -- the chain --------------------------------------------------------------------------------- */

static struct height_facts *height_of(struct hs_check_order *order, uint64_t height)
{
    if (height >= order->height_capacity) {
        size_t capacity = 2 * (size_t)height + CAPACITY_MIN;
        order->heights = hs_check_grown(order->heights, order->height_capacity, capacity,
                                        sizeof(order->heights[0]));
        order->height_capacity = capacity;
    }
    return &order->heights[height];
}

/* The chain and a ledger, when both have come to a height. */
static void compare(struct hs_check *check, uint64_t height, const struct height_facts *facts)
{
    if (!facts->counted || !facts->told) {
        return;
    }
    if (facts->told_waiting != facts->waiting) {
        hs_check_fail(check, NAME,
                      "M4: on node %" PRIu32 " %" PRIu32 " commitments wait at height %" PRIu64
                      ", by the chain it is %" PRIu32,
                      facts->told_by, facts->told_waiting, height, facts->waiting);
    }
    if (facts->told_burned != facts->burned) {
        hs_check_fail(check, NAME,
                      "F4: on node %" PRIu32 " %" PRIu64 " units are burned at height %" PRIu64
                      ", by the chain it is %" PRIu64,
                      facts->told_by, facts->told_burned, height, facts->burned);
    }
}

static void check_fees(struct hs_check_order *order, struct hs_check *check,
                       const struct hs_block_header *header, const struct block_facts *facts)
{
    if (header->base_fee.units != order->base_fee) {
        hs_check_fail(check, NAME,
                      "F3: the base fee of height %" PRIu64 " is %" PRIu64 ", the chain below it "
                      "comes to %" PRIu64,
                      header->height, header->base_fee.units, order->base_fee);
    }
    if (facts->base_fee_most < header->base_fee.units) {
        hs_check_fail(check, NAME,
                      "F4: height %" PRIu64 " has a base fee of %" PRIu64
                      ", and a transaction that offers no more than %" PRIu64,
                      header->height, header->base_fee.units, facts->base_fee_most);
    }
    order->burned += facts->gas * order->base_fee;
    order->base_fee = hs_check_fees_next(&order->parameters->fees, order->base_fee, facts->gas);
}

static void go_through(struct hs_check_order *order, struct hs_check *check,
                       const struct hs_block_header *header, const struct block_facts *facts)
{
    const struct item *last = NULL;
    expire(order, header->height);
    for (uint32_t i = 0; i < facts->item_count; i++) {
        const struct item *item = &facts->items[i];
        if (item->is_reveal) {
            check_place(check, header->height, last, item);
            open(order, check, header->height, item);
            order->counts.reveals++;
            last = item;
        } else {
            add(order, check, header->height, item);
            order->counts.commits++;
        }
    }
    check_fees(order, check, header, facts);
}

void hs_check_order_committed(struct hs_check_order *order, struct hs_check *check,
                              const struct hs_block *block, uint64_t slashed)
{
    uint32_t entry;
    uint64_t height = block->header.height;
    if (height != order->height + 1 ||
        !hs_check_index_find(&order->index, &entry, block->id.bytes)) {
        return;
    }
    go_through(order, check, &block->header, &order->blocks[entry]);
    order->height = height;
    struct height_facts *facts = height_of(order, height);
    facts->counted = true;
    facts->waiting = order->waiting_count;
    facts->burned = order->burned + slashed;
    compare(check, height, facts);
}

void hs_check_order_ledger(struct hs_check_order *order, struct hs_check *check, uint32_t process,
                           uint64_t height, uint32_t waiting, struct hs_amount burned)
{
    struct height_facts *facts = height_of(order, height);
    facts->told = height > 0;
    facts->told_by = process;
    facts->told_waiting = waiting;
    facts->told_burned = burned.units;
    compare(check, height, facts);
}

/* -- reading ----------------------------------------------------------------------------------- */

bool hs_check_order_place(const struct hs_check_order *order, struct hs_commit_place *place,
                          const struct hs_ed25519_public_key *sender, uint64_t nonce)
{
    for (uint32_t i = 0; i < order->waiting_count; i++) {
        const struct waiting *made = &order->waiting[i];
        if (made->nonce == nonce && same_sender(&made->sender, sender)) {
            *place = made->place;
            return true;
        }
    }
    return false;
}

struct hs_check_order_counts hs_check_order_count(const struct hs_check_order *order)
{
    return order->counts;
}
