/* Random transactions of validators over many epochs against a naive model (P4, P7, P8).
 *
 * The model keeps everything for ever in plain arrays and computes each set anew; it says of each
 * transaction whether it is valid, and of each epoch who is in its set. Builder and replica agree, and
 * the supply holds, after every block (staking_fixture.h).
 */
#include "staking_fixture.h"

#include <stdio.h>

#define EPOCHS_MAX 600u
#define KEYS_MAX   8192u
#define OUT_MAX    4096u
#define EPOCHS     400u

struct model_key {
    uint32_t owner;
    uint64_t first, last; /* last UINT64_MAX: current; first > last: never used */
    bool held;
};

struct model_out {
    uint32_t owner;
    uint64_t epoch, units;
};

struct model_staker {
    bool registered;
    uint64_t order, stake, jailed_until;
    uint32_t key;
    bool punished[EPOCHS_MAX];
};

struct model_set {
    uint32_t count, members[4], keys[4];
    uint64_t weights[4];
};

static struct model_staker stakers[OPERATORS];
static struct model_key keys[KEYS_MAX];
static struct model_out outs[OUT_MAX];
static struct model_set sets[EPOCHS_MAX];
static uint32_t key_count, out_count;
static uint64_t registrations, seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static void model_register(uint32_t who, uint32_t key, uint64_t stake, uint64_t first)
{
    memset(&stakers[who], 0, sizeof stakers[who]);
    stakers[who].registered = true;
    stakers[who].order = registrations++;
    stakers[who].stake = stake;
    stakers[who].key = key;
    keys[key] = (struct model_key){who, first, UINT64_MAX, true};
}

/* The stake after more or less of it is none, or the least at least. */
static bool is_stake(uint64_t units)
{
    return units == 0 || units >= STAKE_MIN;
}

static void model_unstake(uint32_t who, uint64_t units, uint64_t epoch)
{
    stakers[who].stake -= units;
    assert_true(out_count < OUT_MAX);
    outs[out_count++] = (struct model_out){who, epoch + 3, units};
}

/* Each transaction that unbonds in one epoch is one amount with those before it, as slashing rounds up
 * once for all of them. */
static uint64_t model_slash(uint64_t units)
{
    return units - units * 950 / 1000;
}

static void model_punish(uint32_t who, uint64_t offence, uint64_t epoch)
{
    stakers[who].stake -= model_slash(stakers[who].stake);
    for (uint32_t i = 0; i < out_count; i++) {
        if (outs[i].owner != who || outs[i].units == 0) {
            continue;
        }
        for (uint32_t j = i + 1; j < out_count; j++) {
            if (outs[j].owner == who && outs[j].epoch == outs[i].epoch) {
                outs[i].units += outs[j].units;
                outs[j].units = 0;
            }
        }
        outs[i].units -= model_slash(outs[i].units);
    }
    stakers[who].punished[offence] = true;
    if (stakers[who].jailed_until < epoch + 2) {
        stakers[who].jailed_until = epoch + 2;
    }
}

static void model_rotate(uint32_t who, uint32_t key, uint64_t epoch)
{
    struct model_key *current = &keys[stakers[who].key];
    if (current->first > epoch + 1) {
        current->held = false;
    } else {
        current->last = epoch + 1;
    }
    keys[key] = (struct model_key){who, epoch + 2, UINT64_MAX, true};
    stakers[who].key = key;
}

