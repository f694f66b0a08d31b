/* See check_state.h. */
#include "sim/check_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define NAME "state"

struct height_facts {
    bool known;
    struct hs_state_root root; /* as the first node that got there has it */
};

struct hs_check_state {
    struct height_facts *heights;
    size_t capacity;
};

struct hs_check_state *hs_check_state_new(void)
{
    struct hs_check_state *state = calloc(1, sizeof(*state));
    HS_ASSERT(state != NULL);
    return state;
}

void hs_check_state_free(struct hs_check_state *state)
{
    free(state->heights);
    free(state);
}

void hs_check_state_root(struct hs_check_state *state, struct hs_check *check, uint32_t process,
                         uint64_t height, const struct hs_state_root *root)
{
    if (height >= state->capacity) {
        size_t capacity = 2 * (size_t)height + 256;
        state->heights =
            hs_check_grown(state->heights, state->capacity, capacity, sizeof(state->heights[0]));
        state->capacity = capacity;
    }
    struct height_facts *facts = &state->heights[height];
    if (facts->known && memcmp(&facts->root, root, sizeof(*root)) != 0) {
        hs_check_fail(check, NAME, "X1: node %" PRIu32 " has another state root at height %" PRIu64,
                      process, height);
    }
    *facts = (struct height_facts){true, *root};
}

void hs_check_state_supply(struct hs_check *check, uint32_t process, uint64_t height,
                           struct hs_amount supply, struct hs_amount genesis_supply)
{
    if (supply.units != genesis_supply.units) {
        hs_check_fail(check, NAME,
                      "the supply is not conserved on node %" PRIu32 " at height %" PRIu64
                      ": %" PRIu64 " units of %" PRIu64,
                      process, height, supply.units, genesis_supply.units);
    }
}

void hs_check_state_diverged(struct hs_check *check, uint32_t process)
{
    hs_check_fail(check, NAME, "X1: node %" PRIu32 " has diverged", process);
}
