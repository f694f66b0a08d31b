/* See trace_page.h. */
#include "sim/trace_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "sim/trace_template.h"
#include "wire/header.h"

#define NAME_BYTES 8u /* of the id of a block that is only named */
#define EXACT_MAX  (UINT64_C(1) << 53)

struct page {
    FILE *file;
    const struct hs_recorder *recorder;
    uint32_t validator_count;
    struct hs_message message; /* the one being written */
};

/* -- values ------------------------------------------------------------------------------- */

/* Beyond what JSON asks for, nothing that could end the element around it; and only ASCII, whatever
 * bytes the text has. */
static void write_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at < 0x20 || *at >= 0x7f || strchr("\"\\<>&'", *at) != NULL) {
            fprintf(file, "\\u%04x", (unsigned)*at);
        } else {
            fputc(*at, file);
        }
    }
    fputc('"', file);
}

static void write_text_or_null(FILE *file, const char *text)
{
    if (text == NULL) {
        fputs("null", file);
    } else {
        write_text(file, text);
    }
}

/* What a peer may have chosen: a browser's numbers are exact up to 2^53. */
static void write_number(FILE *file, const char *name, uint64_t value)
{
    const char *quote = value > EXACT_MAX ? "\"" : "";
    fprintf(file, "\"%s\":%s%" PRIu64 "%s", name, quote, value, quote);
}

static void write_hex(FILE *file, const uint8_t bytes[], size_t size)
{
    fputc('"', file);
    for (size_t i = 0; i < size; i++) {
        fprintf(file, "%02x", bytes[i]);
    }
    fputc('"', file);
}

static void write_members(FILE *file, const struct hs_bitmap *bitmap)
{
    const char *before = "[";
    for (uint32_t i = hs_bitmap_next(bitmap, 0); i < HS_VALIDATORS_MAX;
         i = hs_bitmap_next(bitmap, i + 1)) {
        fprintf(file, "%s%" PRIu32, before, i);
        before = ",";
    }
    fputs(*before == '[' ? "[]" : "]", file);
}

static const char *bool_text(bool value)
{
    return value ? "true" : "false";
}

/* -- messages ------------------------------------------------------------------------------- */

static void write_qc(FILE *file, const char *name, const struct hs_qc *qc)
{
    fprintf(file, ",\"%s\":{", name);
    write_number(file, "view", qc->view);
    fputs(",\"block\":", file);
    write_hex(file, qc->block_id.bytes, NAME_BYTES);
    fputs(",\"signers\":", file);
    write_members(file, &qc->signers);
    fputc('}', file);
}

static void write_tc(FILE *file, bool has_tc, const struct hs_tc *tc)
{
    if (!has_tc) {
        return;
    }
    fputs(",\"tc\":{", file);
    write_number(file, "view", tc->view);
    write_qc(file, "high_qc", &tc->high_qc);
    fputs(",\"groups\":[", file);
    for (uint32_t i = 0; i < tc->group_count; i++) {
        fputs(i > 0 ? ",{" : "{", file);
        write_number(file, "high_qc_view", tc->groups[i].high_qc_view);
        fputs(",\"signers\":", file);
        write_members(file, &tc->groups[i].signers);
        fputc('}', file);
    }
    fputs("]}", file);
}

static void write_place(FILE *file, uint64_t epoch, uint64_t view)
{
    fputc(',', file);
    write_number(file, "epoch", epoch);
    fputc(',', file);
    write_number(file, "view", view);
}

