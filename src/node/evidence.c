/* Evidence of double votes (S8): found, checked on a worker, kept.
 *
 * The core meets a second vote only while it gathers those of the view it is in. Most second votes
 * come later, or by another way: in a proposal, or as the last vote in a view change. So the node
 * remembers for each member the first vote of each of the last views, whatever way it came, and
 * holds every later one against it. Votes are remembered unchecked, and only from their voter's own
 * connection: nobody can put one into another's place. Once two differ, both signatures are
 * checked; if the first one was bad, the second one takes its place, so that a liar hides nothing
 * behind a vote that is none. A correct voter signs what it sends: the connection that brought a
 * bad one is closed.
 *
 *     vote, proposal, view change -> watched[member][view] --another block--> job -> evidence
 *
 * What is kept is the body of an EVIDENCE transaction (P8), in order of finding, from all epochs
 * that this node was in since its start. One pair is all that a punishment needs, since an epoch is
 * punished once: there is one for each key and epoch, and who votes twice in every view can't push
 * out what there is against others.
 *
 * What was remembered in the epoch before is kept until the present one is over: votes of it are
 * held against that, and move nothing else (P5). Nothing new of it is remembered.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "node/node_internal.h"

/* -- what is kept ---------------------------------------------------------------------- */

static const struct hs_bls_public_key *key_of(const struct hs_node_epoch *epoch, uint32_t voter)
{
    return &epoch->fixed.validators.validators[voter].bls_public_key;
}

static bool is_kept(const struct hs_node *node, const struct hs_bls_public_key *key, uint64_t epoch)
{
    for (uint32_t i = 0; i < node->evidence_count; i++) {
        const struct hs_double_vote *kept = &node->evidence[i];
        if (kept->epoch == epoch && memcmp(&kept->bls_public_key, key, sizeof(*key)) == 0) {
            return true;
        }
    }
    return false;
}

/* At the limit the oldest one goes: it was there to be reported for the longest time. */
static void keep(struct hs_node *node, const struct hs_bls_public_key *key,
                 const struct hs_vote *first, const struct hs_vote *second)
{
    if (node->evidence_count == HS_NODE_EVIDENCE_MAX) {
        node->evidence_count--;
        memmove(&node->evidence[0], &node->evidence[1],
                node->evidence_count * sizeof(node->evidence[0]));
    }
    bool ascending = memcmp(&first->block_id, &second->block_id, sizeof(first->block_id)) < 0;
    const struct hs_vote *low = ascending ? first : second;
    const struct hs_vote *high = ascending ? second : first;
    node->evidence[node->evidence_count++] = (struct hs_double_vote){
        .bls_public_key = *key,
        .epoch = first->epoch,
        .view = first->view,
        .votes = {{.block_id = low->block_id, .signature = low->signature},
                  {.block_id = high->block_id, .signature = high->signature}},
    };
}

uint32_t hs_node_evidence(const struct hs_node *node, struct hs_double_vote evidence[],
                          uint32_t max)
{
    uint32_t count = node->evidence_count < max ? node->evidence_count : max;
    if (count > 0) {
        memcpy(evidence, &node->evidence[node->evidence_count - count],
               count * sizeof(evidence[0]));
    }
    return count;
}

/* -- the check ------------------------------------------------------------------------- */

static uint32_t peer_with(const struct hs_node *node, const struct hs_ed25519_public_key *key)
{
    for (uint32_t i = 0; i < node->peer_end; i++) {
        if (node->peers[i].used && memcmp(&node->peers[i].key, key, sizeof(*key)) == 0) {
            return i;
        }
    }
    return HS_NO_PEER;
}

static bool same_vote(const struct hs_vote *a, const struct hs_vote *b)
{
    return a->view == b->view && memcmp(&a->block_id, &b->block_id, sizeof(a->block_id)) == 0 &&
           memcmp(&a->signature, &b->signature, sizeof(a->signature)) == 0;
}

