/* validators: who votes in an epoch and with which weight, or who is registered.
 *
 * The registered ones come in parts. Their places stay as they are within an epoch: when it ends in
 * between, the parts are asked for again.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "cli/show.h"

#define ATTEMPTS_MAX 5u

struct request {
    const char *url;
    const char *operator_address;
    uint64_t epoch;
    bool epoch_given;
    bool all;
    bool json;
};

/* -- a set -------------------------------------------------------------------------- */

static void print_set(const json_t *answer)
{
    const json_t *list = json_object_get(answer, "validators");
    size_t i;
    json_t *validator;
    printf("epoch %" PRId64 ", total weight %s, quorum %s\n\n", hs_client_number(answer, "epoch"),
           hs_client_text(answer, "weight_total"), hs_client_text(answer, "quorum"));
    printf("index  %-12s  BLS public key, operator\n", "weight");
    json_array_foreach(list, i, validator)
    {
        printf("%5" PRId64 "  %-12s  %s\n", hs_client_number(validator, "index"),
               hs_client_text(validator, "weight"), hs_client_text(validator, "bls_public_key"));
        if (json_is_string(json_object_get(validator, "operator"))) {
            printf("                     %s\n", hs_client_text(validator, "operator"));
        }
    }
}

/* -- registered ones ------------------------------------------------------------------ */

/* "active, validator 3", "jailed until epoch 7" */
static void print_standing(const json_t *validator)
{
    printf("%s", hs_client_text(validator, "state"));
    if (json_is_integer(json_object_get(validator, "jailed_until"))) {
        printf(" until epoch %" PRId64 " or later", hs_client_number(validator, "jailed_until"));
    }
    if (json_is_integer(json_object_get(validator, "index"))) {
        printf(", validator %" PRId64, hs_client_number(validator, "index"));
    }
    printf("\n");
}

static void print_one(const json_t *validator)
{
    size_t i;
    json_t *entry;
    printf("operator       %s\n", hs_client_text(validator, "operator"));
    printf("state          ");
    print_standing(validator);
    printf("stake          %s\n", hs_client_text(validator, "stake"));
    printf("fee recipient  %s\n", hs_client_text(validator, "fee_recipient"));
    printf("address        %s\n", hs_client_text(validator, "address"));
    json_array_foreach(json_object_get(validator, "keys"), i, entry)
    {
        printf("key            %s\n               of epochs %" PRId64,
               hs_client_text(entry, "bls_public_key"), hs_client_number(entry, "first_epoch"));
        if (json_is_integer(json_object_get(entry, "last_epoch"))) {
            printf(" to %" PRId64 "\n", hs_client_number(entry, "last_epoch"));
        } else {
            printf(" on\n");
        }
    }
    json_array_foreach(json_object_get(validator, "unbondings"), i, entry)
    {
        printf("unbonding      %s at the end of epoch %" PRId64 "\n",
               hs_client_text(entry, "amount"), hs_client_number(entry, "epoch"));
    }
}

static void print_registered(const json_t *answer)
{
    size_t i;
    json_t *validator;
    printf("epoch %" PRId64 ", %" PRId64 " registered, with %s units of stake\n",
           hs_client_number(answer, "epoch"), hs_client_number(answer, "registered"),
           hs_client_text(answer, "staked"));
    json_array_foreach(json_object_get(answer, "validators"), i, validator)
    {
        printf("\n");
        print_one(validator);
    }
}

/* All of them, in *answer: the first part with the validators of the others behind its own. Null: an
 * epoch ended in between. */
