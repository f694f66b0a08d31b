/* See run_trace.h. */
#include "cli/run_trace.h"

#include <errno.h>
#include <string.h>

#include "cli/output.h"
#include "sim/trace_page.h"

bool hs_run_trace_open(struct hs_run_trace *trace, const char *path)
{
    *trace = (struct hs_run_trace){.path = path};
    if (path == NULL) {
        return true;
    }
    trace->file = fopen(path, "w");
    if (trace->file == NULL) {
        hs_print_error("--trace %s: can't write there: %s; give a file in a folder that exists "
                       "and is yours",
                       path, strerror(errno));
    }
    return trace->file != NULL;
}

void hs_run_trace_begin(struct hs_run_trace *trace, struct hs_sim_config *config)
{
    if (trace->path == NULL) {
        return;
    }
    hs_recorder_free(trace->recorder);
    trace->recorder = hs_recorder_new(HS_RECORDER_EVENTS_MAX);
    hs_recorder_observe(trace->recorder, &trace->observer);
    config->observer = &trace->observer;
}

bool hs_run_trace_write(struct hs_run_trace *trace, const struct hs_sim_config *config,
                        const struct hs_sim_result *result, const char *replay)
{
    if (trace->path == NULL) {
        return true;
    }
    errno = 0;
    bool written = hs_trace_page_write(trace->file, trace->recorder, config, result, replay);
    written = fclose(trace->file) == 0 && written;
    if (!written) {
        hs_print_error("--trace %s: the page was not written: %s; make room or give another file",
                       trace->path, strerror(errno));
    }
    hs_recorder_free(trace->recorder);
    return written;
}
