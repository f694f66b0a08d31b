/* What a world tells who watches it. See observer.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/attacker.h"
#include "sim/world_internal.h"

#define FAULT_CHARACTERS 320u

/* -- messages and links ------------------------------------------------------------------- */

static void tell_of_sending(struct hs_world *world, struct hs_observed_sending *sending,
                            const struct hs_buffer *buffer)
{
    bool well_formed = hs_world_look_at(world, sending->from, buffer);
    sending->now_ns = world->now_ns;
    sending->content = world->seen_number;
    sending->message = well_formed ? &world->message : NULL;
    sending->message_bytes = buffer->size;
    world->observer.sent(world->observer.context, sending);
}

static void on_sent(void *context, uint64_t number, uint32_t from, uint32_t to,
                    const struct hs_buffer *buffer)
{
    struct hs_observed_sending sending = {.number = number, .from = from, .to = to};
    tell_of_sending(context, &sending, buffer);
}

static void on_refused(void *context, uint32_t from, uint32_t to, const struct hs_buffer *buffer)
{
    struct hs_observed_sending sending = {.refused = true, .from = from, .to = to};
    tell_of_sending(context, &sending, buffer);
}

static void on_arrived(void *context, uint64_t number)
{
    struct hs_world *world = context;
    world->observer.arrived(world->observer.context, world->now_ns, number);
}

static void on_lost(void *context, uint64_t number)
{
    struct hs_world *world = context;
    world->observer.lost(world->observer.context, world->now_ns, number);
}

static void on_link(void *context, uint32_t from, uint32_t to, bool passes)
{
    struct hs_world *world = context;
    world->observer.link(world->observer.context, world->now_ns, from, to, passes);
}

/* -- who watches ------------------------------------------------------------------------------ */

/* NULL for an honest process. */
static const char *kind_of(const struct hs_world_process *process)
{
    if (process->endpoint.attacker != NULL) {
        return process->endpoint.attacker->attack->name;
    }
    if (process->puppet) {
        return "puppet";
    }
    return hs_world_is_byzantine(process->world, process->validator) ? "twin" : NULL;
}

void hs_world_set_observer(struct hs_world *world, const struct hs_observer *observer)
{
    world->observed = true;
    world->observer = *observer;
    hs_simulated_network_set_observer(world->network, &(struct hs_simulated_observer){
                                                          .context = world,
                                                          .sent = on_sent,
                                                          .refused = on_refused,
                                                          .arrived = on_arrived,
                                                          .lost = on_lost,
                                                          .link = on_link,
                                                      });
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct hs_world_process *process = &world->processes[i];
        observer->process(observer->context, i, process->validator, kind_of(process));
    }
}

void hs_world_stop_observing(struct hs_world *world)
{
    world->observed = false;
    hs_simulated_network_set_observer(world->network, NULL);
}

/* -- nodes -------------------------------------------------------------------------------------- */

void hs_world_observe_happened(struct hs_world *world, uint32_t process,
                               enum hs_process_event event, const char *why)
{
    if (world->observed) {
        world->observer.happened(world->observer.context, world->now_ns, process, event, why);
    }
}

void hs_world_observe_note(struct hs_world *world, uint32_t process, const char *format, ...)
{
    if (!world->observed) {
        return;
    }
    char text[FAULT_CHARACTERS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    hs_world_observe_happened(world, process, HS_PROCESS_NOTED, text);
}

void hs_world_observe_turn(struct hs_world *world, uint32_t process)
{
    if (world->observed) {
        world->observer.turn_over(world->observer.context, world->now_ns, process,
                                  hs_node_core(world->processes[process].node));
    }
}

void hs_world_observe_violation(struct hs_world *world)
{
    if (!world->observed || world->violation_told) {
        return;
    }
    const char *violation = hs_checkers_violation(world->checkers);
    if (violation != NULL) {
        world->violation_told = true;
        world->observer.violated(world->observer.context, world->now_ns, violation);
    }
}

void hs_world_say_fault(struct hs_world *world, const char *format, ...)
{
    if (!world->observed) {
        return;
    }
    char text[FAULT_CHARACTERS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    world->observer.fault(world->observer.context, world->now_ns, text);
}
