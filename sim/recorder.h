/* hs_recorder: what happened in a simulated run, as a list of typed events.
 *
 * It is an observer (sim/observer.h) with a bounded memory: a ring that, when it is full, forgets
 * the oldest event for each new one, so that the end of a run (a violation, mostly) is always in it.
 * What a forgotten event has changed stays known: each process has a base, its state right before
 * the first event that is kept.
 *
 * A message is kept once, however many it goes to, and without its payload.
 * Memory that cannot be had is an assert: a simulation has nothing to go on with.
 */
#ifndef HS_SIM_RECORDER_H
#define HS_SIM_RECORDER_H

#include "sim/observer.h"

/* Events of one recording: some thousand views of 16 nodes. */
#define HS_RECORDER_EVENTS_MAX (1u << 17)
/* What is longer of a text is cut off. */
#define HS_RECORDER_TEXT_CHARACTERS 640u

enum hs_recorded_type {
    HS_RECORDED_SENT,
    HS_RECORDED_LINKS,
    HS_RECORDED_STATE,
    HS_RECORDED_COMMITTED,
    HS_RECORDED_HAPPENED,
    HS_RECORDED_FAULT,
    HS_RECORDED_VIOLATED,
};

enum hs_recorded_fate {
    HS_RECORDED_UNDER_WAY,
    HS_RECORDED_ARRIVED,
    HS_RECORDED_LOST,
};

/* What a node thinks, as far as somebody who looks for a fork cares. */
struct hs_recorded_state {
    uint64_t view;
    uint32_t leader;
    bool entered_by_tc;
    bool signing;
    uint64_t high_qc_view;
    struct hs_block_id high_qc_block_id;
    uint64_t locked_view;
    uint64_t last_voted_view;
};

struct hs_recorded_message;

struct hs_recorded {
    uint64_t at_ns;
    uint64_t number; /* that of the copy sent last, plus one; ascends */
    enum hs_recorded_type type;
    uint32_t process; /* the sender of what was sent; not of FAULT and VIOLATED */
    union {
        struct {
            struct hs_recorded_message *message;
            uint32_t to;
            enum hs_recorded_fate fate;
            uint64_t end_ns; /* it arrived, or was lost; the moment of sending while under way */
        } sent;
        struct hs_bitmap cut; /* LINKS: the processes that hear nothing from this one */
        struct hs_recorded_state state;
        struct {
            uint64_t height;
            uint64_t view;
            struct hs_block_id block_id;
        } committed;
        struct {
            enum hs_process_event event;
            char *why; /* may be NULL */
        } happened;
        char *text; /* FAULT, VIOLATED */
    };
};

struct hs_recorded_process {
    uint32_t validator;
    char *kind; /* NULL: honest */
    /* The base: before the first event that is kept. */
    bool up;
    bool paused;
    uint64_t height;
    struct hs_bitmap cut;
    struct hs_recorded_state state;
};

struct hs_recorder;

/* At most `events_max` events (at least 1). */
struct hs_recorder *hs_recorder_new(size_t events_max);
void hs_recorder_free(struct hs_recorder *recorder);
/* Makes `observer` one that feeds the recorder, as long as both live. */
void hs_recorder_observe(struct hs_recorder *recorder, struct hs_observer *observer);

/* -- reading ------------------------------------------------------------------------------ */

size_t hs_recorder_count(const struct hs_recorder *recorder);
/* How many older ones were forgotten. */
uint64_t hs_recorder_forgotten(const struct hs_recorder *recorder);
/* The oldest has the index 0. Good until the next thing is recorded. */
const struct hs_recorded *hs_recorder_at(const struct hs_recorder *recorder, size_t index);
uint32_t hs_recorder_process_count(const struct hs_recorder *recorder);
const struct hs_recorded_process *hs_recorder_process(const struct hs_recorder *recorder,
                                                      uint32_t process);

/* The message as it was sent, its payload, blocks and transactions gone but for their sizes and
 * counts. False: the bytes were no message. */
bool hs_recorded_message_read(const struct hs_recorded_message *recorded,
                              struct hs_message *message);
uint64_t hs_recorded_message_content(const struct hs_recorded_message *recorded);
size_t hs_recorded_message_bytes(const struct hs_recorded_message *recorded);

#endif
