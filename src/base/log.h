/* hs_log: one line for one event, `time level room event key=value ...`, or the
 * same as one JSON object.
 *
 * Levels are set for each room. What a peer can trigger is counted by its room and
 * not logged line by line. Secrets are never arguments. Safe from any thread: a line
 * is written with one call. A NULL log is silent.
 */
#ifndef HS_BASE_LOG_H
#define HS_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum hs_log_level { HS_LOG_ERROR, HS_LOG_WARN, HS_LOG_INFO, HS_LOG_DEBUG };

enum hs_log_room {
    HS_LOG_CONSENSUS,
    HS_LOG_LEDGER,
    HS_LOG_MEMPOOL,
    HS_LOG_STORAGE,
    HS_LOG_NETWORK,
    HS_LOG_NODE,
    HS_LOG_RUNTIME,
    HS_LOG_RPC,
};
#define HS_LOG_ROOMS 8u

struct hs_log {
    int descriptor; /* where lines go; not owned */
    bool json;
    struct hs_clock clock;
    enum hs_log_level levels[HS_LOG_ROOMS];
};

/* `event` is one word; `format` makes the pairs after it ("peer=%u view=%" PRIu64),
 * values without blanks or in double quotes. */
void hs_log_event(const struct hs_log *log, enum hs_log_level level, enum hs_log_room room,
                  const char *event, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Reads "info" or "info,network=debug,node=warn" into the levels. False when a word
 * is unknown; nothing is changed then. */
bool hs_log_parse_levels(struct hs_log *log, const char *text);

#endif
