/* Writing one home. See home_write.h. */
#include "runtime/home_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "node/signer.h"
#include "runtime/genesis_origin.h"
#include "runtime/home_files.h"
#include "runtime/home_names.h"
#include "runtime/real_disk.h"
#include "storage/slot_store.h"
#include "wire/certificate.h"
#include "wire/safety_record.h"

enum hs_status hs_home_genesis_block(struct hs_block *block, const struct hs_genesis *genesis,
                                     struct hs_home_error *error)
{
    struct hs_genesis_origin *origin = malloc(sizeof *origin);
    const enum hs_status status =
        origin != NULL ? hs_genesis_origin_make(origin, genesis) : HS_OUT_OF_MEMORY;
    if (status == HS_OK) {
        *block = origin->block;
    }
    free(origin);
    return status == HS_OK ? HS_OK
                           : hs_home_fail(error, status, "the genesis state could not be made: %s",
                                          hs_status_text(status));
}

static enum hs_status write_config(const char *path, const struct hs_config *config,
                                   struct hs_home_error *error)
{
    char text[HS_CONFIG_BYTES_MAX];
    size_t size = hs_config_write(text, sizeof text, config);
    if (size == 0) {
        return hs_home_fail(error, HS_FULL, "the configuration of %s is too long", path);
    }
    return hs_home_write_file(path, HS_HOME_CONFIG_NAME, text, size, false, error);
}

static enum hs_status encode_first_record(uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX], uint32_t *size,
                                          const struct hs_home_contents *contents)
{
    struct hs_safety_record *record = calloc(1, sizeof *record);
    struct hs_writer writer = hs_writer_over(bytes, HS_SAFETY_RECORD_BYTES_MAX);
    if (record == NULL) {
        return HS_OUT_OF_MEMORY;
    }
    hs_qc_of_view_zero(&record->high_qc, 0, contents->genesis_block_id);
    hs_safety_record_encode(&writer, record, contents->validator_count);
    free(record);
    *size = (uint32_t)writer.offset;
    return HS_OK;
}

/* D5: the only place where a first record is made. */
static enum hs_status write_records(const char *path, const struct hs_home_contents *contents,
                                    struct hs_home_error *error)
{
    uint8_t bytes[HS_SAFETY_RECORD_BYTES_MAX];
    uint32_t size = 0;
    const struct hs_signer_record signer_record = {0};
    struct hs_real_disk *disk;
    enum hs_status status = encode_first_record(bytes, &size, contents);
    if (status != HS_OK) {
        return hs_home_fail(error, status, "out of memory");
    }
    status = hs_real_disk_open(&disk, path, error->text);
    if (status != HS_OK) {
        return status;
    }
    const struct hs_disk *interface = hs_real_disk_interface(disk);
    status = hs_slot_store_create(interface, HS_SAFETY_SLOTS_NAME, HS_SAFETY_RECORD_BYTES_MAX,
                                  bytes, size);
    if (status == HS_OK) {
        status = hs_signer_create(interface, &signer_record);
    }
    hs_real_disk_close(disk);
    return status == HS_OK ? HS_OK
                           : hs_home_fail(error, status,
                                          "the first safety record of %s could not be written: %s",
                                          path, hs_status_text(status));
}

static enum hs_status write_chain(const char *path, const struct hs_chain_id *chain_id,
                                  struct hs_home_error *error)
{
    char text[HS_HEX_CHARACTERS(HS_HASH_BYTES) + 1];
    hs_hex_write(text, chain_id->bytes, sizeof chain_id->bytes);
    strcat(text, "\n");
    return hs_home_write_file(path, HS_HOME_CHAIN_NAME, text, strlen(text), false, error);
}

static enum hs_status write_keys(const char *path, const struct hs_home_contents *contents,
                                 struct hs_home_error *error)
{
    char file[HS_HOME_PATH_CHARACTERS];
    struct hs_key_error key_error = {.text = ""};
    enum hs_status status = hs_home_join(file, path, HS_HOME_KEY_NAME, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_validator_key_save(contents->key, file, &key_error);
    if (status != HS_OK) {
        return hs_home_fail(error, status, "%s", key_error.text);
    }
    status = hs_home_join(file, path, HS_HOME_OPERATOR_NAME, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_account_key_save(contents->operator_key, file, &key_error);
    return status == HS_OK ? HS_OK : hs_home_fail(error, status, "%s", key_error.text);
}

enum hs_status hs_home_write(const char *path, const struct hs_home_contents *contents,
                             struct hs_home_error *error)
{
    enum hs_status status = hs_home_make_folder(path, error);
    if (status == HS_OK) {
        status = write_keys(path, contents, error);
    }
    if (status == HS_OK) {
        status = hs_home_write_file(path, HS_HOME_GENESIS_NAME, contents->document.data,
                                    contents->document.size, false, error);
    }
    if (status == HS_OK) {
        status = write_config(path, contents->config, error);
    }
    if (status == HS_OK) {
        status = write_records(path, contents, error);
    }
    return status == HS_OK ? write_chain(path, contents->chain_id, error) : status;
}