static int read_parts(struct hs_client *client, json_t **answer)
{
    char path[HS_SHOW_PATH_CHARACTERS] = "/v1/registered";
    json_t *part = NULL;
    int exit_code = hs_client_get(client, path, HS_CLIENT_TIMEOUT_MS, answer);
    while (exit_code == HS_EXIT_OK && json_is_integer(json_object_get(*answer, "next_place"))) {
        snprintf(path, sizeof path, "/v1/registered/%" PRId64,
                 hs_client_number(*answer, "next_place"));
        exit_code = hs_client_get(client, path, HS_CLIENT_TIMEOUT_MS, &part);
        if (exit_code == HS_EXIT_OK &&
            hs_client_number(part, "epoch") != hs_client_number(*answer, "epoch")) {
            json_decref(part);
            json_decref(*answer);
            *answer = NULL;
            return HS_EXIT_OK;
        }
        if (exit_code == HS_EXIT_OK) {
            json_array_extend(json_object_get(*answer, "validators"),
                              json_object_get(part, "validators"));
            json_object_set(*answer, "next_place", json_object_get(part, "next_place"));
            json_decref(part);
        }
    }
    if (exit_code != HS_EXIT_OK) {
        json_decref(*answer);
        *answer = NULL;
    }
    return exit_code;
}

static int show_all(const struct request *request)
{
    struct hs_client client;
    json_t *answer = NULL;
    int exit_code = hs_client_open(&client, request->url);
    for (uint32_t i = 0; i < ATTEMPTS_MAX && exit_code == HS_EXIT_OK && answer == NULL; i++) {
        exit_code = read_parts(&client, &answer);
    }
    hs_client_close(&client);
    if (exit_code != HS_EXIT_OK) {
        hs_print_error(
            "%s%s", client.error,
            exit_code == HS_EXIT_USAGE ? "; where one epoch lasts for ever nobody registers" : "");
        return exit_code;
    }
    if (answer == NULL) {
        hs_print_error("epochs end faster than the list of validators is read; ask for one by the "
                       "address of its operator");
        return HS_EXIT_INTERNAL;
    }
    json_object_del(answer, "next_place");
    if (request->json) {
        return hs_print_json(answer);
    }
    print_registered(answer);
    json_decref(answer);
    return HS_EXIT_OK;
}

/* -- the command ------------------------------------------------------------------------ */

static int show(const struct request *request)
{
    char path[HS_SHOW_PATH_CHARACTERS] = "/v1/validators";
    if (request->all + request->epoch_given + (request->operator_address != NULL) > 1) {
        hs_print_error("give one of --epoch, --all and the address of an operator");
        return HS_EXIT_USAGE;
    }
    if (request->all) {
        return show_all(request);
    }
    if (request->operator_address != NULL) {
        snprintf(path, sizeof path, "/v1/operators/%.80s", request->operator_address);
        return hs_show_check_hash("address", request->operator_address)
                   ? hs_show_answer(request->url, path, print_one, request->json)
                   : HS_EXIT_USAGE;
    }
    if (request->epoch_given) {
        snprintf(path, sizeof path, "/v1/validators/%" PRIu64, request->epoch);
    }
    return hs_show_answer(request->url, path, print_set, request->json);
}

int hs_cmd_validators(int argc, char **argv)
{
    struct request request = {.url = HS_CLIENT_URL_DEFAULT};
    const struct hs_option options[] = {
        {.type = HS_OPTION_NUMBER,
         .name = "epoch",
         .argument = "E",
         .help = "of the epoch before this one, or of the next, once it is fixed",
         .number = &request.epoch,
         .number_max = UINT64_MAX,
         .given = &request.epoch_given},
        {.type = HS_OPTION_FLAG,
         .name = "all",
         .help = "all that are registered, in the set or not",
         .flag = &request.all},
        HS_OPTION_RPC(&request.url),
        HS_OPTION_JSON(&request.json),
    };
    const struct hs_operand operands[] = {{"OPERATOR", &request.operator_address, false}};
    const struct hs_command command = {
        .name = "validators",
        .purpose = "Shows the validators of the epoch, or the one of an operator.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = operands,
        .operand_count = 1,
    };
    int exit_code;
    return hs_options_read(&command, argc, argv, &exit_code) ? show(&request) : exit_code;
}
