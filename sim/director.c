/* director: a Byzantine validator that has the network, too.
 *
 * It plays the schedules of section 9 of the protocol by chance. For a while at a time it decides
 * what the correct validators hear of each other; it reads all of it, and where its validator leads
 * it proposes on any certificate that it can justify, to whom it likes, under a TC put together out
 * of the view changes seen and of what the Byzantine validators would sign; it makes every QC that
 * the votes allow, and keeps it, or shows it to one, or to all, now or later. Then it lets go for a
 * moment, and the chain goes on.
 *
 * In half of the runs it keeps to what the rules accept. In the others it is also rude, in one way:
 * it shows proposals or certificates that have to be refused, wrong in that one thing, at the moment
 * at which a validator that took them would be led astray. That costs it the connection for a second.
 */
#include <string.h>

#include "base/bitmap.h"
#include "sim/attack_tools.h"
#include "sim/attacks.h"
#include "sim/director_knowledge.h"
#include "wire/certificate.h"
#include "wire/header.h"
#include "wire/payload.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define TICK_NS        (5 * MILLISECOND_NS)
/* How far below the highest view certificates are still made. */
#define VIEWS_BACK  6u
#define TRIES       4u
#define TARGETS_MAX 2u

/* What passes between correct validators, of consensus. */
enum links {
    LINKS_SILENT,
    LINKS_LED,       /* a leader is heard by the group, and nobody else by anyone */
    LINKS_GROUP,     /* the group hears its own */
    LINKS_PROPOSALS, /* proposals and votes */
    LINKS_FREE,
};

/* What is wrong with what it shows. */
enum rudeness {
    RUDE_NOT,
    RUDE_LOW_JUSTIFY, /* below what its TC names */
    RUDE_LOW_TC_QC,   /* the TC's high_qc is not its maximum */
    RUDE_TWICE,       /* the Byzantine validators stand in the TC twice */
    RUDE_PARENT,      /* its justify is not its parent's */
    RUDE_HEIGHT,
    RUDE_ROOT,
    RUDE_VIEW_ZERO, /* a certificate of view 0 for another block than the first */
};

struct director {
    struct hs_director_knowledge knowledge;
    enum rudeness rudeness; /* of this run */
    bool has_network;
    uint64_t switch_ns; /* when it takes the network, or lets go */
    uint64_t epoch;
    uint64_t view; /* for which the links were drawn */
    enum links links;
    struct hs_bitmap group;
    uint64_t proposed_view;
    struct hs_message message; /* to be sent */
};

static bool chance(struct hs_attacker *attacker, uint32_t per_mille)
{
    return hs_random_per_mille(&attacker->random, per_mille);
}

static bool is_correct(const struct hs_attacker *attacker, uint32_t validator)
{
    return !hs_attack_is_byzantine(attacker, validator);
}

/* Each correct validator with a chance of `per_mille`. */
static struct hs_bitmap draw_correct(struct hs_attacker *attacker, uint32_t per_mille)
{
    struct hs_bitmap drawn = {{0}};
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        if (is_correct(attacker, i) && chance(attacker, per_mille)) {
            hs_bitmap_set(&drawn, i);
        }
    }
    return drawn;
}

static void send_to(struct hs_attacker *attacker, const struct hs_bitmap *audience)
{
    struct director *director = attacker->state;
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        if (hs_bitmap_get(audience, i)) {
            hs_attacker_send(attacker, i, &director->message);
        }
    }
}

/* -- the network ----------------------------------------------------------------------- */

static void draw_links(struct hs_attacker *attacker)
{
    static const enum links kinds[] = {LINKS_SILENT, LINKS_SILENT,    LINKS_LED,
                                       LINKS_LED,    LINKS_LED,       LINKS_LED,
                                       LINKS_GROUP,  LINKS_PROPOSALS, LINKS_FREE};
    struct director *director = attacker->state;
    director->links = kinds[hs_random_below(&attacker->random, sizeof(kinds) / sizeof(kinds[0]))];
    director->group = draw_correct(attacker, 700);
}

static bool is_of_consensus(const struct hs_message *message)
{
    switch (message->type) {
    case HS_MESSAGE_PROPOSAL:
    case HS_MESSAGE_VOTE:
    case HS_MESSAGE_QC:
    case HS_MESSAGE_VIEW_CHANGE:
    case HS_MESSAGE_STATUS:
        return true;
    case HS_MESSAGE_BLOCK_REQUEST:
    case HS_MESSAGE_BLOCK_RESPONSE:
    case HS_MESSAGE_RANGE_REQUEST:
    case HS_MESSAGE_RANGE_RESPONSE:
    case HS_MESSAGE_TRANSACTIONS:
        return false;
    }
    return false;
}

