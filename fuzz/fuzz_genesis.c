/* A genesis document of any bytes: it is refused with a reason, or what it says is within all
 * limits and can be written and read back. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/keys.h"
#include "node/genesis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static void check_validators(const struct hs_validator_set *set)
{
    uint64_t weight_total = 0;
    HS_ASSERT(set->count >= 1 && set->count <= HS_VALIDATORS_MAX && set->epoch == 0);
    for (uint32_t i = 0; i < set->count; i++) {
        HS_ASSERT(set->validators[i].weight > 0);
        weight_total += set->validators[i].weight;
    }
    HS_ASSERT(weight_total == set->weight_total && weight_total <= HS_WEIGHT_TOTAL_MAX);
}

static void check_accounts(const struct hs_genesis *genesis)
{
    uint64_t supply = 0;
    for (size_t i = 0; i < genesis->account_count; i++) {
        uint64_t units = genesis->accounts[i].balance.units;
        HS_ASSERT(units > 0 && units <= UINT64_MAX - supply);
        supply += units;
    }
}

/* What is written of it is the same document, whatever the first one looked like. */
static void write_and_read(const struct hs_genesis *genesis)
{
    static struct hs_genesis again;
    struct hs_genesis_error error;
    size_t size;
    size_t size_again;
    char *text = hs_genesis_write(genesis, &size);
    HS_ASSERT(text != NULL);
    enum hs_status status =
        hs_genesis_parse(&again, (struct hs_bytes){(const uint8_t *)text, size}, &error);
    HS_ASSERT(status == HS_OK);
    char *text_again = hs_genesis_write(&again, &size_again);
    HS_ASSERT(text_again != NULL && size == size_again && memcmp(text, text_again, size) == 0);
    free(text);
    free(text_again);
    hs_genesis_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    static struct hs_genesis genesis;
    struct hs_genesis_error error = {""};
    if (hs_crypto_start() != HS_OK) {
        abort();
    }
    struct hs_bytes document = {data, data_size};
    if (hs_genesis_parse(&genesis, document, &error) != HS_OK) {
        HS_ASSERT(error.text[0] != '\0' && memchr(error.text, '\0', sizeof error.text) != NULL);
        return 0;
    }
    check_validators(&genesis.validators);
    check_accounts(&genesis);
    write_and_read(&genesis);
    hs_genesis_release(&genesis);
    return 0;
}
