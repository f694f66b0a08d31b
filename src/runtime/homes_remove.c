/* Counting and removing homes. See home.h.
 *
 * Removing is done in two rounds: the first only looks, so that a folder with something in it
 * that is not ours, or with a validator that runs, is left as it is.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "runtime/home_files.h"
#include "runtime/home_names.h"
#include "runtime/real_disk.h"

/* A folder that is looked through, or cleared. */
struct sweep {
    const char *folder;
    struct hs_home_error *error;
};

static bool ends_with(const char *name, const char *ending)
{
    size_t size = strlen(name);
    size_t ending_size = strlen(ending);
    return size >= ending_size && strcmp(name + size - ending_size, ending) == 0;
}

static bool is_validator_name(const char *name)
{
    uint64_t index = 0;
    size_t size = strlen(HS_HOMES_VALIDATOR);
    return strncmp(name, HS_HOMES_VALIDATOR, size) == 0 && hs_decimal_read(&index, name + size) &&
           index < HS_VALIDATORS_MAX;
}

static bool is_our_file(const char *name)
{
    return strcmp(name, HS_HOME_GENESIS_NAME) == 0 ||
           strncmp(name, HS_HOMES_DEVNET_NAME, strlen(HS_HOMES_DEVNET_NAME)) == 0 ||
           ends_with(name, ".log");
}

static enum hs_status refuse(struct sweep *sweep, const char *name)
{
    return hs_home_fail(sweep->error, HS_INVALID_ARGUMENT,
                        "%s holds \"%.100s\", which no testnet or devnet made; nothing was "
                        "removed: remove it yourself, or give another folder",
                        sweep->folder, name);
}

/* -- the first round ------------------------------------------------------------------- */

static enum hs_status look_at_file(void *context, const char *name)
{
    struct sweep *sweep = context;
    char path[HS_HOME_PATH_CHARACTERS];
    struct stat about;
    enum hs_status status = hs_home_join(path, sweep->folder, name, sweep->error);
    if (status != HS_OK) {
        return status;
    }
    return lstat(path, &about) == 0 && S_ISREG(about.st_mode) ? HS_OK : refuse(sweep, name);
}

static enum hs_status look_into(struct sweep *sweep, const char *name, bool is_home)
{
    char path[HS_HOME_PATH_CHARACTERS];
    struct hs_real_disk *disk;
    enum hs_status status = hs_home_join(path, sweep->folder, name, sweep->error);
    if (status != HS_OK) {
        return status;
    }
    if (is_home) {
        status = hs_real_disk_open(&disk, path, sweep->error->text);
        if (status != HS_OK) {
            return status;
        }
        hs_real_disk_close(disk);
    }
    struct sweep inner = {path, sweep->error};
    return hs_home_list(path, look_at_file, &inner, sweep->error);
}

static enum hs_status look_at(void *context, const char *name)
{
    struct sweep *sweep = context;
    if (is_validator_name(name)) {
        return look_into(sweep, name, true);
    }
    if (strcmp(name, HS_HOMES_ACCOUNTS) == 0) {
        return look_into(sweep, name, false);
    }
    return is_our_file(name) ? look_at_file(context, name) : refuse(sweep, name);
}

/* -- the second ------------------------------------------------------------------------ */

static enum hs_status remove_path(struct sweep *sweep, const char *path, bool is_folder)
{
    int result = is_folder ? rmdir(path) : unlink(path);
    return result == 0 ? HS_OK
                       : hs_home_fail(sweep->error, HS_IO, "%.300s could not be removed: %s", path,
                                      strerror(errno));
}

static enum hs_status remove_file(void *context, const char *name)
{
    struct sweep *sweep = context;
    char path[HS_HOME_PATH_CHARACTERS];
    enum hs_status status = hs_home_join(path, sweep->folder, name, sweep->error);
    return status == HS_OK ? remove_path(sweep, path, false) : status;
}

static enum hs_status remove_entry(void *context, const char *name)
{
    struct sweep *sweep = context;
    char path[HS_HOME_PATH_CHARACTERS];
    if (is_our_file(name)) {
        return remove_file(context, name);
    }
    enum hs_status status = hs_home_join(path, sweep->folder, name, sweep->error);
    struct sweep inner = {path, sweep->error};
    if (status == HS_OK) {
        status = hs_home_list(path, remove_file, &inner, sweep->error);
    }
    return status == HS_OK ? remove_path(sweep, path, true) : status;
}

enum hs_status hs_homes_remove(const char *folder, struct hs_home_error *error)
{
    struct sweep sweep = {folder, error};
    enum hs_status status = hs_home_list(folder, look_at, &sweep, error);
    if (status == HS_OK) {
        status = hs_home_list(folder, remove_entry, &sweep, error);
    }
    return status == HS_NOT_FOUND ? HS_OK : status;
}

uint32_t hs_homes_count(const char *folder)
{
    char path[HS_HOME_PATH_CHARACTERS];
    uint32_t count = 0;
    struct hs_home_error unused;
    struct stat about;
    char home[HS_HOME_PATH_CHARACTERS];
    while (count < HS_VALIDATORS_MAX && hs_homes_validator_path(home, folder, count) &&
           hs_home_join(path, home, HS_HOME_CHAIN_NAME, &unused) == HS_OK &&
           stat(path, &about) == 0) {
        count++;
    }
    return count;
}
