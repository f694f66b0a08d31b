/* One descriptor of the home folder, names resolved from it, and a bounded table of open
 * files. The mutex guards the table alone; reads and writes of different threads go to the
 * kernel side by side. */
#include "runtime/real_disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"

#define LOCK_NAME "lock"
#define FILE_MODE 0600
#define NO_FILE   (-1)

struct file_name {
    char text[HS_FILE_NAME_BYTES_MAX];
};

struct open_file {
    int descriptor; /* NO_FILE: unused */
    struct file_name name;
};

struct hs_real_disk {
    struct hs_disk interface;
    int folder;
    int lock;
    pthread_mutex_t mutex; /* over what follows; held for no system call that waits for a disk */
    struct open_file files[HS_DISK_FILES_MAX];
    bool sync_failed;
    char first_error[HS_DISK_ERROR_BYTES];
    /* The listing taken at index 0; of the one thread that lists. */
    struct file_name *names;
    size_t name_count;
};

/* -- errors and the table of files -------------------------------------------------------- */

/* Keeps what the first failed call was about; says what to return. */
static enum hs_status failed(struct hs_real_disk *disk, const char *what, const char *name)
{
    int error = errno;
    pthread_mutex_lock(&disk->mutex);
    if (disk->first_error[0] == '\0') {
        (void)snprintf(disk->first_error, sizeof disk->first_error, "%s %s: %s", what, name,
                       strerror(error));
    }
    pthread_mutex_unlock(&disk->mutex);
    return HS_IO;
}

void hs_real_disk_first_error(struct hs_real_disk *disk, char error[HS_DISK_ERROR_BYTES])
{
    pthread_mutex_lock(&disk->mutex);
    memcpy(error, disk->first_error, HS_DISK_ERROR_BYTES);
    pthread_mutex_unlock(&disk->mutex);
}

static struct open_file file_of(struct hs_real_disk *disk, struct hs_file file)
{
    HS_ASSERT(file.number < HS_DISK_FILES_MAX);
    pthread_mutex_lock(&disk->mutex);
    struct open_file found = disk->files[file.number];
    pthread_mutex_unlock(&disk->mutex);
    HS_ASSERT(found.descriptor != NO_FILE);
    return found;
}

static bool name_is_valid(const char *name)
{
    size_t length = strnlen(name, HS_FILE_NAME_BYTES_MAX);
    return length > 0 && length < HS_FILE_NAME_BYTES_MAX && strchr(name, '/') == NULL &&
           name[0] != '.';
}

/* For valid names only. */
static void set_name(struct file_name *stored, const char *name)
{
    memcpy(stored->text, name, strlen(name) + 1);
}

static enum hs_status keep_file(struct hs_real_disk *disk, int descriptor, const char *name,
                                struct hs_file *file)
{
    enum hs_status status = HS_FULL;
    pthread_mutex_lock(&disk->mutex);
    for (uint32_t i = 0; i < HS_DISK_FILES_MAX && status == HS_FULL; i++) {
        if (disk->files[i].descriptor == NO_FILE) {
            disk->files[i].descriptor = descriptor;
            set_name(&disk->files[i].name, name);
            file->number = i;
            status = HS_OK;
        }
    }
    pthread_mutex_unlock(&disk->mutex);
    if (status != HS_OK) {
        close(descriptor);
    }
    return status;
}

/* -- the interface ---------------------------------------------------------------------- */

static enum hs_status disk_open(void *context, const char *name, enum hs_open_mode mode,
                                struct hs_file *file)
{
    struct hs_real_disk *disk = context;
    if (!name_is_valid(name)) {
        return HS_INVALID_ARGUMENT;
    }
    int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    switch (mode) {
    case HS_OPEN_EXISTING:
        break;
    case HS_OPEN_OR_CREATE:
        flags |= O_CREAT;
        break;
    case HS_CREATE_NEW:
        flags |= O_CREAT | O_EXCL;
        break;
    }
    int descriptor = openat(disk->folder, name, flags, FILE_MODE);
    if (descriptor < 0 && errno == ENOENT && mode == HS_OPEN_EXISTING) {
        return HS_NOT_FOUND;
    }
    if (descriptor < 0 && errno == EEXIST && mode == HS_CREATE_NEW) {
        return HS_DUPLICATE;
    }
    if (descriptor < 0) {
        return failed(disk, "open", name);
    }
    return keep_file(disk, descriptor, name, file);
}

static void disk_close(void *context, struct hs_file file)
{
    struct hs_real_disk *disk = context;
    struct open_file closing = file_of(disk, file);
    pthread_mutex_lock(&disk->mutex);
    disk->files[file.number].descriptor = NO_FILE;
    pthread_mutex_unlock(&disk->mutex);
    close(closing.descriptor);
}

static enum hs_status disk_size(void *context, struct hs_file file, uint64_t *size_bytes)
{
    struct open_file open_file = file_of(context, file);
    struct stat information;
    if (fstat(open_file.descriptor, &information) != 0) {
        return failed(context, "size of", open_file.name.text);
    }
    *size_bytes = (uint64_t)information.st_size;
    return HS_OK;
}

