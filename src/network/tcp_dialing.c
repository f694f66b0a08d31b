/* Dialing: of each pair the lower key dials, at the places and times of its plan (dial_plan.h).
 *
 * Names are looked up only where the owner gave them, and off the loop, by libuv's threads. What others
 * claim has to be a number, and one that can be another machine's: a stranger's registration must not
 * make this node ask name servers, or talk to services of its own machine and link.
 */
#include "base/assert.h"
#include "network/tcp_mesh.h"

static uint64_t now_ms(const struct hs_tcp_network *network)
{
    return hs_tcp_now_ms(&network->owner);
}

static void on_dial(uv_timer_t *timer);

void hs_tcp_dial_schedule(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    uint64_t now = now_ms(network);
    uint64_t next = hs_dial_plan_next_ms(&peer->plan);
    if (network->closing || !peer->is_dialed || next == UINT64_MAX) {
        return;
    }
    next = next > peer->kept_out_until_ms ? next : peer->kept_out_until_ms;
    HS_ASSERT(uv_timer_start(&peer->dial_timer, on_dial, next > now ? next - now : 0, 0) == 0);
}

static void on_dial(uv_timer_t *timer)
{
    struct hs_tcp_peer *peer = timer->data;
    struct hs_tcp_network *network = peer->network;
    uint32_t number = (uint32_t)(peer - network->peers);
    if (peer->connection != NULL || peer->dialing != NULL) {
        return;
    }
    const struct hs_tcp_address *address = NULL;
    if (now_ms(network) >= peer->kept_out_until_ms) {
        address = hs_dial_plan_begin(&peer->plan, now_ms(network));
    }
    if (address != NULL) {
        peer->dialing = hs_tcp_connection_dial(&network->owner, number, address);
    }
    if (address != NULL && peer->dialing == NULL) {
        hs_dial_plan_ended(&peer->plan, false, now_ms(network));
    }
    if (peer->dialing == NULL) {
        hs_tcp_dial_schedule(network, number);
    }
}

void hs_tcp_dial_cut_off(struct hs_tcp_connection *connection)
{
    if (connection != NULL) {
        connection->peer = HS_TCP_NO_PEER;
        hs_tcp_connection_close(connection, HS_NOT_A_VALIDATOR);
    }
}

static void stop_dialing(struct hs_tcp_network *network, struct hs_tcp_peer *peer)
{
    if (peer->dialing != NULL) {
        hs_tcp_dial_cut_off(peer->dialing);
        peer->dialing = NULL;
        hs_dial_plan_ended(&peer->plan, false, now_ms(network));
    }
}

/* Whether the text is an address to be dialed. */
static bool read_place(struct hs_tcp_network *network, uint32_t number,
                       enum hs_dial_place_name name, const char *text,
                       struct hs_tcp_address *address)
{
    if (text == NULL || text[0] == '\0') {
        return false;
    }
    bool is_address = hs_tcp_address_parse(address, text) == HS_OK;
    if (name == HS_DIAL_CLAIMED) {
        is_address = is_address && hs_tcp_address_may_be_claimed(address, network->on_loopback);
    }
    if (!is_address) {
        hs_tcp_mesh_log(network, number, HS_TCP_LOG_ADDRESS,
                        name == HS_DIAL_CLAIMED
                            ? "the address it registered is no number and port of another machine: "
                              "it is not dialed"
                            : "its address cannot be read as host:port or [v6]:port: it is not "
                              "dialed");
    }
    return is_address;
}

void hs_tcp_dial_set_place(struct hs_tcp_network *network, uint32_t number,
                           enum hs_dial_place_name name, const char *text)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    struct hs_tcp_address address;
    bool has_address = read_place(network, number, name, text, &address);
    const struct hs_tcp_address *place = has_address ? &address : NULL;
    if (hs_dial_plan_is_new(&peer->plan, name, place) && peer->plan.current == name) {
        stop_dialing(network, peer); /* at its old address */
    }
    if (hs_dial_plan_set(&peer->plan, name, place, now_ms(network))) {
        hs_tcp_dial_schedule(network, number);
    }
}

void hs_tcp_dial_hurry(struct hs_tcp_network *network, uint32_t number)
{
    struct hs_tcp_peer *peer = &network->peers[number];
    if (peer->connection == NULL) {
        hs_dial_plan_hurry(&peer->plan, now_ms(network));
        hs_tcp_dial_schedule(network, number);
    }
}

/* Two keys at one address are one validator's that rotates: it shows one after the other. While it
 * shows the old one, dialing it by the new one fails again and again; when that connection ends, it may
 * well be because it now shows the new one. Only where it was found, not where it claims to be. */
void hs_tcp_dial_others_there(struct hs_tcp_network *network, uint32_t number)
{
    const struct hs_dial_plan *lost = &network->peers[number].plan;
    const struct hs_dial_place *place = &lost->places[lost->current];
    bool was_found = place->known && (place->reached || lost->current == HS_DIAL_OWNERS);
    for (uint32_t i = 0; i < network->table.end && was_found; i++) {
        struct hs_tcp_peer *peer = &network->peers[i];
        if (i != number && peer->connection == NULL && peer->dialing == NULL) {
            hs_dial_plan_hurry_to(&peer->plan, &place->address, now_ms(network));
            hs_tcp_dial_schedule(network, i);
        }
    }
}
