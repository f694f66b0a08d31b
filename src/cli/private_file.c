/* The files of a private transfer: what opens its commitment, until that is opened.
 *
 *     KEY_FILE.private-NONCE          {"type": "private_transfer", "commit": "0x...", "salt": "0x...",
 *                                      "recipient": "0x...", "amount": "100"}
 *     KEY_FILE.private-NONCE.reveal   {"type": "private_reveal", "reveal": "0x..."}
 *
 * `commit` is the signed COMMIT and `reveal` the signed REVEAL, all their bytes: handed in again they
 * are the same transactions. Neither file is ever written over, so of two processes one makes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/private_transfer.h"
#include "runtime/home_files.h"

#define FILE_TYPE      "private_transfer"
#define REVEAL_TYPE    "private_reveal"
#define REVEAL_SUFFIX  ".reveal"
#define FILE_BYTES_MAX 4096u

/* A REVEAL of this sender, as far as a commitment is over it. */
static void open_commitment(struct hs_commitment *commitment,
                            const struct hs_private_transfer *transfer)
{
    const struct hs_transaction reveal = {
        .type = HS_TRANSACTION_REVEAL,
        .chain_id = transfer->commit.chain_id,
        .sender = transfer->commit.sender,
        .reveal = transfer->reveal,
    };
    hs_transaction_commitment(commitment, &reveal, transfer->commit.nonce);
}

/* -- writing ------------------------------------------------------------------------ */

/* A new file of mode 0600. HS_DUPLICATE when it is there; else what went wrong is printed. Takes
 * `json`. */
static enum hs_status write_secret(const char *path, json_t *json)
{
    char folder[HS_PRIVATE_PATH_CHARACTERS] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        size_t folder_length = (size_t)(slash - path) + 1; /* "/" itself, too */
        memcpy(folder, path, folder_length);
        folder[folder_length] = '\0';
    }
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (text == NULL) {
        hs_print_error("out of memory");
        return HS_OUT_OF_MEMORY;
    }
    struct hs_home_error error;
    enum hs_status status = hs_home_write_file(folder, slash != NULL ? slash + 1 : path, text,
                                               strlen(text), true, &error);
    hs_wipe(text, strlen(text));
    free(text);
    if (status != HS_OK && status != HS_DUPLICATE) {
        hs_print_error("%s", error.text);
    }
    return status;
}

static json_t *transaction_json(const struct hs_transaction *transaction)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    return hs_json_hex(bytes, hs_transaction_encode(bytes, sizeof bytes, transaction));
}

static int write_file(struct hs_private_transfer *transfer, const char *key_file)
{
    const struct hs_reveal *reveal = &transfer->reveal;
    int length = snprintf(transfer->path, sizeof transfer->path, "%s.private-%llu", key_file,
                          (unsigned long long)transfer->commit.nonce);
    if (length < 0 || (size_t)length + strlen(REVEAL_SUFFIX) >= sizeof transfer->path) {
        hs_print_error("%s: the path is too long", key_file);
        return HS_EXIT_USAGE;
    }
    enum hs_status status = write_secret(
        transfer->path, json_pack("{s:s, s:o, s:o, s:o, s:o}", "type", FILE_TYPE, "commit",
                                  transaction_json(&transfer->commit), "salt",
                                  hs_json_hex(reveal->salt, sizeof reveal->salt), "recipient",
                                  hs_json_hex(reveal->inner.recipient.bytes, HS_ADDRESS_BYTES),
                                  "amount", hs_json_decimal(reveal->inner.amount.units)));
    if (status == HS_DUPLICATE) {
        hs_print_error("%s is there: a private transfer with this nonce was begun; finish it with "
                       "`hotstuff tx reveal %s --from %s`",
                       transfer->path, transfer->path, key_file);
    }
    return status == HS_OK ? HS_EXIT_OK : HS_EXIT_USAGE;
}

int hs_private_transfer_make(struct hs_private_transfer *transfer, struct hs_client *client,
                             const struct hs_account_key *key, const char *key_file,
                             const struct hs_transfer *inner, uint64_t tip, const uint64_t *nonce)
{
    *transfer = (struct hs_private_transfer){
        .commit.type = HS_TRANSACTION_COMMIT,
        .reveal.inner = *inner,
        .is_fresh = true,
    };
    uint8_t *salt = transfer->reveal.salt;
    if (getrandom(salt, HS_COMMITMENT_SALT_BYTES, 0) != HS_COMMITMENT_SALT_BYTES) {
        hs_print_error("the system gives no randomness; check getrandom(2)");
        return HS_EXIT_INTERNAL;
    }
    int exit_code = hs_submission_prepare(client, &transfer->commit, &key->address, tip, nonce);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client->error);
        return exit_code;
    }
    transfer->commit.sender = key->public_key;
    open_commitment(&transfer->commit.commitment, transfer);
    hs_transaction_sign(&transfer->commit, &key->secret_key);
    return write_file(transfer, key_file);
}

/* -- reading ------------------------------------------------------------------------ */

static bool read_transaction(struct hs_transaction *transaction, const char *text,
                             enum hs_transaction_type type)
{
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    size_t characters = strlen(text);
    if (characters < 2 || characters % 2 != 0 || (characters - 2) / 2 > sizeof bytes) {
        return false;
    }
    const struct hs_bytes encoded = {.data = bytes, .size = (characters - 2) / 2};
    return hs_hex_read(bytes, encoded.size, text) &&
           hs_transaction_decode(transaction, encoded) == HS_OK && transaction->type == type;
}

