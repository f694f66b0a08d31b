/* libsodium accepts a signature only with S below the group's order, R and the public key
 * canonical and not of small order, and checks the equation without the cofactor. All
 * validators must accept the same signatures: whatever replaces it must decide alike.
 */
#include "crypto/ed25519.h"

#include <sodium.h>

#include "crypto/hash.h"

_Static_assert(HS_ED25519_SEED_BYTES == crypto_sign_SEEDBYTES, "seed size");
_Static_assert(HS_ED25519_PUBLIC_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "public key size");
_Static_assert(HS_ED25519_SIGNATURE_BYTES == crypto_sign_BYTES, "signature size");

void hs_ed25519_public_key_of(struct hs_ed25519_public_key *public_key,
                              const struct hs_ed25519_secret_key *secret_key)
{
    uint8_t expanded[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(public_key->bytes, expanded, secret_key->seed);
    sodium_memzero(expanded, sizeof expanded);
}

void hs_address_of(struct hs_address *address, const struct hs_ed25519_public_key *public_key)
{
    hs_hash(address->bytes, "hotstuff/address", public_key->bytes, sizeof public_key->bytes);
}

void hs_ed25519_sign(struct hs_ed25519_signature *signature,
                     const struct hs_ed25519_secret_key *secret_key, struct hs_bytes message)
{
    struct hs_ed25519_public_key public_key;
    uint8_t expanded[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(public_key.bytes, expanded, secret_key->seed);
    crypto_sign_detached(signature->bytes, NULL, message.data, message.size, expanded);
    sodium_memzero(expanded, sizeof expanded);
}

void hs_ed25519_verify(bool ok[], const struct hs_ed25519_item items[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ok[i] = crypto_sign_verify_detached(items[i].signature->bytes, items[i].message.data,
                                            items[i].message.size, items[i].public_key->bytes) == 0;
    }
}
