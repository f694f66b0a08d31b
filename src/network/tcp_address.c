/* The last colon parts host and port. A host with colons of its own needs brackets, or it could
 * be read in two ways. */
#include "network/tcp_address.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#define PORT_MAX 65535

static enum hs_status parse_port(struct hs_tcp_address *address, const char *text)
{
    size_t size = strlen(text);
    if (size == 0 || size >= sizeof address->port || strspn(text, "0123456789") != size ||
        atoi(text) > PORT_MAX) {
        return HS_INVALID_ARGUMENT;
    }
    memcpy(address->port, text, size + 1);
    return HS_OK;
}

enum hs_status hs_tcp_address_parse(struct hs_tcp_address *address, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        return HS_INVALID_ARGUMENT;
    }
    const char *host = text;
    size_t host_size = (size_t)(colon - text);
    if (host_size >= 2 && host[0] == '[' && host[host_size - 1] == ']') {
        host += 1;
        host_size -= 2;
    } else if (memchr(host, ':', host_size) != NULL) {
        return HS_INVALID_ARGUMENT;
    }
    if (host_size == 0 || host_size >= sizeof address->host) {
        return HS_INVALID_ARGUMENT;
    }
    memcpy(address->host, host, host_size);
    address->host[host_size] = '\0';
    return parse_port(address, colon + 1);
}

enum hs_status hs_tcp_address_numeric(struct sockaddr_storage *socket_address,
                                      const struct hs_tcp_address *address)
{
    int port = atoi(address->port);
    bool is_numeric = uv_ip4_addr(address->host, port, (struct sockaddr_in *)socket_address) == 0 ||
                      uv_ip6_addr(address->host, port, (struct sockaddr_in6 *)socket_address) == 0;
    return is_numeric ? HS_OK : HS_INVALID_ARGUMENT;
}

/* -- addresses that others claim ----------------------------------------------------------- */

/* The IPv4 address in host order that this one is, or stands for. False: it is of IPv6 only. */
static bool v4_of(const struct sockaddr_storage *socket_address, uint32_t *v4)
{
    uint8_t bytes[4];
    if (socket_address->ss_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)socket_address)->sin_addr, sizeof bytes);
    } else {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)socket_address)->sin6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(v6)) {
            return false;
        }
        memcpy(bytes, &v6->s6_addr[12], sizeof bytes);
    }
    *v4 = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

bool hs_tcp_address_is_loopback(const struct sockaddr_storage *socket_address)
{
    uint32_t v4;
    return v4_of(socket_address, &v4)
               ? v4 >> 24 == 127
               : IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)socket_address)->sin6_addr);
}

/* RFC 1122: 0.0.0.0/8 is this host, 224.0.0.0 and all above are groups, reserved, or everybody.
 * RFC 3927 and 4291: links. */
static bool is_of_one_machine(const struct sockaddr_storage *socket_address)
{
    uint32_t v4;
    if (v4_of(socket_address, &v4)) {
        return v4 >> 24 != 0 && v4 >> 24 < 224 && v4 >> 16 != (169u << 8 | 254u);
    }
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)socket_address)->sin6_addr;
    return !IN6_IS_ADDR_UNSPECIFIED(v6) && !IN6_IS_ADDR_MULTICAST(v6) && !IN6_IS_ADDR_LINKLOCAL(v6);
}

bool hs_tcp_address_may_be_claimed(const struct hs_tcp_address *address, bool on_loopback)
{
    struct sockaddr_storage socket_address;
    if (hs_tcp_address_numeric(&socket_address, address) != HS_OK || atoi(address->port) == 0) {
        return false;
    }
    return is_of_one_machine(&socket_address) &&
           (on_loopback || !hs_tcp_address_is_loopback(&socket_address));
}