static bool read_text(struct hs_private_transfer *transfer, const char *text, size_t size)
{
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    struct hs_reveal *reveal = &transfer->reveal;
    struct hs_commitment opened;
    bool read = strcmp(hs_client_text(json, "type"), FILE_TYPE) == 0 &&
                read_transaction(&transfer->commit, hs_client_text(json, "commit"),
                                 HS_TRANSACTION_COMMIT) &&
                hs_hex_read(reveal->salt, sizeof reveal->salt, hs_client_text(json, "salt")) &&
                hs_hex_read(reveal->inner.recipient.bytes, HS_ADDRESS_BYTES,
                            hs_client_text(json, "recipient")) &&
                hs_decimal_read(&reveal->inner.amount.units, hs_client_text(json, "amount"));
    json_decref(json);
    if (read) {
        open_commitment(&opened, transfer);
    }
    return read && memcmp(&opened, &transfer->commit.commitment, sizeof opened) == 0;
}

int hs_private_transfer_load(struct hs_private_transfer *transfer, const struct hs_account_key *key,
                             const char *path)
{
    *transfer = (struct hs_private_transfer){0};
    int length = snprintf(transfer->path, sizeof transfer->path, "%s", path);
    char *text = NULL;
    size_t size = 0;
    struct hs_home_error error;
    if (length < 0 || (size_t)length + strlen(REVEAL_SUFFIX) >= sizeof transfer->path) {
        hs_print_error("%.80s...: the path is too long", path);
        return HS_EXIT_USAGE;
    }
    if (hs_home_read_file(&text, &size, path, FILE_BYTES_MAX, &error) != HS_OK) {
        hs_print_error("%s", error.text);
        return HS_EXIT_USAGE;
    }
    bool read = read_text(transfer, text, size);
    hs_wipe(text, size);
    free(text);
    if (!read) {
        hs_print_error(
            "%s is not the file of a private transfer, or was changed; put the file back "
            "that `hotstuff tx transfer --private` wrote. One that ends in the middle was cut off "
            "before anything was handed in: remove it",
            path);
        return HS_EXIT_USAGE;
    }
    if (memcmp(&transfer->commit.sender, &key->public_key, sizeof key->public_key) != 0) {
        hs_print_error("%s is of another sender; --from takes the key file that began it", path);
        return HS_EXIT_USAGE;
    }
    return HS_EXIT_OK;
}

/* -- the reveal ---------------------------------------------------------------------- */

static void reveal_path(char path[HS_PRIVATE_PATH_CHARACTERS],
                        const struct hs_private_transfer *transfer)
{
    int length = snprintf(path, HS_PRIVATE_PATH_CHARACTERS, "%.*s" REVEAL_SUFFIX,
                          (int)(HS_PRIVATE_PATH_CHARACTERS - sizeof REVEAL_SUFFIX), transfer->path);
    (void)length; /* the suffix was counted when the path was made */
}

bool hs_private_reveal_load(struct hs_transaction *reveal,
                            const struct hs_private_transfer *transfer)
{
    char path[HS_PRIVATE_PATH_CHARACTERS];
    char *text = NULL;
    size_t size = 0;
    struct hs_home_error error;
    struct hs_commitment opened;
    reveal_path(path, transfer);
    if (hs_home_read_file(&text, &size, path, FILE_BYTES_MAX, &error) != HS_OK) {
        return false;
    }
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    hs_wipe(text, size);
    free(text);
    bool read = strcmp(hs_client_text(json, "type"), REVEAL_TYPE) == 0 &&
                read_transaction(reveal, hs_client_text(json, "reveal"), HS_TRANSACTION_REVEAL);
    json_decref(json);
    if (read) {
        hs_transaction_commitment(&opened, reveal, transfer->commit.nonce);
    }
    return read && memcmp(&opened, &transfer->commit.commitment, sizeof opened) == 0;
}

int hs_private_reveal_keep(struct hs_transaction *reveal,
                           const struct hs_private_transfer *transfer)
{
    char path[HS_PRIVATE_PATH_CHARACTERS];
    reveal_path(path, transfer);
    enum hs_status status = write_secret(
        path, json_pack("{s:s, s:o}", "type", REVEAL_TYPE, "reveal", transaction_json(reveal)));
    if (status == HS_DUPLICATE && !hs_private_reveal_load(reveal, transfer)) {
        hs_print_error("%s holds no reveal of this transfer; remove it", path);
        return HS_EXIT_USAGE;
    }
    return status == HS_OK || status == HS_DUPLICATE ? HS_EXIT_OK : HS_EXIT_USAGE;
}

void hs_private_reveal_drop(const struct hs_private_transfer *transfer)
{
    char path[HS_PRIVATE_PATH_CHARACTERS];
    reveal_path(path, transfer);
    (void)unlink(path);
}

void hs_private_transfer_forget(const struct hs_private_transfer *transfer)
{
    hs_private_reveal_drop(transfer);
    if (unlink(transfer->path) != 0 && access(transfer->path, F_OK) == 0) {
        hs_print_error("%s is of no use any more, but can't be removed", transfer->path);
    }
}
