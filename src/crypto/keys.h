/* Key files, fresh keys and wiping.
 *
 * A key file is one JSON object {"type", "secret", ...public parts}, mode 0600; one
 * that others can read is refused, with the command that mends it. Secret bytes are wiped
 * from every buffer they passed through.
 */
#ifndef HS_CRYPTO_KEYS_H
#define HS_CRYPTO_KEYS_H

#include "crypto/bls.h"
#include "crypto/ed25519.h"

/* An account: {"type": "account", "secret", "public_key", "address"}. */
struct hs_account_key {
    struct hs_ed25519_secret_key secret_key;
    struct hs_ed25519_public_key public_key;
    struct hs_address address; /* tagged hash of the public key */
};

/* A validator: {"type": "validator", "bls_secret", "bls_public_key", "possession",
 * "network_secret", "network_public_key"}. */
struct hs_validator_key {
    struct hs_bls_secret_key bls_secret_key;
    struct hs_bls_public_key bls_public_key;
    struct hs_bls_signature possession;
    struct hs_ed25519_secret_key network_secret_key;
    struct hs_ed25519_public_key network_public_key;
};

/* Call once before anything of src/crypto/; HS_IO when the system gives no randomness. */
HS_MUST_CHECK enum hs_status hs_crypto_start(void);

/* From 32 secret bytes each (deterministic, for tests and devnets), or fresh when seed
 * is NULL. */
HS_MUST_CHECK enum hs_status hs_account_key_make(struct hs_account_key *key, const uint8_t *seed);
HS_MUST_CHECK enum hs_status hs_validator_key_make(struct hs_validator_key *key,
                                                   const uint8_t *seed);

/* An error that a person reads: what happened, to which file, what to do. */
struct hs_key_error {
    char text[512];
};

/* Saving never overwrites a file (HS_DUPLICATE) and is durable when it returns.
 * Loading follows no symbolic link and needs mode 0600 or less (else HS_INVALID_ARGUMENT), the
 * exact form (else HS_MALFORMED) and public parts that belong to the secret (else HS_CORRUPT);
 * HS_NOT_FOUND without a file. When it fails the key is zero. While it runs no other thread may
 * use jansson, whose allocator it borrows in order to wipe.
 * HS_IO from either. `error` is set whenever the result is not HS_OK. */
HS_MUST_CHECK enum hs_status hs_account_key_save(const struct hs_account_key *key, const char *path,
                                                 struct hs_key_error *error);
HS_MUST_CHECK enum hs_status hs_account_key_load(struct hs_account_key *key, const char *path,
                                                 struct hs_key_error *error);
HS_MUST_CHECK enum hs_status hs_validator_key_save(const struct hs_validator_key *key,
                                                   const char *path, struct hs_key_error *error);
HS_MUST_CHECK enum hs_status hs_validator_key_load(struct hs_validator_key *key, const char *path,
                                                   struct hs_key_error *error);

/* Overwrites secrets so that no compiler drops it. */
void hs_wipe(void *secret, size_t size);

#endif
