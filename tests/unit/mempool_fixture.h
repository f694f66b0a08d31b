/* Pools whose transactions are words, for the tests of hs_mempool. */
#ifndef HS_TESTS_MEMPOOL_FIXTURE_H
#define HS_TESTS_MEMPOOL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mempool/mempool.h"

#define SELECT_MAX 64u
#define BYTES_MAX  32u
#define GAS_MAX    1000u
#define ALL        ((struct hs_mempool_room){SELECT_MAX, SIZE_MAX, UINT64_MAX})

static inline struct hs_mempool *new_pool(uint32_t transactions_max, uint32_t per_sender_max)
{
    const struct hs_mempool_config config = {
        .transactions_max = transactions_max,
        .transaction_bytes_max = BYTES_MAX,
        .per_sender_max = per_sender_max,
        .gas_max = GAS_MAX,
        .map_seed = {1},
    };
    void *memory = calloc(1, hs_mempool_footprint(&config));
    assert_non_null(memory);
    return hs_mempool_new(memory, &config);
}

static inline struct hs_address sender_of(char name)
{
    struct hs_address address = {{(uint8_t)name}};
    return address;
}

/* A transaction is written "A3:50": sender A, nonce 3, max_tip 50, and max_fee as much, of one unit of
 * gas; or "A3:50/90*7": max_fee 90, 7 units of gas. These are also its bytes, and begin its id, so that
 * another tip makes another transaction. */
static inline struct hs_transaction_summary summary_of(const char *text)
{
    char name;
    unsigned long long nonce, max_tip, max_fee;
    unsigned gas = 1;
    int read = sscanf(text, "%c%llu:%llu/%llu*%u", &name, &nonce, &max_tip, &max_fee, &gas);
    assert_true(read >= 3);
    struct hs_transaction_summary summary = {
        .sender = sender_of(name),
        .nonce = nonce,
        .gas = gas,
        .max_fee = {read > 3 ? max_fee : max_tip},
        .max_tip = {max_tip},
    };
    assert_true(strlen(text) <= HS_HASH_BYTES);
    memcpy(summary.id.bytes, text, strlen(text));
    return summary;
}

static inline struct hs_transaction_id id_of(const char *text)
{
    return summary_of(text).id;
}

static inline enum hs_status add_at(struct hs_mempool *pool, const char *text, uint64_t next_nonce)
{
    struct hs_transaction_summary summary = summary_of(text);
    return hs_mempool_add(pool, &summary, (struct hs_bytes){(const uint8_t *)text, strlen(text)},
                          next_nonce);
}

static inline void add(struct hs_mempool *pool, const char *text)
{
    assert_int_equal(add_at(pool, text, 0), HS_OK);
}

static inline void mark(struct hs_mempool *pool, const char *text)
{
    struct hs_transaction_id id = id_of(text);
    hs_mempool_mark(pool, &id, 1);
}

static inline void unmark(struct hs_mempool *pool, const char *text)
{
    struct hs_transaction_id id = id_of(text);
    hs_mempool_unmark(pool, &id, 1);
}

static inline void advance(struct hs_mempool *pool, char name, uint64_t next_nonce)
{
    struct hs_address address = sender_of(name);
    hs_mempool_advance(pool, &address, next_nonce);
}

static inline void set_base_fee(struct hs_mempool *pool, uint64_t units)
{
    hs_mempool_set_base_fee(pool, (struct hs_amount){units});
}

static inline bool holds(const struct hs_mempool *pool, const char *text)
{
    struct hs_transaction_id id = id_of(text);
    return hs_mempool_contains(pool, &id);
}

static inline struct hs_mempool_counts counts_of(const struct hs_mempool *pool)
{
    struct hs_mempool_counts counts;
    hs_mempool_counts(pool, &counts);
    return counts;
}

/* The selection as words, "A3:50 B0:7". */
static inline void assert_selected(struct hs_mempool *pool, size_t count_max, const char *expected)
{
    struct hs_bytes transactions[SELECT_MAX];
    struct hs_transaction_id ids[SELECT_MAX];
    char text[SELECT_MAX * (BYTES_MAX + 1)] = "";
    struct hs_mempool_room room = {count_max, SIZE_MAX, UINT64_MAX};
    size_t count = hs_mempool_select(pool, transactions, ids, room);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(ids[i].bytes, transactions[i].data, transactions[i].size);
        strcat(text, i > 0 ? " " : "");
        strncat(text, (const char *)transactions[i].data, transactions[i].size);
    }
    assert_string_equal(text, expected);
}

#endif
