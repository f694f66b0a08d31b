/* Keys and their files.
 *
 * Secret bytes pass through our own buffers, which are wiped, and on loading through
 * jansson, which copies them about on the heap. So while a key file is parsed jansson
 * frees through a function that wipes. On saving the JSON is put together by hand, in
 * one buffer. A file appears by O_EXCL and never replaces another; file and folder are
 * synced before saving is reported, since coins may be sent to a fresh address at once.
 */
#include "crypto/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "base/assert.h"
#include "base/bytes.h"

#define SEED_BYTES       32u
#define ACCOUNT_FIELDS   3u
#define VALIDATOR_FIELDS 5u

_Static_assert(SEED_BYTES == crypto_kdf_KEYBYTES, "a seed is a master key");

/* One member of a key file: bytes as 0x and lowercase hex. */
struct field {
    const char *name;
    uint8_t *bytes;
    size_t size;
};

static void set_error(struct hs_key_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_error(struct hs_key_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
}

enum hs_status hs_crypto_start(void)
{
    return sodium_init() >= 0 ? HS_OK : HS_IO;
}

void hs_wipe(void *secret, size_t size)
{
    sodium_memzero(secret, size);
}

static void account_key_complete(struct hs_account_key *key)
{
    hs_ed25519_public_key_of(&key->public_key, &key->secret_key);
    hs_address_of(&key->address, &key->public_key);
}

enum hs_status hs_account_key_make(struct hs_account_key *key, const uint8_t *seed)
{
    if (seed != NULL) {
        memcpy(key->secret_key.seed, seed, SEED_BYTES);
    } else {
        randombytes_buf(key->secret_key.seed, SEED_BYTES);
    }
    account_key_complete(key);
    return HS_OK;
}

/* HS_INVALID_ARGUMENT when the BLS secret is none. */
static enum hs_status validator_key_complete(struct hs_validator_key *key)
{
    enum hs_status status = hs_bls_public_key_of(&key->bls_public_key, &key->bls_secret_key);
    if (status != HS_OK) {
        return status;
    }
    hs_bls_prove_possession(&key->possession, &key->bls_secret_key, &key->bls_public_key);
    hs_ed25519_public_key_of(&key->network_public_key, &key->network_secret_key);
    return HS_OK;
}

enum hs_status hs_validator_key_make(struct hs_validator_key *key, const uint8_t *seed)
{
    uint8_t master[SEED_BYTES];
    if (seed != NULL) {
        memcpy(master, seed, sizeof master);
    } else {
        randombytes_buf(master, sizeof master);
    }
    enum hs_status status = hs_bls_secret_key_derive(&key->bls_secret_key, master, sizeof master);
    crypto_kdf_derive_from_key(key->network_secret_key.seed, sizeof key->network_secret_key.seed, 1,
                               "hsnetkey", master);
    sodium_memzero(master, sizeof master);
    return status == HS_OK ? validator_key_complete(key) : status;
}

static void account_fields(struct field fields[ACCOUNT_FIELDS], struct hs_account_key *key)
{
    fields[0] = (struct field){"secret", key->secret_key.seed, sizeof key->secret_key.seed};
    fields[1] = (struct field){"public_key", key->public_key.bytes, sizeof key->public_key.bytes};
    fields[2] = (struct field){"address", key->address.bytes, sizeof key->address.bytes};
}

static void validator_fields(struct field fields[VALIDATOR_FIELDS], struct hs_validator_key *key)
{
    fields[0] =
        (struct field){"bls_secret", key->bls_secret_key.bytes, sizeof key->bls_secret_key.bytes};
    fields[1] = (struct field){"bls_public_key", key->bls_public_key.bytes,
                               sizeof key->bls_public_key.bytes};
    fields[2] = (struct field){"possession", key->possession.bytes, sizeof key->possession.bytes};
    fields[3] = (struct field){"network_secret", key->network_secret_key.seed,
                               sizeof key->network_secret_key.seed};
    fields[4] = (struct field){"network_public_key", key->network_public_key.bytes,
                               sizeof key->network_public_key.bytes};
}

/* -- saving ---------------------------------------------------------------- */

static void write_text(struct hs_writer *writer, const char *text)
{
    hs_write_bytes(writer, text, strlen(text));
}

static void write_hex(struct hs_writer *writer, const uint8_t bytes[], size_t size)
{
    char digits[3];
    write_text(writer, "0x");
    for (size_t i = 0; i < size; i++) {
        sodium_bin2hex(digits, sizeof digits, &bytes[i], 1);
        write_text(writer, digits);
    }
    sodium_memzero(digits, sizeof digits);
}

static void write_json(struct hs_writer *writer, const char *type, const struct field fields[],
                       size_t count)
{
    write_text(writer, "{\n  \"type\": \"");
    write_text(writer, type);
    write_text(writer, "\"");
    for (size_t i = 0; i < count; i++) {
        write_text(writer, ",\n  \"");
        write_text(writer, fields[i].name);
        write_text(writer, "\": \"");
        write_hex(writer, fields[i].bytes, fields[i].size);
        write_text(writer, "\"");
    }
    write_text(writer, "\n}\n");
}

static bool write_all(int descriptor, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* Makes the new name durable. */
static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        size_t size = slash == path ? 1 : (size_t)(slash - path);
        if (size >= sizeof folder) {
            errno = ENAMETOOLONG;
            return false;
        }
        memcpy(folder, path, size);
        folder[size] = '\0';
    }
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

static enum hs_status create_file(const char *path, const uint8_t *data, size_t size,
                                  struct hs_key_error *error)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0 && errno == EEXIST) {
        set_error(error, "%s exists already and is left as it is; choose another name", path);
        return HS_DUPLICATE;
    }
    if (descriptor < 0) {
        set_error(error, "%s can't be created (%s); check the folder", path, strerror(errno));
        return HS_IO;
    }
    bool written = write_all(descriptor, data, size) && fsync(descriptor) == 0;
    written = close(descriptor) == 0 && written;
    if (!written || !sync_folder_of(path)) {
        set_error(error, "%s can't be written (%s), no key was saved; check the disk", path,
                  strerror(errno));
        unlink(path);
        return HS_IO;
    }
    return HS_OK;
}

