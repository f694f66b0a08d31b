#include "network/dial_plan.h"

#include <string.h>

/* The wait before a place is dialed again, at first and at most; it doubles with each failure. */
#define BACK_OFF_MIN_MS         20u
#define BACK_OFF_MAX_MS         2000u
#define CLAIMED_BACK_OFF_MIN_MS 500u
#define CLAIMED_BACK_OFF_MAX_MS 120000u

static bool is_mere_claim(const struct hs_dial_plan *plan, const struct hs_dial_place *place)
{
    return place == &plan->places[HS_DIAL_CLAIMED] && !place->reached;
}

static uint64_t back_off_min_ms(const struct hs_dial_plan *plan, const struct hs_dial_place *place)
{
    return is_mere_claim(plan, place) ? CLAIMED_BACK_OFF_MIN_MS : BACK_OFF_MIN_MS;
}

static uint64_t back_off_max_ms(const struct hs_dial_plan *plan, const struct hs_dial_place *place)
{
    return is_mere_claim(plan, place) ? CLAIMED_BACK_OFF_MAX_MS : BACK_OFF_MAX_MS;
}

static bool is_same(const struct hs_tcp_address *a, const struct hs_tcp_address *b)
{
    return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

static void begin_anew(struct hs_dial_plan *plan, struct hs_dial_place *place, uint64_t now_ms)
{
    place->back_off_ms = back_off_min_ms(plan, place);
    place->next_ms = now_ms;
}

bool hs_dial_plan_is_new(const struct hs_dial_plan *plan, enum hs_dial_place_name name,
                         const struct hs_tcp_address *address)
{
    const struct hs_dial_place *place = &plan->places[name];
    if (!place->known || address == NULL) {
        return place->known != (address != NULL);
    }
    return !is_same(&place->address, address);
}

bool hs_dial_plan_set(struct hs_dial_plan *plan, enum hs_dial_place_name name,
                      const struct hs_tcp_address *address, uint64_t now_ms)
{
    struct hs_dial_place *place = &plan->places[name];
    if (!hs_dial_plan_is_new(plan, name, address)) {
        return false;
    }
    if (address == NULL) {
        place->known = false;
        return true;
    }
    bool goes_on = is_mere_claim(plan, place) && place->back_off_ms > 0;
    place->known = true;
    place->reached = false;
    place->address = *address;
    if (!goes_on) {
        begin_anew(plan, place, now_ms);
    }
    return true;
}

void hs_dial_plan_hurry(struct hs_dial_plan *plan, uint64_t now_ms)
{
    for (uint32_t i = 0; i < HS_DIAL_PLACES; i++) {
        begin_anew(plan, &plan->places[i], now_ms);
    }
}

void hs_dial_plan_hurry_to(struct hs_dial_plan *plan, const struct hs_tcp_address *address,
                           uint64_t now_ms)
{
    for (uint32_t i = 0; i < HS_DIAL_PLACES; i++) {
        struct hs_dial_place *place = &plan->places[i];
        if (place->known && is_same(&place->address, address)) {
            begin_anew(plan, place, now_ms + BACK_OFF_MIN_MS);
        }
    }
}

/* The known place that is due first; of two the owner's. */
static struct hs_dial_place *first_due(struct hs_dial_plan *plan)
{
    struct hs_dial_place *first = NULL;
    for (uint32_t i = 0; i < HS_DIAL_PLACES; i++) {
        struct hs_dial_place *place = &plan->places[i];
        if (place->known && (first == NULL || place->next_ms < first->next_ms)) {
            first = place;
        }
    }
    return first;
}

uint64_t hs_dial_plan_next_ms(const struct hs_dial_plan *plan)
{
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < HS_DIAL_PLACES; i++) {
        const struct hs_dial_place *place = &plan->places[i];
        if (place->known && place->next_ms < next_ms) {
            next_ms = place->next_ms;
        }
    }
    return next_ms;
}

const struct hs_tcp_address *hs_dial_plan_begin(struct hs_dial_plan *plan, uint64_t now_ms)
{
    struct hs_dial_place *place = first_due(plan);
    if (place == NULL || place->next_ms > now_ms) {
        return NULL;
    }
    uint64_t most = back_off_max_ms(plan, place);
    place->back_off_ms = 2 * place->back_off_ms < most ? 2 * place->back_off_ms : most;
    plan->current = (enum hs_dial_place_name)(place - plan->places);
    return &place->address;
}

void hs_dial_plan_reached(struct hs_dial_plan *plan)
{
    struct hs_dial_place *place = &plan->places[plan->current];
    place->reached = true;
    place->back_off_ms = BACK_OFF_MIN_MS;
}

void hs_dial_plan_ended(struct hs_dial_plan *plan, bool was_connected, uint64_t now_ms)
{
    struct hs_dial_place *place = &plan->places[plan->current];
    place->next_ms = now_ms + place->back_off_ms;
    if (was_connected) {
        /* Where it just was comes first. */
        struct hs_dial_place *other = &plan->places[HS_DIAL_PLACES - 1u - plan->current];
        uint64_t after_ms = place->next_ms + other->back_off_ms + 1;
        other->next_ms = other->next_ms > after_ms ? other->next_ms : after_ms;
    }
}
