/* See swarm.h. */
#include "sim/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "consensus/leader_election.h"
#include "consensus/validator_set.h"
#include "sim/attacks.h"

#define RANDOM_SWARM       64u
#define RANDOM_LIGHT_TURNS 65u
#define RANDOM_FEES        66u
#define RANDOM_EPOCHS      67u
#define RANDOM_PRIVATE     68u
#define BLOCKS             200u
#define DURATION_NS        UINT64_C(30000000000)
#define WEIGHT_MAX         40u
#define PER_MILLE_HALF     500u

/* P1 refuses turns for unequal weights: asked here, so that a run shows it when it does not. */
static bool set_takes_turns(const struct hs_validator_set *set)
{
    struct hs_leader_rule rule = {.election = HS_LEADER_ROUND_ROBIN, .validators = set};
    return hs_leader_rule_check(&rule) == HS_OK;
}

static bool takes_turns(const struct hs_sim_config *config)
{
    struct hs_validator_set set = {.count = config->node_count};
    for (uint32_t i = 0; i < config->node_count; i++) {
        set.validators[i].weight = config->weights[i];
    }
    return set_takes_turns(&set);
}

static void draw_cluster(struct hs_sim_config *config, struct hs_random *random)
{
    static const uint32_t node_counts[] = {1, 3, 4, 4, 4, 4, 4, 7, 7, 10, 16};
    config->node_count =
        node_counts[hs_random_below(random, sizeof(node_counts) / sizeof(node_counts[0]))];
    config->election = HS_LEADER_ROUND_ROBIN;
    if (hs_random_per_mille(random, PER_MILLE_HALF)) {
        config->election = HS_LEADER_WEIGHTED;
        if (hs_random_per_mille(random, PER_MILLE_HALF)) {
            for (uint32_t i = 0; i < config->node_count; i++) {
                config->weights[i] = hs_random_between(random, 1, WEIGHT_MAX);
            }
            config->election = takes_turns(config) ? HS_LEADER_ROUND_ROBIN : HS_LEADER_WEIGHTED;
        }
    }
}

static void draw_faults(struct hs_sim_config *config, struct hs_random *random)
{
    if (hs_random_per_mille(random, 125)) {
        return; /* attackers alone, at full speed */
    }
    config->faults = (uint32_t)hs_random_below(random, (uint64_t)HS_FAULTS_ALL + 1);
}

static uint64_t weight_of(const struct hs_sim_config *config, uint32_t validator)
{
    return config->weights[0] != 0 ? config->weights[validator] : 1;
}

/* How much weight may be Byzantine (protocol section 1). */
static uint64_t byzantine_weight_max(const struct hs_sim_config *config)
{
    struct hs_validator_set set = {.count = config->node_count};
    for (uint32_t i = 0; i < config->node_count; i++) {
        set.weight_total += weight_of(config, i);
    }
    return set.weight_total - hs_validator_set_quorum(&set);
}

static void draw_byzantine(struct hs_sim_config *config, struct hs_random *random)
{
    uint64_t weight_left = byzantine_weight_max(config);
    uint32_t first = (uint32_t)hs_random_below(random, config->node_count);
    bool some = hs_random_per_mille(random, 600);
    for (uint32_t i = 0; some && i < config->node_count; i++) {
        uint32_t validator = (first + i) % config->node_count;
        bool chosen = i == 0 || hs_random_per_mille(random, PER_MILLE_HALF);
        uint64_t kind = hs_random_below(random, hs_attack_count + 2);
        bool directed = i == 0 && hs_random_per_mille(random, 150); /* its chances need time */
        bool twin = !directed && (kind >= hs_attack_count || hs_random_per_mille(random, 50));
        if (!chosen || weight_of(config, validator) > weight_left ||
            config->byzantine_count == HS_SIM_BYZANTINE_MAX) {
            continue;
        }
        weight_left -= weight_of(config, validator);
        config->byzantine[config->byzantine_count++] = (struct hs_sim_byzantine){
            .validator = validator,
            .twin = twin,
            .attack = directed                 ? &hs_attack_director
                      : kind < hs_attack_count ? hs_attacks[kind]
                                               : NULL,
        };
    }
}

