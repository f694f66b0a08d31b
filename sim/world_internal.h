/* The world's state, shared by world.c (time and steps), world_nodes.c (processes), world_clocks.c
 * and world_faults.c (what happens to them). */
#ifndef HS_SIM_WORLD_INTERNAL_H
#define HS_SIM_WORLD_INTERNAL_H

#include "sim/check.h"
#include "sim/endpoint.h"
#include "sim/random.h"
#include "sim/world.h"

/* What a node built its last block from. */
struct hs_world_built {
    bool stands; /* the state is there */
    struct hs_state parent;
    struct hs_block_context block;
};

struct hs_world_process {
    struct hs_world *world;
    uint32_t index;
    uint32_t validator; /* whose key it has; its index, but for twins */
    struct hs_endpoint endpoint;
    uint32_t key_count; /* those that its node has */
    struct hs_validator_key keys[HS_NODE_KEYS_MAX];
    bool puppet;
    bool gave_up;
    struct hs_node *node; /* NULL: down */
    struct hs_ledger *ledger;
    struct hs_application application; /* the ledger's own */
    struct hs_world_built built;
    struct hs_virtual_disk *disk;
    bool paused;
    bool wiped;                    /* its disk, since it ran last */
    uint64_t clock_rate_per_mille; /* how fast its clock runs */
    uint64_t clock_ahead_ns;       /* by which it has jumped, on top */
    int64_t wall_clock_ahead_ms;   /* on top of that */
    uint64_t wake_ns;              /* world time */
    uint64_t height;               /* reported last */
    uint64_t epoch_max;            /* that its node was ever in */
    uint64_t view_max;             /* in that one */
};

/* Of a node's stake, ordered with its operator's next nonce. */
struct hs_world_stake_change {
    uint64_t nonce;
    uint64_t more;
    uint64_t less;
};

struct hs_world {
    struct hs_world_config config;
    bool owners_name_peers; /* see hs_world_name_peers */
    struct hs_cluster cluster;
    struct hs_epoch learned; /* memory for one */
    uint32_t process_count;
    uint64_t now_ns;
    struct hs_random random;
    struct hs_simulated_network *network;
    struct hs_virtual_workers *workers;
    struct hs_checkers *checkers;
    struct hs_world_judged *judged;
    struct hs_trace trace;
    bool keep_failed;
    hs_world_filter *filter;
    void *filter_context;
    struct hs_attacker *attackers[HS_WORLD_ATTACKERS_MAX];
    uint32_t attacker_count;
    bool faults_stopped;
    struct hs_bitmap byzantine; /* validators */
    bool dropped_unjustly;
    struct hs_world_drop unjust_drop;
    struct hs_buffer *seen; /* the message decoded last; a reference */
    uint32_t seen_from;
    uint64_t seen_number; /* counts the messages that were looked at */
    bool seen_well_formed;
    struct hs_message message;
    struct hs_message heard; /* decoded for the attacker whose node hears it */
    struct hs_message said;  /* the same of what its node says */
    bool observed;
    struct hs_observer observer;
    bool violation_told;
    struct hs_world_stake_change stake_changes[HS_VALIDATORS_MAX];
    struct hs_world_process processes[HS_VALIDATORS_MAX];
};

/* Which part of a run draws from which generator. */
enum hs_world_random_part {
    PART_WORLD = 1,
    PART_NETWORK,
    PART_WORKERS,
    PART_DISKS,
    PART_ATTACKERS = 1000, /* and the validator */
};

/* world_attackers.c */
void hs_world_make_byzantine(struct hs_world *world, uint32_t validator);
void hs_world_free_attackers(struct hs_world *world);
uint64_t hs_world_next_attack_ns(const struct hs_world *world);
/* Lets the attacker act whose time has come; false: none has. */
bool hs_world_act_attacker(struct hs_world *world);
/* world->message, from and to a process. */
bool hs_world_attackers_let_pass(struct hs_world *world, uint32_t from, uint32_t to);

/* world_application.c */
struct hs_world_judged;
struct hs_world_judged *hs_world_judged_new(void);
void hs_world_judged_free(struct hs_world_judged *judged);
/* What the node of a process gets as its application. */
void hs_world_application(struct hs_world_process *process, struct hs_application *application);

/* world_clocks.c */
struct hs_clock hs_world_clock_of(struct hs_world_process *process);
/* The first moment of the world at which the process's clock has reached `node_ns`. */
uint64_t hs_world_time_of(const struct hs_world_process *process, uint64_t node_ns);

/* world_observer.c: these do nothing unless somebody watches. */
void hs_world_stop_observing(struct hs_world *world);
void hs_world_observe_happened(struct hs_world *world, uint32_t process,
                               enum hs_process_event event, const char *why);
/* HS_PROCESS_NOTED, and what it is. */
void hs_world_observe_note(struct hs_world *world, uint32_t process, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hs_world_observe_turn(struct hs_world *world, uint32_t process);
void hs_world_observe_violation(struct hs_world *world);

/* world.c: decodes a message, unless it is the one that was looked at last, and has it checked.
 * False: it is not well formed. */
bool hs_world_look_at(struct hs_world *world, uint32_t from, const struct hs_buffer *buffer);

/* world_nodes.c */
void hs_world_format_disk(struct hs_world *world, uint32_t index);
/* A node has had its turn: does its process live on, when does it want another, does all hold? */
void hs_world_turn_over(struct hs_world *world, uint32_t index);

#endif
