/* What the HTTP server reads: JSON-RPC bodies, REST paths, bodies in pieces. No socket, no node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rpc/exchange.h"
#include "rpc/json_rpc.h"
#include "rpc/json_values.h"

#define ID_TEXT "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct hs_genesis genesis = {.chain_name = "test"};

static struct hs_json_rpc_request parsed(const char *body)
{
    struct hs_json_rpc_request request;
    assert_int_equal(hs_json_rpc_parse(&request, (struct hs_bytes){.data = (const uint8_t *)body,
                                                                   .size = strlen(body)}),
                     HS_OK);
    return request;
}

/* The code of the only request in a body. */
static int code_of(const char *body)
{
    struct hs_json_rpc_request request = parsed(body);
    assert_int_equal(request.count, 1);
    int code = request.entries[0].code;
    hs_json_rpc_release(&request);
    return code;
}

static int code_of_call(const char *method, const char *params)
{
    char body[4096];
    snprintf(body, sizeof body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"%s%s}", method,
             params != NULL ? ",\"params\":" : "", params != NULL ? params : "");
    return code_of(body);
}

/* The answer to a body whose calls ended with `outcome`, as JSON. */
static json_t *answer_to(const char *body, enum hs_status outcome)
{
    struct hs_json_rpc_request request = parsed(body);
    for (size_t i = 0; i < request.count; i++) {
        request.entries[i].call.outcome = outcome;
    }
    char *text = hs_json_rpc_write(&request, &genesis);
    assert_non_null(text);
    json_t *answer = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_true(answer != NULL || text[0] == '\0');
    free(text);
    hs_json_rpc_release(&request);
    return answer;
}

static json_int_t error_code_in(const json_t *answer)
{
    return json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));
}

static void bodies_that_are_no_json_are_parse_errors(void **state)
{
    (void)state;
    const char *const bodies[] = {
        "",           " ",
        "{",          "nonsense",
        "{\"a\":1}x", "[1,]",
        "\xff\xfe",   "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"status\"}"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_int_equal(code_of(bodies[i]), HS_JSON_RPC_PARSE_ERROR);
    }
}

static void json_that_is_no_request_is_invalid(void **state)
{
    (void)state;
    const char *const bodies[] = {
        "1",
        "\"status\"",
        "null",
        "{}",
        "[]",
        "[1]",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"status\"}",
        "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"status\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"status\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\",\"params\":1}"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_int_equal(code_of(bodies[i]), HS_JSON_RPC_INVALID_REQUEST);
    }
}

static void unknown_methods_are_not_found(void **state)
{
    (void)state;
    assert_int_equal(code_of_call("stat", NULL), HS_JSON_RPC_METHOD_NOT_FOUND);
    assert_int_equal(code_of_call("", NULL), HS_JSON_RPC_METHOD_NOT_FOUND);
    assert_int_equal(code_of_call("STATUS", NULL), HS_JSON_RPC_METHOD_NOT_FOUND);
}