/* Section 9, light-turns: the light ones of four, silent, hold every second turn, if they can. */
static void draw_light_turns(struct hs_sim_config *config, uint64_t seed)
{
    struct hs_random random = hs_random_of(seed, RANDOM_LIGHT_TURNS);
    if (!hs_random_per_mille(&random, 10)) {
        return;
    }
    config->node_count = 4;
    config->byzantine_count = 2;
    uint64_t heavy = hs_random_between(&random, 5, WEIGHT_MAX);
    for (uint32_t i = 0; i < 2; i++) {
        config->weights[2 * i] = heavy;
        config->weights[2 * i + 1] = 1;
        config->byzantine[i] =
            (struct hs_sim_byzantine){.validator = 2 * i + 1, .attack = &hs_attack_silent_leader};
    }
    config->election = takes_turns(config) ? HS_LEADER_ROUND_ROBIN : HS_LEADER_WEIGHTED;
}

/* -- epochs -------------------------------------------------------------------------------- */

static bool is_byzantine(const struct hs_sim_config *config, uint32_t validator)
{
    for (uint32_t i = 0; i < config->byzantine_count; i++) {
        if (config->byzantine[i].validator == validator) {
            return true;
        }
    }
    return false;
}

static bool is_attacked(const struct hs_sim_config *config)
{
    for (uint32_t i = 0; i < config->byzantine_count; i++) {
        if (config->byzantine[i].attack != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether the correct members of the set are enough for a quorum, in turns where they are taken. */
static bool set_is_good(const struct hs_sim_config *config, const uint32_t weights[])
{
    struct hs_validator_set set = {.count = 0};
    uint64_t byzantine_weight = 0;
    for (uint32_t i = 0; i < config->node_count; i++) {
        if (weights[i] > 0) {
            set.validators[set.count++].weight = weights[i];
            set.weight_total += weights[i];
            byzantine_weight += is_byzantine(config, i) ? weights[i] : 0;
        }
    }
    return set.count > 0 && byzantine_weight <= set.weight_total - hs_validator_set_quorum(&set) &&
           (config->election != HS_LEADER_ROUND_ROBIN || set_takes_turns(&set));
}

/* Everybody's chance to be in a set, and whether those who are weigh the same in each of them. */
struct script_plan {
    uint32_t member_per_mille;
    bool same_weights;
};

static void draw_set(const struct hs_sim_config *config, const struct script_plan *plan,
                     struct hs_random *random, uint32_t weights[])
{
    for (uint32_t i = 0; i < config->node_count; i++) {
        uint32_t weight = plan->same_weights ? (uint32_t)weight_of(config, i)
                                             : (uint32_t)hs_random_between(random, 1, WEIGHT_MAX);
        weights[i] = hs_random_per_mille(random, plan->member_per_mille) ? weight : 0;
    }
    if (!set_is_good(config, weights)) {
        for (uint32_t i = 0; i < config->node_count; i++) {
            weights[i] = (uint32_t)weight_of(config, i);
        }
    }
}

/* In half of the runs: sets that stay, or of which some change, or all. Who is left out of one is back in
 * a later one. */
static void draw_epochs(struct hs_sim_config *config, uint64_t seed)
{
    static const uint64_t lengths[] = {1, 2, 5, 20};
    static const uint32_t chances[] = {1000, 950, 800, 500, 300};
    struct hs_random random = hs_random_of(seed, RANDOM_EPOCHS);
    if (!hs_random_per_mille(&random, PER_MILLE_HALF)) {
        return;
    }
    config->epoch_blocks = lengths[hs_random_below(&random, sizeof(lengths) / sizeof(lengths[0]))];
    struct script_plan plan = {
        .member_per_mille = chances[hs_random_below(&random, sizeof(chances) / sizeof(chances[0]))],
        .same_weights = config->election == HS_LEADER_ROUND_ROBIN ||
                        hs_random_per_mille(&random, PER_MILLE_HALF),
    };
    if (is_attacked(config)) {
        plan.member_per_mille = 1000; /* attackers take members for nodes (attack_tools.h) */
    }
    struct hs_cluster_script *script = &config->script;
    script->epoch_count = (uint32_t)hs_random_between(&random, 2, HS_CLUSTER_SCRIPT_EPOCHS_MAX);
    for (uint32_t epoch = 0; epoch < script->epoch_count; epoch++) {
        draw_set(config, &plan, &random, script->weights[epoch]);
    }
}

/* -- all of it ------------------------------------------------------------------------------ */

static enum hs_cluster_fees draw_fees(uint64_t seed)
{
    struct hs_random random = hs_random_of(seed, RANDOM_FEES);
    uint64_t draw = hs_random_below(&random, 10);
    return draw == 0  ? HS_CLUSTER_FEES_DEAR
           : draw < 4 ? HS_CLUSTER_FEES_MOVING
                      : HS_CLUSTER_FEES_STEADY;
}

/* Small bounds and windows, so that both are reached. */
static void draw_private(struct hs_sim_config *config, uint64_t seed)
{
    static const uint32_t shares_per_mille[] = {0, 100, 300, 600};
    static const uint32_t windows[] = {1, 2, 4, 10, 30};
    static const uint32_t of_sender[] = {1, 2, 8};
    struct hs_random random = hs_random_of(seed, RANDOM_PRIVATE);
    config->private_per_mille = shares_per_mille[hs_random_below(&random, 4)];
    struct hs_cluster_commits *commits = &config->commits;
    commits->window_blocks = windows[hs_random_below(&random, 5)];
    commits->per_sender_max = of_sender[hs_random_below(&random, 3)];
    commits->total_max = commits->per_sender_max * (uint32_t)hs_random_between(&random, 1, 12);
}

void hs_swarm_draw(struct hs_sim_config *config, uint64_t seed)
{
    static const uint32_t loads[] = {0, 2, 5, 10, 20, 50};
    struct hs_random random = hs_random_of(seed, RANDOM_SWARM);
    *config = (struct hs_sim_config){.seed = seed, .blocks = BLOCKS, .duration_ns = DURATION_NS};
    draw_cluster(config, &random);
    draw_faults(config, &random);
    draw_byzantine(config, &random);
    draw_light_turns(config, seed);
    config->transfers_per_second =
        loads[hs_random_below(&random, sizeof(loads) / sizeof(loads[0]))];
    config->fees = draw_fees(seed);
    draw_epochs(config, seed);
    draw_private(config, seed);
}

/* -- in words --------------------------------------------------------------------------- */

static void add_faults(char text[HS_SWARM_TEXT_CHARACTERS], uint32_t faults)
{
    static const char *const names[] = {
#define FAULT_NAME(name, text) text,
        HS_FAULT_TABLE(FAULT_NAME)
#undef FAULT_NAME
    };
    hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, "; faults");
    for (uint32_t i = 0; i < HS_FAULT_COUNT; i++) {
        if ((faults >> i & 1u) != 0) {
            hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, " %s", names[i]);
        }
    }
    hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, faults == 0 ? " none" : "");
}

