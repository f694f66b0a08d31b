/* Objects of the genesis document, member by member.
 *
 * A member is looked up by name and counted; when all that must be there was found and the object
 * holds no more members than that, none is unknown. Each complaint names the object and what to do.
 */
#ifndef HS_NODE_GENESIS_ENTRY_H
#define HS_NODE_GENESIS_ENTRY_H

#include <jansson.h>

#include "node/genesis.h"

/* A JSON object that is being read, and how people call it ("validators[3]"). */
struct hs_genesis_entry {
    const json_t *object;
    char name[48];
    size_t members_read;
    struct hs_genesis_error *error;
};

/* Writes the complaint; returns `status`. */
HS_MUST_CHECK enum hs_status hs_genesis_fail(struct hs_genesis_error *error, enum hs_status status,
                                             const char *format, ...)
    __attribute__((format(printf, 3, 4)));

HS_MUST_CHECK enum hs_status hs_genesis_entry_begin(struct hs_genesis_entry *entry,
                                                    const json_t *value, const char *name,
                                                    struct hs_genesis_error *error);
/* After all members were read; `members` are those known. */
HS_MUST_CHECK enum hs_status hs_genesis_entry_end(const struct hs_genesis_entry *entry,
                                                  const char *members);

/* Each reads a member that must be there. `form` says what to write. */
HS_MUST_CHECK enum hs_status hs_genesis_read_text(struct hs_genesis_entry *entry,
                                                  const char *member, const char **text,
                                                  const char *form);
HS_MUST_CHECK enum hs_status hs_genesis_read_bytes(struct hs_genesis_entry *entry,
                                                   const char *member, uint8_t bytes[],
                                                   size_t size);
HS_MUST_CHECK enum hs_status hs_genesis_read_decimal(struct hs_genesis_entry *entry,
                                                     const char *member, uint64_t *value);
HS_MUST_CHECK enum hs_status hs_genesis_read_integer(struct hs_genesis_entry *entry,
                                                     const char *member, uint64_t *value);
HS_MUST_CHECK enum hs_status hs_genesis_read_array(struct hs_genesis_entry *entry,
                                                   const char *member, const json_t **array,
                                                   size_t count_min, size_t count_max);

#endif
