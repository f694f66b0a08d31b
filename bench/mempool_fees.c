/* What a new base fee costs a mempool of 100,000 transactions (hs_mempool_set_base_fee), by how many
 * of them it changes.
 *
 *     ninja -C build bench-mempool-fees && build/bench-mempool-fees
 *
 * Each line is one pool, filled under a base fee of 1,000,000, whose base fee then moves 200 times: at
 * random by an eighth at most, or up by an eighth and down again. The figures are of this process's CPU
 * time, so other work on the machine shows in them by its use of the caches alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/machine.h"
#include "crypto/keys.h"
#include "mempool/mempool.h"

#define TRANSACTIONS 100000u
#define BASE_FEE     UINT64_C(1000000)
#define MOVES        200u

struct setting {
    const char *name;
    uint64_t max_fee_least;
    uint64_t max_fee_span;
    uint64_t max_tip_span;
    uint32_t chain; /* transactions of one sender */
    bool swings;    /* up by an eighth, and down again; or at random */
};

static const struct setting settings[] = {
    {"max_fee far above the base fee", 1000 * BASE_FEE, BASE_FEE, BASE_FEE, 1, false},
    {"max_fee from 0.1 to 10 base fees", BASE_FEE / 10, 10 * BASE_FEE, BASE_FEE, 1, false},
    {"max_fee from 0.9 to 1.1 base fees", BASE_FEE / 10 * 9, BASE_FEE / 5, BASE_FEE, 1, false},
    {"all stop covering the tip, and cover it again", BASE_FEE * 6 / 5, 1000, BASE_FEE / 5, 1,
     true},
    {"all stop covering the base fee, and cover it again", BASE_FEE, 1000, 1000, 1, true},
    {"the same in chains of ten", BASE_FEE, 1000, 1000, 10, true},
};

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fill(struct hs_mempool *pool, const struct setting *setting)
{
    static const uint8_t bytes[194];
    for (uint64_t i = 0; i < TRANSACTIONS; i++) {
        uint64_t sender = i / setting->chain;
        struct hs_transaction_summary summary = {
            .nonce = i % setting->chain,
            .gas = 1,
            .max_fee = {setting->max_fee_least + random_below(setting->max_fee_span)},
            .max_tip = {random_below(setting->max_tip_span)},
        };
        memcpy(summary.id.bytes, &i, sizeof(i));
        memcpy(summary.sender.bytes, &sender, sizeof(sender));
        if (hs_mempool_add(pool, &summary, (struct hs_bytes){bytes, sizeof(bytes)}, 0) != HS_OK) {
            abort();
        }
    }
}

static uint64_t next_base_fee(const struct setting *setting, uint64_t base_fee)
{
    if (setting->swings) {
        return base_fee == BASE_FEE ? BASE_FEE + BASE_FEE / 8 : BASE_FEE;
    }
    uint64_t next = base_fee - base_fee / 8 + random_below(base_fee / 4 + 1);
    return next < BASE_FEE / 2 || next > 2 * BASE_FEE ? BASE_FEE : next;
}

static void measure(const struct setting *setting)
{
    const struct hs_mempool_config config = {
        .transactions_max = TRANSACTIONS,
        .transaction_bytes_max = HS_TRANSACTION_BYTES_MAX,
        .per_sender_max = HS_MEMPOOL_PER_SENDER_MAX,
        .gas_max = 1,
    };
    void *memory = calloc(1, hs_mempool_footprint(&config));
    if (memory == NULL) {
        abort();
    }
    struct hs_mempool *pool = hs_mempool_new(memory, &config);
    uint64_t base_fee = BASE_FEE;
    hs_mempool_set_base_fee(pool, (struct hs_amount){base_fee});
    fill(pool, setting);
    double all_us = 0;
    double worst_us = 0;
    uint64_t turned = 0; /* how many became ready, or no longer were */
    struct hs_mempool_counts counts;
    hs_mempool_counts(pool, &counts);
    for (uint32_t i = 0; i < MOVES; i++) {
        base_fee = next_base_fee(setting, base_fee);
        double start_us = cpu_us();
        hs_mempool_set_base_fee(pool, (struct hs_amount){base_fee});
        double took_us = cpu_us() - start_us;
        all_us += took_us;
        worst_us = took_us > worst_us ? took_us : worst_us;
        uint32_t ready = counts.ready;
        hs_mempool_counts(pool, &counts);
        turned += ready > counts.ready ? ready - counts.ready : counts.ready - ready;
    }
    printf("%-52s %8" PRIu64 " %12.1f %12.1f\n", setting->name, turned / MOVES, all_us / MOVES,
           worst_us);
    free(memory);
}

int main(void)
{
    if (hs_crypto_start() != HS_OK) {
        return EXIT_FAILURE;
    }
    struct hs_machine machine;
    hs_machine_measure(&machine);
    printf("%s, %u cores, %s; an Ed25519 check takes %.1f us\n", machine.cpu, machine.cores,
           machine.kernel, machine.signature_check_us);
    printf("%u transactions, %u new base fees\n", TRANSACTIONS, MOVES);
    printf("%-52s %8s %12s %12s\n", "", "turned", "mean us", "worst us");
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        measure(&settings[i]);
    }
    return EXIT_SUCCESS;
}
