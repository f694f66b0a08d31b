/* Signs two votes in one view, as no validator may (S2), and prints them as `hotstuff evidence
 * --json` does.
 *
 * usage: double_vote KEY_FILE CHAIN_ID EPOCH VIEW
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/keys.h"
#include "wire/statement.h"

static void print_hex(const uint8_t *bytes, size_t size)
{
    char text[HS_HEX_CHARACTERS(HS_BLS_SIGNATURE_BYTES)];
    hs_hex_write(text, bytes, size);
    printf("\"%s\"", text);
}

static void print_vote(const struct hs_validator_key *key, const struct hs_chain_id *chain_id,
                       struct hs_vote *vote, uint8_t block)
{
    memset(vote->block_id.bytes, block, sizeof vote->block_id.bytes);
    const struct hs_statement said = hs_statement_of_vote(vote);
    struct hs_bls_statement statement;
    hs_statement_encode(&statement, chain_id, &said);
    hs_bls_sign(&vote->signature, &key->bls_secret_key, &statement);
    printf("{\"block_id\": ");
    print_hex(vote->block_id.bytes, sizeof vote->block_id.bytes);
    printf(", \"signature\": ");
    print_hex(vote->signature.bytes, sizeof vote->signature.bytes);
    printf("}");
}

int main(int argc, char **argv)
{
    struct hs_validator_key key;
    struct hs_key_error error;
    struct hs_chain_id chain_id;
    struct hs_vote vote = {.voter = 0};
    if (argc != 5 || hs_crypto_start() != HS_OK ||
        !hs_hex_read(chain_id.bytes, sizeof chain_id.bytes, argv[2]) ||
        !hs_decimal_read(&vote.epoch, argv[3]) || !hs_decimal_read(&vote.view, argv[4])) {
        fprintf(stderr, "usage: double_vote KEY_FILE CHAIN_ID EPOCH VIEW\n");
        return EXIT_FAILURE;
    }
    if (hs_validator_key_load(&key, argv[1], &error) != HS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_FAILURE;
    }
    printf("{\"evidence\": [{\"bls_public_key\": ");
    print_hex(key.bls_public_key.bytes, sizeof key.bls_public_key.bytes);
    printf(", \"epoch\": %s, \"view\": %s, \"votes\": [", argv[3], argv[4]);
    print_vote(&key, &chain_id, &vote, 1);
    printf(", ");
    print_vote(&key, &chain_id, &vote, 2);
    printf("], \"counts\": true, \"reason\": null}]}\n");
    hs_wipe(&key, sizeof key);
    return EXIT_SUCCESS;
}
