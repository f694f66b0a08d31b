/* Ed25519 (RFC 8032) for transactions and for the keys of connections, by libsodium.
 */
#ifndef HS_CRYPTO_ED25519_H
#define HS_CRYPTO_ED25519_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#define HS_ED25519_SEED_BYTES 32u

struct hs_ed25519_secret_key {
    uint8_t seed[HS_ED25519_SEED_BYTES];
};

/* One signature to check. */
struct hs_ed25519_item {
    const struct hs_ed25519_public_key *public_key;
    const struct hs_ed25519_signature *signature;
    struct hs_bytes message;
};

void hs_ed25519_public_key_of(struct hs_ed25519_public_key *public_key,
                              const struct hs_ed25519_secret_key *secret_key);
/* The address of an account: the tagged hash of its public key. */
void hs_address_of(struct hs_address *address, const struct hs_ed25519_public_key *public_key);
void hs_ed25519_sign(struct hs_ed25519_signature *signature,
                     const struct hs_ed25519_secret_key *secret_key, struct hs_bytes message);

/* Checks `count` signatures; ok[i] is the answer for items[i], each as if alone. One call for
 * many, so that an implementation over vectors can take its place. */
void hs_ed25519_verify(bool ok[], const struct hs_ed25519_item items[], size_t count);

#endif