static enum hs_status disk_read(void *context, struct hs_file file, uint64_t offset, void *data,
                                size_t size, size_t *read_bytes)
{
    struct open_file open_file = file_of(context, file);
    uint8_t *bytes = data;
    *read_bytes = 0;
    while (*read_bytes < size) {
        ssize_t count = pread(open_file.descriptor, bytes + *read_bytes, size - *read_bytes,
                              (off_t)(offset + *read_bytes));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failed(context, "read from", open_file.name.text);
        }
        if (count == 0) {
            break;
        }
        *read_bytes += (size_t)count;
    }
    return HS_OK;
}

static enum hs_status disk_write(void *context, struct hs_file file, uint64_t offset,
                                 const void *data, size_t size)
{
    struct open_file open_file = file_of(context, file);
    const uint8_t *bytes = data;
    size_t written = 0;
    while (written < size) {
        ssize_t count = pwrite(open_file.descriptor, bytes + written, size - written,
                               (off_t)(offset + written));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failed(context, "write to", open_file.name.text);
        }
        written += (size_t)count;
    }
    return HS_OK;
}

/* fallocate, not zeros written out: the first sync of a reserved block costs some
 * tens of microseconds more, but no append ever waits for megabytes of zeros. */
static enum hs_status disk_reserve(void *context, struct hs_file file, uint64_t size_bytes)
{
    struct open_file open_file = file_of(context, file);
    struct stat information;
    if (fstat(open_file.descriptor, &information) != 0) {
        return failed(context, "size of", open_file.name.text);
    }
    if ((uint64_t)information.st_size >= size_bytes) {
        return HS_OK;
    }
    int error;
    do {
        error = posix_fallocate(open_file.descriptor, information.st_size,
                                (off_t)size_bytes - information.st_size);
    } while (error == EINTR);
    if (error != 0) {
        errno = error;
        return failed(context, "reserve space in", open_file.name.text);
    }
    return HS_OK;
}

static enum hs_status disk_truncate(void *context, struct hs_file file, uint64_t size_bytes)
{
    struct open_file open_file = file_of(context, file);
    if (ftruncate(open_file.descriptor, (off_t)size_bytes) != 0) {
        return failed(context, "truncate", open_file.name.text);
    }
    return HS_OK;
}

static bool has_sync_failed(struct hs_real_disk *disk)
{
    pthread_mutex_lock(&disk->mutex);
    bool sync_failed = disk->sync_failed;
    pthread_mutex_unlock(&disk->mutex);
    return sync_failed;
}

static enum hs_status end_sync(struct hs_real_disk *disk, int result, const char *name)
{
    if (result == 0) {
        return HS_OK;
    }
    enum hs_status status = failed(disk, "sync", name);
    pthread_mutex_lock(&disk->mutex);
    disk->sync_failed = true; /* D3 */
    pthread_mutex_unlock(&disk->mutex);
    return status;
}

static enum hs_status disk_sync(void *context, struct hs_file file)
{
    struct hs_real_disk *disk = context;
    struct open_file open_file = file_of(disk, file);
    if (has_sync_failed(disk)) {
        return HS_IO;
    }
    return end_sync(disk, fdatasync(open_file.descriptor), open_file.name.text);
}

static enum hs_status disk_sync_names(void *context)
{
    struct hs_real_disk *disk = context;
    if (has_sync_failed(disk)) {
        return HS_IO;
    }
    return end_sync(disk, fsync(disk->folder), "the home folder");
}

static enum hs_status disk_rename(void *context, const char *from, const char *to)
{
    struct hs_real_disk *disk = context;
    if (!name_is_valid(from) || !name_is_valid(to)) {
        return HS_INVALID_ARGUMENT;
    }
    if (renameat(disk->folder, from, disk->folder, to) != 0) {
        return errno == ENOENT ? HS_NOT_FOUND : failed(disk, "rename", from);
    }
    return HS_OK;
}

static enum hs_status disk_remove(void *context, const char *name)
{
    struct hs_real_disk *disk = context;
    if (!name_is_valid(name)) {
        return HS_INVALID_ARGUMENT;
    }
    if (unlinkat(disk->folder, name, 0) != 0) {
        return errno == ENOENT ? HS_NOT_FOUND : failed(disk, "remove", name);
    }
    return HS_OK;
}

/* -- listing ------------------------------------------------------------------------------ */

static int compare_names(const void *a, const void *b)
{
    const struct file_name *left = a;
    const struct file_name *right = b;
    return strcmp(left->text, right->text);
}

static enum hs_status add_name(struct hs_real_disk *disk, const char *name, size_t *capacity)
{
    if (disk->name_count == HS_DISK_NAMES_MAX) {
        return HS_FULL;
    }
    if (disk->name_count == *capacity) {
        *capacity = 2 * *capacity + 64;
        struct file_name *grown = realloc(disk->names, *capacity * sizeof *grown);
        if (grown == NULL) {
            return HS_OUT_OF_MEMORY;
        }
        disk->names = grown;
    }
    set_name(&disk->names[disk->name_count], name);
    disk->name_count++;
    return HS_OK;
}

