/* TLS over memory: both sides prove their keys, and what is not mutual TLS 1.3 with Ed25519 is
 * refused. Clients that ours would never be are played by OpenSSL itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "crypto/ed25519.h"
#include "network/tls_session.h"

struct side {
    struct hs_tls_identity *identity;
    struct hs_tls_session *session;
    struct hs_ed25519_public_key key;
    struct hs_ed25519_public_key seen; /* the peer's */
    uint32_t check_count;
    bool refuses;
    enum hs_status handshake;
};

static bool check_key(void *context, const struct hs_ed25519_public_key *key)
{
    struct side *side = context;
    side->seen = *key;
    side->check_count++;
    return !side->refuses;
}

static void side_init(struct side *side, uint8_t seed, bool is_client)
{
    struct hs_ed25519_secret_key secret_key;
    memset(&secret_key, seed, sizeof secret_key);
    *side = (struct side){.handshake = HS_NOT_READY};
    hs_ed25519_public_key_of(&side->key, &secret_key);
    side->identity = hs_tls_identity_new(&secret_key);
    assert_non_null(side->identity);
    side->session = hs_tls_session_new(side->identity, is_client, check_key, side);
    assert_non_null(side->session);
}

static void side_release(struct side *side)
{
    hs_tls_session_free(side->session);
    hs_tls_identity_free(side->identity);
}

/* Carries what one side has to say to the other, which goes on with its handshake. Returns how many
 * bytes were carried. */
static size_t carry(struct side *from, struct side *to)
{
    struct hs_tls_output output = {NULL, 0, 0};
    hs_tls_session_take_output(from->session, &output);
    hs_tls_session_feed(to->session, output.data, output.size);
    if (to->handshake == HS_NOT_READY) {
        to->handshake = hs_tls_session_handshake(to->session);
    }
    size_t size = output.size;
    /* Only a handshake is carried here, and it leaves nothing unread. */
    free(output.data);
    return size;
}

static void shake_hands(struct side *client, struct side *server)
{
    client->handshake = hs_tls_session_handshake(client->session);
    while (carry(client, server) + carry(server, client) > 0) {
    }
}

/* Encrypts on one side and decrypts on the other. */
static enum hs_status pass(struct side *from, struct side *to, const uint8_t *data, size_t size,
                           size_t flipped_bit, uint8_t *out, size_t capacity, size_t *out_size)
{
    struct hs_tls_output output = {NULL, 0, 0};
    assert_int_equal(hs_tls_session_write(from->session, data, size), HS_OK);
    hs_tls_session_take_output(from->session, &output);
    if (flipped_bit < output.size * 8) {
        output.data[flipped_bit / 8] ^= (uint8_t)(1u << (flipped_bit % 8));
    }
    hs_tls_session_feed(to->session, output.data, output.size);
    enum hs_status status = hs_tls_session_read(to->session, out, capacity, out_size);
    if (status == HS_OK) {
        uint8_t more;
        size_t more_size;
        assert_int_equal(hs_tls_session_read(to->session, &more, 1, &more_size), HS_NOT_READY);
    }
    free(output.data);
    return status;
}

static void both_sides_prove_their_keys_and_talk(void **state)
{
    (void)state;
    struct side client, server;
    side_init(&client, 1, true);
    side_init(&server, 2, false);
    shake_hands(&client, &server);
    assert_int_equal(client.handshake, HS_OK);
    assert_int_equal(server.handshake, HS_OK);
    assert_memory_equal(&client.seen, &server.key, sizeof server.key);
    assert_memory_equal(&server.seen, &client.key, sizeof client.key);
    assert_int_equal(client.check_count, 1);
    assert_int_equal(server.check_count, 1);

    uint8_t data[HS_TLS_RECORD_BYTES_MAX];
    uint8_t out[HS_TLS_RECORD_BYTES_MAX];
    size_t out_size;
    memset(data, 0x42, sizeof data);
    assert_int_equal(pass(&client, &server, data, 1, SIZE_MAX, out, sizeof out, &out_size), HS_OK);
    assert_int_equal(out_size, 1);
    assert_int_equal(
        pass(&server, &client, data, sizeof data, SIZE_MAX, out, sizeof out, &out_size), HS_OK);
    assert_int_equal(out_size, sizeof data);
    assert_memory_equal(out, data, sizeof data);
    side_release(&client);
    side_release(&server);
}

static void either_side_may_refuse_the_others_key(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct side client, server;
        side_init(&client, 1, true);
        side_init(&server, 2, false);
        client.refuses = i == 0;
        server.refuses = i == 1;
        shake_hands(&client, &server);
        struct side *refusing = i == 0 ? &client : &server;
        assert_int_equal(refusing->handshake, HS_NOT_A_VALIDATOR);
        if (i == 0) {
            assert_int_equal(server.handshake, HS_UNREACHABLE);
        } else {
            /* The client is through before it is refused, and learns of it when it reads. */
            assert_int_equal(client.handshake, HS_OK);
        }
        side_release(&client);
        side_release(&server);
    }
}

