#include "node/genesis_parameters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NAME "parameters"

/* Amounts are decimals in quotes, all else is a number. */
enum form { AMOUNT, COUNT, COUNT_32 };

struct member {
    const char *object;
    const char *name;
    enum form form;
    size_t at;
};

#define MEMBER(object, name, form)                                                                 \
    {                                                                                              \
#object, #name, form, offsetof(struct hs_ledger_parameters, object.name)                   \
    }

/* Those of one object stand together. fees.base_fee is the document's own "base_fee". */
static const struct member MEMBERS[] = {
    MEMBER(fees, base_fee_min, AMOUNT),         MEMBER(fees, gas_limit, COUNT),
    MEMBER(commits, deposit, AMOUNT),           MEMBER(commits, window_blocks, COUNT_32),
    MEMBER(commits, per_sender_max, COUNT_32),  MEMBER(commits, total_max, COUNT_32),
    MEMBER(staking, epoch_blocks, COUNT),       MEMBER(staking, stake_min, AMOUNT),
    MEMBER(staking, validators_max, COUNT_32),  MEMBER(staking, unbonding_epochs, COUNT_32),
    MEMBER(staking, slash_per_mille, COUNT_32), MEMBER(staking, jail_epochs, COUNT_32),
    MEMBER(staking, evidence_epochs, COUNT_32),
};
#define MEMBER_COUNT (sizeof MEMBERS / sizeof MEMBERS[0])

static const char *const OBJECTS[] = {"fees", "commits", "staking"};
#define OBJECT_COUNT (sizeof OBJECTS / sizeof OBJECTS[0])

static bool belongs_to(const struct member *member, const char *object)
{
    return strcmp(member->object, object) == 0;
}

static uint64_t value_of(const struct hs_ledger_parameters *parameters, const struct member *member)
{
    const uint8_t *at = (const uint8_t *)parameters + member->at;
    uint32_t small;
    uint64_t value;
    if (member->form == COUNT_32) {
        memcpy(&small, at, sizeof small);
        return small;
    }
    memcpy(&value, at, sizeof value);
    return value;
}

static enum hs_status read_member(struct hs_ledger_parameters *parameters,
                                  struct hs_genesis_entry *entry, const struct member *member)
{
    uint8_t *at = (uint8_t *)parameters + member->at;
    uint64_t value = 0;
    enum hs_status status = member->form == AMOUNT
                                ? hs_genesis_read_decimal(entry, member->name, &value)
                                : hs_genesis_read_integer(entry, member->name, &value);
    if (status != HS_OK) {
        return status;
    }
    if (member->form != COUNT_32) {
        memcpy(at, &value, sizeof value);
        return HS_OK;
    }
    if (value > UINT32_MAX) {
        return hs_genesis_fail(entry->error, HS_INVALID_ARGUMENT,
                               "%s: \"%s\" is %" PRIu64 "; it must be below 2^32", entry->name,
                               member->name, value);
    }
    uint32_t small = (uint32_t)value;
    memcpy(at, &small, sizeof small);
    return HS_OK;
}

static enum hs_status read_object(struct hs_ledger_parameters *parameters, const json_t *value,
                                  const char *object, struct hs_genesis_error *error)
{
    struct hs_genesis_entry entry;
    char name[48];
    char members[256] = "";
    snprintf(name, sizeof name, NAME ".%s", object);
    enum hs_status status = hs_genesis_entry_begin(&entry, value, name, error);
    for (size_t i = 0; i < MEMBER_COUNT && status == HS_OK; i++) {
        if (!belongs_to(&MEMBERS[i], object)) {
            continue;
        }
        hs_text_append(members, sizeof members, "%s%s", members[0] != '\0' ? ", " : "",
                       MEMBERS[i].name);
        if (json_object_get(value, MEMBERS[i].name) != NULL) {
            status = read_member(parameters, &entry, &MEMBERS[i]);
        }
    }
    return status == HS_OK ? hs_genesis_entry_end(&entry, members) : status;
}

static enum hs_status read_objects(struct hs_ledger_parameters *parameters, const json_t *value,
                                   struct hs_genesis_error *error)
{
    struct hs_genesis_entry entry;
    enum hs_status status = hs_genesis_entry_begin(&entry, value, NAME, error);
    for (size_t i = 0; i < OBJECT_COUNT && status == HS_OK; i++) {
        const json_t *object = json_object_get(value, OBJECTS[i]);
        if (object != NULL) {
            entry.members_read++;
            status = read_object(parameters, object, OBJECTS[i], error);
        }
    }
    return status == HS_OK ? hs_genesis_entry_end(&entry, "fees, commits, staking") : status;
}

enum hs_status hs_genesis_read_parameters(struct hs_genesis *genesis,
                                          struct hs_genesis_entry *document)
{
    const json_t *value = json_object_get(document->object, NAME);
    if (value != NULL) {
        document->members_read++;
        enum hs_status status = read_objects(&genesis->parameters, value, document->error);
        if (status != HS_OK) {
            return status;
        }
    }
    struct hs_parameter_fault fault;
    if (hs_ledger_parameters_hold(&genesis->parameters, &fault)) {
        return HS_OK;
    }
    return hs_genesis_fail(document->error, HS_INVALID_ARGUMENT,
                           NAME ": %s is %" PRIu64 "; it must be %" PRIu64 " .. %" PRIu64 "%s",
                           fault.member, fault.value, fault.at_least, fault.at_most, fault.why);
}

json_t *hs_genesis_parameters_json(const struct hs_ledger_parameters *parameters)
{
    json_t *root = json_pack("{s:{}, s:{}, s:{}}", OBJECTS[0], OBJECTS[1], OBJECTS[2]);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        const struct member *member = &MEMBERS[i];
        uint64_t value = value_of(parameters, member);
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, value);
        json_t *number =
            member->form == AMOUNT ? json_string(text) : json_integer((json_int_t)value);
        if (json_object_set_new(json_object_get(root, member->object), member->name, number) != 0) {
            json_decref(root);
            return NULL;
        }
    }
    return root;
}
