#include "ledger/contacts.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/ledger_parts.h"
#include "ledger/validator_records.h"

struct list {
    struct hs_contact *contacts;
    size_t max;
    size_t count;
};

/* Keys of one validator: those of before `first` are others' if anybody's. */
static bool stands_from(const struct list *list, size_t first,
                        const struct hs_ed25519_public_key *key)
{
    for (size_t i = first; i < list->count; i++) {
        if (memcmp(&list->contacts[i].key, key, sizeof *key) == 0) {
            return true;
        }
    }
    return false;
}

/* The newest keys first. Two of its places may hold one network key: only the other key was changed. */
static void add(struct list *list, const struct hs_registry *registry,
                const struct hs_address *operator_address, uint64_t epoch)
{
    struct hs_staker staker;
    struct hs_staker_keys keys;
    struct hs_address fee_recipient;
    struct hs_dial_address address;
    bool found = hs_staker_get(registry, &staker, operator_address);
    HS_ASSERT(found);
    hs_staker_contact_get(registry, &fee_recipient, &address, operator_address);
    size_t first = list->count;
    for (uint32_t i = staker.key_count; i > 0 && list->count < list->max; i--) {
        hs_staker_keys_get(registry, &keys, operator_address, i - 1);
        if (keys.last_epoch >= epoch && !stands_from(list, first, &keys.network_key)) {
            list->contacts[list->count++] = (struct hs_contact){keys.network_key, address};
        }
    }
}

size_t hs_ledger_registered(const void *context, struct hs_contact contacts[], size_t max)
{
    const struct hs_ledger *ledger = context;
    struct hs_registry *registry = ledger->registry;
    struct hs_staking_totals totals;
    struct hs_randomness_mix mix;
    uint64_t epoch;
    hs_registry_begin(registry, ledger->trees.of[HS_TREE_REGISTRY],
                      &ledger->slots[ledger->committed].version.of[HS_TREE_REGISTRY]);
    hs_mix_get(registry, &mix, &epoch);
    hs_staking_totals_get(registry, &totals);
    struct list list = {.contacts = contacts, .max = max};
    for (uint32_t place = 0; place < totals.registered && list.count < max; place++) {
        struct hs_address operator_address;
        hs_roster_get(registry, &operator_address, place);
        add(&list, registry, &operator_address, epoch);
    }
    return list.count;
}