/* Is the transaction valid? Then it takes effect. */
static bool model_run(const struct hs_transaction *transaction, uint32_t who, uint32_t key,
                      uint64_t epoch)
{
    struct model_staker *staker = &stakers[who];
    uint64_t units = transaction->stake.units;
    if (transaction->type == HS_TRANSACTION_REGISTER) {
        units = transaction->registration.stake.units;
        bool valid = !staker->registered && units >= STAKE_MIN && !keys[key].held;
        if (valid) {
            model_register(who, key, units, epoch + 2);
        }
        return valid;
    }
    if (transaction->type == HS_TRANSACTION_EVIDENCE) {
        uint64_t offence = transaction->evidence.epoch;
        const struct model_key *shown = &keys[key];
        bool valid = shown->held && offence <= epoch && epoch - offence <= 2 &&
                     shown->first <= offence && offence <= shown->last &&
                     !stakers[shown->owner].punished[offence];
        if (valid) {
            model_punish(shown->owner, offence, epoch);
        }
        return valid;
    }
    if (!staker->registered) {
        return false;
    }
    switch (transaction->type) {
    case HS_TRANSACTION_STAKE:
        if (units == 0 || !is_stake(staker->stake + units)) {
            return false;
        }
        staker->stake += units;
        return true;
    case HS_TRANSACTION_UNSTAKE:
        if (units == 0 || units > staker->stake || !is_stake(staker->stake - units)) {
            return false;
        }
        model_unstake(who, units, epoch);
        return true;
    case HS_TRANSACTION_LEAVE:
        if (staker->stake == 0) {
            return false;
        }
        model_unstake(who, staker->stake, epoch);
        return true;
    case HS_TRANSACTION_ROTATE:
        if (keys[key].held && key != staker->key) {
            return false;
        }
        if (key != staker->key) {
            model_rotate(who, key, epoch);
        }
        return true;
    case HS_TRANSACTION_UNJAIL:
        if (staker->jailed_until == 0 || epoch < staker->jailed_until) {
            return false;
        }
        staker->jailed_until = 0;
        return true;
    case HS_TRANSACTION_TRANSFER:
    case HS_TRANSACTION_COMMIT:
    case HS_TRANSACTION_REVEAL:
    case HS_TRANSACTION_REGISTER:
    case HS_TRANSACTION_EVIDENCE:
        break;
    }
    return false;
}

/* The one of most stake, of equal ones the first registered, of those not taken yet. */
static uint32_t best(const bool taken[OPERATORS])
{
    uint32_t found = OPERATORS;
    for (uint32_t i = 0; i < OPERATORS; i++) {
        const struct model_staker *staker = &stakers[i];
        bool may = staker->registered && !taken[i] && staker->jailed_until == 0 &&
                   staker->stake >= STAKE_MIN;
        if (may &&
            (found == OPERATORS || staker->stake > stakers[found].stake ||
             (staker->stake == stakers[found].stake && staker->order < stakers[found].order))) {
            found = i;
        }
    }
    return found;
}

static void model_set_of(struct model_set *set)
{
    bool taken[OPERATORS] = {false};
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t who = best(taken);
        if (who < OPERATORS) {
            taken[who] = true;
        }
    }
    set->count = 0;
    for (;;) {
        uint32_t next = OPERATORS;
        for (uint32_t i = 0; i < OPERATORS; i++) {
            if (taken[i] && (next == OPERATORS || stakers[i].order < stakers[next].order)) {
                next = i;
            }
        }
        if (next == OPERATORS) {
            return;
        }
        taken[next] = false;
        set->members[set->count] = next;
        set->keys[set->count] = stakers[next].key;
        set->weights[set->count] = stakers[next].stake;
        set->count++;
    }
}

/* What each is paid goes to `paid`. */
static void model_end(uint64_t epoch, uint64_t paid[OPERATORS])
{
    bool waits[OPERATORS] = {false};
    for (uint32_t i = 0; i < out_count; i++) {
        if (outs[i].epoch == epoch) {
            paid[outs[i].owner] += outs[i].units;
        }
        waits[outs[i].owner] = waits[outs[i].owner] || outs[i].epoch > epoch;
    }
    model_set_of(&sets[epoch + 2]);
    if (sets[epoch + 2].count == 0) {
        sets[epoch + 2] = sets[epoch + 1];
        for (uint32_t i = 0; i < sets[epoch + 2].count; i++) {
            struct model_key *key = &keys[sets[epoch + 2].keys[i]];
            bool owned = key->held && key->owner == sets[epoch + 2].members[i];
            key->last = owned && key->last < epoch + 2 ? epoch + 2 : key->last;
        }
    }
    for (uint32_t i = 0; i < OPERATORS; i++) {
        if (stakers[i].registered && stakers[i].stake == 0 && !waits[i]) {
            stakers[i].registered = false;
            for (uint32_t key = 0; key < KEYS_MAX; key++) {
                keys[key].held = keys[key].held && keys[key].owner != i;
            }
        }
    }
    for (uint32_t key = 0; key < KEYS_MAX; key++) {
        bool over = keys[key].last != UINT64_MAX && keys[key].last + 2 <= epoch;
        keys[key].held = keys[key].held && !over;
    }
}

