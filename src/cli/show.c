#include "cli/show.h"

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"

bool hs_show_check_hash(const char *thing, const char *text)
{
    uint8_t bytes[HS_HASH_BYTES];
    if (hs_hex_read(bytes, sizeof bytes, text)) {
        return true;
    }
    hs_print_error("\"%s\" is no %s; it is 0x and 64 lowercase hex digits", text, thing);
    return false;
}

int hs_show_answer(const char *url, const char *path, void (*print)(const json_t *answer),
                   bool json)
{
    struct hs_client client;
    json_t *answer = NULL;
    int exit_code = hs_client_open(&client, url);
    if (exit_code == HS_EXIT_OK) {
        exit_code = hs_client_get(&client, path, HS_CLIENT_TIMEOUT_MS, &answer);
    }
    hs_client_close(&client);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error("%s", client.error);
        return exit_code;
    }
    if (json) {
        return hs_print_json(answer);
    }
    print(answer);
    json_decref(answer);
    return HS_EXIT_OK;
}

int hs_show(const struct hs_show *show, int argc, char **argv)
{
    const char *url = HS_CLIENT_URL_DEFAULT;
    const char *operand = NULL;
    bool json = false;
    const struct hs_option options[] = {HS_OPTION_RPC(&url), HS_OPTION_JSON(&json)};
    const struct hs_operand operands[] = {{show->operand, &operand, show->operand_required}};
    const struct hs_command command = {
        .name = show->name,
        .purpose = show->purpose,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = show->operand != NULL ? 1 : 0,
    };
    int exit_code;
    if (!hs_options_read(&command, argc, argv, &exit_code)) {
        return exit_code;
    }
    char path[HS_SHOW_PATH_CHARACTERS];
    return show->path(path, operand) ? hs_show_answer(url, path, show->print, json) : HS_EXIT_USAGE;
}