static bool let_pass(struct hs_attacker *attacker, uint32_t from_process, uint32_t to_process,
                     const struct hs_message *message)
{
    struct director *director = attacker->state;
    uint32_t from = hs_attacker_validator_of(attacker, from_process);
    uint32_t to = hs_attacker_validator_of(attacker, to_process);
    if (from == HS_VALIDATORS_MAX || to == HS_VALIDATORS_MAX || !is_correct(attacker, from)) {
        return true;
    }
    hs_director_know_message(&director->knowledge, hs_world_cluster(attacker->world), message);
    if (!director->has_network || !is_correct(attacker, to) || !is_of_consensus(message)) {
        return true;
    }
    switch (director->links) {
    case LINKS_SILENT:
        return false;
    case LINKS_LED:
        return message->type == HS_MESSAGE_PROPOSAL && hs_bitmap_get(&director->group, to);
    case LINKS_GROUP:
        return hs_bitmap_get(&director->group, from) && hs_bitmap_get(&director->group, to);
    case LINKS_PROPOSALS:
        return message->type == HS_MESSAGE_PROPOSAL || message->type == HS_MESSAGE_VOTE;
    case LINKS_FREE:
        return true;
    }
    return true;
}

/* Its own node is silent while it speaks itself. */
static void speak(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                  const struct hs_message *message)
{
    const struct director *director = attacker->state;
    if (!director->has_network || !is_of_consensus(message)) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

/* -- certificates ---------------------------------------------------------------------------- */

static void show_qc(struct hs_attacker *attacker, const struct hs_qc *qc,
                    const struct hs_bitmap *audience)
{
    struct director *director = attacker->state;
    if (qc->view > 0) {
        director->message.type = HS_MESSAGE_QC;
        director->message.qc = *qc;
        director->message.has_next_proof = false;
        send_to(attacker, audience);
    }
}

static struct hs_bitmap draw_one(struct hs_attacker *attacker)
{
    struct hs_bitmap one = {{0}};
    uint32_t validator = hs_attack_draw_peer(attacker);
    if (is_correct(attacker, validator)) {
        hs_bitmap_set(&one, validator);
    }
    return one;
}

/* To nobody, to one, or to all. What came of its own rudeness it rather shows. */
static struct hs_bitmap draw_confidants(struct hs_attacker *attacker, const struct hs_block *block)
{
    const struct director *director = attacker->state;
    uint64_t kind = hs_random_below(&attacker->random, 10);
    if (director->rudeness != RUDE_NOT && block->header.proposer == attacker->validator) {
        kind += 4;
    }
    if (kind < 5) {
        return (struct hs_bitmap){{0}};
    }
    return kind < 8 ? draw_one(attacker) : draw_correct(attacker, 1000);
}

/* Every QC that the votes seen allow. */
static void make_qcs(struct hs_attacker *attacker)
{
    struct director *director = attacker->state;
    struct hs_director_knowledge *knowledge = &director->knowledge;
    for (size_t i = 0; i < hs_director_held_blocks(knowledge); i++) {
        const struct hs_block *block = hs_director_block(knowledge, i);
        struct hs_qc qc;
        if (block->header.epoch == director->epoch &&
            block->header.view + VIEWS_BACK >= director->view &&
            hs_director_find_qc(knowledge, &block->id) == NULL &&
            hs_director_make_qc(knowledge, attacker, block, &qc)) {
            hs_director_know_qc(knowledge, &qc);
            struct hs_bitmap confidants = draw_confidants(attacker, block);
            show_qc(attacker, &qc, &confidants);
        }
    }
}

/* The lowest view that a correct validator in the epoch has committed: certificates below it are of no
 * use. */
static uint64_t committed_view(const struct hs_attacker *attacker)
{
    const struct director *director = attacker->state;
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = 0; i < hs_attack_validator_count(attacker); i++) {
        const struct hs_node *node =
            hs_world_node(attacker->world, hs_attacker_node_of(attacker, i));
        if (is_correct(attacker, i) && node != NULL) {
            struct hs_core_status status;
            hs_core_status(hs_node_core(node), &status);
            uint64_t view = status.epoch == director->epoch ? status.committed_view : lowest;
            lowest = view < lowest ? view : lowest;
        }
    }
    return lowest;
}