static struct hs_vote *watched_vote(const struct hs_node_epoch *epoch, uint32_t member,
                                    uint64_t view)
{
    return &epoch->watched[(size_t)member * HS_WATCHED_VIEWS + view % HS_WATCHED_VIEWS];
}

static void run(struct hs_job *job)
{
    struct hs_evidence_job *evidence = (struct hs_evidence_job *)job;
    const struct hs_verifier *verifier = &evidence->epoch->verifier;
    struct hs_admitted_vote second;
    evidence->status = hs_check_evidence(verifier, &evidence->first, &evidence->second);
    evidence->second_status = HS_OK;
    if (evidence->status == HS_BAD_SIGNATURE) {
        evidence->second_status = hs_admit_vote_relayed(verifier, &second, &evidence->second);
    }
}

/* The first one was none, or the second: what is left of them is the one to watch. */
static void blame(struct hs_node *node, const struct hs_evidence_job *evidence)
{
    struct hs_vote *watched =
        watched_vote(evidence->epoch, evidence->first.voter, evidence->first.view);
    if (evidence->second_status == HS_OK && same_vote(watched, &evidence->first)) {
        *watched = evidence->second;
    }
    const struct hs_validator *liar =
        &evidence->epoch->fixed.validators.validators[evidence->first.voter];
    hs_node_blame_peer(node, peer_with(node, &liar->network_key), HS_BAD_SIGNATURE);
}

/* S8: evidence is worth something only when both signatures hold; then it is said aloud. */
static void done(struct hs_job *job)
{
    struct hs_evidence_job *evidence = (struct hs_evidence_job *)job;
    struct hs_node *node = evidence->node;
    const struct hs_vote *first = &evidence->first;
    const struct hs_bls_public_key *key = key_of(evidence->epoch, first->voter);
    hs_node_job_came_back(node);
    evidence->busy = false;
    if (evidence->status == HS_OK && !is_kept(node, key, first->epoch)) {
        keep(node, key, first, &evidence->second);
        node->counters.evidence_found++;
        hs_log_event(node->config.log, HS_LOG_ERROR, HS_LOG_CONSENSUS, "double_vote",
                     "validator=%" PRIu32 " epoch=%" PRIu64 " view=%" PRIu64, first->voter,
                     first->epoch, first->view);
    } else if (evidence->status == HS_BAD_SIGNATURE) {
        blame(node, evidence);
    }
    hs_node_epoch_release(node, evidence->epoch);
}

/* A free job; NULL also when the voter has one: it can keep no more than that from others. */
static struct hs_evidence_job *find_job(struct hs_node *node, const struct hs_node_epoch *epoch,
                                        uint32_t voter)
{
    struct hs_evidence_job *found = NULL;
    for (uint32_t i = 0; i < HS_EVIDENCE_JOBS; i++) {
        struct hs_evidence_job *evidence = &node->evidence_jobs[i];
        if (!evidence->busy) {
            found = evidence;
        } else if (evidence->epoch == epoch && evidence->first.voter == voter) {
            return NULL;
        }
    }
    return found;
}

static void check_votes(struct hs_node *node, struct hs_node_epoch *epoch,
                        const struct hs_vote *first, const struct hs_vote *second)
{
    struct hs_evidence_job *evidence = find_job(node, epoch, first->voter);
    if (evidence == NULL || is_kept(node, key_of(epoch, first->voter), first->epoch)) {
        return;
    }
    evidence->job.run = run;
    evidence->job.done = done;
    evidence->node = node;
    evidence->epoch = hs_node_epoch_retain(epoch);
    evidence->busy = true;
    evidence->first = *first;
    evidence->second = *second;
    hs_node_submit_job(node, HS_LANE_BULK, &evidence->job);
}

void hs_evidence_check_votes(struct hs_node *node, const struct hs_vote *first,
                             const struct hs_vote *second)
{
    check_votes(node, node->epoch, first, second);
}

