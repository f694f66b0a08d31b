/* See check_memory.h. */
#include "sim/check_memory.h"

#include <inttypes.h>

#define NAME "memory"

void hs_check_memory_node(struct hs_check *check, uint32_t process,
                          const struct hs_node_usage usage[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (usage[i].used > usage[i].limit) {
            hs_check_fail(check, NAME, "node %" PRIu32 " has %" PRIu64 " %s, the limit is %" PRIu64,
                          process, usage[i].used, usage[i].name, usage[i].limit);
        }
    }
}

void hs_check_memory_network(struct hs_check *check, uint64_t in_flight, uint64_t in_flight_max)
{
    if (in_flight > in_flight_max) {
        hs_check_fail(check, NAME,
                      "%" PRIu64 " messages are under way in the network, the limit is %" PRIu64,
                      in_flight, in_flight_max);
    }
}