static void parameters_are_exact(void **state)
{
    (void)state;
    const struct {
        const char *method;
        const char *params;
        int code;
    } cases[] = {
        {"status", NULL, HS_JSON_RPC_OK},
        {"status", "{}", HS_JSON_RPC_OK},
        {"status", "[]", HS_JSON_RPC_OK},
        {"status", "{\"a\":1}", HS_JSON_RPC_INVALID_PARAMS},
        {"block", NULL, HS_JSON_RPC_INVALID_PARAMS},
        {"block", "{\"height\":0}", HS_JSON_RPC_OK},
        {"block", "[9223372036854775807]", HS_JSON_RPC_OK},
        {"block", "[\"latest\"]", HS_JSON_RPC_OK},
        {"block", "[\"5\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"block", "[-1]", HS_JSON_RPC_INVALID_PARAMS},
        {"block", "[1.5]", HS_JSON_RPC_INVALID_PARAMS},
        {"block", "[1,2]", HS_JSON_RPC_INVALID_PARAMS},
        {"block", "{\"height\":1,\"more\":1}", HS_JSON_RPC_INVALID_PARAMS},
        {"block", "{\"hight\":1}", HS_JSON_RPC_INVALID_PARAMS},
        {"epoch", NULL, HS_JSON_RPC_OK},
        {"epoch", "[1]", HS_JSON_RPC_INVALID_PARAMS},
        {"validators", NULL, HS_JSON_RPC_OK},
        {"validators", "{\"epoch\":3}", HS_JSON_RPC_OK},
        {"validators", "[\"3\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"validators", "[-3]", HS_JSON_RPC_INVALID_PARAMS},
        {"registered", "{}", HS_JSON_RPC_OK},
        {"registered", "{\"place\":64}", HS_JSON_RPC_OK},
        {"registered", "{\"place\":1.0}", HS_JSON_RPC_INVALID_PARAMS},
        {"operator", "[\"" ID_TEXT "\"]", HS_JSON_RPC_OK},
        {"operator", NULL, HS_JSON_RPC_INVALID_PARAMS},
        {"account", "[\"" ID_TEXT "\"]", HS_JSON_RPC_OK},
        {"account", "[\"" ID_TEXT "0\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"account", "[\"0xAB\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"account", "[1]", HS_JSON_RPC_INVALID_PARAMS},
        {"transaction", "{\"tx_id\":\"" ID_TEXT "\"}", HS_JSON_RPC_OK},
        {"transaction", "{\"tx_id\":\"\"}", HS_JSON_RPC_INVALID_PARAMS},
        {"submit_transaction", "[\"0xab\"]", HS_JSON_RPC_OK},
        {"submit_transaction", "[\"0x\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"submit_transaction", "[\"0xabc\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"submit_transaction", "[\"abcd\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"submit_transaction", "[\"0xzz\"]", HS_JSON_RPC_INVALID_PARAMS},
        {"submit_transaction", "[null]", HS_JSON_RPC_INVALID_PARAMS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(code_of_call(cases[i].method, cases[i].params), cases[i].code);
    }
}

static void a_transaction_has_at_most_its_limit(void **state)
{
    (void)state;
    static char params[2 * HS_TRANSACTION_BYTES_MAX + 16];
    for (size_t more = 0; more < 2; more++) {
        size_t digits = 2 * (HS_TRANSACTION_BYTES_MAX + more);
        char *at = params + snprintf(params, sizeof params, "[\"0x");
        memset(at, 'a', digits);
        strcpy(at + digits, "\"]");
        assert_int_equal(code_of_call("submit_transaction", params),
                         more == 0 ? HS_JSON_RPC_OK : HS_JSON_RPC_INVALID_PARAMS);
    }
}

static void a_batch_holds_at_most_its_limit(void **state)
{
    (void)state;
    static const char CALL[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}";
    static char body[(HS_RPC_CALLS_MAX + 1) * (sizeof CALL + 1) + 2];
    for (size_t count = HS_RPC_CALLS_MAX; count <= HS_RPC_CALLS_MAX + 1; count++) {
        strcpy(body, "[");
        for (size_t i = 0; i < count; i++) {
            strcat(body, CALL);
            strcat(body, i + 1 < count ? "," : "]");
        }
        struct hs_json_rpc_request request = parsed(body);
        bool fits = count == HS_RPC_CALLS_MAX;
        assert_int_equal(request.count, fits ? count : 1);
        assert_int_equal(request.entries[0].code,
                         fits ? HS_JSON_RPC_OK : HS_JSON_RPC_INVALID_REQUEST);
        hs_json_rpc_release(&request);
    }
}

/* What is refused for it has its id, if any, and nothing is asked. */
static void a_batch_asks_for_few_large_answers(void **state)
{
    (void)state;
    static const char *const METHODS[] = {"validators", "registered", "status", "epoch",
                                          "registered", "validators", "status"};
    char body[1024] = "[";
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        snprintf(body + strlen(body), sizeof body - strlen(body),
                 "%s{\"jsonrpc\":\"2.0\",\"method\":\"%s\"}", i > 0 ? "," : "", METHODS[i]);
    }
    strcat(body, "]");
    struct hs_json_rpc_request request = parsed(body);
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        assert_int_equal(request.entries[i].code, i == 5 ? HS_JSON_RPC_BUSY : HS_JSON_RPC_OK);
        assert_null(request.entries[i].id);
    }
    hs_json_rpc_release(&request);
}

static const char *text_in(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* As `hotstuff tx evidence` reads it, and with what the ledger would say to it. */
static void evidence_is_written_with_both_votes_and_whether_it_counts(void **state)
{
    (void)state;
    static struct hs_rpc_evidence evidence = {.height = 9, .count = 2};
    for (uint32_t i = 0; i < 2; i++) {
        evidence.votes[i].epoch = 3;
        evidence.votes[i].view = 7;
        evidence.votes[i].votes[0].block_id.bytes[0] = 0x0a;
        evidence.votes[i].votes[1].block_id.bytes[0] = 0x0b;
        evidence.votes[i].votes[1].signature.bytes[0] = 0xc0;
    }
    evidence.verdicts[1] = HS_PUNISHED;
    const struct hs_rpc_call call = {.method = HS_RPC_EVIDENCE, .answer.evidence = &evidence};
    json_t *answer = hs_rpc_json_answer(&call, &genesis);
    const json_t *list = json_object_get(answer, "evidence");
    assert_int_equal(json_integer_value(json_object_get(answer, "height")), 9);
    assert_int_equal(json_array_size(list), 2);
    const json_t *first = json_array_get(list, 0);
    const json_t *votes = json_object_get(first, "votes");
    assert_int_equal(json_integer_value(json_object_get(first, "epoch")), 3);
    assert_int_equal(json_integer_value(json_object_get(first, "view")), 7);
    assert_int_equal(strncmp(text_in(json_array_get(votes, 0), "block_id"), "0x0a", 4), 0);
    assert_int_equal(strncmp(text_in(json_array_get(votes, 1), "block_id"), "0x0b", 4), 0);
    assert_int_equal(strncmp(text_in(json_array_get(votes, 1), "signature"), "0xc0", 4), 0);
    assert_true(json_is_true(json_object_get(first, "counts")));
    assert_true(json_is_null(json_object_get(first, "reason")));
    assert_true(json_is_false(json_object_get(json_array_get(list, 1), "counts")));
    assert_string_equal(text_in(json_array_get(list, 1), "reason"), "punished");
    json_decref(answer);
}

static void each_of_a_batch_is_answered_with_its_id(void **state)
{
    (void)state;
    json_t *answer = answer_to("[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"status\"},"
                               "{\"jsonrpc\":\"2.0\",\"method\":\"status\"},"
                               "7,"
                               "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"nothing\"}]",
                               HS_OK);
    assert_int_equal(json_array_size(answer), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(answer, 0), "id")), "a");
    assert_true(json_is_object(json_object_get(json_array_get(answer, 0), "result")));
    assert_true(json_is_null(json_object_get(json_array_get(answer, 1), "id")));
    assert_int_equal(error_code_in(json_array_get(answer, 1)), HS_JSON_RPC_INVALID_REQUEST);
    assert_int_equal(error_code_in(json_array_get(answer, 2)), HS_JSON_RPC_METHOD_NOT_FOUND);
    json_decref(answer);
}

static void notifications_are_not_answered(void **state)
{
    (void)state;
    assert_null(answer_to("{\"jsonrpc\":\"2.0\",\"method\":\"status\"}", HS_OK));
    assert_null(answer_to("[{\"jsonrpc\":\"2.0\",\"method\":\"nothing\"}]", HS_OK));
}

static void a_rejected_transaction_says_why(void **state)
{
    (void)state;
    json_t *answer = answer_to("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"submit_transaction\","
                               "\"params\":[\"0xab\"]}",
                               HS_NONCE_TOO_LOW);
    const json_t *error = json_object_get(answer, "error");
    assert_int_equal(error_code_in(answer), HS_JSON_RPC_REJECTED);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(error, "data"), "reason")),
        "nonce_too_low");
    assert_int_equal(json_integer_value(json_object_get(answer, "id")), 3);
    json_decref(answer);
}

static void a_known_transaction_is_no_error(void **state)
{
    (void)state;
    json_t *answer = answer_to("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"submit_transaction\","
                               "\"params\":[\"0xab\"]}",
                               HS_DUPLICATE);
    assert_true(json_is_object(json_object_get(answer, "result")));
    json_decref(answer);
}

static void paths_lead_to_routes(void **state)
{
    (void)state;
    const struct {
        const char *method;
        const char *path;
        enum hs_rpc_route route;
    } cases[] = {
        {"POST", "/", HS_ROUTE_JSON_RPC},
        {"GET", "/", HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/status", HS_ROUTE_CALL},
        {"POST", "/v1/status", HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/status/", HS_ROUTE_NONE},
        {"GET", "/v1/validators", HS_ROUTE_CALL},
        {"GET", "/v1/validators/7", HS_ROUTE_CALL},
        {"GET", "/v1/validators/", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/validators/18446744073709551616", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/validators/all", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/epoch", HS_ROUTE_CALL},
        {"GET", "/v1/epoch/1", HS_ROUTE_NONE},
        {"POST", "/v1/epoch", HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/evidence", HS_ROUTE_CALL},
        {"POST", "/v1/evidence", HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/registered", HS_ROUTE_CALL},
        {"GET", "/v1/registered/64", HS_ROUTE_CALL},
        {"GET", "/v1/registered/-1", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/operators/" ID_TEXT, HS_ROUTE_CALL},
        {"GET", "/v1/operators/", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/operators", HS_ROUTE_NONE},
        {"GET", "/v1/fees", HS_ROUTE_CALL},
        {"GET", "/v1/commits", HS_ROUTE_CALL},
        {"GET", "/v1/commits/" ID_TEXT, HS_ROUTE_CALL},
        {"GET", "/v1/commits/0x12", HS_ROUTE_BAD_ARGUMENT},
        {"POST", "/v1/fees", HS_ROUTE_BAD_METHOD},
        {"POST", "/v1/transactions", HS_ROUTE_BATCH},
        {"GET", "/v1/transactions", HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/transactions/" ID_TEXT, HS_ROUTE_CALL},
        {"GET", "/v1/transactions/" ID_TEXT "/", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/accounts/" ID_TEXT, HS_ROUTE_CALL},
        {"GET", "/v1/accounts/", HS_ROUTE_BAD_ARGUMENT},
        {"DELETE", "/v1/accounts/" ID_TEXT, HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/headers", HS_ROUTE_PROOF},
        {"POST", "/v1/headers", HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/proofs/epochs/7", HS_ROUTE_PROOF},
        {"GET", "/v1/proofs/epochs/", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/proofs/epochs/18446744073709551616", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/proofs/accounts/" ID_TEXT, HS_ROUTE_PROOF},
        {"GET", "/v1/proofs/accounts/0x12", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/proofs/else", HS_ROUTE_BAD_ARGUMENT},
        {"POST", "/v1/proofs/epochs/7", HS_ROUTE_BAD_METHOD},
        {"GET", "/v1/blocks/latest", HS_ROUTE_CALL},
        {"GET", "/v1/blocks/0", HS_ROUTE_CALL},
        {"GET", "/v1/blocks/18446744073709551615", HS_ROUTE_CALL},
        {"GET", "/v1/blocks/18446744073709551616", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/blocks/00000000000000000000000000007", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/blocks/-1", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/blocks/", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/blocks/7/transactions", HS_ROUTE_BLOCK_TRANSACTIONS},
        {"GET", "/v1/blocks/latest/transactions", HS_ROUTE_BAD_ARGUMENT},
        {"GET", "/v1/blocks/7/else", HS_ROUTE_NONE},
        {"GET", "/livez", HS_ROUTE_LIVE},
        {"GET", "/readyz", HS_ROUTE_READY},
        {"GET", "/metrics", HS_ROUTE_METRICS},
        {"GET", "", HS_ROUTE_NONE},
        {"GET", "/../etc/passwd", HS_ROUTE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hs_rpc_call call;
        assert_int_equal(hs_rpc_route_find(&call, cases[i].method, cases[i].path), cases[i].route);
    }
}

static void a_proof_has_at_most_its_count_of_blocks(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const char *value;
        bool good;
    } cases[] = {
        {"from", "17", true},  {"from", "", false},    {"from", "latest", false},
        {"count", "1", true},  {"count", "256", true}, {"count", "257", false},
        {"count", "0", false}, {"count", "-1", false}, {"wait", "1000", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hs_rpc_call call;
        assert_int_equal(hs_rpc_route_find(&call, "GET", "/v1/headers"), HS_ROUTE_PROOF);
        assert_int_equal(call.argument.proof.count, 1);
        assert_int_equal(
            hs_rpc_proof_parameter(&call.argument.proof, cases[i].name, cases[i].value),
            cases[i].good);
    }
}

static void a_body_has_at_most_its_limit(void **state)
{
    (void)state;
    static const char PIECE[1024];
    for (size_t more = 0; more < 2; more++) {
        struct hs_rpc_exchange exchange = {
            .route = HS_ROUTE_JSON_RPC, .body_bytes_max = hs_rpc_body_bytes_max(HS_ROUTE_JSON_RPC)};
        for (size_t i = 0; i < HS_RPC_JSON_BYTES_MAX / sizeof PIECE; i++) {
            assert_int_equal(hs_rpc_exchange_feed(&exchange, PIECE, sizeof PIECE), HS_OK);
        }
        assert_int_equal(hs_rpc_exchange_feed(&exchange, PIECE, more), HS_OK);
        assert_int_equal(exchange.body_too_large, more == 1);
        hs_rpc_exchange_release(&exchange);
    }
}

static void what_is_too_large_is_dropped_not_kept(void **state)
{
    (void)state;
    static const char PIECE[64 * 1024];
    struct hs_rpc_exchange exchange = {.route = HS_ROUTE_CALL};
    size_t dropped = 0;
    while (dropped + sizeof PIECE <= HS_RPC_DROPPED_BYTES_MAX) {
        assert_int_equal(hs_rpc_exchange_feed(&exchange, PIECE, sizeof PIECE), HS_OK);
        dropped += sizeof PIECE;
    }
    assert_int_equal(hs_rpc_exchange_feed(&exchange, PIECE, sizeof PIECE), HS_FULL);
    assert_null(exchange.body);
    assert_false(hs_rpc_exchange_read(&exchange));
    struct hs_rpc_response response;
    const struct hs_rpc_counters counters = {0};
    hs_rpc_exchange_respond(&response, &exchange, &genesis, &counters);
    assert_int_equal(response.http_status, 413);
    free(response.text);
    hs_rpc_exchange_release(&exchange);
}

static enum hs_status batch_outcome(const uint8_t *body, size_t size, size_t *count)
{
    struct hs_rpc_exchange exchange = {.route = HS_ROUTE_BATCH,
                                       .body_bytes_max = HS_RPC_BATCH_BYTES_MAX};
    assert_int_equal(hs_rpc_exchange_feed(&exchange, (const char *)body, size), HS_OK);
    bool asks = hs_rpc_exchange_read(&exchange);
    enum hs_status outcome = exchange.outcome;
    *count = exchange.transaction_count;
    assert_int_equal(asks, outcome == HS_OK && size > 0);
    hs_rpc_exchange_release(&exchange);
    return outcome;
}

static void batches_are_sizes_and_bytes(void **state)
{
    (void)state;
    const uint8_t two[] = {1, 0, 0, 0, 'a', 2, 0, 0, 0, 'b', 'c'};
    const uint8_t zero_size[] = {0, 0, 0, 0};
    const uint8_t too_long[] = {1, 4, 0, 0, 'a'};
    size_t count;
    assert_int_equal(batch_outcome(two, sizeof two, &count), HS_OK);
    assert_int_equal(count, 2);
    assert_int_equal(batch_outcome(two, 0, &count), HS_OK);
    assert_int_equal(count, 0);
    assert_int_equal(batch_outcome(two, sizeof two - 1, &count), HS_MALFORMED);
    assert_int_equal(batch_outcome(zero_size, sizeof zero_size, &count), HS_MALFORMED);
    assert_int_equal(batch_outcome(too_long, sizeof too_long, &count), HS_MALFORMED);
}

static void a_batch_of_transactions_has_at_most_its_count(void **state)
{
    (void)state;
    static uint8_t body[(HS_TRANSACTIONS_BATCH_MAX + 1) * 5];
    for (size_t i = 0; i < sizeof body; i += 5) {
        body[i] = 1;
    }
    size_t count;
    assert_int_equal(batch_outcome(body, HS_TRANSACTIONS_BATCH_MAX * 5, &count), HS_OK);
    assert_int_equal(count, HS_TRANSACTIONS_BATCH_MAX);
    assert_int_equal(batch_outcome(body, sizeof body, &count), HS_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_that_are_no_json_are_parse_errors),
        cmocka_unit_test(json_that_is_no_request_is_invalid),
        cmocka_unit_test(unknown_methods_are_not_found),
        cmocka_unit_test(parameters_are_exact),
        cmocka_unit_test(a_transaction_has_at_most_its_limit),
        cmocka_unit_test(a_batch_holds_at_most_its_limit),
        cmocka_unit_test(a_batch_asks_for_few_large_answers),
        cmocka_unit_test(evidence_is_written_with_both_votes_and_whether_it_counts),
        cmocka_unit_test(each_of_a_batch_is_answered_with_its_id),
        cmocka_unit_test(notifications_are_not_answered),
        cmocka_unit_test(a_rejected_transaction_says_why),
        cmocka_unit_test(a_known_transaction_is_no_error),
        cmocka_unit_test(paths_lead_to_routes),
        cmocka_unit_test(a_proof_has_at_most_its_count_of_blocks),
        cmocka_unit_test(a_body_has_at_most_its_limit),
        cmocka_unit_test(what_is_too_large_is_dropped_not_kept),
        cmocka_unit_test(batches_are_sizes_and_bytes),
        cmocka_unit_test(a_batch_of_transactions_has_at_most_its_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
