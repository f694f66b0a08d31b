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
 *
 * With epochs, stakes make the sets (P4, P7), and the script is of the first views that anybody is in,
 * of whichever epoch: ends of epochs fall where the sides let them. Who has given up a view also asks
 * everybody for blocks, and is answered: an epoch is over only for those who have its last block (P5).
 * A reporter shows the chain every double vote that a correct node has found. Then the pair is punished,
 * and the scenario goes on into an epoch without it (P8).
 */
#ifndef HS_SIM_TWINS_H
#define HS_SIM_TWINS_H

#include "sim/run.h"

#define HS_TWINS_VALIDATORS      4u
#define HS_TWINS_PROCESSES       5u /* the last is the twin of validator 3 */
#define HS_TWINS_CHOICES         64u
#define HS_TWINS_VIEWS_MAX       11u
#define HS_TWINS_VIEWS_ALL_MAX   4u /* of scenarios that are numbered; leaders are searched for */
#define HS_TWINS_TEXT_CHARACTERS 768u

struct hs_twins_scenario {
    uint64_t randomness; /* brings about the leaders (P2) */
    uint32_t view_count;
    uint8_t leaders[HS_TWINS_VIEWS_MAX]; /* of the first views of epoch 0 */
    uint8_t sides[HS_TWINS_VIEWS_MAX];   /* bit i: process i + 1 is not with process 0 */
};

/* A view that was parted. */
struct hs_twins_view {
    uint64_t epoch;
    uint64_t view;
    uint32_t leader; /* a validator */
};

struct hs_twins_result {
    bool ok;
    bool in_epochs;
    char checker[32];
    char reason[HS_SIM_REASON_CHARACTERS];
    uint32_t view_count; /* those that were reached */
    struct hs_twins_view views[HS_TWINS_VIEWS_MAX];
    uint64_t committed; /* blocks, while the network was parted */
    uint64_t epochs;    /* that ended meanwhile */
    uint64_t punishments;
    uint64_t trace_hash;
};

/* Keys, genesis and the leaders of all scenarios of `view_count` views (at most
 * HS_TWINS_VIEWS_ALL_MAX), made once; epochs of so many blocks, or 0: one for ever. hs_crypto_start was
 * called. */
struct hs_twins;
struct hs_twins *hs_twins_new(uint32_t view_count, uint64_t epoch_blocks);
void hs_twins_free(struct hs_twins *twins);

/* 64 to the power of the views. */
uint64_t hs_twins_scenario_count(const struct hs_twins *twins);
/* The scenario with this number. Its leaders are those of the views that are parted, as long as those
 * follow each other at once: epoch 0 ends with as few views as it can, or is the only one. */
void hs_twins_scenario_at(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                          uint64_t number);
/* Any scenario of `view_count` views, at most HS_TWINS_VIEWS_MAX. */
void hs_twins_scenario_random(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                              uint32_t view_count, uint64_t seed);

void hs_twins_run(const struct hs_twins *twins, const struct hs_twins_scenario *scenario,
                  struct hs_twins_result *result);

/* "view 1: 3 leads, 0 1 3 | 2 3'; ...": the views that a run of it came to. */
void hs_twins_describe(char text[HS_TWINS_TEXT_CHARACTERS],
                       const struct hs_twins_scenario *scenario,
                       const struct hs_twins_result *result);

#endif