static void write_header(const struct page *page, const struct hs_block_header *header)
{
    FILE *file = page->file;
    struct hs_block_id id;
    hs_block_id_of(&id, header, page->validator_count);
    write_place(file, header->epoch, header->view);
    fputc(',', file);
    write_number(file, "height", header->height);
    fputs(",\"block\":", file);
    write_hex(file, id.bytes, sizeof(id.bytes));
    fputs(",\"parent\":", file);
    write_hex(file, header->parent_id.bytes, NAME_BYTES);
    write_qc(file, "justify", &header->justify);
    fprintf(file,
            ",\"proposer\":%" PRIu32 ",\"transactions\":%" PRIu32 ",\"payload_bytes\":%" PRIu32 ",",
            header->proposer, header->transaction_count, header->payload_bytes);
    write_number(file, "timestamp_ms", header->timestamp_ms);
    fputs(",\"state_root\":", file);
    write_hex(file, header->state_root.bytes, sizeof(header->state_root.bytes));
}

static void write_vote(FILE *file, const struct hs_vote *vote)
{
    write_number(file, "view", vote->view);
    fputs(",\"block\":", file);
    write_hex(file, vote->block_id.bytes, NAME_BYTES);
}

static void write_view_change(FILE *file, const struct hs_message *message)
{
    const struct hs_view_change *view_change = &message->view_change.view_change;
    write_place(file, view_change->epoch, view_change->view);
    fprintf(file, ",\"author\":%" PRIu32, view_change->author);
    write_qc(file, "high_qc", &view_change->high_qc);
    if (view_change->has_last_vote) {
        fputs(",\"last_vote\":{", file);
        write_vote(file, &view_change->last_vote);
        fputc('}', file);
    }
    write_tc(file, message->view_change.has_tc, &message->view_change.tc);
}

static void write_block_response(const struct page *page, const struct hs_message *message)
{
    fputs(",\"asked\":", page->file);
    write_hex(page->file, message->block_response.block_id.bytes, NAME_BYTES);
    if (message->block_response.has_block) {
        write_header(page, &message->block_response.header);
    }
}

static const char *type_name(enum hs_message_type type)
{
    switch (type) {
    case HS_MESSAGE_PROPOSAL:
        return "proposal";
    case HS_MESSAGE_VOTE:
        return "vote";
    case HS_MESSAGE_QC:
        return "qc";
    case HS_MESSAGE_VIEW_CHANGE:
        return "view_change";
    case HS_MESSAGE_STATUS:
        return "status";
    case HS_MESSAGE_BLOCK_REQUEST:
        return "block_request";
    case HS_MESSAGE_BLOCK_RESPONSE:
        return "block_response";
    case HS_MESSAGE_RANGE_REQUEST:
        return "range_request";
    case HS_MESSAGE_RANGE_RESPONSE:
        return "range_response";
    case HS_MESSAGE_TRANSACTIONS:
        return "transactions";
    }
    return "unknown";
}

static void write_content(const struct page *page, const struct hs_message *message)
{
    FILE *file = page->file;
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        write_header(page, &message->proposal.header);
        write_tc(file, message->proposal.has_tc, &message->proposal.tc);
        return;
    case HS_MESSAGE_VOTE:
        fprintf(file, ",\"voter\":%" PRIu32 ",", message->vote.voter);
        write_number(file, "epoch", message->vote.epoch);
        fputc(',', file);
        write_vote(file, &message->vote);
        return;
    case HS_MESSAGE_QC:
        write_qc(file, "qc", &message->qc);
        return;
    case HS_MESSAGE_VIEW_CHANGE:
        write_view_change(file, message);
        return;
    case HS_MESSAGE_STATUS:
        write_qc(file, "high_qc", &message->status.high_qc);
        write_tc(file, message->status.has_tc, &message->status.tc);
        return;
    case HS_MESSAGE_BLOCK_REQUEST:
        fputs(",\"asked\":", file);
        write_hex(file, message->block_request.bytes, NAME_BYTES);
        return;
    case HS_MESSAGE_BLOCK_RESPONSE:
        write_block_response(page, message);
        return;
    case HS_MESSAGE_RANGE_REQUEST:
        fputc(',', file);
        write_number(file, "epoch", message->range_request.epoch);
        fputc(',', file);
        write_number(file, "from_height", message->range_request.from_height);
        return;
    case HS_MESSAGE_RANGE_RESPONSE:
        fprintf(file, ",\"blocks\":%" PRIu32, message->range_response.block_count);
        if (message->range_response.has_qc) {
            write_qc(file, "qc", &message->range_response.qc);
        }
        return;
    case HS_MESSAGE_TRANSACTIONS:
        fprintf(file, ",\"transactions\":%" PRIu32, message->transactions.count);
        return;
    }
}

