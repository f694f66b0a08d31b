/* The recorder keeps the end of a run whatever comes, and the page it becomes is whole whatever
 * bytes are in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/bitmap.h"
#include "sim/trace_page.h"

#define PROCESSES 4u

struct fixture {
    struct hs_recorder *recorder;
    struct hs_observer observer;
};

static struct fixture make(size_t events_max)
{
    struct fixture fixture = {.recorder = hs_recorder_new(events_max)};
    hs_recorder_observe(fixture.recorder, &fixture.observer);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        fixture.observer.process(fixture.recorder, i, i, i == 3 ? "twin" : NULL);
    }
    return fixture;
}

static void say(struct fixture *fixture, uint64_t now_ns, const char *text)
{
    fixture->observer.fault(fixture->recorder, now_ns, text);
}

static void send(struct fixture *fixture, uint64_t now_ns, uint64_t number, uint64_t content,
                 const struct hs_message *message)
{
    struct hs_observed_sending sending = {
        .now_ns = now_ns,
        .number = number,
        .from = 0,
        .to = 1,
        .content = content,
        .message = message,
        .message_bytes = 100,
    };
    fixture->observer.sent(fixture->recorder, &sending);
}

static const struct hs_recorded *event(const struct fixture *fixture, size_t index)
{
    return hs_recorder_at(fixture->recorder, index);
}

/* -- the ring ----------------------------------------------------------------------------- */

static void keeps_the_last_when_full(void **state)
{
    (void)state;
    static const size_t limits[] = {1, 2, 7, 1024, 1500};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct fixture fixture = make(limits[i]);
        for (size_t said = 0; said < 3 * limits[i] + 1; said++) {
            char text[32];
            snprintf(text, sizeof text, "fault %zu", said);
            say(&fixture, said, text);
            size_t kept = said + 1 < limits[i] ? said + 1 : limits[i];
            assert_int_equal(hs_recorder_count(fixture.recorder), kept);
            assert_int_equal(hs_recorder_forgotten(fixture.recorder), said + 1 - kept);
            assert_string_equal(event(&fixture, kept - 1)->text, text);
            assert_int_equal(event(&fixture, 0)->at_ns, said + 1 - kept);
        }
        hs_recorder_free(fixture.recorder);
    }
}

static void what_is_forgotten_is_in_the_base(void **state)
{
    (void)state;
    struct fixture fixture = make(2);
    struct hs_block block = {.header = {.height = 9, .view = 11}};
    fixture.observer.happened(fixture.recorder, 1, 2, HS_PROCESS_STARTED, NULL);
    fixture.observer.link(fixture.recorder, 2, 2, 0, false);
    fixture.observer.committed(fixture.recorder, 3, 2, &block);
    const struct hs_recorded_process *base = hs_recorder_process(fixture.recorder, 2);
    assert_true(base->up);
    assert_true(hs_bitmap_is_empty(&base->cut));
    say(&fixture, 4, "a");
    assert_true(hs_bitmap_get(&base->cut, 0));
    assert_int_equal(base->height, 0);
    say(&fixture, 5, "b");
    assert_int_equal(base->height, 9);
    fixture.observer.happened(fixture.recorder, 6, 2, HS_PROCESS_CRASHED, "why");
    say(&fixture, 7, "c");
    say(&fixture, 8, "d");
    assert_false(base->up);
    assert_null(hs_recorder_process(fixture.recorder, 0)->kind);
    assert_string_equal(hs_recorder_process(fixture.recorder, 3)->kind, "twin");
    hs_recorder_free(fixture.recorder);
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    char text[HS_RECORDER_TEXT_CHARACTERS + 2];
    memset(text, 'x', sizeof text);
    for (size_t size = HS_RECORDER_TEXT_CHARACTERS - 1; size < sizeof text; size++) {
        struct fixture fixture = make(1);
        text[size] = '\0';
        say(&fixture, 1, text);
        text[size] = 'x';
        size_t kept = size < HS_RECORDER_TEXT_CHARACTERS ? size : HS_RECORDER_TEXT_CHARACTERS;
        assert_int_equal(strlen(event(&fixture, 0)->text), kept);
        hs_recorder_free(fixture.recorder);
    }
}

/* A partition is not one event for each of n * n links. */
static void links_cut_at_one_moment_are_one_event(void **state)
{
    (void)state;
    struct fixture fixture = make(10);
    fixture.observer.link(fixture.recorder, 5, 0, 1, false);
    fixture.observer.link(fixture.recorder, 5, 0, 2, false);
    fixture.observer.link(fixture.recorder, 5, 1, 0, false);
    fixture.observer.link(fixture.recorder, 6, 1, 0, true);
    fixture.observer.link(fixture.recorder, 7, 1, 0, true);
    assert_int_equal(hs_recorder_count(fixture.recorder), 3);
    assert_int_equal(hs_bitmap_count(&event(&fixture, 0)->cut), 2);
    assert_int_equal(hs_bitmap_count(&event(&fixture, 1)->cut), 1);
    assert_true(hs_bitmap_is_empty(&event(&fixture, 2)->cut));
    hs_recorder_free(fixture.recorder);
}

