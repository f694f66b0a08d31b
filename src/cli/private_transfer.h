/* Private transfers: committed to first, shown when their place in the chain stands (M1 .. M3).
 *
 *     keep    a fresh salt, and the signed COMMIT with it, in a file of mode 0600
 *     COMMIT  hides sender's transfer behind a hash; when it is committed its place is known
 *     keep    the signed REVEAL, in a file beside the first
 *     REVEAL  opens it within the window; the transfer is done in the order of the commitments
 *     forget  both files, when the reveal is committed
 *
 * Each is kept before it is handed in: what comes between can be finished with `hotstuff tx reveal`, as
 * long as the window is open. Without the first file the deposit would be lost. Without the second one,
 * whoever goes on would sign another REVEAL, and wait for that one while the first is committed. So
 * whatever is done twice, even at the same time, is the same two transactions.
 */
#ifndef HS_CLI_PRIVATE_TRANSFER_H
#define HS_CLI_PRIVATE_TRANSFER_H

#include "cli/submission.h"
#include "crypto/keys.h"

#define HS_PRIVATE_PATH_CHARACTERS 4096u

struct hs_private_transfer {
    struct hs_transaction commit; /* signed */
    struct hs_reveal reveal;      /* its place is known when the COMMIT is committed */
    bool is_fresh;                /* its COMMIT was handed in nowhere yet */
    char path[HS_PRIVATE_PATH_CHARACTERS];
};

/* What came of both. `commit.status` is NULL where it was not looked at. */
struct hs_private_outcome {
    struct hs_outcome commit;
    uint32_t commit_index; /* when the COMMIT is committed */
    struct hs_outcome reveal;
};

/* Makes a private transfer and its file, "KEY_FILE.private-NONCE"; nothing is handed in. HS_EXIT_OK,
 * or the exit code after a printed error. `nonce` NULL: the next one. */
int hs_private_transfer_make(struct hs_private_transfer *transfer, struct hs_client *client,
                             const struct hs_account_key *key, const char *key_file,
                             const struct hs_transfer *inner, uint64_t tip, const uint64_t *nonce);

/* Reads one from its file, which must be of this sender. Errors are printed. */
int hs_private_transfer_load(struct hs_private_transfer *transfer, const struct hs_account_key *key,
                             const char *path);

/* The signed REVEAL that was kept for it. False: there is none. */
bool hs_private_reveal_load(struct hs_transaction *reveal,
                            const struct hs_private_transfer *transfer);
/* Keeps *reveal; if another one was kept meanwhile, by another process, *reveal becomes that one.
 * HS_EXIT_OK, or the exit code after a printed error. */
int hs_private_reveal_keep(struct hs_transaction *reveal,
                           const struct hs_private_transfer *transfer);
/* Forgets the one that was kept: it can't be executed any more. */
void hs_private_reveal_drop(const struct hs_private_transfer *transfer);
/* Removes the files, and says which one can't be removed. */
void hs_private_transfer_forget(const struct hs_private_transfer *transfer);

/* Takes it to its end: hands in what is not in the chain yet, waits for each step, so many seconds at
 * most, and says on stderr how far it is. The file goes when the transfer is done. Errors are printed,
 * with how to go on. */
int hs_private_transfer_finish(const struct hs_private_transfer *transfer,
                               struct hs_private_outcome *outcome, struct hs_client *client,
                               const struct hs_account_key *key, uint64_t tip,
                               uint64_t timeout_seconds);

#endif
