/* The pacemaker's clockwork. See pacemaker.h. */
#include "consensus/pacemaker.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define REPEAT_MAX_NS  (1000 * MILLISECOND_NS)

void hs_pacemaker_config_default(struct hs_pacemaker_config *config)
{
    *config = (struct hs_pacemaker_config){
        .strategy = HS_TIMEOUT_EXPONENTIAL,
        .base_ns = 250 * MILLISECOND_NS,
        .max_ns = 8000 * MILLISECOND_NS,
        .backup_delay_ns = 50 * MILLISECOND_NS,
        .idle_interval_ns = 100 * MILLISECOND_NS,
        .batch_delay_ns = 40 * MILLISECOND_NS,
        .batch_low = 32,
    };
}

enum hs_status hs_pacemaker_check(const struct hs_pacemaker_config *config)
{
    bool valid = config->base_ns > 0 && config->max_ns >= config->base_ns &&
                 config->idle_interval_ns <= config->base_ns / 2 && /* L8 */
                 config->batch_delay_ns <= config->base_ns / 2;
    return valid ? HS_OK : HS_INVALID_ARGUMENT;
}

uint64_t hs_time_after(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns > HS_NEVER_NS - b_ns ? HS_NEVER_NS : a_ns + b_ns;
}

/* min(base * (3/2)^k, max), saturating. */
static uint64_t exponential_ns(const struct hs_pacemaker_config *config, uint64_t k)
{
    uint64_t timeout_ns = config->base_ns;
    for (uint64_t i = 0; i < k && timeout_ns < config->max_ns; i++) {
        /* timeout + timeout / 2 would stand still at 1. */
        timeout_ns = hs_time_after(timeout_ns, timeout_ns / 2 + timeout_ns % 2);
    }
    return timeout_ns < config->max_ns ? timeout_ns : config->max_ns;
}

static uint64_t linear_ns(const struct hs_pacemaker_config *config, uint64_t k)
{
    uint64_t steps_max = config->max_ns / config->base_ns;
    return k >= steps_max ? config->max_ns : config->base_ns * (k + 1);
}

/* L2 */
uint64_t hs_pacemaker_timeout_ns(const struct hs_pacemaker_config *config, uint64_t view,
                                 uint64_t committed_view)
{
    uint64_t views = view > committed_view ? view - committed_view : 0;
    uint64_t k = views > 2 ? views - 2 : 0;
    switch (config->strategy) {
    case HS_TIMEOUT_EXPONENTIAL:
        return exponential_ns(config, k);
    case HS_TIMEOUT_LINEAR:
        return linear_ns(config, k);
    case HS_TIMEOUT_FIXED:
        return config->base_ns;
    }
    return config->base_ns;
}

void hs_pacemaker_enter(struct hs_pacemaker *pacemaker, uint64_t now_ns, uint64_t view,
                        uint64_t committed_view)
{
    pacemaker->timeout_ns = hs_pacemaker_timeout_ns(&pacemaker->config, view, committed_view);
    pacemaker->entered_ns = now_ns;
    pacemaker->deadline_ns = hs_time_after(now_ns, pacemaker->timeout_ns);
    pacemaker->repeat_ns = HS_NEVER_NS;
    pacemaker->backup_ns = HS_NEVER_NS;
    pacemaker->propose_ns = HS_NEVER_NS;
    pacemaker->timed_out = false;
}

void hs_pacemaker_enter_committed(struct hs_pacemaker *pacemaker, uint64_t view,
                                  uint64_t committed_view)
{
    pacemaker->timeout_ns = hs_pacemaker_timeout_ns(&pacemaker->config, view, committed_view);
    pacemaker->deadline_ns = hs_time_after(pacemaker->entered_ns, pacemaker->timeout_ns);
}

/* L3 */
uint64_t hs_pacemaker_repeat_interval_ns(const struct hs_pacemaker *pacemaker)
{
    return pacemaker->timeout_ns < REPEAT_MAX_NS ? pacemaker->timeout_ns : REPEAT_MAX_NS;
}

uint64_t hs_pacemaker_next_ns(const struct hs_pacemaker *pacemaker)
{
    uint64_t next_ns = pacemaker->timed_out ? pacemaker->repeat_ns : pacemaker->deadline_ns;
    if (pacemaker->backup_ns < next_ns) {
        next_ns = pacemaker->backup_ns;
    }
    if (pacemaker->propose_ns < next_ns) {
        next_ns = pacemaker->propose_ns;
    }
    return next_ns;
}