static void a_flipped_bit_ends_the_session(void **state)
{
    (void)state;
    const size_t bits[] = {0, 8 * 5, 8 * 20 + 3, 8 * 100};
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct side client, server;
        uint8_t data[200] = {1};
        uint8_t out[200];
        size_t out_size;
        side_init(&client, 1, true);
        side_init(&server, 2, false);
        shake_hands(&client, &server);
        assert_int_equal(pass(&client, &server, data, sizeof data, SIZE_MAX, out, sizeof out,
                              &out_size),
                         HS_OK);
        assert_int_equal(pass(&client, &server, data, sizeof data, bits[i], out, sizeof out,
                              &out_size),
                         HS_MALFORMED);
        side_release(&client);
        side_release(&server);
    }
}

/* -- clients that ours would never be ------------------------------------------------ */

/* Carries between an OpenSSL client and our server until neither has anything to say. */
static enum hs_status serve(SSL_CTX *context)
{
    struct side server;
    side_init(&server, 2, false);
    SSL *client = SSL_new(context);
    BIO *to_client = BIO_new(BIO_s_mem());
    BIO *from_client = BIO_new(BIO_s_mem());
    assert_true(client != NULL && to_client != NULL && from_client != NULL);
    SSL_set_bio(client, to_client, from_client);
    SSL_set_connect_state(client);
    for (uint32_t flights = 0; flights < 6; flights++) {
        (void)SSL_do_handshake(client);
        uint8_t *bytes = NULL;
        long size = BIO_get_mem_data(from_client, (char **)&bytes);
        hs_tls_session_feed(server.session, bytes, (size_t)size);
        if (server.handshake == HS_NOT_READY) {
            server.handshake = hs_tls_session_handshake(server.session);
        }
        (void)BIO_reset(from_client);
        struct hs_tls_output output = {NULL, 0, 0};
        hs_tls_session_take_output(server.session, &output);
        if (output.size > 0) {
            assert_int_equal(BIO_write(to_client, output.data, (int)output.size), output.size);
        }
        free(output.data);
    }
    SSL_free(client);
    SSL_CTX_free(context);
    ERR_clear_error();
    enum hs_status status = server.handshake;
    side_release(&server);
    return status;
}

static void use_certificate(SSL_CTX *context, EVP_PKEY *key, const EVP_MD *digest)
{
    X509 *certificate = X509_new();
    assert_true(key != NULL && certificate != NULL);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 1000));
    assert_true(X509_sign(certificate, key, digest) > 0);
    assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void a_client_with_an_ed25519_certificate_is_served(void **state)
{
    (void)state;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    use_certificate(context, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
    assert_int_equal(serve(context), HS_OK);
}

static void a_client_without_a_certificate_is_refused(void **state)
{
    (void)state;
    assert_int_equal(serve(SSL_CTX_new(TLS_client_method())), HS_MALFORMED);
}

static void a_certificate_of_another_kind_is_refused(void **state)
{
    (void)state;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    use_certificate(context, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), EVP_sha256());
    assert_int_not_equal(serve(context), HS_OK);
}

static void an_older_tls_is_refused(void **state)
{
    (void)state;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    use_certificate(context, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
    assert_int_equal(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION), 1);
    assert_int_equal(serve(context), HS_MALFORMED);
}

static void a_peer_that_asks_for_new_keys_for_ever_is_cut_off(void **state)
{
    (void)state;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    use_certificate(context, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
    struct side server;
    side_init(&server, 2, false);
    SSL *client = SSL_new(context);
    BIO *to_client = BIO_new(BIO_s_mem());
    BIO *from_client = BIO_new(BIO_s_mem());
    SSL_set_bio(client, to_client, from_client);
    SSL_set_connect_state(client);
    enum hs_status status = HS_NOT_READY;
    size_t largest = 0;
    /* Our answers are left where they are: a peer that only asks does not read. */
    for (uint32_t round = 0; round < 6000 && status == HS_NOT_READY; round++) {
        if (SSL_is_init_finished(client)) {
            assert_int_equal(SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED), 1);
        }
        (void)SSL_do_handshake(client);
        uint8_t *bytes = NULL;
        long size = BIO_get_mem_data(from_client, (char **)&bytes);
        hs_tls_session_feed(server.session, bytes, (size_t)size);
        if (server.handshake == HS_NOT_READY) {
            server.handshake = hs_tls_session_handshake(server.session);
        } else {
            uint8_t out;
            size_t out_size;
            status = hs_tls_session_read(server.session, &out, 1, &out_size);
        }
        (void)BIO_reset(from_client);
        if (!SSL_is_init_finished(client)) {
            struct hs_tls_output output = {NULL, 0, 0};
            hs_tls_session_take_output(server.session, &output);
            (void)BIO_write(to_client, output.data, (int)output.size);
            free(output.data);
        }
        size_t waiting = hs_tls_session_output_bytes(server.session);
        largest = waiting > largest ? waiting : largest;
    }
    assert_int_equal(server.handshake, HS_OK);
    assert_int_equal(status, HS_MALFORMED);
    assert_true(largest <= 128 * 1024);
    SSL_free(client);
    SSL_CTX_free(context);
    ERR_clear_error();
    side_release(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_prove_their_keys_and_talk),
        cmocka_unit_test(either_side_may_refuse_the_others_key),
        cmocka_unit_test(a_flipped_bit_ends_the_session),
        cmocka_unit_test(a_client_with_an_ed25519_certificate_is_served),
        cmocka_unit_test(a_client_without_a_certificate_is_refused),
        cmocka_unit_test(a_certificate_of_another_kind_is_refused),
        cmocka_unit_test(an_older_tls_is_refused),
        cmocka_unit_test(a_peer_that_asks_for_new_keys_for_ever_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
