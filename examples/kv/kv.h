/* A replicated key-value store: the smallest application there is for libhotstuff.
 *
 * A transaction is one line of text, "SENDER NONCE set KEY VALUE". Nothing is signed here, so
 * anybody can write in anybody's name; a real application checks a signature in `verify`.
 */
#ifndef KV_H
#define KV_H

#include <hotstuff/validator.h>

#define KV_WORD_CHARACTERS 32 /* of a sender, key or value, the closing zero included */
#define KV_LINE_CHARACTERS (4 * KV_WORD_CHARACTERS + 32)

struct kv_store;

/* An hs_make_application; `context` is a struct kv_store **, set to the store. */
enum hs_status kv_make(void *context, struct hs_application *application,
                       const struct hs_application_setup *setup);
void kv_free(struct kv_store *store);

/* The committed value of a key, or NULL; good until the loop goes on. */
const char *kv_get(const struct kv_store *store, const char *key);
/* The sender's next nonce in the committed state. */
uint64_t kv_next_nonce(const struct kv_store *store, const char *sender);

#endif
