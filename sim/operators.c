/* See operators.h. */
#include "sim/operators.h"

#include <string.h>

#include "base/assert.h"
#include "base/bitmap.h"
#include "wire/statement.h"

#define MILLISECOND_NS  UINT64_C(1000000)
#define MINUTE_NS       (60000 * MILLISECOND_NS)
#define TICK_NS         (100 * MILLISECOND_NS)
#define RETRY_NS        (700 * MILLISECOND_NS)
#define TRIES_MAX       20u
#define TIP_MAX         64u
#define WEIGHT_MAX      10u
#define RANDOM_OPERATOR 90u

void hs_operators_init(struct hs_operators *operators, uint32_t per_minute, bool rotate,
                       uint64_t seed)
{
    *operators = (struct hs_operators){.active = per_minute > 0, .next_ns = UINT64_MAX};
    operators->random = hs_random_of(seed, RANDOM_OPERATOR);
    if (operators->active) {
        operators->next_ns = TICK_NS;
        operators->interval_ns = 2 * MINUTE_NS / per_minute;
        operators->draw_ns = hs_random_below(&operators->random, operators->interval_ns);
        operators->reports = hs_random_per_mille(&operators->random, 850);
        operators->rotate = rotate;
    }
}

/* -- handing in -------------------------------------------------------------------------------- */

static void hand_in(struct hs_operators *operators, struct hs_world *world,
                    struct hs_operator *operator)
{
    uint32_t node = (uint32_t)hs_random_below(&operators->random, hs_world_process_count(world));
    struct hs_bytes bytes = {operator->bytes, operator->size };
    enum hs_status status = hs_world_submit_bytes(world, node, bytes);
    (void)status; /* until it is committed */
    operator->tries++;
    operator->try_ns = hs_world_now_ns(world) + RETRY_NS;
}

/* A later one of the same nonce outbids the one before it (F5). */
static void order(struct hs_operators *operators, struct hs_world *world,
                  struct hs_operator *operator, struct hs_transaction * transaction,
                  const struct hs_account_key *key)
{
    transaction->nonce = operator->nonce;
    transaction->max_tip.units = hs_random_below(&operators->random, TIP_MAX);
    operator->size = hs_cluster_encode(operator->bytes, hs_world_cluster(world), transaction, key);
    operator->waits = true;
    operator->tries = 0;
    hand_in(operators, world, operator);
}

bool hs_operators_order(struct hs_operators *operators, struct hs_world *world, uint32_t node,
                        struct hs_transaction *transaction)
{
    const struct hs_stake_model *model = hs_checkers_stakes(hs_world_checkers(world));
    struct hs_operator *operator= & operators->of[node];
    if (operator->waits) {
        return false;
    }
    operator->nonce = model->validators[node].nonce;
    order(operators, world, operator, transaction, &hs_world_cluster(world)->operator_keys[node]);
    return true;
}

/* What was committed, what must be handed in again, what is given up: another of its nonce may come
 * in its place, and either may be committed. */
static void look_after(struct hs_operators *operators, struct hs_world *world,
                       struct hs_operator *operator, uint64_t next_nonce)
{
    if (operator->waits && next_nonce> operator->nonce) {
        operator->waits = false;
        operators->committed++;
    } else if (operator->waits && operator->tries == TRIES_MAX) {
        operator->waits = false;
    } else if (operator->waits && operator->try_ns <= hs_world_now_ns(world)) {
        hand_in(operators, world, operator);
    }
}

/* -- what they do ------------------------------------------------------------------------------ */

static uint64_t draw_units(struct hs_operators *operators)
{
    return HS_CLUSTER_STAKE_UNITS * hs_random_between(&operators->random, 1, WEIGHT_MAX);
}

/* What remains after it is nothing or enough. */
static uint64_t draw_part(struct hs_operators *operators, uint64_t stake, uint64_t stake_min)
{
    if (stake < 2 * stake_min || hs_random_per_mille(&operators->random, 300)) {
        return stake;
    }
    return hs_random_between(&operators->random, 1, stake - stake_min);
}

/* By the latest keys that its node has. */
static void register_node(struct hs_operators *operators, struct hs_world *world, uint32_t node,
                          struct hs_transaction *transaction)
{
    transaction->type = HS_TRANSACTION_REGISTER;
    hs_cluster_keys(&transaction->registration.keys, hs_world_cluster(world), node,
                    hs_world_key(world, node));
    transaction->registration.stake.units = draw_units(operators);
}

/* The first correct one of genesis stays: who is new knows nobody else. */
static bool must_stay(const struct hs_world *world, uint32_t node)
{
    for (uint32_t i = 0; i < node; i++) {
        if (!hs_world_is_byzantine(world, i)) {
            return false;
        }
    }
    return !hs_world_is_byzantine(world, node);
}

/* The node is started with the new keys first. What its disk does meanwhile is for those to mend
 * who do so after any start. */
