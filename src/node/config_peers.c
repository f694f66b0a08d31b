/* Peers in hotstuff.conf. See config_parts.h. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "node/config_parts.h"

bool hs_config_take_peer(struct hs_config_parse *parse, const char *name, const char *value)
{
    uint64_t index = 0;
    if (!hs_decimal_read(&index, name + strlen("peer.")) || index >= HS_VALIDATORS_MAX) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT, "network.%s: write peer.0 to peer.%u",
                              name, HS_VALIDATORS_MAX - 1);
    }
    char *peer = parse->config->peers[index];
    if (peer[0] != '\0') {
        return hs_config_fail(parse, HS_MALFORMED, "network.%s stands twice; remove one", name);
    }
    if (!hs_is_endpoint(value) || strlen(value) >= HS_ENDPOINT_CHARACTERS) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT,
                              "network.%s = %s: give host:port, as in 127.0.0.1:27000", name,
                              value);
    }
    memcpy(peer, value, strlen(value) + 1);
    return true;
}

bool hs_contact_read(struct hs_contact *contact, const char *text)
{
    char key[HS_HEX_CHARACTERS(HS_ED25519_PUBLIC_KEY_BYTES)];
    const char *at = strchr(text, '@');
    if (at == NULL || (size_t)(at - text) != sizeof key - 1) {
        return false;
    }
    memcpy(key, text, sizeof key - 1);
    key[sizeof key - 1] = '\0';
    return hs_hex_read(contact->key.bytes, sizeof contact->key.bytes, key) &&
           hs_dial_address_read(&contact->address, at + 1);
}

bool hs_config_take_known(struct hs_config_parse *parse, const char *name, const char *value)
{
    uint64_t index = 0;
    if (!hs_decimal_read(&index, name + strlen("known.")) || index >= HS_KNOWN_PEERS_MAX) {
        return hs_config_fail(parse, HS_INVALID_ARGUMENT, "network.%s: write known.0 to known.%u",
                              name, HS_KNOWN_PEERS_MAX - 1);
    }
    struct hs_contact *known = &parse->config->known[index];
    if (known->address.text[0] != '\0') {
        return hs_config_fail(parse, HS_MALFORMED, "network.%s stands twice; remove one", name);
    }
    if (!hs_contact_read(known, value)) {
        return hs_config_fail(
            parse, HS_INVALID_ARGUMENT,
            "network.%s = %s: give KEY@host:port, the network key as \"0x\" and 64 lowercase "
            "hex digits, the address of at most %u characters",
            name, value, HS_DIAL_ADDRESS_BYTES_MAX);
    }
    for (uint32_t i = 0; i < HS_KNOWN_PEERS_MAX; i++) {
        const struct hs_contact *other = &parse->config->known[i];
        if (other != known && other->address.text[0] != '\0' &&
            memcmp(&other->key, &known->key, sizeof known->key) == 0) {
            return hs_config_fail(parse, HS_MALFORMED,
                                  "network.%s has the key of known.%" PRIu32 "; remove one", name,
                                  i);
        }
    }
    return true;
}
