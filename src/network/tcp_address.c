/* The last colon parts host and port. A host with colons of its own needs brackets, or it could
 * be read in two ways. */
#include "network/tcp_address.h"

#include <stdbool.h>
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
