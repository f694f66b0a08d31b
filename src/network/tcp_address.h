/* hs_tcp_address: "host:port" or "[v6]:port" in two parts.
 */
#ifndef HS_NETWORK_TCP_ADDRESS_H
#define HS_NETWORK_TCP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include <hotstuff/limits.h>
#include <hotstuff/status.h>

struct hs_tcp_address {
    char host[HS_NETWORK_HOST_BYTES_MAX]; /* without brackets */
    char port[HS_NETWORK_PORT_BYTES_MAX]; /* decimal, 0 .. 65535 */
};

/* HS_OK, or HS_INVALID_ARGUMENT: no host, no port, or one out of range. */
HS_MUST_CHECK enum hs_status hs_tcp_address_parse(struct hs_tcp_address *address, const char *text);

/* The socket's form of an address whose host is a number. HS_OK, or HS_INVALID_ARGUMENT for a
 * name. */
HS_MUST_CHECK enum hs_status hs_tcp_address_numeric(struct sockaddr_storage *socket_address,
                                                    const struct hs_tcp_address *address);

/* Whether an address that somebody else claims to be at may be dialed: a number, so that nobody's names
 * are looked up; a port; and what can be one other machine: no group, nothing on this link, no "any".
 * A loopback address can only be meant where all are on one machine: `on_loopback`. */
bool hs_tcp_address_may_be_claimed(const struct hs_tcp_address *address, bool on_loopback);
/* Whether a socket's address is one of this machine to itself. */
bool hs_tcp_address_is_loopback(const struct sockaddr_storage *socket_address);

#endif