/* Any certificate from the lowest of use up to view `below` - 1 whose block is known; NULL: there is
 * none. */
static const struct hs_qc *draw_qc(struct hs_attacker *attacker, uint64_t below)
{
    const struct director *director = attacker->state;
    const struct hs_qc *useful[HS_DIRECTOR_QCS];
    size_t count = 0;
    uint64_t lowest = committed_view(attacker);
    for (size_t i = 0; i < hs_director_held_qcs(&director->knowledge); i++) {
        const struct hs_qc *qc = hs_director_qc(&director->knowledge, i);
        if (qc->epoch == director->epoch && qc->view >= lowest && qc->view < below &&
            hs_director_find_block(&director->knowledge, &qc->block_id) != NULL) {
            useful[count++] = qc;
        }
    }
    return count > 0 ? useful[hs_random_below(&attacker->random, count)] : NULL;
}

/* A TC of `view` that names nothing above `justify`, where the view changes allow it. */
static bool make_tc(struct hs_attacker *attacker, uint64_t view, const struct hs_qc *justify,
                    enum rudeness rudeness, struct hs_tc *tc)
{
    const struct director *director = attacker->state;
    uint64_t below = justify->view + 1 < view ? justify->view + 1 : view;
    const struct hs_qc *own_qc = draw_qc(attacker, below);
    if (own_qc == NULL || justify->view >= view) {
        return false;
    }
    struct hs_director_tc_choice choice = {
        .epoch = director->epoch,
        .view = view,
        .high_qc_view_max = justify->view,
        .own_qc = own_qc,
    };
    if (rudeness == RUDE_TWICE) {
        choice.second_qc = draw_qc(attacker, below);
        if (choice.second_qc != NULL && choice.second_qc->view == own_qc->view) {
            return false;
        }
    }
    return hs_director_make_tc(&director->knowledge, attacker, &choice, tc);
}

/* -- proposals ------------------------------------------------------------------------------- */

static void make_block(struct hs_attacker *attacker, const struct hs_block *parent,
                       const struct hs_qc *justify, uint64_t view, struct hs_block_header *header)
{
    *header = (struct hs_block_header){
        .version = HS_HEADER_VERSION,
        .chain_id = hs_world_cluster(attacker->world)->chain_id,
        .epoch = justify->epoch,
        .view = view,
        .height = parent->header.height + 1,
        .parent_id = parent->id,
        .justify = *justify,
        .state_root = parent->header.state_root, /* no transaction changes it */
        .proposer = attacker->validator,
        .timestamp_ms =
            parent->header.timestamp_ms + hs_random_between(&attacker->random, 1, 1000000),
        .base_fee = hs_world_cluster(attacker->world)->parameters.fees.base_fee,
    };
    hs_payload_root_of(&header->payload_root, NULL, 0);
}

static void spoil(struct hs_attacker *attacker, enum rudeness rudeness,
                  struct hs_block_header *header)
{
    const struct director *director = attacker->state;
    const struct hs_qc *other = draw_qc(attacker, header->view);
    const struct hs_block *parent =
        other != NULL ? hs_director_find_block(&director->knowledge, &other->block_id) : NULL;
    if (rudeness == RUDE_HEIGHT) {
        header->height += hs_random_between(&attacker->random, 1, 3);
    } else if (rudeness == RUDE_ROOT) {
        header->state_root.bytes[0] ^= 1u;
    } else if (rudeness == RUDE_PARENT && parent != NULL) {
        header->parent_id = parent->id;
        header->height = parent->header.height + 1;
        header->state_root = parent->header.state_root;
        header->timestamp_ms = parent->header.timestamp_ms + 1;
    }
}

/* director->message has the TC. */
static void propose(struct hs_attacker *attacker, uint64_t view, const struct hs_qc *justify,
                    enum rudeness rudeness)
{
    struct director *director = attacker->state;
    const struct hs_block *parent =
        hs_director_find_block(&director->knowledge, &justify->block_id);
    if (parent == NULL) {
        return;
    }
    struct hs_message *message = &director->message;
    message->type = HS_MESSAGE_PROPOSAL;
    struct hs_block block;
    make_block(attacker, parent, justify, view, &block.header);
    spoil(attacker, rudeness, &block.header);
    message->proposal.header = block.header;
    message->proposal.payload = (struct hs_bytes){NULL, 0};
    hs_attack_sign_proposal(attacker, message);
    hs_block_id_of(&block.id, &block.header, hs_attack_count_of(attacker, block.header.epoch));
    hs_director_know_block(&director->knowledge, &block);
    struct hs_bitmap audience = draw_correct(attacker, chance(attacker, 500) ? 1000 : 700);
    send_to(attacker, &audience);
    director->proposed_view = view;
}

