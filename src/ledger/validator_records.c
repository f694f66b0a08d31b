#include "ledger/validator_records.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/record.h"

static struct hs_record_key key_of(enum hs_leaf_kind kind, const struct hs_address *address)
{
    return hs_record_key(kind, address->bytes, HS_ADDRESS_BYTES);
}

static struct hs_record_key key_at(enum hs_leaf_kind kind, const struct hs_address *address,
                                   uint32_t index)
{
    return hs_record_key_of_place(kind, address->bytes, HS_ADDRESS_BYTES, index);
}

/* -- all together ------------------------------------------------------------------- */

void hs_staking_totals_get(const struct hs_registry *registry, struct hs_staking_totals *totals)
{
    struct hs_record_key key = hs_record_key(HS_LEAF_STAKING, NULL, 0);
    struct hs_record record;
    *totals = (struct hs_staking_totals){.registered = 0};
    if (hs_record_get(registry, &record, &key)) {
        totals->registered = hs_read_u32(&record.reader);
        totals->staked.units = hs_read_u64(&record.reader);
        hs_record_end(&record);
    }
}

void hs_staking_totals_put(struct hs_registry *registry, const struct hs_staking_totals *totals)
{
    struct hs_record_key key = hs_record_key(HS_LEAF_STAKING, NULL, 0);
    struct hs_record record;
    hs_record_begin(&record, &key);
    hs_write_u32(&record.writer, totals->registered);
    hs_write_u64(&record.writer, totals->staked.units);
    hs_record_put(registry, &record, &key);
}

/* -- one address as the value ---------------------------------------------------------- */

static bool get_address(const struct hs_registry *registry, struct hs_address *address,
                        const struct hs_record_key *key)
{
    return hs_bytes_record_get(registry, address->bytes, HS_ADDRESS_BYTES, key);
}

static void put_address(struct hs_registry *registry, const struct hs_address *address,
                        const struct hs_record_key *key)
{
    hs_bytes_record_put(registry, address->bytes, HS_ADDRESS_BYTES, key);
}

static struct hs_record_key roster_key(uint32_t place)
{
    return hs_record_key_of_place(HS_LEAF_ROSTER, "", 0, place);
}

void hs_roster_get(const struct hs_registry *registry, struct hs_address *operator_address,
                   uint32_t place)
{
    struct hs_record_key key = roster_key(place);
    bool found = get_address(registry, operator_address, &key);
    HS_ASSERT(found);
}

void hs_roster_put(struct hs_registry *registry, const struct hs_address *operator_address,
                   uint32_t place)
{
    struct hs_record_key key = roster_key(place);
    put_address(registry, operator_address, &key);
}

void hs_roster_remove(struct hs_registry *registry, uint32_t place)
{
    struct hs_record_key key = roster_key(place);
    hs_record_remove(registry, &key);
}

static struct hs_record_key bls_owner_key(const struct hs_bls_public_key *key)
{
    return hs_record_key(HS_LEAF_BLS_OWNER, key->bytes, sizeof key->bytes);
}

static struct hs_record_key network_owner_key(const struct hs_ed25519_public_key *key)
{
    return hs_record_key(HS_LEAF_NETWORK_OWNER, key->bytes, sizeof key->bytes);
}

bool hs_bls_owner_get(const struct hs_registry *registry, struct hs_address *operator_address,
                      const struct hs_bls_public_key *key)
{
    struct hs_record_key owner = bls_owner_key(key);
    return get_address(registry, operator_address, &owner);
}

bool hs_network_owner_get(const struct hs_registry *registry, struct hs_address *operator_address,
                          const struct hs_ed25519_public_key *key)
{
    struct hs_record_key owner = network_owner_key(key);
    return get_address(registry, operator_address, &owner);
}

/* -- a validator -------------------------------------------------------------------------- */

bool hs_staker_get(const struct hs_registry *registry, struct hs_staker *staker,
                   const struct hs_address *operator_address)
{
    struct hs_record_key key = key_of(HS_LEAF_STAKER, operator_address);
    struct hs_record record;
    if (!hs_record_get(registry, &record, &key)) {
        return false;
    }
    staker->stake.units = hs_read_u64(&record.reader);
    staker->jailed_until = hs_read_u64(&record.reader);
    staker->key_count = hs_read_u8(&record.reader);
    staker->unbonding_count = hs_read_u8(&record.reader);
    hs_record_end(&record);
    return true;
}

