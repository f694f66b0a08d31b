/* proof: what an account has, proved to whoever trusts a checkpoint of the chain.
 *
 *     hotstuff proof account A > p.json           asks a node; what it gives need not be believed
 *     hotstuff proof verify p.json --trust FILE   needs no node
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/light_source.h"
#include "cli/output.h"
#include "cli/show.h"
#include "runtime/home_files.h"

/* -- proof account ------------------------------------------------------------------------ */

/* Height and proof, as the server gave them; the claims of the leaf in it. */
static bool read_account(struct hs_account_proof *proof, struct hs_bytes answer)
{
    struct hs_reader reader = hs_reader_over(answer.data, answer.size);
    proof->height = hs_read_u64(&reader);
    const size_t size = hs_reader_left(&reader);
    struct hs_ledger_proof *way = malloc(sizeof *way);
    proof->account_proof.data = malloc(size + 1);
    proof->account_proof.size = size;
    bool read = !reader.failed && way != NULL && proof->account_proof.data != NULL &&
                proof->height <= INT64_MAX;
    if (read) {
        struct hs_state_path path;
        struct hs_state_value value = {.size = 0};
        hs_read_bytes(&reader, proof->account_proof.data, size);
        read =
            hs_state_proof_decode(way, (struct hs_bytes){proof->account_proof.data, size}) == HS_OK;
        hs_account_path(&path, &proof->address);
        if (way->path.has_leaf &&
            memcmp(way->path.leaf_path.bytes, path.bytes, sizeof path.bytes) == 0) {
            value = way->path.leaf_value;
        }
        read = read && hs_account_decode(&proof->account, &value) == HS_OK &&
               proof->account.nonce <= INT64_MAX;
    }
    free(way);
    return read;
}

static int ask_account(struct hs_client *client, struct hs_account_proof *proof,
                       const char *address)
{
    char path[HS_SHOW_PATH_CHARACTERS];
    struct hs_light_bytes answer = {.size = 0};
    snprintf(path, sizeof path, "/v1/proofs/accounts/%.80s", address);
    const int exit_code =
        hs_client_get_bytes(client, path, HS_CLIENT_TIMEOUT_MS, &answer.data, &answer.size);
    if (exit_code != HS_EXIT_OK) {
        return hs_light_no_answer(client, exit_code);
    }
    const bool read = read_account(proof, (struct hs_bytes){answer.data, answer.size});
    free(answer.data);
    if (!read) {
        const struct hs_light_error error = {.reason = "its bytes are none"};
        return hs_light_refuse(client, "its proof of the account", HS_MALFORMED, &error);
    }
    return HS_EXIT_OK;
}

static int ask_steps(struct hs_client *client, struct hs_account_proof *proof, uint64_t from,
                     uint64_t to)
{
    if (to > from && to - from > HS_PROOF_STEPS_MAX) {
        hs_print_error("%s: %" PRIu64 " epochs lie between, more than the %u that a proof leads "
                       "through; --trust takes a newer checkpoint",
                       client->url, to - from, HS_PROOF_STEPS_MAX);
        return HS_EXIT_USAGE;
    }
    const size_t count = to > from ? (size_t)(to - from) : 0;
    proof->steps = calloc(count + 1, sizeof proof->steps[0]);
    if (proof->steps == NULL) {
        hs_print_error("out of memory");
        return HS_EXIT_INTERNAL;
    }
    while (proof->step_count < count) {
        const uint64_t epoch = from + proof->step_count + 1;
        const int exit_code = hs_light_ask_step(client, epoch, &proof->steps[proof->step_count]);
        if (exit_code != HS_EXIT_OK) {
            return hs_light_no_answer(client, exit_code);
        }
        proof->step_count++;
    }
    return HS_EXIT_OK;
}

/* `light`: what is trusted, or NULL: the proof begins in epoch 0 and nothing is verified here. */
static int make_proof(struct hs_client *client, struct hs_account_proof *proof,
                      struct hs_light *light, const char *address)
{
    uint64_t epoch = 0;
    uint64_t newest;
    int exit_code = hs_light_ask_chain(client, &proof->chain_id, &newest);
    if (exit_code == HS_EXIT_OK) {
        exit_code = ask_account(client, proof, address);
    }
    if (exit_code == HS_EXIT_OK && proof->height == 0) {
        hs_print_error("%s: nothing is committed yet that could be proved", client->url);
        return HS_EXIT_USAGE;
    }
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_light_ask_commit(client, proof->height, &proof->commit_proof, &epoch);
    }
    if (exit_code == HS_EXIT_OK) {
        exit_code =
            ask_steps(client, proof, light != NULL ? light->epoch.validators.epoch : 0, epoch);
    }
    char reason[HS_PROOF_REASON_CHARACTERS];
    if (exit_code == HS_EXIT_OK && light != NULL) {
        const enum hs_status status = hs_account_proof_verify(light, proof, reason);
        const struct hs_light_error error = {.reason = reason};
        exit_code = status == HS_OK
                        ? HS_EXIT_OK
                        : hs_light_refuse(client, "its proof of the account", status, &error);
    }
    return exit_code == HS_EXIT_OK ? hs_print_json(hs_account_proof_json(proof)) : exit_code;
}