static struct hs_transaction draw_transaction(struct staking_world *world, uint32_t who,
                                              uint32_t *key, uint64_t epoch)
{
    enum hs_transaction_type type = (enum hs_transaction_type)(HS_TRANSACTION_REGISTER + draw(7));
    struct hs_transaction transaction = staking_transaction(world, who, type);
    *key = draw(3) > 0 && key_count < KEYS_MAX ? key_count++ : draw(key_count);
    if (type == HS_TRANSACTION_REGISTER) {
        transaction.registration.keys = keys_of(*key);
        transaction.registration.stake.units = 50 * (1 + draw(10));
    } else if (type == HS_TRANSACTION_ROTATE) {
        transaction.rotation = keys_of(*key);
    } else if (type == HS_TRANSACTION_STAKE || type == HS_TRANSACTION_UNSTAKE) {
        transaction.stake.units = 50 * draw(6);
    } else if (type == HS_TRANSACTION_EVIDENCE) {
        struct hs_validator_keys shown;
        uint32_t lately = key_count < 12 ? key_count : 12;
        *key = draw(2) > 0 ? stakers[draw(OPERATORS)].key : key_count - 1 - draw(lately);
        shown = keys_of(*key);
        transaction.evidence.bls_public_key = shown.bls_public_key;
        transaction.evidence.epoch = epoch + 1 - (draw(5) < epoch + 1 ? draw(5) % (epoch + 1) : 0);
        transaction.evidence.view = 1;
        for (size_t i = 0; i < 2; i++) {
            transaction.evidence.votes[i].block_id.bytes[0] = (uint8_t)(i + 1);
            transaction.evidence.votes[i].signature = shown.possession;
        }
    }
    return transaction;
}

static void check_block(struct staking_world *world, uint32_t counts[2])
{
    struct hs_transaction transactions[BATCH_MAX] = {{.nonce = 0}};
    uint32_t shown[BATCH_MAX], senders[BATCH_MAX];
    bool included[BATCH_MAX];
    uint64_t epoch = staking_epoch(world);
    uint32_t count = draw(4);
    uint32_t first = draw(OPERATORS);
    for (uint32_t i = 0; i < count; i++) {
        senders[i] = (first + i) % OPERATORS; /* each once: its nonce is the next one */
        transactions[i] = draw_transaction(world, senders[i], &shown[i], epoch);
    }
    staking_block(world, transactions, count, included);
    for (uint32_t i = 0; i < count; i++) {
        bool valid = model_run(&transactions[i], senders[i], shown[i], epoch);
        if (valid != included[i]) {
            print_error("height %u: a transaction of type %u\n", (unsigned)world->height,
                        (unsigned)transactions[i].type);
        }
        assert_int_equal(included[i], valid);
        counts[valid]++;
    }
}

static void sets_and_payments_are_those_of_the_model(void **state)
{
    (void)state;
    for (uint64_t run = 1; run <= 3; run++) {
        struct staking_world world = staking_start(4, EPOCH_BLOCKS, HS_LEADER_REPUTATION);
        uint32_t counts[2] = {0, 0};
        memset(keys, 0, sizeof keys);
        memset(stakers, 0, sizeof stakers);
        out_count = 0;
        registrations = 0;
        key_count = 4;
        seed = run;
        for (uint32_t i = 0; i < 4; i++) {
            model_register(i, i, STAKE_MIN * (i + 1), 0);
        }
        model_set_of(&sets[0]);
        sets[1] = sets[0];
        for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
            uint64_t paid[OPERATORS] = {0};
            for (uint32_t i = 1; i < EPOCH_BLOCKS; i++) {
                check_block(&world, counts);
            }
            uint64_t before[OPERATORS];
            for (uint32_t i = 0; i < OPERATORS; i++) {
                before[i] = balance_of(&world, i);
            }
            staking_blocks(&world, 1);
            model_end(epoch, paid);
            for (uint32_t i = 0; i < OPERATORS; i++) {
                assert_true(balance_of(&world, i) == before[i] + paid[i]);
            }
            const struct model_set *set = &sets[epoch + 2];
            assert_true(set->count > 0);
            assert_set(&world, epoch + 2, set->count, set->keys, set->weights);
        }
        assert_true(counts[0] > 100 && counts[1] > 100);
        staking_finish(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_and_payments_are_those_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
