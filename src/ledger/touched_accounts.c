#include "ledger/touched_accounts.h"

#include "base/assert.h"

#define FEW_ACCOUNTS (HS_TOUCHED_MAX / 32u)

void hs_touched_init(struct hs_touched_accounts *touched, struct hs_id_map *index_of)
{
    touched->index_of = index_of;
    touched->count = 0;
    touched->burned.kind = HS_LEAF_BURNED;
    touched->base_fee.kind = HS_LEAF_BASE_FEE;
    hs_leaf_number_path(&touched->burned.entry.path, HS_LEAF_BURNED);
    hs_leaf_number_path(&touched->base_fee.entry.path, HS_LEAF_BASE_FEE);
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
        HS_ASSERT(touched->count < HS_TOUCHED_ACCOUNTS_MAX);
        status = hs_id_map_insert(touched->index_of, address->bytes, index);
        touched->accounts[index].address = *address;
        hs_account_path(&touched->accounts[index].entry.path, address);
        touched->count++;
    }
    HS_ASSERT(status == HS_OK);
    return index;
}

static void read_number(struct hs_touched_number *number)
{
    number->number = 0;
    number->made = number->entry.value.size > 0;
    if (number->made) {
        enum hs_status status =
            hs_leaf_number_decode(&number->number, number->kind, &number->entry.value);
        HS_ASSERT(status == HS_OK);
    }
    number->as_read = number->number;
}

/* The values in the tree are what this room wrote or hs_ledger's restore checked. */
void hs_touched_read(struct hs_touched_accounts *touched, const struct hs_state_tree *tree,
                     const struct hs_state_version *version)
{
    for (uint32_t i = 0; i < touched->count; i++) {
        touched->entries[i] = &touched->accounts[i].entry;
    }
    touched->entries[touched->count] = &touched->burned.entry;
    touched->entries[touched->count + 1] = &touched->base_fee.entry;
    hs_state_tree_locate(tree, version, touched->entries, touched->count + 2);
    for (uint32_t i = 0; i < touched->count; i++) {
        struct hs_touched_account *account = &touched->accounts[i];
        enum hs_status status = hs_account_decode(&account->account, &account->entry.value);
        HS_ASSERT(status == HS_OK);
        account->made = account->entry.value.size > 0;
        account->changed = false;
    }
    read_number(&touched->burned);
    read_number(&touched->base_fee);
}

/* Appends the entry of a number that is to be written. */
static void add_number(struct hs_touched_accounts *touched, size_t *count,
                       struct hs_touched_number *number)
{
    if (!number->made || number->number != number->as_read) {
        hs_leaf_number_encode(&number->entry.value, number->kind, number->number);
        touched->entries[*count] = &number->entry;
        (*count)++;
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
    add_number(touched, &count, &touched->burned);
    add_number(touched, &count, &touched->base_fee);
    return hs_state_tree_update(tree, child, parent, touched->entries, count);
}
