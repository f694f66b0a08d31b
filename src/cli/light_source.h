/* What a client without a node begins on, and asks a server for.
 *
 * Each call that fails has printed what happened and what to do, unless it says otherwise, and returns
 * the exit code: HS_EXIT_REJECTED for an answer that proves nothing, HS_EXIT_VIOLATION where two
 * chains were committed.
 */
#ifndef HS_CLI_LIGHT_SOURCE_H
#define HS_CLI_LIGHT_SOURCE_H

#include "cli/client.h"
#include "cli/light_files.h"

/* Begins on what the file at `path` says: a checkpoint, or a genesis document, which stands for block 0
 * and epoch 0 of a chain with the built-in ledger. */
int hs_light_trust(struct hs_light *light, const char *path);

/* Says why what the server answered about `what` is refused. */
int hs_light_refuse(const struct hs_client *client, const char *what, enum hs_status status,
                    const struct hs_light_error *error);

/* Says why there is no answer; what a node never answers counts as refused. */
int hs_light_no_answer(const struct hs_client *client, int exit_code);

/* A commit proof of the blocks from height `from` on. Prints nothing; HS_EXIT_USAGE where the server
 * has no such height after `wait_ms`, HS_EXIT_INTERNAL where it gave another answer
 * (client->http_status, client->error). *bytes is for free(). */
int hs_light_ask_headers(struct hs_client *client, uint64_t from, uint64_t count, uint64_t wait_ms,
                         struct hs_light_bytes *bytes);
/* The step into an epoch. Prints nothing, as above. */
int hs_light_ask_step(struct hs_client *client, uint64_t epoch, struct hs_light_bytes *bytes);

/* A commit proof of one block, asked for again while the server says that it is not ready; *epoch is the
 * one that it says it is of. */
int hs_light_ask_commit(struct hs_client *client, uint64_t height, struct hs_light_bytes *bytes,
                        uint64_t *epoch);
/* The id of the chain that the server says it serves, and its height. */
int hs_light_ask_chain(struct hs_client *client, struct hs_chain_id *chain_id, uint64_t *height);

#endif
