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

/* By an attacker that makes blocks by itself. */
static bool is_directed(const struct hs_sim_config *config)
{
    for (uint32_t i = 0; i < config->byzantine_count; i++) {
        const struct hs_attack *attack = config->byzantine[i].attack;
        if (attack == &hs_attack_director || attack == &hs_attack_edge_proposer) {
            return true;
        }
    }
    return false;
}

static uint64_t weight_in(const struct hs_cluster_script *script, uint64_t epoch,
                          const struct hs_sim_config *config, bool of_byzantine)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < config->node_count; i++) {
        bool byzantine = false;
        for (uint32_t k = 0; k < config->byzantine_count; k++) {
            byzantine = byzantine || config->byzantine[k].validator == i;
        }
        sum += byzantine == of_byzantine ? script->weights[epoch][i] : 0;
    }
    return sum;
}

/* The weights of genesis, or in some runs others in each epoch, as long as the Byzantine ones stay
 * light. */
static void draw_script(struct hs_sim_config *config, struct hs_random *random)
{
    struct hs_cluster_script *script = &config->script;
    bool changes = config->election == HS_LEADER_WEIGHTED && hs_random_per_mille(random, 500);
    script->epoch_count = (uint32_t)hs_random_between(random, 2, HS_CLUSTER_SCRIPT_EPOCHS_MAX);
    for (uint32_t epoch = 0; epoch < script->epoch_count; epoch++) {
        for (uint32_t i = 0; changes && i < config->node_count; i++) {
            script->weights[epoch][i] = (uint32_t)hs_random_between(random, 1, WEIGHT_MAX);
        }
        uint64_t byzantine = weight_in(script, epoch, config, true);
        uint64_t total = byzantine + weight_in(script, epoch, config, false);
        for (uint32_t i = 0; 3 * byzantine >= total && i < config->node_count; i++) {
            script->weights[epoch][i] = (uint32_t)weight_of(config, i);
        }
    }
}

static void draw_staking(struct hs_sim_config *config, struct hs_random *random)
{
    static const uint32_t unbonding[] = {1, 2, 4};
    static const uint32_t slashes[] = {1, 50, 50, 500, 1000};
    static const uint32_t jails[] = {1, 2, 4};
    struct hs_staking_parameters *staking = &config->staking;
    uint32_t genesis_count = config->node_count - config->joiner_count;
    staking->unbonding_epochs = unbonding[hs_random_below(random, 3)];
    staking->slash_per_mille = slashes[hs_random_below(random, 5)];
    staking->jail_epochs = jails[hs_random_below(random, 3)];
    staking->evidence_epochs = (uint32_t)hs_random_between(random, 1, staking->unbonding_epochs);
    staking->stake_min.units = hs_random_per_mille(random, PER_MILLE_HALF)
                                   ? HS_CLUSTER_STAKE_UNITS
                                   : HS_CLUSTER_STAKE_UNITS / 2;
    staking->validators_max =
        hs_random_per_mille(random, 250)
            ? (uint32_t)hs_random_between(random, genesis_count, config->node_count)
            : HS_VALIDATORS_MAX;
}

/* In half of the runs, with stakes that make the sets, and some nodes more than genesis has. Where
 * stakes change there are no turns (P1). The director and the edge-proposer make blocks by
 * themselves, without a ledger to tell them what a block does to stakes and randomness: for them
 * the sets are a script, of all nodes, whose weights change. */
static void draw_epochs(struct hs_sim_config *config, uint64_t seed)
{
    static const uint64_t lengths[] = {1, 2, 5, 5, 20};
    static const uint32_t paces[] = {0, 20, 60, 200};
    static const uint32_t joiners[] = {0, 1, 2, 3};
    struct hs_random random = hs_random_of(seed, RANDOM_EPOCHS);
    if (!hs_random_per_mille(&random, PER_MILLE_HALF)) {
        return;
    }
    config->epoch_blocks = lengths[hs_random_below(&random, 5)];
    if (is_directed(config)) {
        draw_script(config, &random);
        return;
    }
    config->staked = true;
    config->election =
        hs_random_per_mille(&random, 300) ? HS_LEADER_REPUTATION : HS_LEADER_WEIGHTED;
    config->operations_per_minute = paces[hs_random_below(&random, 4)];
    config->joiner_count = joiners[hs_random_below(&random, 4)];
    for (uint32_t i = 0; i < config->joiner_count; i++) {
        config->weights[config->node_count++] = config->weights[0] != 0 ? 1 : 0;
    }
    draw_staking(config, &random);
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
    static const uint32_t shares_per_mille[] = {0, 200, 500, 800};
    static const uint32_t windows[] = {1, 3, 10, 30, 100};
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

static void add_epochs(char text[HS_SWARM_TEXT_CHARACTERS], const struct hs_sim_config *config)
{
    const struct hs_staking_parameters *staking = &config->staking;
    if (config->epoch_blocks > 0) {
        hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, "; epochs of %" PRIu64,
                       config->epoch_blocks);
    }
    if (config->staked) {
        hs_text_append(text, HS_SWARM_TEXT_CHARACTERS,
                       ", %" PRIu32 " join, %" PRIu32 " operations a minute, slash %" PRIu32
                       ", jail %" PRIu32 ", unbonding %" PRIu32 ", evidence %" PRIu32
                       ", at most %" PRIu32,
                       config->joiner_count, config->operations_per_minute,
                       staking->slash_per_mille, staking->jail_epochs, staking->unbonding_epochs,
                       staking->evidence_epochs, staking->validators_max);
    } else if (config->script.epoch_count > 0) {
        hs_text_append(text, HS_SWARM_TEXT_CHARACTERS, ", %" PRIu32 " sets",
                       config->script.epoch_count);
    }
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
                   config->election == HS_LEADER_WEIGHTED     ? "weighted"
                   : config->election == HS_LEADER_REPUTATION ? "reputation"
                                                              : "round-robin");
    add_epochs(text, config);
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