static const struct hs_qc *qc_of_view(const struct director *director, uint64_t view)
{
    for (size_t i = 0; i < hs_director_held_qcs(&director->knowledge); i++) {
        const struct hs_qc *qc = hs_director_qc(&director->knowledge, i);
        if (qc->epoch == director->epoch && qc->view == view) {
            return qc;
        }
    }
    return NULL;
}

static enum rudeness draw_rudeness(struct hs_attacker *attacker)
{
    const struct director *director = attacker->state;
    return chance(attacker, 400) ? director->rudeness : RUDE_NOT;
}

/* On the certificate of the view before. */
static bool propose_on_newest(struct hs_attacker *attacker, uint64_t view)
{
    struct director *director = attacker->state;
    const struct hs_qc *justify = qc_of_view(director, view - 1);
    if (justify == NULL || !chance(attacker, 600)) {
        return false;
    }
    struct hs_qc chosen = *justify;
    director->message.proposal.has_tc = false;
    propose(attacker, view, &chosen, draw_rudeness(attacker));
    return true;
}

/* On any certificate, with a TC that allows it, or does not. */
static void propose_after_timeout(struct hs_attacker *attacker, uint64_t view)
{
    struct director *director = attacker->state;
    struct hs_tc *tc = &director->message.proposal.tc;
    enum rudeness rudeness = draw_rudeness(attacker);
    bool goes_below = rudeness == RUDE_LOW_JUSTIFY || rudeness == RUDE_LOW_TC_QC;
    for (uint32_t i = 0; i < TRIES; i++) {
        uint64_t below = goes_below && chance(attacker, 500) ? committed_view(attacker) + 1 : view;
        const struct hs_qc *drawn = draw_qc(attacker, below < view ? below : view - 1);
        if (drawn == NULL) {
            return;
        }
        struct hs_qc justify = *drawn;
        if (!make_tc(attacker, view - 1, &justify, rudeness, tc)) {
            continue;
        }
        bool covered = justify.view >= tc->high_qc.view;
        if (covered == goes_below) {
            continue;
        }
        if (rudeness == RUDE_LOW_TC_QC) {
            tc->high_qc = justify;
        }
        director->message.proposal.has_tc = true;
        propose(attacker, view, &justify, rudeness);
        return;
    }
}

static void lead(struct hs_attacker *attacker)
{
    struct director *director = attacker->state;
    for (uint64_t view = director->view; view < director->view + TARGETS_MAX; view++) {
        if (view > 1 && view > director->proposed_view && hs_attack_leads(attacker, view) &&
            !propose_on_newest(attacker, view) && chance(attacker, 300)) {
            propose_after_timeout(attacker, view);
        }
    }
}

/* -- moving on ------------------------------------------------------------------------------- */

/* A TC of `view`, to some or to all. */
static void show_tc(struct hs_attacker *attacker, uint64_t view)
{
    struct director *director = attacker->state;
    const struct hs_qc *drawn = draw_qc(attacker, view);
    if (drawn == NULL) {
        return;
    }
    struct hs_qc justify = *drawn;
    struct hs_message *message = &director->message;
    if (make_tc(attacker, view, &justify, RUDE_NOT, &message->status.tc)) {
        message->type = HS_MESSAGE_STATUS;
        message->status.high_qc = message->status.tc.high_qc;
        message->status.has_tc = true;
        struct hs_bitmap audience = draw_correct(attacker, chance(attacker, 500) ? 1000 : 500);
        send_to(attacker, &audience);
    }
}

/* The newest block whose certificate would commit its parent (S5); NULL: there is none. */
static const struct hs_block *newest_committing(const struct hs_attacker *attacker)
{
    const struct director *director = attacker->state;
    for (size_t i = 0; i < hs_director_held_blocks(&director->knowledge); i++) {
        const struct hs_block *block = hs_director_block(&director->knowledge, i);
        if (block->header.epoch == director->epoch &&
            block->header.view == block->header.justify.view + 1 &&
            block->header.justify.view > committed_view(attacker)) {
            return block;
        }
    }
    return NULL;
}

