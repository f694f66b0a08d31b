/* OpenSSL 3 behind a BIO of our own, so that ciphertext is read where libuv left it and written
 * where libuv takes it from, without a copy between.
 *
 * Kept small on purpose: TLS 1.3 only, X25519, Ed25519 and three AEADs; no tickets, no resumption,
 * no early data, so a session holds no state that outlives it. OpenSSL's error queue belongs
 * to the thread and is emptied after every failure; what a peer's bytes did is not told
 * apart further than "malformed".
 */
#include "network/tls_session.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/assert.h"

/* The most that waits for the socket. A connection gathers 64 KiB and one record at a time; the
 * rest is room for our answers to a peer that asks for new keys over and over and does not
 * read: beyond that it is cut off. */
#define OUTPUT_BYTES_MAX    (128u * 1024u)
#define OUTPUT_CAPACITY_MIN 4096u
/* One certificate of ours has about 300 bytes. */
#define CERTIFICATE_BYTES_MAX 2048

struct hs_tls_identity {
    BIO_METHOD *bio_method;
    SSL_CTX *client;
    SSL_CTX *server;
};

struct hs_tls_session {
    SSL *ssl;
    const uint8_t *input;
    size_t input_size;
    struct hs_tls_output output;
    hs_tls_key_check *check;
    void *check_context;
    bool key_refused;
};

/* -- the BIO --------------------------------------------------------------- */

static int bio_read(BIO *bio, char *out, size_t capacity, size_t *size)
{
    struct hs_tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (session->input_size == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *size = capacity < session->input_size ? capacity : session->input_size;
    memcpy(out, session->input, *size);
    session->input += *size;
    session->input_size -= *size;
    return 1;
}

static bool output_reserve(struct hs_tls_output *output, size_t size)
{
    if (size > OUTPUT_BYTES_MAX) {
        return false;
    }
    size_t capacity = output->capacity > 0 ? output->capacity : OUTPUT_CAPACITY_MIN;
    while (capacity < size) {
        capacity *= 2;
    }
    if (capacity > output->capacity) {
        uint8_t *data = realloc(output->data, capacity);
        if (data == NULL) {
            return false;
        }
        output->data = data;
        output->capacity = capacity;
    }
    return true;
}

static int bio_write(BIO *bio, const char *data, size_t size, size_t *written)
{
    struct hs_tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!output_reserve(&session->output, session->output.size + size)) {
        return 0;
    }
    memcpy(session->output.data + session->output.size, data, size);
    session->output.size += size;
    *written = size;
    return 1;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *bio_method_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "memory span");
    if (method != NULL) {
        (void)BIO_meth_set_read_ex(method, bio_read);
        (void)BIO_meth_set_write_ex(method, bio_write);
        (void)BIO_meth_set_ctrl(method, bio_control);
    }
    return method;
}

/* -- the identity ---------------------------------------------------------- */

/* Self-signed, without a name, valid for ever: nobody reads more than its key. */
static X509 *certificate_new(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    if (certificate == NULL) {
        return NULL;
    }
    bool ok = X509_set_version(certificate, X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
              ASN1_TIME_set_string(X509_getm_notBefore(certificate), "19700101000000Z") == 1 &&
              ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") == 1 &&
              X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, NULL) > 0;
    if (!ok) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

/* Takes the place of OpenSSL's chain building: the key decides. */
static int verify_certificate(X509_STORE_CTX *store, void *argument)
{
    (void)argument;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct hs_tls_session *session = SSL_get_app_data(ssl);
    const X509 *certificate = X509_STORE_CTX_get0_cert(store);
    const EVP_PKEY *key = certificate == NULL ? NULL : X509_get0_pubkey(certificate);
    struct hs_ed25519_public_key raw;
    size_t raw_size = sizeof raw.bytes;
    bool accepted = key != NULL && EVP_PKEY_is_a(key, "ED25519") == 1 &&
                    EVP_PKEY_get_raw_public_key(key, raw.bytes, &raw_size) == 1 &&
                    raw_size == sizeof raw.bytes && session->check(session->check_context, &raw);
    session->key_refused = !accepted;
    X509_STORE_CTX_set_error(store, accepted ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return accepted ? 1 : 0;
}

static SSL_CTX *context_new(const SSL_METHOD *method, EVP_PKEY *key, X509 *certificate)
{
    SSL_CTX *context = SSL_CTX_new(method);
    if (context == NULL) {
        return NULL;
    }
    bool ok = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
              SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
              SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                                "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
              SSL_CTX_set1_groups_list(context, "X25519") == 1 &&
              SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1 &&
              SSL_CTX_set_num_tickets(context, 0) == 1 &&
              SSL_CTX_use_certificate(context, certificate) == 1 &&
              SSL_CTX_use_PrivateKey(context, key) == 1;
    if (!ok) {
        SSL_CTX_free(context);
        return NULL;
    }
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, CERTIFICATE_BYTES_MAX);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, verify_certificate, NULL);
    return context;
}

