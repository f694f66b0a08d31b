/* Validators that keep back what the others wait for: their votes, or the certificates that they
 * alone can make. The chain pays a timeout or the backup's delay for them, and nothing else. */
#include "sim/attacks.h"

static void withhold_votes(struct hs_attacker *attacker, uint32_t to, struct hs_buffer *buffer,
                           const struct hs_message *message)
{
    if (message->type != HS_MESSAGE_VOTE) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

const struct hs_attack hs_attack_vote_withholder = {
    .name = "vote-withholder",
    .sends = withhold_votes,
};

static void withhold_certificates(struct hs_attacker *attacker, uint32_t to,
                                  struct hs_buffer *buffer, const struct hs_message *message)
{
    if (message->type != HS_MESSAGE_QC && message->type != HS_MESSAGE_PROPOSAL) {
        hs_attacker_forward(attacker, to, buffer);
    }
}

const struct hs_attack hs_attack_qc_withholder = {
    .name = "qc-withholder",
    .sends = withhold_certificates,
};
