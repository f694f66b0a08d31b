/* Prints what the block corpus comes to: the state root of every thousandth block, and digests over
 * all roots and all other outcomes. tests/vectors/state_roots.json is what it prints; a change of
 * the rules of the state changes it, nothing else may.
 *
 * usage: state_roots [map seed, a number]
 *
 * The locale and the time zone are taken from the environment, as a program that shows dates
 * would: they, too, must change nothing.
 */
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/keys.h"
#include "tests/support/block_corpus.h"

#define BLOCK_COUNT 10000u
#define SHOWN_EVERY 1000u

static void print_hex(const uint8_t bytes[], size_t size)
{
    printf("\"0x");
    for (size_t i = 0; i < size; i++) {
        printf("%02x", bytes[i]);
    }
    printf("\"");
}

static void print_root(void *context, uint64_t height, const struct hs_state_root *root)
{
    (void)context;
    if (height % SHOWN_EVERY == 0) {
        printf("    \"%" PRIu64 "\": ", height);
        print_hex(root->bytes, sizeof root->bytes);
        printf("%s\n", height < BLOCK_COUNT ? "," : "");
    }
}

static void print_count(const char *name, uint64_t count)
{
    printf("  \"%s\": %" PRIu64 ",\n", name, count);
}

int main(int argc, char **argv)
{
    uint8_t map_seed[HS_ID_MAP_SEED_BYTES] = {0};
    uint64_t number = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    memcpy(map_seed, &number, sizeof number);
    setlocale(LC_ALL, "");
    tzset();
    if (hs_crypto_start() != HS_OK) {
        return 1;
    }
    struct corpus_report report;
    printf("{\n  \"roots\": {\n");
    if (!corpus_run(&report, BLOCK_COUNT, map_seed, print_root, NULL)) {
        return 1;
    }
    printf("  },\n");
    print_count("blocks", BLOCK_COUNT);
    print_count("transactions_included", report.transactions_included);
    print_count("transactions_refused", report.transactions_refused);
    print_count("branches_dropped", report.branches_dropped);
    print_count("snapshots_restored", report.snapshots_restored);
    printf("  \"outcomes_digest\": ");
    print_hex(report.outcomes_digest, sizeof report.outcomes_digest);
    printf(",\n  \"roots_digest\": ");
    print_hex(report.roots_digest, sizeof report.roots_digest);
    printf("\n}\n");
    return 0;
}
