/* See load.h. */
#include "sim/load.h"

#define SECOND_NS      UINT64_C(1000000000)
#define UNITS_MAX      1000u
#define UNITS_TOO_MANY (UINT64_C(1) << 62)
/* No more than a transfer's: a COMMIT in the place of one (F5) might be lost itself, which clients
 * who were told that the transfer waits would count against their node. */
#define TIP_MAX 1u
/* One that is not in the chain by then has lost its nonce to another, or was never taken in. */
#define LIFE_NS         (20 * SECOND_NS)
#define REVEAL_AGAIN_NS (SECOND_NS / 5)

void hs_load_init(struct hs_load *load, uint32_t transfers_per_second, uint64_t seed)
{
    *load = (struct hs_load){
        .interval_ns = transfers_per_second > 0 ? SECOND_NS / transfers_per_second : UINT64_MAX,
        .random = hs_random_of(seed, 16),
    };
    load->next_ns = load->interval_ns;
}

static uint32_t draw_node(struct hs_load *load, const struct hs_cluster *cluster)
{
    return (uint32_t)hs_random_below(&load->random, cluster->validators.count);
}

static uint32_t draw_client(struct hs_load *load, const struct hs_cluster *cluster)
{
    return (uint32_t)hs_random_below(&load->random, cluster->client_count);
}

static void send_transfer(struct hs_load *load, struct hs_world *world)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    uint32_t node = draw_node(load, cluster);
    uint32_t from = draw_client(load, cluster);
    uint32_t to = draw_client(load, cluster);
    uint64_t amount = hs_random_between(&load->random, 1, UNITS_MAX);
    if (hs_world_submit(world, node, from, to, amount) == HS_OK) {
        load->accepted++;
    }
}

/* -- private transfers --------------------------------------------------------------------- */

static uint32_t draw_patience(struct hs_load *load, uint32_t window_blocks)
{
    switch (hs_random_below(&load->random, 8)) {
    case 0:
        return UINT32_MAX;
    case 1:
        return window_blocks; /* the block before was the last one */
    case 2:
        return window_blocks - 1;
    case 3:
        return (uint32_t)hs_random_below(&load->random, window_blocks);
    default:
        return 0;
    }
}

static struct hs_load_private *find_unused(struct hs_load *load)
{
    for (uint32_t i = 0; i < HS_LOAD_PRIVATE_MAX; i++) {
        if (!load->privates[i].used) {
            return &load->privates[i];
        }
    }
    return NULL;
}

/* What a node that is up says comes next. */
static uint64_t next_nonce(struct hs_world *world, uint32_t node, uint32_t from)
{
    return hs_node_next_nonce(hs_world_node(world, node),
                              &hs_world_cluster(world)->accounts[from].address);
}

static void begin_private(struct hs_load *load, struct hs_world *world)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    uint32_t node = draw_node(load, cluster);
    struct hs_load_private *private = find_unused(load);
    if (private == NULL || hs_world_node(world, node) == NULL) {
        return;
    }
    *private = (struct hs_load_private){
        .reveal_after = draw_patience(load, cluster->parameters.commits.window_blocks),
        .forget_ns = hs_world_now_ns(world) + LIFE_NS,
    };
    bool too_much = hs_random_per_mille(&load->random, 30);
    uint64_t amount = too_much ? UNITS_TOO_MANY : hs_random_between(&load->random, 1, UNITS_MAX);
    uint32_t from = draw_client(load, cluster);
    uint32_t to = draw_client(load, cluster);
    hs_private_transfer_draw(&private->transfer, &load->random, cluster, from, to, amount);
    private->transfer.commit_nonce = next_nonce(world, node, from);
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    uint64_t tip = hs_random_below(&load->random, TIP_MAX + 1);
    size_t size = hs_private_commit_encode(bytes, cluster, &private->transfer, tip);
    private->used = hs_world_submit_bytes(world, node, (struct hs_bytes){bytes, size}) == HS_OK;
}

static void reveal(struct hs_load *load, struct hs_world *world, struct hs_load_private *private)
{
    const struct hs_cluster *cluster = hs_world_cluster(world);
    uint32_t node = draw_node(load, cluster);
    if (hs_world_node(world, node) == NULL) {
        return;
    }
    uint8_t bytes[HS_TRANSACTION_ENCODED_BYTES_MAX];
    uint64_t nonce = next_nonce(world, node, private->transfer.from);
    uint64_t tip = hs_random_below(&load->random, TIP_MAX + 1);
    size_t size =
        hs_private_reveal_encode(bytes, cluster, &private->transfer, &private->place, nonce, tip);
    if (hs_world_submit_bytes(world, node, (struct hs_bytes){bytes, size}) == HS_OK) {
        private->reveal_ns = hs_world_now_ns(world) + REVEAL_AGAIN_NS;
    }
}

/* A reveal comes again, by one node and another, until the commitment does not wait any more: the
 * first may be lost with its node. One that is too late comes once. */
static void go_on(struct hs_load *load, struct hs_world *world, struct hs_load_private *private)
{
    const struct hs_checkers *checkers = hs_world_checkers(world);
    uint32_t window_blocks = hs_world_cluster(world)->parameters.commits.window_blocks;
    uint64_t now_ns = hs_world_now_ns(world);
    bool waits = hs_checkers_commit_place(checkers, &private->place, private->transfer.from,
                                          private->transfer.commit_nonce);
    private->waited = private->waited || waits;
    bool late = private->reveal_after == window_blocks;
    bool over = now_ns >= private->forget_ns || (private->waited && !waits && !late);
    bool due = private->waited && private->reveal_after != UINT32_MAX &&
               now_ns >= private->reveal_ns &&
               hs_checkers_height(checkers) >= private->place.height + private->reveal_after;
    if (due && !over) {
        reveal(load, world, private);
    }
    private->used = !over && !(due && late);
}

/* -- what is due ------------------------------------------------------------------------------ */

void hs_load_act(struct hs_load *load, struct hs_world *world)
{
    for (uint32_t i = 0; i < HS_LOAD_PRIVATE_MAX; i++) {
        if (load->privates[i].used) {
            go_on(load, world, &load->privates[i]);
        }
    }
    if (load->private_per_mille > 0 &&
        hs_random_per_mille(&load->random, load->private_per_mille)) {
        begin_private(load, world);
    } else {
        send_transfer(load, world);
    }
    load->next_ns += load->interval_ns;
}

void hs_load_run_until(struct hs_load *load, struct hs_world *world, uint64_t until_ns)
{
    while (hs_checkers_violation(hs_world_checkers(world)) == NULL && load->next_ns < until_ns) {
        hs_world_run_until(world, load->next_ns);
        hs_load_act(load, world);
    }
    hs_world_run_until(world, until_ns);
}