/* A view change whose high_qc is of view 0 and names another block than the first: whoever believes
 * it commits the block before that. */
static void claim_view_zero(struct hs_attacker *attacker)
{
    struct director *director = attacker->state;
    const struct hs_qc *drawn = draw_qc(attacker, director->view - 1);
    const struct hs_block *claimed = newest_committing(attacker);
    struct hs_message *message = &director->message;
    if (drawn == NULL || claimed == NULL) {
        return;
    }
    struct hs_qc justify = *drawn;
    if (!make_tc(attacker, director->view - 1, &justify, RUDE_NOT, &message->view_change.tc)) {
        return;
    }
    struct hs_view_change *view_change = &message->view_change.view_change;
    *view_change = (struct hs_view_change){
        .epoch = director->epoch, .view = director->view, .author = attacker->validator};
    hs_qc_of_view_zero(&view_change->high_qc, director->epoch, &claimed->id);
    hs_attack_sign_view_change(attacker, view_change);
    message->type = HS_MESSAGE_VIEW_CHANGE;
    message->view_change.has_tc = true;
    struct hs_bitmap one = draw_one(attacker);
    send_to(attacker, &one);
}

static void move_on(struct hs_attacker *attacker)
{
    struct director *director = attacker->state;
    if (chance(attacker, 100)) {
        show_tc(attacker, director->view);
    }
    if (director->view > 1 && chance(attacker, 30)) {
        show_tc(attacker, director->view - 1); /* for those behind */
    }
    const struct hs_qc *qc = draw_qc(attacker, director->view);
    if (qc != NULL && chance(attacker, 30)) {
        struct hs_qc late = *qc;
        struct hs_bitmap one = draw_one(attacker);
        show_qc(attacker, &late, &one);
    }
    if (director->rudeness == RUDE_VIEW_ZERO && director->view > 1 && chance(attacker, 20)) {
        claim_view_zero(attacker);
    }
}

/* -- turns ------------------------------------------------------------------------------------ */

static void switch_network(struct hs_attacker *attacker, uint64_t now_ns)
{
    struct director *director = attacker->state;
    director->has_network = !director->has_network;
    uint64_t milliseconds = director->has_network ? hs_random_between(&attacker->random, 1000, 6000)
                                                  : hs_random_between(&attacker->random, 5, 60);
    director->switch_ns = now_ns + milliseconds * MILLISECOND_NS;
}

static void act(struct hs_attacker *attacker)
{
    struct director *director = attacker->state;
    uint64_t now_ns = hs_world_now_ns(attacker->world);
    attacker->next_ns = now_ns + TICK_NS;
    if (now_ns >= director->switch_ns) {
        switch_network(attacker, now_ns);
    }
    uint64_t view = hs_world_view(attacker->world);
    if (!director->has_network || view == 0) {
        return;
    }
    uint64_t epoch = hs_world_epoch(attacker->world);
    if (epoch != attacker->epoch) {
        return; /* its own node is behind */
    }
    if (epoch != director->epoch) {
        director->epoch = epoch;
        director->proposed_view = 0;
        director->view = 0;
    }
    if (view != director->view) {
        director->view = view;
        draw_links(attacker);
    }
    make_qcs(attacker);
    lead(attacker);
    move_on(attacker);
}

static void start(struct hs_attacker *attacker)
{
    struct director *director = attacker->state;
    hs_director_know_genesis(&director->knowledge, hs_world_cluster(attacker->world));
    static const enum rudeness kinds[] = {RUDE_LOW_JUSTIFY, RUDE_LOW_JUSTIFY, RUDE_LOW_JUSTIFY,
                                          RUDE_LOW_TC_QC,   RUDE_LOW_TC_QC,   RUDE_TWICE,
                                          RUDE_PARENT,      RUDE_PARENT,      RUDE_HEIGHT,
                                          RUDE_ROOT,        RUDE_VIEW_ZERO,   RUDE_VIEW_ZERO};
    if (chance(attacker, 600)) {
        director->rudeness =
            kinds[hs_random_below(&attacker->random, sizeof(kinds) / sizeof(kinds[0]))];
    }
    attacker->next_ns = TICK_NS;
}

const struct hs_attack hs_attack_director = {
    .name = "director",
    .state_bytes = sizeof(struct director),
    .start = start,
    .sends = speak,
    .acts = act,
    .lets_pass = let_pass,
};
