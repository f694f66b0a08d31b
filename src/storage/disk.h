/* hs_disk: the little interface to files.
 *
 * Paths are names inside one home folder, without a slash. Calls block; the node makes
 * them on the disk lane of hs_workers, or before it starts. The simulator's disk keeps
 * unsynced writes apart and loses, tears or refuses them; so nothing is durable before
 * `sync` has returned HS_OK, and after it has failed once nothing may be trusted to
 * become so (D3).
 */
#ifndef HS_STORAGE_DISK_H
#define HS_STORAGE_DISK_H

#include <hotstuff/status.h>
#include <hotstuff/types.h>

/* An open file, by number. */
struct hs_file {
    uint32_t number;
};

#define HS_FILE_NAME_BYTES_MAX 64u

enum hs_open_mode {
    HS_OPEN_EXISTING, /* HS_NOT_FOUND when it is not there */
    HS_OPEN_OR_CREATE,
    HS_CREATE_NEW, /* HS_DUPLICATE when it is there */
};

struct hs_disk {
    void *context;
    enum hs_status (*open)(void *context, const char *name, enum hs_open_mode mode,
                           struct hs_file *file);
    void (*close)(void *context, struct hs_file file);
    enum hs_status (*size)(void *context, struct hs_file file, uint64_t *size_bytes);
    /* Reads up to `size` bytes; *read_bytes is less only at the file's end. */
    enum hs_status (*read)(void *context, struct hs_file file, uint64_t offset, void *data,
                           size_t size, size_t *read_bytes);
    /* Writes all of it; HS_IO otherwise (a full disk too). */
    enum hs_status (*write)(void *context, struct hs_file file, uint64_t offset, const void *data,
                            size_t size);
    /* Reserves space, so that later writes below `size_bytes` need no new blocks. The
     * file's size grows to it; new bytes are zero. */
    enum hs_status (*reserve)(void *context, struct hs_file file, uint64_t size_bytes);
    enum hs_status (*truncate)(void *context, struct hs_file file, uint64_t size_bytes);
    /* Makes the file's bytes durable (fdatasync). */
    enum hs_status (*sync)(void *context, struct hs_file file);
    /* Makes created, renamed and removed names durable. */
    enum hs_status (*sync_names)(void *context);
    enum hs_status (*rename)(void *context, const char *from, const char *to);
    enum hs_status (*remove)(void *context, const char *name);
    /* The name at `index` in sorted order; HS_NOT_FOUND past the last. */
    enum hs_status (*list)(void *context, size_t index, char name[HS_FILE_NAME_BYTES_MAX]);
};

#endif