static int prove_account(const char *address, const char *trust, const char *url)
{
    struct hs_account_proof proof = {.step_count = 0};
    if (!hs_show_check_hash("address", address) ||
        !hs_hex_read(proof.address.bytes, HS_ADDRESS_BYTES, address)) {
        return HS_EXIT_USAGE;
    }
    struct hs_client client;
    struct hs_light *light = trust != NULL ? malloc(sizeof *light) : NULL;
    if (trust != NULL && light == NULL) {
        hs_print_error("out of memory");
        return HS_EXIT_INTERNAL;
    }
    int exit_code = trust != NULL ? hs_light_trust(light, trust) : HS_EXIT_OK;
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_client_open(&client, url);
        if (exit_code == HS_EXIT_OK) {
            exit_code = make_proof(&client, &proof, light, address);
            hs_client_close(&client);
        } else {
            hs_print_error("%s", client.error);
        }
    }
    hs_account_proof_release(&proof);
    free(light);
    return exit_code;
}

static int proof_account(int argc, char **argv)
{
    const char *address = NULL;
    const char *trust = NULL;
    const char *url = HS_CLIENT_URL_DEFAULT;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .name = "trust",
         .argument = "FILE",
         .help = "verify it, and begin at this checkpoint's epoch (at genesis, not verified)",
         .text = &trust},
        HS_OPTION_RPC(&url),
        HS_OPTION_JSON(&json),
    };
    const struct hs_operand operands[] = {{"ADDRESS", &address, true}};
    const struct hs_command command = {
        .name = "proof account",
        .purpose = "Prints a proof of what an account has at the newest height, or that there is "
                   "none. It is always JSON.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return prove_account(address, trust, url);
}

/* -- proof verify ---------------------------------------------------------------------------- */

static int print_verified(const struct hs_account_proof *proof, const struct hs_light *light,
                          bool json)
{
    const bool exists = proof->account.balance.units > 0 || proof->account.nonce > 0;
    json_t *answer = json_pack(
        "{s:o, s:b, s:o, s:I, s:I, s:I, s:o, s:o}", "address",
        hs_json_hex(proof->address.bytes, HS_ADDRESS_BYTES), "exists", exists ? 1 : 0, "balance",
        hs_json_decimal(proof->account.balance.units), "nonce", (json_int_t)proof->account.nonce,
        "height", (json_int_t)light->height, "epoch", (json_int_t)light->epoch.validators.epoch,
        "block_id", hs_json_hex(light->block_id.bytes, HS_HASH_BYTES), "state_root",
        hs_json_hex(light->state_root.bytes, HS_HASH_BYTES));
    if (json || answer == NULL) {
        return hs_print_json(answer);
    }
    printf("proved      at height %" PRIu64 ", epoch %" PRIu64 "\n", light->height,
           light->epoch.validators.epoch);
    printf("block       %s\n", hs_client_text(answer, "block_id"));
    printf("address     %s%s\n", hs_client_text(answer, "address"),
           exists ? "" : ", which has no account");
    printf("balance     %s\n", hs_client_text(answer, "balance"));
    printf("nonce       %" PRIu64 "\n", proof->account.nonce);
    json_decref(answer);
    return HS_EXIT_OK;
}

static int verify(struct hs_light *light, const struct hs_account_proof *proof, const char *file,
                  bool json)
{
    char reason[HS_PROOF_REASON_CHARACTERS];
    const enum hs_status status = hs_account_proof_verify(light, proof, reason);
    if (status != HS_OK) {
        hs_print_error("%s does not hold: %s", file, reason);
        return status == HS_DIVERGED ? HS_EXIT_VIOLATION : HS_EXIT_REJECTED;
    }
    return print_verified(proof, light, json);
}

static int load_and_verify(struct hs_light *light, const char *file, bool json)
{
    char *text = NULL;
    size_t size = 0;
    struct hs_home_error error;
    struct hs_account_proof proof;
    if (hs_home_read_file(&text, &size, file, HS_PROOF_FILE_BYTES_MAX, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return HS_EXIT_USAGE;
    }
    const enum hs_status status =
        hs_account_proof_read(&proof, (struct hs_bytes){(const uint8_t *)text, size});
    free(text);
    if (status != HS_OK) {
        hs_print_error("%s is no proof of an account, or was cut: %s", file,
                       hs_status_text(status));
        return HS_EXIT_REJECTED;
    }
    const int exit_code = verify(light, &proof, file, json);
    hs_account_proof_release(&proof);
    return exit_code;
}

static int proof_verify(int argc, char **argv)
{
    const char *file = NULL;
    const char *trust = NULL;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "trust",
         .argument = "FILE",
         .help = "a checkpoint, or the chain's genesis.json",
         .text = &trust},
        HS_OPTION_JSON(&json),
    };
    const struct hs_operand operands[] = {{"PROOF", &file, true}};
    const struct hs_command command = {
        .name = "proof verify",
        .purpose = "Says what a proof proves to who trusts a checkpoint, without a node.\nExit: 0 "
                   "it holds, 4 it does not, 7 it shows that two chains were committed.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    struct hs_light *light = malloc(sizeof *light);
    if (light == NULL) {
        hs_print_error("out of memory");
        return HS_EXIT_INTERNAL;
    }
    exit_code = hs_light_trust(light, trust);
    if (exit_code == HS_EXIT_OK) {
        exit_code = load_and_verify(light, file, json);
    }
    free(light);
    return exit_code;
}

int hs_cmd_proof(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "account") == 0) {
        return proof_account(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "verify") == 0) {
        return proof_verify(argc - 1, argv + 1);
    }
    const bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr,
            "usage: hotstuff proof account ADDRESS [--trust FILE] [--rpc URL]\n"
            "       hotstuff proof verify PROOF --trust FILE [--json]\n");
    return help ? HS_EXIT_OK : HS_EXIT_USAGE;
}
