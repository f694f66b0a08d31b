/* hs_twins: every way in which a Byzantine validator of four can be in two places at once.
 *
 * Twins (Bano and others, OPODIS 2021): a Byzantine validator is two unmodified nodes with one key,
 * and what they can do follows from who leads each view and who hears whom in it. With a twin of
 * validator 3 there are five processes, and so 4 leaders times 16 ways to part the processes in two
 * for a view: three views have 64^3 = 262,144 scenarios, which can all be run.
 *
 * While a process is in view v, what it sends reaches its own side of v only, with one exception: its
 * repeated view changes of v reach everybody, because L1 lets no one leave a view alone and a view
 * that nobody can leave shows nothing. After the last scripted view the network is whole, and a
 * correct quorum must commit a new block within the bound of protocol section 9.
 */
#ifndef HS_SIM_TWINS_H
#define HS_SIM_TWINS_H

#include "sim/run.h"

#define HS_TWINS_VALIDATORS      4u
#define HS_TWINS_PROCESSES       5u /* the last is the twin of validator 3 */
#define HS_TWINS_CHOICES         64u
#define HS_TWINS_VIEWS_MAX       11u
#define HS_TWINS_VIEWS_ALL_MAX   4u /* of scenarios that are numbered; leaders are searched for */
#define HS_TWINS_TEXT_CHARACTERS 512u

struct hs_twins_scenario {
    uint64_t randomness; /* brings about the leaders (P2) */
    uint32_t view_count;
    uint8_t leaders[HS_TWINS_VIEWS_MAX];
    uint8_t sides[HS_TWINS_VIEWS_MAX]; /* bit i: process i + 1 is not with process 0 */
};

struct hs_twins_result {
    bool ok;
    char checker[32];
    char reason[HS_SIM_REASON_CHARACTERS];
    uint64_t committed; /* blocks, while the network was parted */
    uint64_t trace_hash;
};

/* Keys, genesis and the leaders of all scenarios of `view_count` views (at most
 * HS_TWINS_VIEWS_ALL_MAX), made once. hs_crypto_start was called. */
struct hs_twins;
struct hs_twins *hs_twins_new(uint32_t view_count);
void hs_twins_free(struct hs_twins *twins);

/* 64 to the power of the views. */
uint64_t hs_twins_scenario_count(const struct hs_twins *twins);
/* The scenario with this number. */
void hs_twins_scenario_at(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                          uint64_t number);
/* Any scenario of `view_count` views, at most HS_TWINS_VIEWS_MAX. */
void hs_twins_scenario_random(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                              uint32_t view_count, uint64_t seed);

void hs_twins_run(const struct hs_twins *twins, const struct hs_twins_scenario *scenario,
                  struct hs_twins_result *result);

/* "view 1: 3 leads, 0 1 3 | 2 3'; ..." */
void hs_twins_describe(char text[HS_TWINS_TEXT_CHARACTERS],
                       const struct hs_twins_scenario *scenario);

#endif
