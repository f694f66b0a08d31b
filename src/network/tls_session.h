/* hs_tls_session: one side of a mutual TLS 1.3 connection, over memory.
 *
 * Nothing here knows a socket: received bytes go in by hs_tls_session_feed, bytes to send
 * come out by hs_tls_session_take_output. Both sides show a self-signed Ed25519 certificate made at
 * start; a chain, a name or a date means nothing, only the key in it does, and TLS
 * proves that the peer holds it. Which keys may come in is the caller's decision.
 *
 * The client's handshake is over before the server has checked the client's key: a
 * client knows that it was let in when it reads the first byte (RFC 8446, section 2).
 */
#ifndef HS_NETWORK_TLS_SESSION_H
#define HS_NETWORK_TLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <hotstuff/status.h>
#include <hotstuff/types.h>

#include "crypto/ed25519.h"

/* The largest plaintext of one TLS record (RFC 8446, section 5.1). */
#define HS_TLS_RECORD_BYTES_MAX 16384u

struct hs_tls_identity;
struct hs_tls_session;

/* Decides about the key in the peer's certificate. */
typedef bool hs_tls_key_check(void *context, const struct hs_ed25519_public_key *key);

/* Bytes ready for the socket. */
struct hs_tls_output {
    uint8_t *data; /* to be freed by free() */
    size_t size;
    size_t capacity;
};

/* A certificate for the key, and what sessions share; NULL when there is no memory. */
struct hs_tls_identity *hs_tls_identity_new(const struct hs_ed25519_secret_key *secret_key);
void hs_tls_identity_free(struct hs_tls_identity *identity);

/* The identity outlives the session. NULL when there is no memory. */
struct hs_tls_session *hs_tls_session_new(struct hs_tls_identity *identity, bool is_client,
                                          hs_tls_key_check *check, void *context);
void hs_tls_session_free(struct hs_tls_session *session);

/* The bytes that the calls below read from, until they say HS_NOT_READY or the next
 * feed; not copied. */
void hs_tls_session_feed(struct hs_tls_session *session, const uint8_t *data, size_t size);

/* HS_OK once this side's handshake is over; HS_NOT_READY when it waits for the peer;
 * HS_NOT_A_VALIDATOR when the key check refused; HS_UNREACHABLE when the peer refused;
 * HS_MALFORMED for all else. A client calls it once before anything was received. */
HS_MUST_CHECK enum hs_status hs_tls_session_handshake(struct hs_tls_session *session);

/* Decrypts what was fed. HS_OK with *size >= 1 bytes in `out`; HS_NOT_READY when more must be
 * received; HS_UNREACHABLE when the peer closed or refused; HS_MALFORMED. */
HS_MUST_CHECK enum hs_status hs_tls_session_read(struct hs_tls_session *session, uint8_t *out,
                                                 size_t capacity, size_t *size);

/* Encrypts at most HS_TLS_RECORD_BYTES_MAX into one record of output. HS_OK or
 * HS_OUT_OF_MEMORY. */
HS_MUST_CHECK enum hs_status hs_tls_session_write(struct hs_tls_session *session,
                                                  const uint8_t *data, size_t size);

/* How much output waits, and all of it, which empties it. `output` comes in as what an earlier call
 * gave and is no longer needed (or all zero): its memory is used again. */
size_t hs_tls_session_output_bytes(const struct hs_tls_session *session);
void hs_tls_session_take_output(struct hs_tls_session *session, struct hs_tls_output *output);

#endif
