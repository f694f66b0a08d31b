/* The names, sentences and reactions of hs_status, all from the one table in status.h.
 */
#include <hotstuff/status.h>

#include <stddef.h>

#define STATUS_ROW(name, reaction, text) {#name, text, reaction},
static const struct {
    const char *name;
    const char *text;
    enum hs_reaction reaction;
} rows[] = {HS_STATUS_TABLE(STATUS_ROW)};
#undef STATUS_ROW

#define ROW_COUNT (sizeof rows / sizeof rows[0])

const char *hs_status_name(enum hs_status status)
{
    return (size_t)status < ROW_COUNT ? rows[status].name : "HS_UNKNOWN_STATUS";
}

const char *hs_status_text(enum hs_status status)
{
    return (size_t)status < ROW_COUNT ? rows[status].text : "a status that this version lacks";
}

/* A number outside the table means memory that was overwritten: going on is not safe. */
enum hs_reaction hs_status_reaction(enum hs_status status)
{
    return (size_t)status < ROW_COUNT ? rows[status].reaction : HS_STOP;
}
