/* Writing safety records anew, in a home. See recover.h. */
#include "runtime/recover.h"

#include <inttypes.h>
#include <string.h>

#include "node/log_epoch.h"
#include "runtime/home_files.h"
#include "runtime/real_disk.h"

static enum hs_status recover_home(struct hs_recovery *recovery, struct hs_real_disk *disk,
                                   const char *path, const struct hs_recovered_view *last_voted,
                                   struct hs_home_error *error)
{
    struct hs_recovery_request request = {
        .disk = hs_real_disk_interface(disk),
        .epoch = last_voted->epoch,
        .last_voted_view = last_voted->view,
    };
    enum hs_status status =
        last_voted->epoch_given ? HS_OK : hs_log_epoch(&request.epoch, request.disk);
    if (status != HS_OK) {
        return hs_home_fail(error, status,
                            "the block log in %.200s does not tell its epoch (%s); give the "
                            "chain's present one with --epoch",
                            path, hs_status_text(status));
    }
    status = hs_records_recover(recovery, &request);
    if (status == HS_OUT_OF_MEMORY) {
        return hs_home_fail(error, status, "out of memory");
    }
    return status == HS_OK ? HS_OK
                           : hs_home_fail(error, status,
                                          "the records in %.200s could not be written: %s; free "
                                          "space on that disk and run this again",
                                          path, hs_status_text(status));
}

enum hs_status hs_home_recover(struct hs_recovery *recovery, const char *path,
                               const struct hs_recovered_view *last_voted,
                               struct hs_home_error *error)
{
    struct hs_home home;
    struct hs_real_disk *disk;
    memset(recovery, 0, sizeof *recovery);
    if (last_voted->view > HS_RECOVERED_VIEW_MAX || last_voted->epoch > HS_RECOVERED_VIEW_MAX) {
        return hs_home_fail(error, HS_INVALID_ARGUMENT,
                            "no epoch and no view above %" PRIu64 " can have been voted in; give "
                            "the chain's present ones",
                            HS_RECOVERED_VIEW_MAX);
    }
    enum hs_status status = hs_home_load(&home, path, error);
    if (status != HS_OK) {
        return status;
    }
    status = hs_real_disk_open(&disk, path, error->text);
    if (status == HS_OK) {
        status = recover_home(recovery, disk, path, last_voted, error);
        hs_real_disk_close(disk);
    }
    hs_home_release(&home);
    return status;
}
