/* See recorder.h. */
#include "sim/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"

/* The first `prefix_bytes` of a struct hs_message: a TC is its last member, and the groups that it
 * has not are most of the struct. */
struct hs_recorded_message {
    uint64_t content;
    size_t message_bytes;
    uint32_t references; /* the events that name it, and the recorder while it is the latest */
    bool well_formed;
    size_t prefix_bytes;
    uint8_t prefix[];
};

struct hs_recorder {
    struct hs_recorded *ring;
    size_t capacity;
    size_t capacity_max;
    size_t first;
    size_t count;
    uint64_t forgotten;
    uint64_t number;
    struct hs_recorded_message *latest; /* a broadcast's copies come one after the other */
    uint32_t process_count;
    struct hs_recorded_process processes[HS_VALIDATORS_MAX];
    struct hs_recorded_state states[HS_VALIDATORS_MAX]; /* as recorded last */
    struct hs_bitmap cuts[HS_VALIDATORS_MAX];
};

struct hs_recorder *hs_recorder_new(size_t events_max)
{
    HS_ASSERT(events_max > 0);
    struct hs_recorder *recorder = calloc(1, sizeof(*recorder));
    HS_ASSERT(recorder != NULL);
    recorder->capacity_max = events_max;
    return recorder;
}

static char *copy_of_text(const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text);
    size = size < HS_RECORDER_TEXT_CHARACTERS ? size : HS_RECORDER_TEXT_CHARACTERS;
    char *copy = malloc(size + 1);
    HS_ASSERT(copy != NULL);
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

/* -- messages -------------------------------------------------------------------------------- */

static size_t tc_prefix_bytes(const struct hs_message *message, bool has_tc, const struct hs_tc *tc)
{
    size_t before_bytes = (size_t)((const uint8_t *)tc - (const uint8_t *)message);
    if (!has_tc) {
        return before_bytes;
    }
    return before_bytes + offsetof(struct hs_tc, groups) + tc->group_count * sizeof(tc->groups[0]);
}

static size_t prefix_bytes_of(const struct hs_message *message)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
        return tc_prefix_bytes(message, message->proposal.has_tc, &message->proposal.tc);
    case HS_MESSAGE_VIEW_CHANGE:
        return tc_prefix_bytes(message, message->view_change.has_tc, &message->view_change.tc);
    case HS_MESSAGE_STATUS:
        return tc_prefix_bytes(message, message->status.has_tc, &message->status.tc);
    case HS_MESSAGE_VOTE:
        return offsetof(struct hs_message, vote) + sizeof(message->vote);
    case HS_MESSAGE_QC:
        return offsetof(struct hs_message, next_proof) + sizeof(message->next_proof);
    case HS_MESSAGE_BLOCK_REQUEST:
        return offsetof(struct hs_message, block_request) + sizeof(message->block_request);
    case HS_MESSAGE_BLOCK_RESPONSE:
        return offsetof(struct hs_message, block_response) + sizeof(message->block_response);
    case HS_MESSAGE_RANGE_REQUEST:
        return offsetof(struct hs_message, range_request) + sizeof(message->range_request);
    case HS_MESSAGE_RANGE_RESPONSE:
        return offsetof(struct hs_message, range_response) + sizeof(message->range_response);
    case HS_MESSAGE_TRANSACTIONS:
        return offsetof(struct hs_message, transactions) + sizeof(message->transactions);
    }
    return 0;
}

static void release(struct hs_recorded_message *message)
{
    if (message != NULL && --message->references == 0) {
        free(message);
    }
}

/* The recorded message of this sending, with a reference for its event. */
static struct hs_recorded_message *message_of(struct hs_recorder *recorder,
                                              const struct hs_observed_sending *sending)
{
    struct hs_recorded_message *latest = recorder->latest;
    if (latest != NULL && latest->content == sending->content) {
        latest->references++;
        return latest;
    }
    size_t prefix_bytes = sending->message != NULL ? prefix_bytes_of(sending->message) : 0;
    struct hs_recorded_message *message = malloc(sizeof(*message) + prefix_bytes);
    HS_ASSERT(message != NULL);
    *message = (struct hs_recorded_message){
        .content = sending->content,
        .message_bytes = sending->message_bytes,
        .references = 2,
        .well_formed = sending->message != NULL,
        .prefix_bytes = prefix_bytes,
    };
    if (prefix_bytes > 0) {
        memcpy(message->prefix, sending->message, prefix_bytes);
    }
    release(latest);
    recorder->latest = message;
    return message;
}

