#include "node/patience.h"

#define ANSWER_MIN_NS UINT64_C(500000000)
#define ANSWER_MAX_NS UINT64_C(8000000000)

static uint64_t within_limits(uint64_t time_ns)
{
    if (time_ns < ANSWER_MIN_NS) {
        return ANSWER_MIN_NS;
    }
    return time_ns < ANSWER_MAX_NS ? time_ns : ANSWER_MAX_NS;
}

uint64_t hs_patience_ask(struct hs_patience *patience, uint64_t now_ns)
{
    patience->waits = true;
    patience->asked_ns = now_ns;
    patience->allowed_ns = within_limits(patience->allowed_ns);
    return now_ns + patience->allowed_ns;
}

void hs_patience_answered(struct hs_patience *patience, uint64_t now_ns)
{
    if (patience->waits) {
        patience->waits = false;
        patience->usual_ns = within_limits(2 * (now_ns - patience->asked_ns));
        patience->allowed_ns = patience->usual_ns;
    }
}

void hs_patience_give_up(struct hs_patience *patience)
{
    if (patience->waits) {
        patience->waits = false;
        patience->allowed_ns = within_limits(2 * patience->allowed_ns);
    }
}

bool hs_patience_is_overdue(const struct hs_patience *patience, uint64_t now_ns)
{
    return patience->waits && now_ns - patience->asked_ns >= within_limits(patience->usual_ns);
}

void hs_patience_forget(struct hs_patience *patience)
{
    patience->waits = false;
}
