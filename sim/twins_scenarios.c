/* Which scenarios there are, and what they are called. See twins.h.
 *
 * Who leads follows from the randomness of genesis, which also fixes that of epoch 1. So for
 * scenarios that are numbered a randomness is searched for that brings about the leaders asked for:
 * of the first views of epoch 0, and of those of epoch 1 that stand in their places when epoch 0
 * ends as early as it can.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/text.h"
#include "consensus/leader_election.h"
#include "consensus/randomness.h"
#include "sim/random.h"
#include "sim/twins_internal.h"

#define RANDOM_TWINS 80u

static uint64_t power(uint64_t base, uint32_t exponent)
{
    uint64_t product = 1;
    for (uint32_t i = 0; i < exponent; i++) {
        product *= base;
    }
    return product;
}

/* -- who leads ------------------------------------------------------------------------ */

/* Of epoch 0 or 1: all members weigh the same. */
static uint8_t leader_of(const struct hs_twins *twins, uint64_t randomness, uint64_t epoch,
                         uint64_t view)
{
    uint8_t of_genesis[HS_HASH_BYTES];
    struct hs_leader_rule rule = {.election = HS_LEADER_WEIGHTED,
                                  .validators = &twins->cluster.validators};
    hs_cluster_randomness(of_genesis, randomness);
    hs_randomness_of_genesis(rule.randomness, of_genesis, epoch);
    return (uint8_t)hs_leader_of(&rule, view);
}

static void set_leaders(const struct hs_twins *twins, struct hs_twins_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->view_count; i++) {
        scenario->leaders[i] = leader_of(twins, scenario->randomness, 0, i + 1);
    }
}

/* How many views an epoch takes at least: one for each block, one for the block on top that makes the
 * last of them commit, and one whose leader has the certificate for that and shows it. */
static uint64_t views_at_least(const struct hs_twins *twins)
{
    return twins->epoch_blocks > 0 ? twins->epoch_blocks + 2 : UINT64_MAX;
}

/* Whether epoch 1, begun as early as can be, has the leaders that epoch 0 would have had. */
static bool goes_on_alike(const struct hs_twins *twins, const struct hs_twins_scenario *scenario)
{
    uint64_t view = 1;
    for (uint64_t i = views_at_least(twins); i < scenario->view_count; i++) {
        if (leader_of(twins, scenario->randomness, 1, view++) != scenario->leaders[i]) {
            return false;
        }
    }
    return true;
}

/* Tries numbers until each way to lead the views has one that brings it about. */
static void search_randomness(struct hs_twins *twins)
{
    uint64_t wanted = power(HS_TWINS_VALIDATORS, twins->view_count);
    twins->randomness = calloc(wanted, sizeof(twins->randomness[0]));
    HS_ASSERT(twins->randomness != NULL);
    for (uint64_t candidate = 1; wanted > 0; candidate++) {
        struct hs_twins_scenario scenario = {.randomness = candidate,
                                             .view_count = twins->view_count};
        set_leaders(twins, &scenario);
        uint64_t digits = 0;
        for (uint32_t i = 0; i < twins->view_count; i++) {
            digits = digits * HS_TWINS_VALIDATORS + scenario.leaders[i];
        }
        if (twins->randomness[digits] == 0 && goes_on_alike(twins, &scenario)) {
            twins->randomness[digits] = candidate;
            wanted--;
        }
    }
}

/* Double votes are punished however old; a punishment costs little. */
static void stake(struct hs_cluster_config *config, uint64_t epoch_blocks)
{
    struct hs_ledger_parameters parameters;
    hs_ledger_parameters_default(&parameters);
    config->epoch_blocks = epoch_blocks;
    config->staked = true;
    config->staking = parameters.staking;
    config->staking.unbonding_epochs = HS_UNBONDING_EPOCHS_MAX;
    config->staking.evidence_epochs = HS_EVIDENCE_EPOCHS_MAX;
}