struct hs_tls_identity *hs_tls_identity_new(const struct hs_ed25519_secret_key *secret_key)
{
    struct hs_tls_identity *identity = calloc(1, sizeof *identity);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret_key->seed,
                                                 sizeof secret_key->seed);
    X509 *certificate = key == NULL ? NULL : certificate_new(key);
    if (identity != NULL && certificate != NULL) {
        identity->bio_method = bio_method_new();
        identity->client = context_new(TLS_client_method(), key, certificate);
        identity->server = context_new(TLS_server_method(), key, certificate);
    }
    /* The contexts hold references of their own. */
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (identity == NULL || identity->bio_method == NULL || identity->client == NULL ||
        identity->server == NULL) {
        hs_tls_identity_free(identity);
        return NULL;
    }
    return identity;
}

void hs_tls_identity_free(struct hs_tls_identity *identity)
{
    if (identity != NULL) {
        SSL_CTX_free(identity->client);
        SSL_CTX_free(identity->server);
        BIO_meth_free(identity->bio_method);
        free(identity);
    }
}

/* -- sessions -------------------------------------------------------------- */

struct hs_tls_session *hs_tls_session_new(struct hs_tls_identity *identity, bool is_client,
                                          hs_tls_key_check *check, void *context)
{
    struct hs_tls_session *session = calloc(1, sizeof *session);
    SSL *ssl = SSL_new(is_client ? identity->client : identity->server);
    BIO *bio = BIO_new(identity->bio_method);
    if (session == NULL || ssl == NULL || bio == NULL) {
        free(session);
        SSL_free(ssl);
        BIO_free(bio);
        ERR_clear_error();
        return NULL;
    }
    session->ssl = ssl;
    session->check = check;
    session->check_context = context;
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    (void)SSL_set_app_data(ssl, session);
    if (is_client) {
        SSL_set_connect_state(ssl);
    } else {
        SSL_set_accept_state(ssl);
    }
    return session;
}

void hs_tls_session_free(struct hs_tls_session *session)
{
    if (session != NULL) {
        SSL_free(session->ssl);
        free(session->output.data);
        free(session);
    }
}

void hs_tls_session_feed(struct hs_tls_session *session, const uint8_t *data, size_t size)
{
    session->input = data;
    session->input_size = size;
}

/* Why OpenSSL gave up. An alert is the peer's own refusal, and nothing that it did wrong. */
static enum hs_status failure(void)
{
    unsigned long error = ERR_peek_error();
    bool is_alert =
        ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
    return is_alert ? HS_UNREACHABLE : HS_MALFORMED;
}

enum hs_status hs_tls_session_handshake(struct hs_tls_session *session)
{
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);
    if (result == 1) {
        return HS_OK;
    }
    enum hs_status status = failure();
    if (session->key_refused) {
        status = HS_NOT_A_VALIDATOR;
    } else if (SSL_get_error(session->ssl, result) == SSL_ERROR_WANT_READ) {
        status = HS_NOT_READY;
    }
    ERR_clear_error();
    return status;
}

enum hs_status hs_tls_session_read(struct hs_tls_session *session, uint8_t *out, size_t capacity,
                                   size_t *size)
{
    ERR_clear_error();
    int result = SSL_read_ex(session->ssl, out, capacity, size);
    if (result == 1) {
        return HS_OK;
    }
    enum hs_status status = failure();
    int error = SSL_get_error(session->ssl, result);
    if (error == SSL_ERROR_WANT_READ) {
        status = HS_NOT_READY;
    } else if (error == SSL_ERROR_ZERO_RETURN) {
        status = HS_UNREACHABLE;
    }
    ERR_clear_error();
    return status;
}

enum hs_status hs_tls_session_write(struct hs_tls_session *session, const uint8_t *data,
                                    size_t size)
{
    HS_ASSERT(size > 0 && size <= HS_TLS_RECORD_BYTES_MAX);
    ERR_clear_error();
    size_t written = 0;
    if (SSL_write_ex(session->ssl, data, size, &written) == 1) {
        HS_ASSERT(written == size);
        return HS_OK;
    }
    ERR_clear_error();
    return HS_OUT_OF_MEMORY;
}

size_t hs_tls_session_output_bytes(const struct hs_tls_session *session)
{
    return session->output.size;
}

void hs_tls_session_take_output(struct hs_tls_session *session, struct hs_tls_output *output)
{
    struct hs_tls_output taken = session->output;
    session->output = *output;
    session->output.size = 0;
    *output = taken;
}