static bool rotate(struct hs_world *world, uint32_t node, struct hs_transaction *transaction)
{
    const struct hs_validator_key *key = hs_world_rotate(world, node);
    if (key == NULL) {
        return false;
    }
    enum hs_status status = hs_world_start(world, node);
    (void)status;
    transaction->type = HS_TRANSACTION_ROTATE;
    hs_cluster_keys(&transaction->rotation, hs_world_cluster(world), node, key);
    return true;
}

/* False: the node's operator leaves everything as it is. */
static bool draw_transaction(struct hs_operators *operators, struct hs_world *world, uint32_t node,
                             const struct hs_stake_model *model, struct hs_transaction *transaction)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    const struct hs_stake_facts *facts = &model->validators[node];
    uint64_t kind = hs_random_below(&operators->random, 10);
    if (!facts->registered) {
        register_node(operators, world, node, transaction);
        return true;
    }
    if (facts->jailed_until > 0 && kind < 6) {
        transaction->type = HS_TRANSACTION_UNJAIL;
        return true;
    }
    if (kind == 3 && operators->rotate && !must_stay(world, node)) {
        return rotate(world, node, transaction);
    }
    if (facts->stake == 0 || kind < 4) {
        transaction->type = HS_TRANSACTION_STAKE;
        transaction->stake.units = draw_units(operators);
        return true;
    }
    if (must_stay(world, node)) {
        return false;
    }
    transaction->type = kind < 7 ? HS_TRANSACTION_LEAVE : HS_TRANSACTION_UNSTAKE;
    transaction->stake.units =
        kind < 7 ? facts->stake
                 : draw_part(operators, facts->stake, cluster->parameters.staking.stake_min.units);
    return true;
}

/* What it adds to a stake at most, and takes out. */
static void changes_of(const struct hs_transaction *transaction, uint64_t *more, uint64_t *less)
{
    *more = transaction->type == HS_TRANSACTION_REGISTER ? transaction->registration.stake.units
            : transaction->type == HS_TRANSACTION_STAKE  ? transaction->stake.units
                                                         : 0;
    *less = transaction->type == HS_TRANSACTION_LEAVE || transaction->type == HS_TRANSACTION_UNSTAKE
                ? transaction->stake.units
                : 0;
}

static void act(struct hs_operators *operators, struct hs_world *world,
                const struct hs_stake_model *model, const struct hs_bitmap *unsound)
{
    uint32_t count = hs_world_cluster(world)->validators.count;
    uint32_t node = (uint32_t)hs_random_below(&operators->random, count);
    struct hs_transaction transaction = {.nonce = 0};
    uint64_t more;
    uint64_t less;
    if (operators->of[node].waits ||
        !draw_transaction(operators, world, node, model, &transaction)) {
        return;
    }
    changes_of(&transaction, &more, &less);
    if (hs_world_may_change_stake(world, node, more, less, unsound)) {
        bool ordered = hs_operators_order(operators, world, node, &transaction);
        HS_ASSERT(ordered);
    }
}

/* -- reporting ----------------------------------------------------------------------------------- */

static bool is_worth_reporting(const struct hs_stake_model *model,
                               const struct hs_double_vote *evidence)
{
    uint32_t node = hs_cluster_node_with(model->cluster, &evidence->bls_public_key);
    uint64_t age = model->epoch - evidence->epoch;
    return node < HS_VALIDATORS_MAX && model->validators[node].registered &&
           evidence->epoch <= model->epoch &&
           age <= model->cluster->parameters.staking.evidence_epochs &&
           !hs_stake_model_was_punished(model, node, evidence->epoch);
}

/* The first that a correct node has and nobody was punished for. */
static bool find_evidence(struct hs_world *world, const struct hs_stake_model *model,
                          struct hs_double_vote *found)
{
    for (uint32_t i = 0; i < model->cluster->validators.count; i++) {
        const struct hs_node *node = hs_world_node(world, i);
        struct hs_double_vote evidence[HS_NODE_EVIDENCE_MAX];
        uint32_t count = node != NULL && !hs_world_is_byzantine(world, i)
                             ? hs_node_evidence(node, evidence, HS_NODE_EVIDENCE_MAX)
                             : 0;
        for (uint32_t k = 0; k < count; k++) {
            if (is_worth_reporting(model, &evidence[k])) {
                *found = evidence[k];
                return true;
            }
        }
    }
    return false;
}

/* The highest next nonce of the reporter that a node knows. */
static uint64_t reporter_nonce(struct hs_world *world)
{
    uint64_t nonce = 0;
    for (uint32_t i = 0; i < hs_world_cluster(world)->validators.count; i++) {
        const struct hs_ledger *ledger = hs_world_ledger(world, i);
        if (ledger != NULL && !hs_world_is_byzantine(world, i)) {
            struct hs_account account;
            hs_ledger_account(ledger, &account, &hs_world_cluster(world)->reporter_key.address);
            nonce = account.nonce > nonce ? account.nonce : nonce;
        }
    }
    return nonce;
}

