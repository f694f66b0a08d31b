/* evidence, tx evidence: double votes that a node has seen, and the transaction that has one
 * punished (S8, P8).
 *
 *     hotstuff evidence --json > e.json
 *     hotstuff tx evidence e.json --from F
 *
 * The file is that answer, or one element of its list. Of several the first one that counts is handed
 * in: once it is punished, the answer says so, and the next one is the first.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/show.h"
#include "cli/tx.h"
#include "runtime/home_files.h"

/* An answer with as much as a node keeps. */
#define FILE_BYTES_MAX (1024u * HS_NODE_EVIDENCE_MAX)

/* -- evidence -------------------------------------------------------------------------- */

static void print_evidence(const json_t *answer)
{
    const json_t *list = json_object_get(answer, "evidence");
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        printf("%s\n  voted twice in view %" PRId64 " of epoch %" PRId64 "; ",
               hs_client_text(entry, "bls_public_key"), hs_client_number(entry, "view"),
               hs_client_number(entry, "epoch"));
        if (json_is_true(json_object_get(entry, "counts"))) {
            printf("hand it in with `hotstuff tx evidence`\n");
        } else {
            printf("does not count: %s\n", hs_client_text(entry, "reason"));
        }
    }
    if (json_array_size(list) == 0) {
        printf("none since the node started\n");
    }
}

static bool evidence_path(char path[HS_SHOW_PATH_CHARACTERS], const char *operand)
{
    (void)operand;
    snprintf(path, HS_SHOW_PATH_CHARACTERS, "/v1/evidence");
    return true;
}

int hs_cmd_evidence(int argc, char **argv)
{
    const struct hs_show show = {
        .name = "evidence",
        .purpose = "Shows who voted twice in one view, as far as the node has seen it.",
        .path = evidence_path,
        .print = print_evidence,
    };
    return hs_show(&show, argc, argv);
}

/* -- tx evidence --------------------------------------------------------------------- */

static bool read_vote(struct hs_double_vote *evidence, size_t which, const json_t *vote)
{
    return hs_hex_read(evidence->votes[which].block_id.bytes, HS_HASH_BYTES,
                       hs_client_text(vote, "block_id")) &&
           hs_hex_read(evidence->votes[which].signature.bytes, HS_BLS_SIGNATURE_BYTES,
                       hs_client_text(vote, "signature"));
}

/* Two votes for different blocks, the smaller block id first, as the transaction has them. */
static bool read_evidence(struct hs_double_vote *evidence, const json_t *entry)
{
    const json_t *votes = json_object_get(entry, "votes");
    const json_t *epoch = json_object_get(entry, "epoch");
    const json_t *view = json_object_get(entry, "view");
    *evidence = (struct hs_double_vote){
        .epoch = (uint64_t)json_integer_value(epoch),
        .view = (uint64_t)json_integer_value(view),
    };
    return json_is_integer(epoch) && json_integer_value(epoch) >= 0 && json_is_integer(view) &&
           json_integer_value(view) > 0 && json_array_size(votes) == 2 &&
           hs_hex_read(evidence->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES,
                       hs_client_text(entry, "bls_public_key")) &&
           read_vote(evidence, 0, json_array_get(votes, 0)) &&
           read_vote(evidence, 1, json_array_get(votes, 1)) &&
           memcmp(&evidence->votes[0].block_id, &evidence->votes[1].block_id, HS_HASH_BYTES) < 0;
}

/* The entry of a file that is to be handed in; NULL: none of a list counts. */
static const json_t *entry_of(const json_t *file)
{
    const json_t *list = json_object_get(file, "evidence");
    size_t i;
    json_t *entry;
    if (!json_is_array(list)) {
        return file;
    }
    json_array_foreach(list, i, entry)
    {
        if (json_is_true(json_object_get(entry, "counts"))) {
            return entry;
        }
    }
    return NULL;
}

static bool load(struct hs_double_vote *evidence, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    struct hs_home_error error;
    if (hs_home_read_file(&text, &size, path, FILE_BYTES_MAX, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return false;
    }
    json_t *file = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    const json_t *entry = entry_of(file);
    bool read = entry != NULL && read_evidence(evidence, entry);
    if (entry == NULL && file != NULL) {
        hs_print_error("%s: nothing in it counts; `hotstuff evidence` says why", path);
    } else if (!read) {
        hs_print_error("%s is no evidence; write it with `hotstuff evidence --json`", path);
    }
    json_decref(file);
    return read;
}

int hs_tx_evidence(int argc, char **argv)
{
    struct hs_tx tx = HS_TX_DEFAULT;
    const char *file = NULL;
    const struct hs_option options[] = {
        HS_TX_OPTION_FROM(&tx.from),
        HS_TX_OPTION_TIP(&tx.tip),
        HS_TX_OPTION_NONCE(&tx.nonce, &tx.nonce_given),
        HS_TX_OPTION_WAIT(&tx.wait),
        HS_TX_OPTION_TIMEOUT(&tx.timeout_seconds),
        HS_OPTION_RPC(&tx.url),
        HS_OPTION_JSON(&tx.json),
    };
    const struct hs_operand operands[] = {{"FILE", &file, true}};
    const struct hs_command command = {
        .name = "tx evidence",
        .purpose =
            "Has a validator punished that voted twice in one view; any account pays for it.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    struct hs_transaction transaction = {.type = HS_TRANSACTION_EVIDENCE};
    struct hs_account_key key;
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    if (!load(&transaction.evidence, file)) {
        return HS_EXIT_USAGE;
    }
    if (!hs_tx_load_key(&key, tx.from, &exit_code)) {
        return exit_code;
    }
    exit_code = hs_tx_submit(&tx, &key, &transaction);
    hs_wipe(&key, sizeof key);
    return exit_code;
}