struct hs_twins *hs_twins_new(uint32_t view_count, uint64_t epoch_blocks)
{
    HS_ASSERT(view_count >= 1 && view_count <= HS_TWINS_VIEWS_ALL_MAX);
    struct hs_twins *twins = calloc(1, sizeof(*twins));
    HS_ASSERT(twins != NULL);
    twins->view_count = view_count;
    twins->epoch_blocks = epoch_blocks;
    struct hs_cluster_config config = {
        .node_count = HS_TWINS_VALIDATORS, .election = HS_LEADER_WEIGHTED, .account_count = 2};
    if (epoch_blocks > 0) {
        stake(&config, epoch_blocks);
    }
    hs_cluster_make(&twins->cluster, &config);
    search_randomness(twins);
    return twins;
}

void hs_twins_free(struct hs_twins *twins)
{
    free(twins->randomness);
    hs_cluster_release(&twins->cluster);
    free(twins);
}

/* -- numbers -------------------------------------------------------------------------- */

uint64_t hs_twins_scenario_count(const struct hs_twins *twins)
{
    return power(HS_TWINS_CHOICES, twins->view_count);
}

void hs_twins_scenario_at(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                          uint64_t number)
{
    *scenario = (struct hs_twins_scenario){.view_count = twins->view_count};
    uint64_t digits = 0;
    for (uint32_t i = 0; i < twins->view_count; i++) {
        uint64_t choice = number % HS_TWINS_CHOICES;
        number /= HS_TWINS_CHOICES;
        digits = digits * HS_TWINS_VALIDATORS + choice % HS_TWINS_VALIDATORS;
        scenario->sides[i] = (uint8_t)(choice / HS_TWINS_VALIDATORS);
    }
    scenario->randomness = twins->randomness[digits];
    set_leaders(twins, scenario);
}

void hs_twins_scenario_random(const struct hs_twins *twins, struct hs_twins_scenario *scenario,
                              uint32_t view_count, uint64_t seed)
{
    HS_ASSERT(view_count <= HS_TWINS_VIEWS_MAX);
    struct hs_random random = hs_random_of(seed, RANDOM_TWINS);
    *scenario =
        (struct hs_twins_scenario){.randomness = hs_random_next(&random), .view_count = view_count};
    for (uint32_t i = 0; i < view_count; i++) {
        scenario->sides[i] = (uint8_t)hs_random_below(&random, 1u << (HS_TWINS_PROCESSES - 1));
    }
    set_leaders(twins, scenario);
}

/* -- in words ------------------------------------------------------------------------- */

bool hs_twins_other_side(const struct hs_twins_scenario *scenario, uint32_t view_index,
                         uint32_t process)
{
    return process > 0 && (scenario->sides[view_index] >> (process - 1) & 1u) != 0;
}

static void describe_view(char text[HS_TWINS_TEXT_CHARACTERS], const struct hs_twins_view *view,
                          bool of_epoch)
{
    if (of_epoch) {
        hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, "epoch %" PRIu64 ", ", view->epoch);
    }
    hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, "view %" PRIu64 ": %" PRIu32 " leads,",
                   view->view, view->leader);
}

void hs_twins_describe(char text[HS_TWINS_TEXT_CHARACTERS],
                       const struct hs_twins_scenario *scenario,
                       const struct hs_twins_result *result)
{
    static const char *const names[HS_TWINS_PROCESSES] = {"0", "1", "2", "3", "3'"};
    text[0] = '\0';
    for (uint32_t view = 0; view < result->view_count; view++) {
        hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, view > 0 ? "; " : "");
        describe_view(text, &result->views[view], result->in_epochs);
        for (int side = 0; side < 2; side++) {
            hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, side == 1 ? " |" : "");
            for (uint32_t i = 0; i < HS_TWINS_PROCESSES; i++) {
                if (hs_twins_other_side(scenario, view, i) == (side == 1)) {
                    hs_text_append(text, HS_TWINS_TEXT_CHARACTERS, " %s", names[i]);
                }
            }
        }
    }
}