void hs_swarm_describe(char text[HS_SWARM_TEXT_CHARACTERS], const struct hs_sim_config *config)
{
    snprintf(text, HS_SWARM_TEXT_CHARACTERS, "%" PRIu32 " nodes", config->node_count);
    if (config->weights[0] != 0) {
        hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, ", weights");
        for (uint32_t i = 0; i < config->node_count; i++) {
            hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, " %" PRIu64, config->weights[i]);
        }
    }
    hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, ", %s leaders",
                   config->election == HS_LEADER_WEIGHTED ? "weighted" : "round-robin");
    if (config->epoch_blocks > 0) {
        hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, "; epochs of %" PRIu64 ", %" PRIu32 " sets",
                       config->epoch_blocks, config->script.epoch_count);
    }
    add_faults(text, config->faults);
    for (uint32_t i = 0; i < config->byzantine_count; i++) {
        const struct hs_sim_byzantine *byzantine = &config->byzantine[i];
        hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, "; validator %" PRIu32 "%s%s%s",
                       byzantine->validator, byzantine->twin ? " twin" : "",
                       byzantine->attack != NULL ? " " : "",
                       byzantine->attack != NULL ? byzantine->attack->name : "");
    }
    hs_text_append(text, HS_SWARM_TEXT_CHARACTERS,
                   "; %" PRIu32 " transfers a second, %" PRIu32 " of 1000 private%s",
                   config->transfers_per_second, config->private_per_mille,
                   config->fees == HS_CLUSTER_FEES_DEAR     ? ", dear"
                   : config->fees == HS_CLUSTER_FEES_MOVING ? ", fees move"
                                                            : "");
}