/* What pointed into the buffer, which is gone. */
static void drop_pointers(struct hs_message *message)
{
    if (message->type == HS_MESSAGE_PROPOSAL) {
        message->proposal.payload.data = NULL;
    } else if (message->type == HS_MESSAGE_BLOCK_RESPONSE) {
        message->block_response.payload.data = NULL;
    } else if (message->type == HS_MESSAGE_RANGE_RESPONSE) {
        message->range_response.blocks.data = NULL;
    } else if (message->type == HS_MESSAGE_TRANSACTIONS) {
        message->transactions.transactions.data = NULL;
    }
}

bool hs_recorded_message_read(const struct hs_recorded_message *recorded,
                              struct hs_message *message)
{
    *message = (struct hs_message){0};
    if (!recorded->well_formed) {
        return false;
    }
    memcpy(message, recorded->prefix, recorded->prefix_bytes);
    drop_pointers(message);
    return true;
}

uint64_t hs_recorded_message_content(const struct hs_recorded_message *recorded)
{
    return recorded->content;
}

size_t hs_recorded_message_bytes(const struct hs_recorded_message *recorded)
{
    return recorded->message_bytes;
}

/* -- the ring --------------------------------------------------------------------------------- */

static struct hs_recorded *event_at(const struct hs_recorder *recorder, size_t index)
{
    return &recorder->ring[(recorder->first + index) % recorder->capacity];
}

static void free_event(struct hs_recorded *event)
{
    switch (event->type) {
    case HS_RECORDED_SENT:
        release(event->sent.message);
        return;
    case HS_RECORDED_HAPPENED:
        free(event->happened.why);
        return;
    case HS_RECORDED_FAULT:
    case HS_RECORDED_VIOLATED:
        free(event->text);
        return;
    case HS_RECORDED_LINKS:
    case HS_RECORDED_STATE:
    case HS_RECORDED_COMMITTED:
        return;
    }
}

static void move_life(struct hs_recorded_process *process, enum hs_process_event event)
{
    if (event != HS_PROCESS_NOTED) {
        process->up = event == HS_PROCESS_STARTED || event == HS_PROCESS_PAUSED ||
                      event == HS_PROCESS_RESUMED;
        process->paused = event == HS_PROCESS_PAUSED;
    }
}

static void move_base(struct hs_recorder *recorder, const struct hs_recorded *event)
{
    struct hs_recorded_process *process = &recorder->processes[event->process];
    switch (event->type) {
    case HS_RECORDED_LINKS:
        process->cut = event->cut;
        return;
    case HS_RECORDED_STATE:
        process->state = event->state;
        return;
    case HS_RECORDED_COMMITTED:
        process->height = event->committed.height;
        return;
    case HS_RECORDED_HAPPENED:
        move_life(process, event->happened.event);
        return;
    case HS_RECORDED_SENT:
    case HS_RECORDED_FAULT:
    case HS_RECORDED_VIOLATED:
        return;
    }
}

static void forget_first(struct hs_recorder *recorder)
{
    struct hs_recorded *event = event_at(recorder, 0);
    move_base(recorder, event);
    free_event(event);
    recorder->first = (recorder->first + 1) % recorder->capacity;
    recorder->count--;
    recorder->forgotten++;
}

/* Only while nothing was forgotten: the first event is at the ring's begin. */
static void grow(struct hs_recorder *recorder)
{
    size_t capacity = recorder->capacity > 0 ? 2 * recorder->capacity : 1024;
    capacity = capacity < recorder->capacity_max ? capacity : recorder->capacity_max;
    recorder->ring = realloc(recorder->ring, capacity * sizeof(recorder->ring[0]));
    HS_ASSERT(recorder->ring != NULL);
    recorder->capacity = capacity;
}

