#include "runtime/history.h"

#include <string.h>

#include "runtime/home_files.h"
#include "runtime/real_disk.h"

struct open_home {
    struct hs_home home;
    struct hs_real_disk *disk;
    const struct hs_disk *files;
    struct hs_signed_maxima maxima;
};

/* With its lock, so that what is read is not being written. */
static enum hs_status open_home(struct open_home *open, const char *path,
                                struct hs_home_error *error)
{
    enum hs_status status = hs_home_load(&open->home, path, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_real_disk_open(&open->disk, path, error->text);
    if (status != HS_OK) {
        hs_home_release(&open->home);
        return status;
    }
    open->files = hs_real_disk_interface(open->disk);
    return HS_OK;
}

static void close_home(struct open_home *open)
{
    hs_real_disk_close(open->disk);
    hs_home_release(&open->home);
}

static enum hs_status read_records(struct open_home *open, const char *path,
                                   struct hs_home_error *error)
{
    enum hs_status status = hs_records_read(&open->maxima, open->files);
    if (status == HS_OK || status == HS_OUT_OF_MEMORY) {
        return status == HS_OK ? HS_OK : hs_home_fail(error, status, "out of memory");
    }
    return hs_home_fail(error, status,
                        "the safety records in %.200s can't be read (%s), so nobody knows what was "
                        "signed from there; if you know the highest view it may have voted in, run "
                        "`hotstuff recover` first",
                        path, hs_status_text(status));
}

enum hs_status hs_home_history_export(struct hs_signing_history *history, const char *path,
                                      struct hs_home_error *error)
{
    struct open_home open;
    enum hs_status status = open_home(&open, path, error);
    if (status != HS_OK) {
        return status;
    }
    status = read_records(&open, path, error);
    if (status == HS_OK) {
        memset(history, 0, sizeof *history);
        history->chain_id = open.home.genesis.chain_id;
        for (uint32_t i = 0; i < open.home.key_count; i++) {
            history->keys[i].public_key = open.home.keys[i].bls_public_key;
            history->keys[i].maxima = open.maxima;
        }
        history->key_count = open.home.key_count;
    }
    close_home(&open);
    return status;
}

/* The part of a history that is about a home's keys. */
static enum hs_status find_maxima(struct hs_signed_maxima *maxima, const struct open_home *open,
                                  const char *path, const struct hs_signing_history *history,
                                  struct hs_home_error *error)
{
    const struct hs_home *home = &open->home;
    struct hs_bls_public_key keys[HS_NODE_KEYS_MAX];
    for (uint32_t i = 0; i < home->key_count; i++) {
        keys[i] = home->keys[i].bls_public_key;
    }
    if (memcmp(&history->chain_id, &home->genesis.chain_id, sizeof history->chain_id) != 0) {
        return hs_home_fail(error, HS_WRONG_CHAIN,
                            "the signing history is of another chain than %.200s; export it from "
                            "the home that the validator moves from",
                            path);
    }
    if (!hs_signing_history_of(maxima, history, keys, home->key_count)) {
        return hs_home_fail(error, HS_NOT_FOUND,
                            "the signing history says nothing of the keys in %.200s; put the "
                            "validator's key file there first, or give the history of these keys",
                            path);
    }
    return HS_OK;
}

static bool is_above(const struct hs_signed_maxima *maxima, const struct hs_signed_maxima *other)
{
    return maxima->epoch > other->epoch ||
           (maxima->epoch == other->epoch && (maxima->last_voted_view > other->last_voted_view ||
                                              maxima->locked_view > other->locked_view));
}

static enum hs_status raise(struct open_home *open, const char *path,
                            const struct hs_signed_maxima *maxima, struct hs_home_error *error)
{
    struct hs_recovery recovery;
    struct hs_recovery_request request = {
        .disk = open->files,
        .epoch = maxima->epoch,
        .last_voted_view = maxima->last_voted_view,
        .lock_known = true,
        .locked_view = maxima->locked_view,
    };
    enum hs_status status = hs_records_recover(&recovery, &request);
    if (status != HS_OK) {
        return hs_home_fail(error, status,
                            "the records in %.200s could not be written: %s; free space on that "
                            "disk and run this again",
                            path, hs_status_text(status));
    }
    open->maxima = (struct hs_signed_maxima){
        .epoch = recovery.epoch,
        .last_voted_view = recovery.last_voted_view,
        .locked_view = recovery.locked_view,
    };
    return HS_OK;
}

enum hs_status hs_home_history_import(struct hs_signed_maxima *maxima, bool *raised,
                                      const char *path, const struct hs_signing_history *history,
                                      struct hs_home_error *error)
{
    struct open_home open;
    struct hs_signed_maxima given;
    *raised = false;
    enum hs_status status = open_home(&open, path, error);
    if (status != HS_OK) {
        return status;
    }
    status = find_maxima(&given, &open, path, history, error);
    if (status == HS_OK) {
        status = read_records(&open, path, error);
    }
    if (status == HS_OK && is_above(&given, &open.maxima)) {
        status = raise(&open, path, &given, error);
        *raised = status == HS_OK;
    }
    *maxima = open.maxima;
    close_home(&open);
    return status;
}
