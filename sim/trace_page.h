/* hs_trace_page: a recorded run as one page for a browser, to look at and to search.
 *
 * The page is web/trace.html, built into the program, with the recording as JSON inside. It loads
 * nothing from anywhere. Whatever comes from the run is escaped, so that it can neither end the
 * JSON nor the element that holds it.
 *
 *     run        seed, nodes, blocks, load, verdict, reason, replay, committed, views, messages,
 *                transfers, faults (struck), trace_hash, end_ns
 *     kept       events, forgotten
 *     processes  validator, kind, and the base: up, paused, height, cut [processes], state
 *     messages   one object for each; what it is in "type", the rest as in wire/message.h
 *     events     arrays in the order of time, the first two members are what and when (ns):
 *                ["sent", at, from, to, index of the message, 0 under way, 1 arrived or 2 lost, when]
 *                ["links", at, process, [processes that hear nothing from it]]
 *                ["state", at, process, state]
 *                ["committed", at, process, height, view, block]
 *                ["started" | "crashed" | "power cut" | "start failed" | "gave up" | "paused" |
 *                 "resumed" | "noted", at, process, why]
 *                ["fault", at, text]
 *                ["violated", at, text]
 *     state      [view, leader, entered by a TC, signs, high_qc view, high_qc block, locked view,
 *                last voted view]
 *
 * A number beyond 2^53, which only an attacker says, is a string, since a browser would round it.
 * Block ids and roots are lowercase hex; where a block is only named, its first 8 bytes.
 */
#ifndef HS_SIM_TRACE_PAGE_H
#define HS_SIM_TRACE_PAGE_H

#include <stdio.h>

#include "sim/recorder.h"
#include "sim/run.h"

/* False when the file could not be written. `replay` is the command that makes this run again. */
bool hs_trace_page_write(FILE *file, const struct hs_recorder *recorder,
                         const struct hs_sim_config *config, const struct hs_sim_result *result,
                         const char *replay);

#endif
