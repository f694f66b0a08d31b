/* Records of the registry as bytes: their key, their kind, then their fields, little-endian.
 *
 * Which kinds there are, with their keys and fields, is said in leaf_kinds.h. What is read here was
 * written here, or restored under a root that a quorum signed: to find anything else is a fault of
 * this machine, and asserted.
 */
#ifndef HS_LEDGER_RECORD_H
#define HS_LEDGER_RECORD_H

#include "base/bytes.h"
#include "ledger/leaf_kinds.h"
#include "ledger/registry.h"

/* The longest key is a BLS public key. */
#define HS_RECORD_KEY_BYTES_MAX HS_BLS_PUBLIC_KEY_BYTES

struct hs_record_key {
    enum hs_leaf_kind kind;
    uint8_t size;
    uint8_t bytes[HS_RECORD_KEY_BYTES_MAX];
};

struct hs_record_key hs_record_key(enum hs_leaf_kind kind, const void *bytes, size_t size);
struct hs_record_key hs_record_key_of_number(enum hs_leaf_kind kind, uint64_t number);
/* bytes || number (u32) */
struct hs_record_key hs_record_key_of_place(enum hs_leaf_kind kind, const void *bytes, size_t size,
                                            uint32_t place);
/* epoch (u64) || index (u32) */
struct hs_record_key hs_record_key_of_member(enum hs_leaf_kind kind, uint64_t epoch,
                                             uint32_t index);

/* A record that is being written or was read. */
struct hs_record {
    struct hs_state_value value;
    struct hs_writer writer;
    struct hs_reader reader;
};

/* Reads a record: false when there is none; else record->reader is behind its kind. */
bool hs_record_get(const struct hs_registry *registry, struct hs_record *record,
                   const struct hs_record_key *key);
/* All of it was read. */
void hs_record_end(const struct hs_record *record);

/* Begins one to write: fields go to record->writer. */
void hs_record_begin(struct hs_record *record, const struct hs_record_key *key);
void hs_record_put(struct hs_registry *registry, struct hs_record *record,
                   const struct hs_record_key *key);
void hs_record_remove(struct hs_registry *registry, const struct hs_record_key *key);

/* A record that is so many bytes. False: there is none, and `bytes` is as it was. */
bool hs_bytes_record_get(const struct hs_registry *registry, uint8_t bytes[], size_t size,
                         const struct hs_record_key *key);
void hs_bytes_record_put(struct hs_registry *registry, const uint8_t bytes[], size_t size,
                         const struct hs_record_key *key);

/* A record that is an address to dial: none for an empty one. */
void hs_dial_record_get(const struct hs_registry *registry, struct hs_dial_address *address,
                        const struct hs_record_key *key);
void hs_dial_record_put(struct hs_registry *registry, const struct hs_dial_address *address,
                        const struct hs_record_key *key);

/* The units of the supply that a value of the registry's validators and epochs holds. HS_CORRUPT for
 * bytes that are none of these. */
HS_MUST_CHECK enum hs_status hs_staking_record_units(uint64_t *units,
                                                     const struct hs_state_value *value);

#endif
