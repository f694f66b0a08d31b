/* A key file of any bytes, read as an account's and as a validator's: it is refused with a reason
 * and the key is wiped, or what was read can be saved and is the same when it is read again. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "crypto/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static char folder[32];
static char given_path[64];
static char saved_path[64];

static void remove_folder(void)
{
    unlink(given_path);
    rmdir(folder);
}

/* In memory where the system has such a folder: saving waits for the disk. */
static void make_folder(void)
{
    bool in_memory = access("/dev/shm", W_OK) == 0;
    snprintf(folder, sizeof folder, "%s/fuzz-key-XXXXXX", in_memory ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0 || hs_crypto_start() != HS_OK) {
        abort();
    }
    snprintf(given_path, sizeof given_path, "%s/given", folder);
    snprintf(saved_path, sizeof saved_path, "%s/saved", folder);
}

static void put_file(const uint8_t *data, size_t size)
{
    int descriptor = open(given_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size ||
        close(descriptor) != 0) {
        abort();
    }
}

static void check_refusal(enum hs_status status, const struct hs_key_error *error)
{
    HS_ASSERT(status == HS_MALFORMED || status == HS_CORRUPT);
    HS_ASSERT(error->text[0] != '\0' && memchr(error->text, '\0', sizeof error->text) != NULL);
}

static void read_account(void)
{
    static const struct hs_account_key nothing;
    struct hs_account_key key;
    struct hs_account_key again;
    struct hs_key_error error = {""};
    enum hs_status status = hs_account_key_load(&key, given_path, &error);
    if (status != HS_OK) {
        check_refusal(status, &error);
        HS_ASSERT(memcmp(&key, &nothing, sizeof key) == 0);
        return;
    }
    status = hs_account_key_save(&key, saved_path, &error);
    HS_ASSERT(status == HS_OK);
    status = hs_account_key_load(&again, saved_path, &error);
    HS_ASSERT(status == HS_OK && memcmp(&key, &again, sizeof key) == 0);
    unlink(saved_path);
}

static void read_validator(void)
{
    static const struct hs_validator_key nothing;
    struct hs_validator_key key;
    struct hs_validator_key again;
    struct hs_key_error error = {""};
    enum hs_status status = hs_validator_key_load(&key, given_path, &error);
    if (status != HS_OK) {
        check_refusal(status, &error);
        HS_ASSERT(memcmp(&key, &nothing, sizeof key) == 0);
        return;
    }
    status = hs_validator_key_save(&key, saved_path, &error);
    HS_ASSERT(status == HS_OK);
    status = hs_validator_key_load(&again, saved_path, &error);
    HS_ASSERT(status == HS_OK && memcmp(&key, &again, sizeof key) == 0);
    unlink(saved_path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    if (folder[0] == '\0') {
        make_folder();
    }
    if (data_size <= 2 * HS_KEY_FILE_BYTES_MAX) {
        put_file(data, data_size);
        read_account();
        read_validator();
    }
    return 0;
}