static void write_message(struct page *page, const struct hs_recorded_message *recorded)
{
    bool well_formed = hs_recorded_message_read(recorded, &page->message);
    fprintf(page->file, "{\"type\":\"%s\",\"bytes\":%zu",
            well_formed ? type_name(page->message.type) : "garbage",
            hs_recorded_message_bytes(recorded));
    if (well_formed) {
        write_content(page, &page->message);
    }
    fputc('}', page->file);
}

/* The sendings of one message follow each other, but for events of other kinds. */
static bool is_new(const struct hs_recorded *event, const struct hs_recorded_message *last)
{
    return event->type == HS_RECORDED_SENT && event->sent.message != last;
}

static void write_messages(struct page *page)
{
    const struct hs_recorded_message *last = NULL;
    for (size_t i = 0; i < hs_recorder_count(page->recorder); i++) {
        const struct hs_recorded *event = hs_recorder_at(page->recorder, i);
        if (is_new(event, last)) {
            fputs(last != NULL ? ",\n" : "\n", page->file);
            last = event->sent.message;
            write_message(page, last);
        }
    }
}

/* -- events ----------------------------------------------------------------------------------- */

static void write_state(FILE *file, const struct hs_recorded_state *state)
{
    fprintf(file, "[%" PRIu64 ",%" PRIu32 ",%s,%s,%" PRIu64 ",", state->view, state->leader,
            bool_text(state->entered_by_tc), bool_text(state->signing), state->high_qc_view);
    write_hex(file, state->high_qc_block_id.bytes, NAME_BYTES);
    fprintf(file, ",%" PRIu64 ",%" PRIu64 "]", state->locked_view, state->last_voted_view);
}

static const char *happened_name(enum hs_process_event event)
{
    switch (event) {
    case HS_PROCESS_STARTED:
        return "started";
    case HS_PROCESS_CRASHED:
        return "crashed";
    case HS_PROCESS_POWER_CUT:
        return "power cut";
    case HS_PROCESS_START_FAILED:
        return "start failed";
    case HS_PROCESS_GAVE_UP:
        return "gave up";
    case HS_PROCESS_PAUSED:
        return "paused";
    case HS_PROCESS_RESUMED:
        return "resumed";
    case HS_PROCESS_NOTED:
        return "noted";
    }
    return "unknown";
}

static void write_event(const struct page *page, const struct hs_recorded *event, size_t message)
{
    FILE *file = page->file;
    switch (event->type) {
    case HS_RECORDED_SENT:
        fprintf(file, "[\"sent\",%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%zu,%d,%" PRIu64, event->at_ns,
                event->process, event->sent.to, message, (int)event->sent.fate, event->sent.end_ns);
        break;
    case HS_RECORDED_LINKS:
        fprintf(file, "[\"links\",%" PRIu64 ",%" PRIu32 ",", event->at_ns, event->process);
        write_members(file, &event->cut);
        break;
    case HS_RECORDED_STATE:
        fprintf(file, "[\"state\",%" PRIu64 ",%" PRIu32 ",", event->at_ns, event->process);
        write_state(file, &event->state);
        break;
    case HS_RECORDED_COMMITTED:
        fprintf(file, "[\"committed\",%" PRIu64 ",%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",",
                event->at_ns, event->process, event->committed.height, event->committed.view);
        write_hex(file, event->committed.block_id.bytes, sizeof(event->committed.block_id.bytes));
        break;
    case HS_RECORDED_HAPPENED:
        fprintf(file, "[\"%s\",%" PRIu64 ",%" PRIu32 ",", happened_name(event->happened.event),
                event->at_ns, event->process);
        write_text_or_null(file, event->happened.why);
        break;
    case HS_RECORDED_FAULT:
    case HS_RECORDED_VIOLATED:
        fprintf(file, "[\"%s\",%" PRIu64 ",",
                event->type == HS_RECORDED_FAULT ? "fault" : "violated", event->at_ns);
        write_text(file, event->text);
        break;
    }
    fputc(']', file);
}