void hs_staker_put(struct hs_registry *registry, const struct hs_staker *staker,
                   const struct hs_address *operator_address)
{
    struct hs_record_key key = key_of(HS_LEAF_STAKER, operator_address);
    struct hs_record record;
    hs_record_begin(&record, &key);
    hs_write_u64(&record.writer, staker->stake.units);
    hs_write_u64(&record.writer, staker->jailed_until);
    hs_write_u8(&record.writer, staker->key_count);
    hs_write_u8(&record.writer, staker->unbonding_count);
    hs_record_put(registry, &record, &key);
}

void hs_staker_remove(struct hs_registry *registry, const struct hs_address *operator_address)
{
    static const enum hs_leaf_kind kinds[] = {
        HS_LEAF_STAKER,
        HS_LEAF_STAKER_FEES,
        HS_LEAF_STAKER_DIAL,
        HS_LEAF_PUNISHMENTS,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hs_record_key key = key_of(kinds[i], operator_address);
        hs_record_remove(registry, &key);
    }
}

void hs_staker_contact_get(const struct hs_registry *registry, struct hs_address *fee_recipient,
                           struct hs_dial_address *address,
                           const struct hs_address *operator_address)
{
    struct hs_record_key key = key_of(HS_LEAF_STAKER_FEES, operator_address);
    bool found = get_address(registry, fee_recipient, &key);
    HS_ASSERT(found);
    key = key_of(HS_LEAF_STAKER_DIAL, operator_address);
    hs_dial_record_get(registry, address, &key);
}

void hs_staker_contact_put(struct hs_registry *registry, const struct hs_address *fee_recipient,
                           const struct hs_dial_address *address,
                           const struct hs_address *operator_address)
{
    struct hs_record_key key = key_of(HS_LEAF_STAKER_FEES, operator_address);
    put_address(registry, fee_recipient, &key);
    key = key_of(HS_LEAF_STAKER_DIAL, operator_address);
    hs_dial_record_put(registry, address, &key);
}

/* -- its keys -------------------------------------------------------------------------------- */