/* A new event, its type's own members still zeros. */
static struct hs_recorded *add(struct hs_recorder *recorder, uint64_t now_ns,
                               enum hs_recorded_type type, uint32_t process)
{
    if (recorder->count == recorder->capacity) {
        if (recorder->capacity < recorder->capacity_max) {
            grow(recorder);
        } else {
            forget_first(recorder);
        }
    }
    struct hs_recorded *event = event_at(recorder, recorder->count);
    recorder->count++;
    *event = (struct hs_recorded){
        .at_ns = now_ns, .number = recorder->number, .type = type, .process = process};
    return event;
}

void hs_recorder_free(struct hs_recorder *recorder)
{
    if (recorder == NULL) {
        return;
    }
    for (size_t i = 0; i < recorder->count; i++) {
        free_event(event_at(recorder, i));
    }
    for (uint32_t i = 0; i < recorder->process_count; i++) {
        free(recorder->processes[i].kind);
    }
    release(recorder->latest);
    free(recorder->ring);
    free(recorder);
}

/* -- what the world tells ----------------------------------------------------------------------- */

static void on_process(void *context, uint32_t process, uint32_t validator, const char *kind)
{
    struct hs_recorder *recorder = context;
    HS_ASSERT(process == recorder->process_count && process < HS_VALIDATORS_MAX);
    recorder->process_count++;
    recorder->processes[process].validator = validator;
    recorder->processes[process].kind = copy_of_text(kind);
}

static void on_sent(void *context, const struct hs_observed_sending *sending)
{
    struct hs_recorder *recorder = context;
    if (!sending->refused) {
        recorder->number = sending->number + 1;
    }
    struct hs_recorded *event = add(recorder, sending->now_ns, HS_RECORDED_SENT, sending->from);
    event->sent.message = message_of(recorder, sending);
    event->sent.to = sending->to;
    event->sent.fate = sending->refused ? HS_RECORDED_LOST : HS_RECORDED_UNDER_WAY;
    event->sent.end_ns = sending->now_ns;
}

/* The copy with this number, NULL when it is forgotten. It is the first event with its number: those
 * behind it have the same until the next copy goes under way. */
static struct hs_recorded *copy_of_number(struct hs_recorder *recorder, uint64_t number)
{
    size_t low = 0;
    size_t high = recorder->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (event_at(recorder, middle)->number < number + 1) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct hs_recorded *event = low < recorder->count ? event_at(recorder, low) : NULL;
    bool is_the_copy = event != NULL && event->number == number + 1 &&
                       event->type == HS_RECORDED_SENT && event->sent.fate == HS_RECORDED_UNDER_WAY;
    return is_the_copy ? event : NULL;
}

static void settle(struct hs_recorder *recorder, uint64_t now_ns, uint64_t number,
                   enum hs_recorded_fate fate)
{
    struct hs_recorded *copy = copy_of_number(recorder, number);
    if (copy != NULL) {
        copy->sent.fate = fate;
        copy->sent.end_ns = now_ns;
    }
}

static void on_arrived(void *context, uint64_t now_ns, uint64_t number)
{
    settle(context, now_ns, number, HS_RECORDED_ARRIVED);
}

static void on_lost(void *context, uint64_t now_ns, uint64_t number)
{
    settle(context, now_ns, number, HS_RECORDED_LOST);
}

/* A partition cuts many links at one moment: those of one process are one event. */
static void on_link(void *context, uint64_t now_ns, uint32_t from, uint32_t to, bool passes)
{
    struct hs_recorder *recorder = context;
    struct hs_bitmap *cut = &recorder->cuts[from];
    if (hs_bitmap_get(cut, to) == !passes) {
        return;
    }
    if (passes) {
        hs_bitmap_clear(cut, to);
    } else {
        hs_bitmap_set(cut, to);
    }
    struct hs_recorded *last = recorder->count > 0 ? event_at(recorder, recorder->count - 1) : NULL;
    bool goes_on = last != NULL && last->type == HS_RECORDED_LINKS && last->process == from &&
                   last->at_ns == now_ns;
    struct hs_recorded *event = goes_on ? last : add(recorder, now_ns, HS_RECORDED_LINKS, from);
    event->cut = *cut;
}