/* -- the watch --------------------------------------------------------------------------- */

/* No view is displaced that is still watched: one further ahead than the next is not remembered. */
static bool is_watched_view(const struct hs_node *node, uint64_t view)
{
    return view > 0 && view <= node->view + 1 && node->view + 1 - view < HS_WATCHED_VIEWS;
}

static void watch_vote(struct hs_node *node, struct hs_node_epoch *epoch,
                       const struct hs_vote *vote)
{
    if (vote->epoch != epoch->fixed.validators.epoch || vote->view == 0) {
        return;
    }
    struct hs_vote *watched = watched_vote(epoch, vote->voter, vote->view);
    if (watched->view != vote->view) {
        if (epoch == node->epoch && is_watched_view(node, vote->view)) {
            *watched = *vote;
        }
    } else if (memcmp(&watched->block_id, &vote->block_id, sizeof(vote->block_id)) != 0) {
        check_votes(node, epoch, watched, vote);
    }
}

static void watch_proposal(struct hs_node *node, struct hs_node_epoch *epoch,
                           const struct hs_message *message)
{
    const struct hs_block_header *header = &message->proposal.header;
    struct hs_vote vote = {
        .epoch = header->epoch,
        .view = header->view,
        .voter = header->proposer,
        .signature = message->proposal.leader_vote,
    };
    hs_block_id_of(&vote.block_id, header, epoch->fixed.validators.count);
    watch_vote(node, epoch, &vote);
}

/* What a member says of its own. */
static void watch(struct hs_node *node, struct hs_node_epoch *epoch, uint32_t member,
                  const struct hs_message *message)
{
    const struct hs_view_change *view_change = &message->view_change.view_change;
    if (message->type == HS_MESSAGE_VOTE && message->vote.voter == member) {
        watch_vote(node, epoch, &message->vote);
    } else if (message->type == HS_MESSAGE_PROPOSAL &&
               message->proposal.header.proposer == member) {
        watch_proposal(node, epoch, message);
    } else if (message->type == HS_MESSAGE_VIEW_CHANGE && view_change->has_last_vote &&
               view_change->author == member && view_change->last_vote.voter == member) {
        watch_vote(node, epoch, &view_change->last_vote);
    }
}

void hs_evidence_watch(struct hs_node *node, uint32_t peer, const struct hs_message *message)
{
    uint32_t member = hs_member_of_peer(node, peer);
    if (member != HS_VALIDATORS_MAX) {
        watch(node, node->epoch, member, message);
    }
}

/* -- after the epoch ----------------------------------------------------------------------- */

static uint32_t member_with(const struct hs_node_epoch *epoch,
                            const struct hs_ed25519_public_key *network_key)
{
    const struct hs_validator_set *set = &epoch->fixed.validators;
    for (uint32_t i = 0; i < set->count; i++) {
        if (memcmp(&set->validators[i].network_key, network_key, sizeof(*network_key)) == 0) {
            return i;
        }
    }
    return HS_VALIDATORS_MAX;
}

void hs_evidence_watch_late(struct hs_node *node, uint32_t peer, struct hs_bytes bytes,
                            uint64_t message_epoch)
{
    struct hs_node_epoch *epoch = node->last_epoch;
    bool may_show = bytes.data[0] == HS_MESSAGE_VOTE || bytes.data[0] == HS_MESSAGE_PROPOSAL ||
                    bytes.data[0] == HS_MESSAGE_VIEW_CHANGE;
    if (epoch == NULL || message_epoch != epoch->fixed.validators.epoch || !may_show ||
        !hs_peer_is_known(node, peer)) {
        return;
    }
    uint32_t member = member_with(epoch, &node->peers[peer].key);
    struct hs_message *message = &node->inbox.scratch;
    if (member != HS_VALIDATORS_MAX &&
        hs_message_decode(message, bytes, epoch->fixed.validators.count) == HS_OK) {
        watch(node, epoch, member, message);
    }
}
