/* The world's state, shared by world.c (time and steps) and world_nodes.c (processes). */
#ifndef HS_SIM_WORLD_INTERNAL_H
#define HS_SIM_WORLD_INTERNAL_H

#include "sim/random.h"
#include "sim/world.h"

struct hs_world_process {
    struct hs_world *world;
    uint32_t index;
    bool puppet;
    bool gave_up;
    struct hs_node *node; /* NULL: down */
    struct hs_ledger *ledger;
    void *ledger_memory;
    struct hs_virtual_disk *disk;
    uint64_t clock_rate_per_mille; /* how fast its clock runs */
    uint64_t wake_ns;              /* world time */
    uint64_t height;               /* reported last */
};

struct hs_world {
    struct hs_world_config config;
    struct hs_cluster cluster;
    uint64_t now_ns;
    struct hs_random random;
    struct hs_simulated_network *network;
    struct hs_virtual_workers *workers;
    struct hs_checkers *checkers;
    struct hs_trace trace;
    bool keep_failed;
    hs_world_filter *filter;
    void *filter_context;
    struct hs_buffer *seen; /* the message decoded last; a reference */
    bool seen_well_formed;
    struct hs_message message;
    struct hs_world_process processes[HS_VALIDATORS_MAX];
};

/* world_nodes.c */
void hs_world_format_disk(struct hs_world *world, uint32_t index);
/* A node has had its turn: does its process live on, when does it want another, does all hold? */
void hs_world_turn_over(struct hs_world *world, uint32_t index);

#endif