static enum hs_status add_names(struct hs_real_disk *disk, DIR *folder)
{
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            return errno == 0 ? HS_OK : failed(disk, "list", "the home folder");
        }
        if (name_is_valid(entry->d_name)) {
            enum hs_status status = add_name(disk, entry->d_name, &capacity);
            if (status != HS_OK) {
                return status;
            }
        }
    }
}

static void forget_names(struct hs_real_disk *disk)
{
    free(disk->names);
    disk->names = NULL;
    disk->name_count = 0;
}

static enum hs_status take_listing(struct hs_real_disk *disk)
{
    forget_names(disk);
    int descriptor = openat(disk->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return failed(disk, "list", "the home folder");
    }
    DIR *folder = fdopendir(descriptor);
    if (folder == NULL) {
        close(descriptor);
        return failed(disk, "list", "the home folder");
    }
    enum hs_status status = add_names(disk, folder);
    closedir(folder);
    if (status != HS_OK) {
        forget_names(disk);
        return status;
    }
    if (disk->name_count > 0) {
        qsort(disk->names, disk->name_count, sizeof *disk->names, compare_names);
    }
    return HS_OK;
}

static enum hs_status disk_list(void *context, size_t index, char name[HS_FILE_NAME_BYTES_MAX])
{
    struct hs_real_disk *disk = context;
    if (index == 0) {
        enum hs_status status = take_listing(disk);
        if (status != HS_OK) {
            return status;
        }
    }
    if (index >= disk->name_count) {
        return HS_NOT_FOUND;
    }
    memcpy(name, disk->names[index].text, HS_FILE_NAME_BYTES_MAX);
    return HS_OK;
}

/* -- the home ------------------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static void say(char error[HS_DISK_ERROR_BYTES],
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error, HS_DISK_ERROR_BYTES, format, arguments);
    va_end(arguments);
}

/* A lock of the open file, not of the process: it is refused to a second open of the same
 * process too, and is gone when its holder is, however it ended. */
static enum hs_status lock_home(struct hs_real_disk *disk, const char *home,
                                char error[HS_DISK_ERROR_BYTES])
{
    disk->lock =
        openat(disk->folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (disk->lock < 0) {
        say(error, "%s/" LOCK_NAME " can't be opened: %s; check who owns the folder", home,
            strerror(errno));
        return HS_IO;
    }
    struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(disk->lock, F_OFD_SETLK, &whole_file) == 0) {
        return HS_OK;
    }
    if (errno == EAGAIN || errno == EACCES) {
        say(error, "%s is in use by another process; stop that one first", home);
        return HS_IN_USE;
    }
    say(error, "%s/" LOCK_NAME " can't be locked: %s; use a file system with locks", home,
        strerror(errno));
    return HS_IO;
}

static enum hs_status open_home(struct hs_real_disk *disk, const char *home,
                                char error[HS_DISK_ERROR_BYTES])
{
    disk->folder = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (disk->folder < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        say(error, "the home folder %s can't be opened: %s; %s", home, strerror(errno),
            missing ? "make one with `hotstuff testnet`" : "check who owns it");
        return missing ? HS_NOT_FOUND : HS_IO;
    }
    return lock_home(disk, home, error);
}

static void set_up(struct hs_real_disk *disk)
{
    disk->folder = NO_FILE;
    disk->lock = NO_FILE;
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        disk->files[i].descriptor = NO_FILE;
    }
    disk->interface = (struct hs_disk){
        .context = disk,
        .open = disk_open,
        .close = disk_close,
        .size = disk_size,
        .read = disk_read,
        .write = disk_write,
        .reserve = disk_reserve,
        .truncate = disk_truncate,
        .sync = disk_sync,
        .sync_names = disk_sync_names,
        .rename = disk_rename,
        .remove = disk_remove,
        .list = disk_list,
    };
}

enum hs_status hs_real_disk_open(struct hs_real_disk **disk, const char *home,
                                 char error[HS_DISK_ERROR_BYTES])
{
    *disk = NULL;
    error[0] = '\0';
    struct hs_real_disk *opened = calloc(1, sizeof *opened);
    if (opened == NULL) {
        say(error, "there is no memory to open %s", home);
        return HS_OUT_OF_MEMORY;
    }
    set_up(opened);
    pthread_mutex_init(&opened->mutex, NULL);
    enum hs_status status = open_home(opened, home, error);
    if (status != HS_OK) {
        hs_real_disk_close(opened);
        return status;
    }
    *disk = opened;
    return HS_OK;
}

void hs_real_disk_close(struct hs_real_disk *disk)
{
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        if (disk->files[i].descriptor != NO_FILE) {
            close(disk->files[i].descriptor);
        }
    }
    if (disk->folder != NO_FILE) {
        close(disk->folder);
    }
    if (disk->lock != NO_FILE) {
        close(disk->lock);
    }
    pthread_mutex_destroy(&disk->mutex);
    forget_names(disk);
    free(disk);
}

const struct hs_disk *hs_real_disk_interface(const struct hs_real_disk *disk)
{
    return &disk->interface;
}