static void report(struct hs_operators *operators, struct hs_world *world,
                   const struct hs_stake_model *model)
{
    struct hs_operator *reporter = &operators->reporter;
    struct hs_transaction transaction = {.type = HS_TRANSACTION_EVIDENCE};
    uint64_t nonce = reporter_nonce(world);
    look_after(operators, world, reporter, nonce);
    if (!reporter->waits && find_evidence(world, model, &transaction.evidence)) {
        reporter->nonce = nonce;
        order(operators, world, reporter, &transaction, &hs_world_cluster(world)->reporter_key);
    }
}

/* -- lies ----------------------------------------------------------------------------------------- */

/* What nodes must refuse as it comes in; nobody waits for it. */
static void try_on(struct hs_operators *operators, struct hs_world *world,
                   struct hs_transaction *transaction, const struct hs_account_key *key)
{
    struct hs_operator lie = {.nonce = transaction->nonce};
    order(operators, world, &lie, transaction, key);
}

/* Somebody else's key as one's own. */
static void claim_key(struct hs_operators *operators, struct hs_world *world,
                      const struct hs_stake_model *model, uint32_t node)
{
    uint32_t other = (node + 1) % model->cluster->validators.count;
    struct hs_transaction transaction = {.type = HS_TRANSACTION_REGISTER,
                                         .nonce = model->validators[node].nonce};
    register_node(operators, world, node, &transaction);
    transaction.registration.keys.possession = model->cluster->validator_keys[other].possession;
    try_on(operators, world, &transaction, &model->cluster->operator_keys[node]);
}

/* Two votes of a validator, signed by somebody else; or old evidence once more. */
static void slander(struct hs_operators *operators, struct hs_world *world,
                    const struct hs_stake_model *model, uint32_t node)
{
    const struct hs_cluster *cluster = model->cluster;
    const struct hs_node *witness = hs_world_node(world, node);
    struct hs_transaction transaction = {.type = HS_TRANSACTION_EVIDENCE,
                                         .nonce = reporter_nonce(world)};
    struct hs_double_vote *evidence = &transaction.evidence;
    struct hs_double_vote found[HS_NODE_EVIDENCE_MAX];
    uint32_t count = witness != NULL ? hs_node_evidence(witness, found, HS_NODE_EVIDENCE_MAX) : 0;
    if (count > 0) {
        *evidence = found[hs_random_below(&operators->random, count)];
        try_on(operators, world, &transaction, &cluster->reporter_key);
        return;
    }
    uint32_t victim = (node + 1) % cluster->validators.count;
    evidence->bls_public_key = cluster->validator_keys[victim].bls_public_key;
    evidence->epoch = model->epoch;
    evidence->view = 1;
    for (uint8_t i = 0; i < 2; i++) {
        struct hs_vote vote = {
            .epoch = model->epoch, .view = 1, .block_id = {{(uint8_t)(i + 1)}}, .voter = victim};
        struct hs_statement said = hs_statement_of_vote(&vote);
        struct hs_bls_statement statement;
        hs_statement_encode(&statement, &cluster->chain_id, &said);
        evidence->votes[i].block_id = vote.block_id;
        hs_bls_sign(&evidence->votes[i].signature, &cluster->validator_keys[node].bls_secret_key,
                    &statement);
    }
    try_on(operators, world, &transaction, &cluster->reporter_key);
}

static void lie(struct hs_operators *operators, struct hs_world *world,
                const struct hs_stake_model *model)
{
    uint32_t count = model->cluster->validators.count;
    uint32_t node = (uint32_t)hs_random_below(&operators->random, count);
    if (count < 2) {
        return; /* about whom? */
    }
    if (hs_random_per_mille(&operators->random, 500)) {
        slander(operators, world, model, node);
    } else if (!model->validators[node].registered && !operators->of[node].waits) {
        claim_key(operators, world, model, node);
    }
}

/* -- turns ---------------------------------------------------------------------------------------- */

void hs_operators_act(struct hs_operators *operators, struct hs_world *world,
                      const struct hs_bitmap *unsound)
{
    const struct hs_stake_model *model = hs_checkers_stakes(hs_world_checkers(world));
    uint64_t now_ns = hs_world_now_ns(world);
    HS_ASSERT(model != NULL);
    for (uint32_t i = 0; i < model->cluster->validators.count; i++) {
        look_after(operators, world, &operators->of[i], model->validators[i].nonce);
    }
    if (operators->reports) {
        report(operators, world, model);
    }
    if (operators->draw_ns <= now_ns) {
        act(operators, world, model, unsound);
        if (hs_random_per_mille(&operators->random, 150)) {
            lie(operators, world, model);
        }
        operators->draw_ns = now_ns + hs_random_below(&operators->random, operators->interval_ns);
    }
    operators->next_ns = now_ns + TICK_NS;
}
