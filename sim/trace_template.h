/* web/trace.html as the build found it: what comes before the recording, and what comes after. */
#ifndef HS_SIM_TRACE_TEMPLATE_H
#define HS_SIM_TRACE_TEMPLATE_H

#include <stddef.h>

extern const unsigned char hs_trace_template_head[];
extern const size_t hs_trace_template_head_bytes;
extern const unsigned char hs_trace_template_tail[];
extern const size_t hs_trace_template_tail_bytes;

#endif
