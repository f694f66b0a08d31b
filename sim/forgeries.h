/* hs_forgeries: wrong certificates and statements, a line for each way to be wrong.
 *
 * Each is made of a right message, in which one thing is changed; all else is signed anew where the
 * forger has the keys for it. So what is refused is refused for the thing that the line names: the
 * message it was made of would have been taken. A forger has some validators' keys, and the
 * votes that it heard. Without the keys for it, a line is not made.
 */
#ifndef HS_SIM_FORGERIES_H
#define HS_SIM_FORGERIES_H

#include "sim/cluster.h"
#include "wire/message.h"

struct hs_forger {
    const struct hs_cluster *cluster;
    const struct hs_validator_set *set; /* of the epoch; validators are its members */
    struct hs_bitmap keys;              /* of these validators */
    /* Signatures that were heard: votes of `vote_view` for `vote_block_id`. */
    uint64_t vote_epoch;
    uint64_t vote_view;
    struct hs_block_id vote_block_id;
    struct hs_bitmap voters;
    const struct hs_bls_signature *votes; /* by validator */
    struct hs_qc other_qc;                /* a true certificate of another, earlier block ... */
    uint64_t other_height;                /* ... and that block's height */
};

enum hs_forged {
    HS_FORGED_QC,          /* in any message that has one */
    HS_FORGED_TC,          /* in any message that has one */
    HS_FORGED_PROPOSAL,    /* its certificates are true */
    HS_FORGED_VIEW_CHANGE, /* its certificates are true */
    HS_FORGED_VOTE,
};

struct hs_forgery {
    const char *name;
    enum hs_forged forged;
    /* What a correct validator that understands it does about who sent it. HS_CONTINUE: nothing
     * yet; it does not vote for it, or finds it out when it aggregates. */
    enum hs_reaction reaction;
    /* One of these; false: it can't be made of this. */
    bool (*qc)(const struct hs_forger *forger, struct hs_qc *qc);
    bool (*tc)(const struct hs_forger *forger, struct hs_tc *tc);
    bool (*message)(const struct hs_forger *forger, struct hs_message *message);
};

extern const struct hs_forgery hs_forgeries[];
extern const size_t hs_forgery_count;

/* Makes a right message into a wrong one. `in_tc`: a line of a QC goes into the TC's own. False: the
 * line does not fit this message, or the keys are lacking; the message is then of no use. */
bool hs_forge(const struct hs_forger *forger, const struct hs_forgery *forgery,
              struct hs_message *message, bool in_tc);

/* Signs anew what the message itself is signed with: the leader's vote in a proposal, the signature
 * of a view change, a vote's. False: without the key for it. */
bool hs_forger_sign(const struct hs_forger *forger, struct hs_message *message);

/* The sum of what `signers` sign; false: one of their signatures can't be had. */
bool hs_forger_aggregate(const struct hs_forger *forger, struct hs_bls_signature *aggregate,
                         const struct hs_bitmap *signers, const struct hs_statement *statement);

#endif
