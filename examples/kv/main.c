/* kv HOME NAME: one replica of the store. Commands are lines on stdin, each is answered by a line:
 *
 *     set KEY VALUE    accepted, or why not
 *     get KEY          = VALUE, or none
 *     height           of the last committed block
 *     quit
 *
 * The main thread is the validator's loop. A second thread reads the commands and hands each to
 * the loop as a query, waiting for its answer.
 */
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "kv.h"

struct command {
    struct hs_query query; /* first: a query is its command */
    const char *name;
    struct kv_store *store;
    struct hs_running_validator *validator;
    uint64_t nonce; /* of the last `set` that was accepted, plus 1 */
    char line[KV_LINE_CHARACTERS];
    char answer[KV_LINE_CHARACTERS];
    sem_t answered;
};

static void on_submitted(void *context, const enum hs_status outcomes[],
                         const struct hs_transaction_id ids[], size_t count)
{
    struct command *command = context;
    (void)ids;
    (void)count;
    bool accepted = outcomes[0] == HS_OK;
    command->nonce += accepted ? 1 : 0;
    snprintf(command->answer, sizeof command->answer, "%s",
             accepted ? "accepted" : hs_status_text(outcomes[0]));
    sem_post(&command->answered);
}

/* False: the answer comes later. */
static bool answer_set(struct command *command, const char *key, const char *value)
{
    char text[KV_LINE_CHARACTERS];
    uint64_t committed_nonce = kv_next_nonce(command->store, command->name);
    command->nonce = command->nonce > committed_nonce ? command->nonce : committed_nonce;
    int size = snprintf(text, sizeof text, "%s %" PRIu64 " set %s %s", command->name,
                        command->nonce, key, value);
    struct hs_bytes transaction = {(const uint8_t *)text, (size_t)size};
    enum hs_status status =
        hs_validator_submit(command->validator, &transaction, 1, on_submitted, command);
    snprintf(command->answer, sizeof command->answer, "%s", hs_status_text(status));
    return status != HS_OK;
}

/* On the loop's thread. */
static void run_command(struct hs_query *query, struct hs_running_validator *validator)
{
    struct command *command = (struct command *)query;
    char key[KV_WORD_CHARACTERS];
    char value[KV_WORD_CHARACTERS];
    bool answered = true;
    if (sscanf(command->line, "set %31s %31s", key, value) == 2) {
        answered = answer_set(command, key, value);
    } else if (sscanf(command->line, "get %31s", key) == 1) {
        const char *found = kv_get(command->store, key);
        snprintf(command->answer, sizeof command->answer, "%s%s", found != NULL ? "= " : "none",
                 found != NULL ? found : "");
    } else if (strncmp(command->line, "height", 6) == 0) {
        struct hs_validator_status status;
        hs_validator_status(validator, &status);
        snprintf(command->answer, sizeof command->answer, "%" PRIu64, status.height);
    } else {
        snprintf(command->answer, sizeof command->answer, "set KEY VALUE, get KEY, height, quit");
    }
    if (answered) {
        sem_post(&command->answered);
    }
}

static void *read_commands(void *context)
{
    struct command *command = context;
    command->query.run = run_command;
    while (fgets(command->line, sizeof command->line, stdin) != NULL &&
           strncmp(command->line, "quit", 4) != 0) {
        if (hs_validator_post(command->validator, &command->query) != HS_OK) {
            break;
        }
        sem_wait(&command->answered);
        printf("%s\n", command->answer);
        fflush(stdout);
    }
    hs_validator_stop(command->validator);
    return NULL;
}

int main(int argc, char **argv)
{
    struct command command = {0};
    struct hs_validator_error error;
    pthread_t reader;
    if (argc != 3) {
        fprintf(stderr, "usage: kv HOME NAME\n`hotstuff testnet` makes homes.\n");
        return 1;
    }
    const struct hs_validator_options options = {
        .home = argv[1],
        .make_application = kv_make,
        .application_context = &command.store,
    };
    if (hs_validator_open(&command.validator, &options, &error) != HS_OK) {
        fprintf(stderr, "kv: %s\n", error.text);
        kv_free(command.store);
        return 1;
    }
    command.name = argv[2];
    sem_init(&command.answered, 0, 0);
    if (pthread_create(&reader, NULL, read_commands, &command) != 0) {
        fprintf(stderr, "kv: no thread for the commands\n");
        return 1;
    }
    enum hs_status status = hs_validator_run(command.validator, &error);
    if (status != HS_OK) {
        fprintf(stderr, "kv: %s\n", error.text);
        return 1; /* the reader may wait for a line for ever */
    }
    pthread_join(reader, NULL);
    hs_validator_close(command.validator);
    kv_free(command.store);
    return 0;
}