/* -- messages -------------------------------------------------------------------------------- */

static void each_copy_has_its_fate(void **state)
{
    (void)state;
    struct fixture fixture = make(6);
    struct hs_message vote = {.type = HS_MESSAGE_VOTE, .vote = {.view = 3, .voter = 0}};
    send(&fixture, 10, 0, 1, &vote);
    say(&fixture, 11, "between");
    send(&fixture, 12, 1, 1, &vote);
    struct hs_observed_sending refused = {
        .now_ns = 13, .refused = true, .to = 2, .content = 1, .message = &vote};
    fixture.observer.sent(fixture.recorder, &refused);
    send(&fixture, 14, 5, 2, &vote);
    fixture.observer.lost(fixture.recorder, 20, 1);
    fixture.observer.arrived(fixture.recorder, 21, 0);
    assert_int_equal(event(&fixture, 0)->sent.fate, HS_RECORDED_ARRIVED);
    assert_int_equal(event(&fixture, 0)->sent.end_ns, 21);
    assert_int_equal(event(&fixture, 2)->sent.fate, HS_RECORDED_LOST);
    assert_int_equal(event(&fixture, 2)->sent.end_ns, 20);
    assert_int_equal(event(&fixture, 3)->sent.fate, HS_RECORDED_LOST);
    assert_int_equal(event(&fixture, 3)->sent.end_ns, 13);
    assert_int_equal(event(&fixture, 4)->sent.fate, HS_RECORDED_UNDER_WAY);
    assert_ptr_equal(event(&fixture, 0)->sent.message, event(&fixture, 2)->sent.message);
    assert_ptr_not_equal(event(&fixture, 0)->sent.message, event(&fixture, 4)->sent.message);
    hs_recorder_free(fixture.recorder);
}

static void the_fate_of_a_forgotten_copy_is_nobody_elses(void **state)
{
    (void)state;
    struct fixture fixture = make(2);
    struct hs_message vote = {.type = HS_MESSAGE_VOTE};
    send(&fixture, 1, 0, 1, &vote);
    send(&fixture, 2, 1, 2, &vote);
    send(&fixture, 3, 2, 3, &vote);
    fixture.observer.arrived(fixture.recorder, 4, 0);
    fixture.observer.lost(fixture.recorder, 4, 9);
    assert_int_equal(event(&fixture, 0)->sent.fate, HS_RECORDED_UNDER_WAY);
    assert_int_equal(event(&fixture, 1)->sent.fate, HS_RECORDED_UNDER_WAY);
    fixture.observer.arrived(fixture.recorder, 5, 2);
    assert_int_equal(event(&fixture, 1)->sent.fate, HS_RECORDED_ARRIVED);
    hs_recorder_free(fixture.recorder);
}

static void fill_tc(struct hs_tc *tc, uint32_t group_count)
{
    tc->view = 40;
    tc->group_count = group_count;
    for (uint32_t i = 0; i < group_count; i++) {
        tc->groups[i].high_qc_view = 39 - i;
        hs_bitmap_set(&tc->groups[i].signers, i % PROCESSES);
    }
}

static void a_message_is_read_back_without_its_payload(void **state)
{
    (void)state;
    uint8_t payload[10] = {0};
    struct hs_message *sent = calloc(1, sizeof(*sent));
    struct hs_message *read = calloc(1, sizeof(*read));
    sent->type = HS_MESSAGE_PROPOSAL;
    sent->proposal.header.view = 41;
    sent->proposal.payload = (struct hs_bytes){payload, sizeof payload};
    sent->proposal.has_tc = true;
    static const uint32_t groups[] = {1, 3, HS_VALIDATORS_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct fixture fixture = make(1);
        fill_tc(&sent->proposal.tc, groups[i]);
        send(&fixture, 1, 0, 1, sent);
        assert_true(hs_recorded_message_read(event(&fixture, 0)->sent.message, read));
        assert_null(read->proposal.payload.data);
        assert_int_equal(read->proposal.payload.size, sizeof payload);
        assert_int_equal(read->proposal.header.view, 41);
        assert_memory_equal(&read->proposal.tc, &sent->proposal.tc, sizeof(read->proposal.tc));
        hs_recorder_free(fixture.recorder);
    }
    struct fixture fixture = make(1);
    send(&fixture, 1, 0, 1, NULL);
    assert_false(hs_recorded_message_read(event(&fixture, 0)->sent.message, read));
    hs_recorder_free(fixture.recorder);
    free(sent);
    free(read);
}