static enum hs_status save_fields(const char *path, const char *type, const struct field fields[],
                                  size_t count, struct hs_key_error *error)
{
    uint8_t text[HS_KEY_FILE_BYTES_MAX];
    struct hs_writer writer = hs_writer_over(text, sizeof text);
    write_json(&writer, type, fields, count);
    HS_ASSERT(!writer.failed);
    enum hs_status status = create_file(path, text, writer.offset, error);
    sodium_memzero(text, sizeof text);
    return status;
}

enum hs_status hs_account_key_save(const struct hs_account_key *key, const char *path,
                                   struct hs_key_error *error)
{
    struct hs_account_key copy = *key;
    struct field fields[ACCOUNT_FIELDS];
    account_fields(fields, &copy);
    enum hs_status status = save_fields(path, "account", fields, ACCOUNT_FIELDS, error);
    sodium_memzero(&copy, sizeof copy);
    return status;
}

enum hs_status hs_validator_key_save(const struct hs_validator_key *key, const char *path,
                                     struct hs_key_error *error)
{
    struct hs_validator_key copy = *key;
    struct field fields[VALIDATOR_FIELDS];
    validator_fields(fields, &copy);
    enum hs_status status = save_fields(path, "validator", fields, VALIDATOR_FIELDS, error);
    sodium_memzero(&copy, sizeof copy);
    return status;
}

/* -- loading --------------------------------------------------------------- */

static enum hs_status check_file(int descriptor, const char *path, struct hs_key_error *error)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        set_error(error, "%s can't be read (%s); check the disk", path, strerror(errno));
        return HS_IO;
    }
    if (!S_ISREG(about.st_mode)) {
        set_error(error, "%s is no regular file; name the key file itself", path);
        return HS_INVALID_ARGUMENT;
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        set_error(error, "others can read the key file %s; run: chmod 600 %s", path, path);
        return HS_INVALID_ARGUMENT;
    }
    return HS_OK;
}

static enum hs_status open_file(int *descriptor, const char *path, struct hs_key_error *error)
{
    /* Not to wait for a writer should it be a pipe. */
    *descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*descriptor >= 0) {
        return check_file(*descriptor, path, error);
    }
    if (errno == ENOENT) {
        set_error(error, "the key file %s does not exist; 'hotstuff keys new' makes one", path);
        return HS_NOT_FOUND;
    }
    if (errno == ELOOP) {
        set_error(error, "%s is a symbolic link; name the key file itself", path);
        return HS_INVALID_ARGUMENT;
    }
    set_error(error, "%s can't be opened (%s); check its owner and mode", path, strerror(errno));
    return HS_IO;
}

/* At most `capacity` bytes; HS_MALFORMED when the file has more. */
static enum hs_status read_all(int descriptor, uint8_t *data, size_t *size, size_t capacity)
{
    *size = 0;
    for (;;) {
        uint8_t beyond;
        bool full = *size == capacity;
        ssize_t got = read(descriptor, full ? &beyond : data + *size, full ? 1 : capacity - *size);
        if (got == 0) {
            return HS_OK;
        }
        if (got < 0 && errno != EINTR) {
            return HS_IO;
        }
        if (got > 0 && full) {
            return HS_MALFORMED;
        }
        *size += got > 0 ? (size_t)got : 0;
    }
}