static void write_events(const struct page *page)
{
    const struct hs_recorded_message *last = NULL;
    size_t message_count = 0;
    for (size_t i = 0; i < hs_recorder_count(page->recorder); i++) {
        const struct hs_recorded *event = hs_recorder_at(page->recorder, i);
        if (is_new(event, last)) {
            last = event->sent.message;
            message_count++;
        }
        fputs(i > 0 ? ",\n" : "\n", page->file);
        write_event(page, event, message_count - 1);
    }
}

/* -- the page ----------------------------------------------------------------------------------- */

static void write_run(FILE *file, const struct hs_sim_config *config,
                      const struct hs_sim_result *result, const char *replay)
{
    fprintf(file,
            "\"run\":{\"seed\":\"%" PRIu64 "\",\"nodes\":%" PRIu32 ",\"blocks\":%" PRIu64
            ",\"load\":%" PRIu32 ",\"verdict\":\"%s\",\"reason\":",
            config->seed, config->node_count, config->blocks, config->transfers_per_second,
            result->ok ? "ok" : "violation");
    write_text_or_null(file, result->ok ? NULL : result->reason);
    fputs(",\"replay\":", file);
    write_text(file, replay);
    fprintf(file,
            ",\"committed\":%" PRIu64 ",\"views\":%" PRIu64 ",\"messages\":%" PRIu64
            ",\"transfers\":%" PRIu64 ",\"faults\":%" PRIu32 ",\"trace_hash\":\"0x%016" PRIx64
            "\",\"end_ns\":%" PRIu64 "}",
            result->committed, result->views, result->consensus_messages, result->transfers,
            result->strikes, result->trace_hash, result->virtual_ns);
}

static void write_processes(const struct page *page)
{
    FILE *file = page->file;
    for (uint32_t i = 0; i < hs_recorder_process_count(page->recorder); i++) {
        const struct hs_recorded_process *process = hs_recorder_process(page->recorder, i);
        fprintf(file, "%s\n{\"validator\":%" PRIu32 ",\"kind\":", i > 0 ? "," : "",
                process->validator);
        write_text_or_null(file, process->kind);
        fprintf(file,
                ",\"up\":%s,\"paused\":%s,\"height\":%" PRIu64 ",\"cut\":", bool_text(process->up),
                bool_text(process->paused), process->height);
        write_members(file, &process->cut);
        fputs(",\"state\":", file);
        write_state(file, &process->state);
        fputc('}', file);
    }
}

bool hs_trace_page_write(FILE *file, const struct hs_recorder *recorder,
                         const struct hs_sim_config *config, const struct hs_sim_result *result,
                         const char *replay)
{
    struct page *page = calloc(1, sizeof(*page));
    HS_ASSERT(page != NULL);
    page->file = file;
    page->recorder = recorder;
    page->validator_count = config->node_count;
    fwrite(hs_trace_template_head, 1, hs_trace_template_head_bytes, file);
    fputs("{", file);
    write_run(file, config, result, replay);
    fprintf(file, ",\n\"kept\":{\"events\":%zu,\"forgotten\":%" PRIu64 "},\n\"processes\":[",
            hs_recorder_count(recorder), hs_recorder_forgotten(recorder));
    write_processes(page);
    fputs("],\n\"messages\":[", file);
    write_messages(page);
    fputs("],\n\"events\":[", file);
    write_events(page);
    fputs("]}", file);
    fwrite(hs_trace_template_tail, 1, hs_trace_template_tail_bytes, file);
    free(page);
    return fflush(file) == 0 && ferror(file) == 0;
}