/* -- the page ----------------------------------------------------------------------------------- */

static char *page_of(const struct fixture *fixture, const char *reason)
{
    struct hs_sim_config config = {.node_count = PROCESSES, .seed = UINT64_MAX};
    struct hs_sim_result result = {.ok = reason == NULL, .virtual_ns = 1000};
    if (reason != NULL) {
        snprintf(result.reason, sizeof result.reason, "%s", reason);
    }
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    assert_true(hs_trace_page_write(file, fixture->recorder, &config, &result, "replay <this>"));
    fclose(file);
    return text;
}

/* What a browser would hand to JSON.parse: up to the first end of the element. */
static json_t *recording_of(const char *page)
{
    static const char begin[] = "id=\"recording\">";
    const char *first = strstr(page, begin);
    assert_non_null(first);
    first += strlen(begin);
    const char *end = strstr(first, "</script");
    assert_non_null(end);
    json_error_t error;
    json_t *recording = json_loadb(first, (size_t)(end - first), 0, &error);
    if (recording == NULL) {
        fail_msg("%s at %d", error.text, error.position);
    }
    return recording;
}

static const char *text_at(const json_t *recording, size_t index)
{
    return json_string_value(
        json_array_get(json_array_get(json_object_get(recording, "events"), index), 2));
}

static void an_empty_recording_is_a_page(void **state)
{
    (void)state;
    struct fixture fixture = make(1);
    char *page = page_of(&fixture, NULL);
    json_t *recording = recording_of(page);
    assert_int_equal(json_array_size(json_object_get(recording, "processes")), PROCESSES);
    assert_int_equal(json_array_size(json_object_get(recording, "events")), 0);
    const json_t *run = json_object_get(recording, "run");
    assert_string_equal(json_string_value(json_object_get(run, "verdict")), "ok");
    assert_string_equal(json_string_value(json_object_get(run, "seed")), "18446744073709551615");
    assert_string_equal(json_string_value(json_object_get(run, "replay")), "replay <this>");
    json_decref(recording);
    free(page);
    hs_recorder_free(fixture.recorder);
}

static void no_byte_of_the_run_can_leave_its_string(void **state)
{
    (void)state;
    static const char evil[] = "</script><script>alert(1)</script><!-- \"\\ \n\t\x01\x7f & '";
    struct fixture fixture = make(300);
    say(&fixture, 1, evil);
    for (int byte = 1; byte < 256; byte++) {
        char text[4] = {'a', (char)byte, 'b', '\0'};
        say(&fixture, 2, text);
    }
    char *page = page_of(&fixture, evil);
    json_t *recording = recording_of(page);
    assert_string_equal(text_at(recording, 0), evil);
    for (int byte = 1; byte < 0x80; byte++) {
        char text[4] = {'a', (char)byte, 'b', '\0'};
        assert_string_equal(text_at(recording, (size_t)byte), text);
    }
    const json_t *run = json_object_get(recording, "run");
    assert_string_equal(json_string_value(json_object_get(run, "reason")), evil);
    json_decref(recording);
    free(page);
    hs_recorder_free(fixture.recorder);
}

static void garbage_has_a_place_too(void **state)
{
    (void)state;
    struct fixture fixture = make(4);
    send(&fixture, 1, 0, 1, NULL);
    say(&fixture, 2, "x");
    send(&fixture, 3, 1, 1, NULL);
    char *page = page_of(&fixture, NULL);
    json_t *recording = recording_of(page);
    const json_t *messages = json_object_get(recording, "messages");
    assert_int_equal(json_array_size(messages), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(messages, 0), "type")),
                        "garbage");
    json_decref(recording);
    free(page);
    hs_recorder_free(fixture.recorder);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/full", "w");
    if (file == NULL) {
        skip();
    }
    struct fixture fixture = make(1);
    struct hs_sim_config config = {.node_count = PROCESSES};
    struct hs_sim_result result = {.ok = true};
    assert_false(hs_trace_page_write(file, fixture.recorder, &config, &result, ""));
    fclose(file);
    hs_recorder_free(fixture.recorder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_last_when_full),
        cmocka_unit_test(what_is_forgotten_is_in_the_base),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(links_cut_at_one_moment_are_one_event),
        cmocka_unit_test(each_copy_has_its_fate),
        cmocka_unit_test(the_fate_of_a_forgotten_copy_is_nobody_elses),
        cmocka_unit_test(a_message_is_read_back_without_its_payload),
        cmocka_unit_test(an_empty_recording_is_a_page),
        cmocka_unit_test(no_byte_of_the_run_can_leave_its_string),
        cmocka_unit_test(garbage_has_a_place_too),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
