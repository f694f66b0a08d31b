/* The page of `hotstuff sim --trace FILE`: opened before the run, so that a file that can't be
 * written is told at once, and written after it. */
#ifndef HS_CLI_RUN_TRACE_H
#define HS_CLI_RUN_TRACE_H

#include <stdio.h>

#include "sim/recorder.h"
#include "sim/run.h"

struct hs_run_trace {
    const char *path; /* NULL: no page is wanted, and the calls below do nothing */
    FILE *file;
    struct hs_recorder *recorder;
    struct hs_observer observer;
};

/* False: the file can't be written, which was printed. */
bool hs_run_trace_open(struct hs_run_trace *trace, const char *path);
/* The next run is recorded, the one before forgotten. */
void hs_run_trace_begin(struct hs_run_trace *trace, struct hs_sim_config *config);
/* Writes the page of the run recorded last and ends all. False: not all of it was written, which
 * was printed. */
bool hs_run_trace_write(struct hs_run_trace *trace, const struct hs_sim_config *config,
                        const struct hs_sim_result *result, const char *replay);

#endif
