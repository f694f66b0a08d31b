#include "ledger/touched_accounts.h"

#include "base/assert.h"

#define FEW_ACCOUNTS (HS_TOUCHED_MAX / 32u)

void hs_touched_init(struct hs_touched_accounts *touched, struct hs_id_map *index_of)
{
    touched->index_of = index_of;
    touched->count = 0;
    hs_burned_path(&touched->burned_entry.path);
}

/* The map has room for the largest block: to wipe all of it for a few accounts would cost more than
 * the block. */
void hs_touched_clear(struct hs_touched_accounts *touched)
{
    if (touched->count > FEW_ACCOUNTS) {
        hs_id_map_clear(touched->index_of);
        touched->count = 0;
    }
    while (touched->count > 0) {
        touched->count--;
        uint32_t index;
        enum hs_status status = hs_id_map_remove(touched->index_of, &index,
                                                 touched->accounts[touched->count].address.bytes);
        HS_ASSERT(status == HS_OK);
    }
}

uint32_t hs_touched_name(struct hs_touched_accounts *touched, const struct hs_address *address)
{
    uint32_t index = touched->count;
    enum hs_status status = hs_id_map_find(touched->index_of, &index, address->bytes);
    if (status == HS_NOT_FOUND) {
        HS_ASSERT(touched->count + 1 < HS_TOUCHED_MAX);
        status = hs_id_map_insert(touched->index_of, address->bytes, index);
        touched->accounts[index].address = *address;
        hs_account_path(&touched->accounts[index].entry.path, address);
        touched->count++;
    }
    HS_ASSERT(status == HS_OK);
    return index;
}

/* The values in the tree are what this room wrote or hs_ledger's restore checked. */
void hs_touched_read(struct hs_touched_accounts *touched, const struct hs_state_tree *tree,
                     const struct hs_state_version *version)
{
    for (uint32_t i = 0; i < touched->count; i++) {
        touched->entries[i] = &touched->accounts[i].entry;
    }
    touched->entries[touched->count] = &touched->burned_entry;
    hs_state_tree_locate(tree, version, touched->entries, touched->count + 1);
    for (uint32_t i = 0; i < touched->count; i++) {
        struct hs_touched_account *account = &touched->accounts[i];
        enum hs_status status = hs_account_decode(&account->account, &account->entry.value);
        HS_ASSERT(status == HS_OK);
        account->made = account->entry.value.size > 0;
        account->changed = false;
    }
    touched->burned.units = 0;
    touched->burned_changed = touched->burned_entry.value.size == 0;
    if (!touched->burned_changed) {
        enum hs_status status = hs_burned_decode(&touched->burned, &touched->burned_entry.value);
        HS_ASSERT(status == HS_OK);
    }
}

enum hs_status hs_touched_write(struct hs_touched_accounts *touched, struct hs_state_tree *tree,
                                struct hs_state_version *child,
                                const struct hs_state_version *parent)
{
    size_t count = 0;
    for (uint32_t i = 0; i < touched->count; i++) {
        struct hs_touched_account *account = &touched->accounts[i];
        if (account->changed) {
            hs_account_encode(&account->entry.value, &account->account);
            touched->entries[count] = &account->entry;
            count++;
        }
    }
    if (touched->burned_changed) {
        hs_burned_encode(&touched->burned_entry.value, touched->burned);
        touched->entries[count] = &touched->burned_entry;
        count++;
    }
    return hs_state_tree_update(tree, child, parent, touched->entries, count);
}
