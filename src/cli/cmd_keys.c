/* keys new, validator, show: key files of accounts and of validators, and what may be known of any. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/show.h"
#include "crypto/keys.h"

static int print_account(const struct hs_account_key *key, const char *file, bool json)
{
    if (json) {
        return hs_print_json(json_pack(
            "{s:s, s:o, s:o, s:s}", "type", "account", "address",
            hs_json_hex(key->address.bytes, sizeof key->address.bytes), "public_key",
            hs_json_hex(key->public_key.bytes, sizeof key->public_key.bytes), "file", file));
    }
    char address[HS_HEX_CHARACTERS(HS_ADDRESS_BYTES)];
    char public_key[HS_HEX_CHARACTERS(HS_ED25519_PUBLIC_KEY_BYTES)];
    hs_hex_write(address, key->address.bytes, sizeof key->address.bytes);
    hs_hex_write(public_key, key->public_key.bytes, sizeof key->public_key.bytes);
    printf("address     %s\npublic key  %s\nfile        %s\n", address, public_key, file);
    return HS_EXIT_OK;
}

static int print_validator(const struct hs_validator_key *key, const char *file, bool json)
{
    const struct hs_ed25519_public_key *network_key = &key->network_public_key;
    if (json) {
        return hs_print_json(json_pack(
            "{s:s, s:o, s:o, s:o, s:s}", "type", "validator", "public_key",
            hs_json_hex(key->bls_public_key.bytes, sizeof key->bls_public_key.bytes), "possession",
            hs_json_hex(key->possession.bytes, sizeof key->possession.bytes), "network_key",
            hs_json_hex(network_key->bytes, sizeof network_key->bytes), "file", file));
    }
    char public_key[HS_HEX_CHARACTERS(HS_BLS_PUBLIC_KEY_BYTES)];
    char possession[HS_HEX_CHARACTERS(HS_BLS_SIGNATURE_BYTES)];
    char network[HS_HEX_CHARACTERS(HS_ED25519_PUBLIC_KEY_BYTES)];
    hs_hex_write(public_key, key->bls_public_key.bytes, sizeof key->bls_public_key.bytes);
    hs_hex_write(possession, key->possession.bytes, sizeof key->possession.bytes);
    hs_hex_write(network, network_key->bytes, sizeof network_key->bytes);
    printf("public key   %s\npossession   %s\nnetwork key  %s\nfile         %s\n", public_key,
           possession, network, file);
    return HS_EXIT_OK;
}

static int make_account(const char *file, bool json)
{
    struct hs_account_key key;
    struct hs_key_error error;
    enum hs_status status = hs_account_key_make(&key, NULL);
    if (status != HS_OK) {
        hs_print_error("no key was made: %s", hs_status_text(status));
        return HS_EXIT_INTERNAL;
    }
    status = hs_account_key_save(&key, file, &error);
    int exit_code = HS_EXIT_USAGE;
    if (status == HS_OK) {
        exit_code = print_account(&key, file, json);
    } else {
        hs_print_error("%s", error.text);
    }
    hs_wipe(&key, sizeof key);
    return exit_code;
}

static int make_validator(const char *file, bool json)
{
    struct hs_validator_key key;
    struct hs_key_error error;
    enum hs_status status = hs_validator_key_make(&key, NULL);
    if (status != HS_OK) {
        hs_print_error("no key was made: %s", hs_status_text(status));
        return HS_EXIT_INTERNAL;
    }
    status = hs_validator_key_save(&key, file, &error);
    int exit_code = HS_EXIT_USAGE;
    if (status == HS_OK) {
        exit_code = print_validator(&key, file, json);
    } else {
        hs_print_error("%s", error.text);
    }
    hs_wipe(&key, sizeof key);
    return exit_code;
}

static int keys_make(int argc, char **argv, bool validator)
{
    const char *file = NULL;
    bool json = false;
    const struct hs_option options[] = {
        {.type = HS_OPTION_TEXT,
         .required = true,
         .name = "out",
         .argument = "F",
         .help = "the key file to make; never one that is there",
         .text = &file},
        HS_OPTION_JSON(&json),
    };
    const struct hs_command command = {
        .name = validator ? "keys validator" : "keys new",
        .purpose =
            validator
                ? "Makes fresh keys of a validator, readable for their owner only: the one it "
                  "votes with and\nthe one it is connected by."
                : "Makes a fresh account key, readable for its owner only.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return validator ? make_validator(file, json) : make_account(file, json);
}

/* What is not in the form of an account's key file may be in that of a validator's. */
static int show_file(const char *file, bool json)
{
    struct hs_key_error error;
    struct hs_account_key account;
    enum hs_status status = hs_account_key_load(&account, file, &error);
    if (status == HS_OK) {
        int exit_code = print_account(&account, file, json);
        hs_wipe(&account, sizeof account);
        return exit_code;
    }
    struct hs_validator_key validator;
    struct hs_key_error validator_error;
    enum hs_status validator_status = hs_validator_key_load(&validator, file, &validator_error);
    if (validator_status == HS_OK) {
        int exit_code = print_validator(&validator, file, json);
        hs_wipe(&validator, sizeof validator);
        return exit_code;
    }
    bool neither = status == HS_MALFORMED && validator_status == HS_MALFORMED;
    if (neither) {
        hs_print_error("%s is no key file, neither an account's nor a validator's; `hotstuff keys "
                       "new --out F` makes one",
                       file);
    } else {
        hs_print_error("%s", status == HS_MALFORMED ? validator_error.text : error.text);
    }
    return HS_EXIT_USAGE;
}

static int keys_show(int argc, char **argv)
{
    const char *file = NULL;
    bool json = false;
    const struct hs_option options[] = {
        HS_OPTION_JSON(&json),
    };
    const struct hs_operand operands[] = {{"F", &file, true}};
    const struct hs_command command = {
        .name = "keys show",
        .purpose = "Shows what is public of a key file; its secrets stay in it.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    return show_file(file, json);
}

int hs_cmd_keys(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "new") == 0) {
        return keys_make(argc - 1, argv + 1, false);
    }
    if (argc > 1 && strcmp(argv[1], "validator") == 0) {
        return keys_make(argc - 1, argv + 1, true);
    }
    if (argc > 1 && strcmp(argv[1], "show") == 0) {
        return keys_show(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "history") == 0) {
        return hs_cmd_keys_history(argc - 1, argv + 1);
    }
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr,
            "usage: hotstuff keys new --out F [--json]\n"
            "       hotstuff keys validator --out F [--json]\n"
            "       hotstuff keys show F [--json]\n"
            "       hotstuff keys history export --home H > FILE\n"
            "       hotstuff keys history import --home H [--json] < FILE\n");
    return help ? HS_EXIT_OK : HS_EXIT_USAGE;
}