static bool same_state(const struct hs_recorded_state *a, const struct hs_recorded_state *b)
{
    return a->view == b->view && a->leader == b->leader && a->entered_by_tc == b->entered_by_tc &&
           a->signing == b->signing && a->high_qc_view == b->high_qc_view &&
           a->locked_view == b->locked_view && a->last_voted_view == b->last_voted_view;
}

static void on_turn_over(void *context, uint64_t now_ns, uint32_t process,
                         const struct hs_core *core)
{
    struct hs_recorder *recorder = context;
    struct hs_core_status status;
    hs_core_status(core, &status);
    struct hs_recorded_state state = {
        .view = status.view,
        .leader = status.leader,
        .entered_by_tc = hs_core_entry_tc(core) != NULL,
        .signing = status.signing,
        .high_qc_view = status.high_qc_view,
        .high_qc_block_id = hs_core_high_qc(core)->block_id,
        .locked_view = status.locked_view,
        .last_voted_view = status.last_voted_view,
    };
    if (!same_state(&state, &recorder->states[process])) {
        recorder->states[process] = state;
        add(recorder, now_ns, HS_RECORDED_STATE, process)->state = state;
    }
}

static void on_committed(void *context, uint64_t now_ns, uint32_t process,
                         const struct hs_block *block)
{
    struct hs_recorded *event = add(context, now_ns, HS_RECORDED_COMMITTED, process);
    event->committed.height = block->header.height;
    event->committed.view = block->header.view;
    event->committed.block_id = block->id;
}

static void on_happened(void *context, uint64_t now_ns, uint32_t process,
                        enum hs_process_event happened, const char *why)
{
    struct hs_recorder *recorder = context;
    if (happened == HS_PROCESS_STARTED) {
        recorder->states[process] = (struct hs_recorded_state){0}; /* it begins anew */
    }
    struct hs_recorded *event = add(recorder, now_ns, HS_RECORDED_HAPPENED, process);
    event->happened.event = happened;
    event->happened.why = copy_of_text(why);
}

static void on_fault(void *context, uint64_t now_ns, const char *text)
{
    add(context, now_ns, HS_RECORDED_FAULT, 0)->text = copy_of_text(text);
}

static void on_violated(void *context, uint64_t now_ns, const char *sentence)
{
    add(context, now_ns, HS_RECORDED_VIOLATED, 0)->text = copy_of_text(sentence);
}

void hs_recorder_observe(struct hs_recorder *recorder, struct hs_observer *observer)
{
    *observer = (struct hs_observer){
        .context = recorder,
        .process = on_process,
        .sent = on_sent,
        .arrived = on_arrived,
        .lost = on_lost,
        .link = on_link,
        .turn_over = on_turn_over,
        .committed = on_committed,
        .happened = on_happened,
        .fault = on_fault,
        .violated = on_violated,
    };
}

/* -- reading ------------------------------------------------------------------------------------- */

size_t hs_recorder_count(const struct hs_recorder *recorder)
{
    return recorder->count;
}

uint64_t hs_recorder_forgotten(const struct hs_recorder *recorder)
{
    return recorder->forgotten;
}

const struct hs_recorded *hs_recorder_at(const struct hs_recorder *recorder, size_t index)
{
    HS_ASSERT(index < recorder->count);
    return event_at(recorder, index);
}

uint32_t hs_recorder_process_count(const struct hs_recorder *recorder)
{
    return recorder->process_count;
}

const struct hs_recorded_process *hs_recorder_process(const struct hs_recorder *recorder,
                                                      uint32_t process)
{
    HS_ASSERT(process < recorder->process_count);
    return &recorder->processes[process];
}