void hs_staker_keys_get(const struct hs_registry *registry, struct hs_staker_keys *keys,
                        const struct hs_address *operator_address, uint32_t index)
{
    struct hs_record_key key = key_at(HS_LEAF_STAKER_BLS, operator_address, index);
    struct hs_record record;
    bool found =
        hs_bytes_record_get(registry, keys->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES, &key);
    HS_ASSERT(found);
    key = key_at(HS_LEAF_STAKER_NETWORK, operator_address, index);
    found = hs_record_get(registry, &record, &key);
    HS_ASSERT(found);
    hs_read_bytes(&record.reader, keys->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    keys->first_epoch = hs_read_u64(&record.reader);
    keys->last_epoch = hs_read_u64(&record.reader);
    hs_record_end(&record);
}

void hs_staker_keys_put(struct hs_registry *registry, const struct hs_staker_keys *keys,
                        const struct hs_address *operator_address, uint32_t index)
{
    struct hs_record_key key = key_at(HS_LEAF_STAKER_BLS, operator_address, index);
    struct hs_record record;
    hs_bytes_record_put(registry, keys->bls_public_key.bytes, HS_BLS_PUBLIC_KEY_BYTES, &key);
    key = key_at(HS_LEAF_STAKER_NETWORK, operator_address, index);
    hs_record_begin(&record, &key);
    hs_write_bytes(&record.writer, keys->network_key.bytes, HS_ED25519_PUBLIC_KEY_BYTES);
    hs_write_u64(&record.writer, keys->first_epoch);
    hs_write_u64(&record.writer, keys->last_epoch);
    hs_record_put(registry, &record, &key);
}

/* Takes out what leads from a key of `gone` to the operator, if no other place holds that key. */
static void free_keys(struct hs_registry *registry, const struct hs_staker *staker,
                      const struct hs_address *operator_address, const struct hs_staker_keys *gone)
{
    bool bls_stays = false, network_stays = false;
    for (uint32_t i = 0; i < staker->key_count; i++) {
        struct hs_staker_keys keys;
        hs_staker_keys_get(registry, &keys, operator_address, i);
        bls_stays = bls_stays || memcmp(&keys.bls_public_key, &gone->bls_public_key,
                                        sizeof keys.bls_public_key) == 0;
        network_stays = network_stays ||
                        memcmp(&keys.network_key, &gone->network_key, sizeof keys.network_key) == 0;
    }
    if (!bls_stays) {
        struct hs_record_key key = bls_owner_key(&gone->bls_public_key);
        hs_record_remove(registry, &key);
    }
    if (!network_stays) {
        struct hs_record_key key = network_owner_key(&gone->network_key);
        hs_record_remove(registry, &key);
    }
}

void hs_staker_keys_remove(struct hs_registry *registry, struct hs_staker *staker,
                           const struct hs_address *operator_address, uint32_t index)
{
    struct hs_staker_keys gone;
    hs_staker_keys_get(registry, &gone, operator_address, index);
    staker->key_count--;
    for (uint32_t i = index; i < staker->key_count; i++) {
        struct hs_staker_keys keys;
        hs_staker_keys_get(registry, &keys, operator_address, i + 1);
        hs_staker_keys_put(registry, &keys, operator_address, i);
    }
    struct hs_record_key key = key_at(HS_LEAF_STAKER_BLS, operator_address, staker->key_count);
    hs_record_remove(registry, &key);
    key = key_at(HS_LEAF_STAKER_NETWORK, operator_address, staker->key_count);
    hs_record_remove(registry, &key);
    free_keys(registry, staker, operator_address, &gone);
}

void hs_staker_keys_add(struct hs_registry *registry, struct hs_staker *staker,
                        const struct hs_address *operator_address,
                        const struct hs_staker_keys *keys)
{
    HS_ASSERT(staker->key_count < HS_VALIDATOR_KEYS_MAX);
    hs_staker_keys_put(registry, keys, operator_address, staker->key_count);
    staker->key_count++;
    struct hs_record_key key = bls_owner_key(&keys->bls_public_key);
    put_address(registry, operator_address, &key);
    key = network_owner_key(&keys->network_key);
    put_address(registry, operator_address, &key);
}

/* -- unbonding and punishments --------------------------------------------------------------- */

void hs_unbonding_get(const struct hs_registry *registry, struct hs_unbonding *unbonding,
                      const struct hs_address *operator_address, uint32_t index)
{
    struct hs_record_key key = key_at(HS_LEAF_UNBONDING, operator_address, index);
    struct hs_record record;
    bool found = hs_record_get(registry, &record, &key);
    HS_ASSERT(found);
    unbonding->epoch = hs_read_u64(&record.reader);
    unbonding->amount.units = hs_read_u64(&record.reader);
    hs_record_end(&record);
}

void hs_unbonding_put(struct hs_registry *registry, const struct hs_unbonding *unbonding,
                      const struct hs_address *operator_address, uint32_t index)
{
    struct hs_record_key key = key_at(HS_LEAF_UNBONDING, operator_address, index);
    struct hs_record record;
    hs_record_begin(&record, &key);
    hs_write_u64(&record.writer, unbonding->epoch);
    hs_write_u64(&record.writer, unbonding->amount.units);
    hs_record_put(registry, &record, &key);
}

void hs_unbonding_remove(struct hs_registry *registry, const struct hs_address *operator_address,
                         uint32_t index)
{
    struct hs_record_key key = key_at(HS_LEAF_UNBONDING, operator_address, index);
    hs_record_remove(registry, &key);
}

void hs_punishments_get(const struct hs_registry *registry, struct hs_punishments *punishments,
                        const struct hs_address *operator_address)
{
    struct hs_record_key key = key_of(HS_LEAF_PUNISHMENTS, operator_address);
    struct hs_record record;
    *punishments = (struct hs_punishments){.latest = 0};
    if (hs_record_get(registry, &record, &key)) {
        punishments->latest = hs_read_u64(&record.reader);
        hs_read_bytes(&record.reader, punishments->bits, sizeof punishments->bits);
        hs_record_end(&record);
    }
}

void hs_punishments_put(struct hs_registry *registry, const struct hs_punishments *punishments,
                        const struct hs_address *operator_address)
{
    struct hs_record_key key = key_of(HS_LEAF_PUNISHMENTS, operator_address);
    struct hs_record record;
    hs_record_begin(&record, &key);
    hs_write_u64(&record.writer, punishments->latest);
    hs_write_bytes(&record.writer, punishments->bits, sizeof punishments->bits);
    hs_record_put(registry, &record, &key);
}