static enum hs_status read_file(uint8_t *data, size_t *size, size_t capacity, const char *path,
                                struct hs_key_error *error)
{
    int descriptor;
    enum hs_status status = open_file(&descriptor, path, error);
    if (status == HS_OK) {
        status = read_all(descriptor, data, size, capacity);
        if (status == HS_IO) {
            set_error(error, "%s can't be read (%s); check the disk", path, strerror(errno));
        } else if (status != HS_OK) {
            set_error(error, "%s is too long for a key file; name another", path);
        }
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    return status;
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_hex(uint8_t bytes[], size_t size, const json_t *value)
{
    const char *text = json_string_value(value);
    if (text == NULL || json_string_length(value) != 2 + 2 * size || text[0] != '0' ||
        text[1] != 'x') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = digit_value(text[2 + 2 * i]);
        int low = digit_value(text[3 + 2 * i]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Exactly the type and the fields, nothing missing and nothing else. */
static bool read_members(const json_t *object, const char *type, const struct field fields[],
                         size_t count)
{
    const char *found_type = json_string_value(json_object_get(object, "type"));
    if (found_type == NULL || strcmp(found_type, type) != 0 ||
        json_object_size(object) != 1 + count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_hex(fields[i].bytes, fields[i].size, json_object_get(object, fields[i].name))) {
            return false;
        }
    }
    return true;
}

static void wipe_and_free(void *memory)
{
    if (memory != NULL) {
        sodium_memzero(memory, malloc_usable_size(memory));
        free(memory);
    }
}

static bool parse_fields(const uint8_t *text, size_t size, const char *type,
                         const struct field fields[], size_t count)
{
    json_malloc_t malloc_before;
    json_free_t free_before;
    json_get_alloc_funcs(&malloc_before, &free_before);
    json_set_alloc_funcs(malloc, wipe_and_free);
    json_t *object = json_loadb((const char *)text, size, JSON_REJECT_DUPLICATES, NULL);
    bool good = read_members(object, type, fields, count);
    json_decref(object);
    json_set_alloc_funcs(malloc_before, free_before);
    return good;
}

static enum hs_status load_fields(const char *path, const char *type, const struct field fields[],
                                  size_t count, struct hs_key_error *error)
{
    uint8_t text[HS_KEY_FILE_BYTES_MAX];
    size_t size;
    enum hs_status status = read_file(text, &size, sizeof text, path, error);
    if (status == HS_OK && !parse_fields(text, size, type, fields, count)) {
        set_error(error, "%s is no %s key file, or is damaged; restore it from a copy", path, type);
        status = HS_MALFORMED;
    }
    sodium_memzero(text, sizeof text);
    return status;
}

static enum hs_status refuse_mismatch(const char *path, struct hs_key_error *error)
{
    set_error(error, "in %s the public parts do not belong to the secret; restore it from a copy",
              path);
    return HS_CORRUPT;
}

enum hs_status hs_account_key_load(struct hs_account_key *key, const char *path,
                                   struct hs_key_error *error)
{
    struct field fields[ACCOUNT_FIELDS];
    account_fields(fields, key);
    enum hs_status status = load_fields(path, "account", fields, ACCOUNT_FIELDS, error);
    if (status == HS_OK) {
        struct hs_account_key right = *key;
        account_key_complete(&right);
        if (memcmp(&right, key, sizeof right) != 0) {
            status = refuse_mismatch(path, error);
        }
        sodium_memzero(&right, sizeof right);
    }
    if (status != HS_OK) {
        sodium_memzero(key, sizeof *key);
    }
    return status;
}

enum hs_status hs_validator_key_load(struct hs_validator_key *key, const char *path,
                                     struct hs_key_error *error)
{
    struct field fields[VALIDATOR_FIELDS];
    validator_fields(fields, key);
    enum hs_status status = load_fields(path, "validator", fields, VALIDATOR_FIELDS, error);
    if (status == HS_OK) {
        struct hs_validator_key right = *key;
        if (validator_key_complete(&right) != HS_OK || memcmp(&right, key, sizeof right) != 0) {
            status = refuse_mismatch(path, error);
        }
        sodium_memzero(&right, sizeof right);
    }
    if (status != HS_OK) {
        sodium_memzero(key, sizeof *key);
    }
    return status;
}
