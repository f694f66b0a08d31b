/* hs_running_validator: a whole validator over this machine's clock, disk, network and threads.
 *
 * It runs from a home folder, as `hotstuff testnet` writes them: genesis, configuration, keys,
 * safety records and the chain itself. The state machine is the built-in ledger of accounts,
 * or an application of the embedder's.
 *
 *     struct hs_validator_options options = {.home = path, .make_application = make};
 *     if (hs_validator_open(&validator, &options, &error) == HS_OK) {
 *         status = hs_validator_run(validator, &error);    until hs_validator_stop
 *         hs_validator_close(validator);
 *     }
 *
 * hs_validator_run is the loop: the calling thread becomes the loop thread, on which the
 * application's calls, queries and callbacks are made. From other threads only
 * hs_validator_stop and hs_validator_post may be called. Open and run block SIGPIPE and SIGXFSZ
 * in the calling thread, for good: what they would say, the failed write says.
 */
#ifndef HOTSTUFF_VALIDATOR_H
#define HOTSTUFF_VALIDATOR_H

#include <hotstuff/application.h>

/* Not to be mixed up with struct hs_validator, which is what a set says about each member. */
struct hs_running_validator;

/* What a person reads: what happened, to which thing, what to do next. */
struct hs_validator_error {
    char text[512];
};

/* What an application must know to begin. */
struct hs_application_setup {
    struct hs_chain_id chain_id;
    struct hs_amount base_fee; /* of genesis */
    uint32_t states_max;       /* the most states there are at once, the committed one too */
};

/* Fills in `application` with its genesis state. It outlives the validator. */
typedef enum hs_status hs_make_application(void *context, struct hs_application *application,
                                           const struct hs_application_setup *setup);

struct hs_validator_options {
    const char *home;
    hs_make_application *make_application; /* NULL: the built-in ledger */
    void *application_context;
};

/* Opens the home, locks it, and rebuilds the state from what it holds; blocks. On failure
 * `error` says why: HS_NOT_FOUND (no such home), HS_IN_USE (another process has the home or a
 * port), HS_WRONG_CHAIN (the genesis is another one than the home was made for), HS_MALFORMED,
 * HS_INVALID_ARGUMENT, HS_CORRUPT, HS_IO, HS_OUT_OF_MEMORY. */
HS_PUBLIC HS_MUST_CHECK enum hs_status hs_validator_open(struct hs_running_validator **validator,
                                                         const struct hs_validator_options *options,
                                                         struct hs_validator_error *error);

/* Runs until hs_validator_stop: HS_OK. Or until it can't go on, and `error` says what to do:
 * HS_IO when a durable write failed (D3), HS_DIVERGED when its state differs from the certified
 * one (X1). Once only. */
HS_PUBLIC HS_MUST_CHECK enum hs_status hs_validator_run(struct hs_running_validator *validator,
                                                        struct hs_validator_error *error);

/* Ends hs_validator_run soon: queries posted before are answered, jobs finished, files
 * synced. Any thread; a signal handler too. */
HS_PUBLIC void hs_validator_stop(struct hs_running_validator *validator);

/* Frees everything. hs_validator_run has returned or was never called, and no other thread
 * uses the validator any more. */
HS_PUBLIC void hs_validator_close(struct hs_running_validator *validator);

/* Something to be done on the loop thread, between two steps of the node. The poster embeds it in
 * a struct of its own and keeps it alive until `run` is called. */
struct hs_query {
    void (*run)(struct hs_query *query, struct hs_running_validator *validator);
    struct hs_query *next; /* the queue's */
};

/* HS_OK: `run` is called once on the loop thread, in the order of posting. HS_FULL: at the limit
 * of HS_VALIDATOR_QUERIES_MAX. HS_NOT_READY: the validator stops or has stopped; in both, `run`
 * is not called. Any thread, at any time between open and close. */
HS_PUBLIC HS_MUST_CHECK enum hs_status hs_validator_post(struct hs_running_validator *validator,
                                                         struct hs_query *query);

/* -- on the loop thread, or before hs_validator_run ------------------------------------ */

/* What came of each transaction of a batch: HS_OK when it waits in the mempool (HS_DUPLICATE:
 * it did already), else why not. Called once: maybe before hs_validator_submit returns, and at the
 * latest before hs_validator_run does. */
typedef void hs_validator_submitted(void *context, const enum hs_status outcomes[],
                                    const struct hs_transaction_id ids[], size_t count);

/* Takes in up to HS_TRANSACTIONS_BATCH_MAX transactions, copying them. HS_FULL: too many are
 * being checked; then `submitted` is not called. */
HS_PUBLIC HS_MUST_CHECK enum hs_status hs_validator_submit(struct hs_running_validator *validator,
                                                           const struct hs_bytes transactions[],
                                                           size_t count,
                                                           hs_validator_submitted *submitted,
                                                           void *context);

/* Is told of each committed block once its commit is durable (D7), in ascending order. NULL:
 * nobody is. */
typedef void hs_validator_committed(void *context, const struct hs_block *block,
                                    const struct hs_transaction_id ids[], size_t count);
HS_PUBLIC void hs_validator_on_committed(struct hs_running_validator *validator,
                                         hs_validator_committed *committed, void *context);

struct hs_validator_status {
    uint64_t view;
    uint64_t height; /* the last committed, durably */
    struct hs_state_root state_root;
    uint32_t peers_connected;
    uint32_t validator_count;
    bool signing; /* false: follows without signing (D5); hs_validator_advice says what to do */
};
HS_PUBLIC void hs_validator_status(const struct hs_running_validator *validator,
                                   struct hs_validator_status *status);
/* What the owner should do about a validator that does not sign; "" when all is well. */
HS_PUBLIC const char *hs_validator_advice(const struct hs_running_validator *validator);

#endif
