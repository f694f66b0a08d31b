#include "runtime/home_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum hs_status hs_home_fail(struct hs_home_error *error, enum hs_status status, const char *format,
                            ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

static enum hs_status fail_errno(struct hs_home_error *error, const char *what, const char *path)
{
    return hs_home_fail(error, HS_IO, "%s could not be %s: %s", path, what, strerror(errno));
}

enum hs_status hs_home_join(char *path, const char *folder, const char *name,
                            struct hs_home_error *error)
{
    int size = snprintf(path, HS_HOME_PATH_CHARACTERS, "%s/%s", folder, name);
    if (size < 0 || (size_t)size >= HS_HOME_PATH_CHARACTERS) {
        return hs_home_fail(error, HS_INVALID_ARGUMENT,
                            "the path of %s is too long; use a folder with a shorter path", name);
    }
    return HS_OK;
}

/* -- reading ------------------------------------------------------------------------ */

static bool read_all(int descriptor, char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = read(descriptor, data, size);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return false;
        }
        if (count > 0) {
            data += count;
            size -= (size_t)count;
        }
    }
    return true;
}

static enum hs_status read_descriptor(int descriptor, char **data, size_t *size, const char *path,
                                      size_t size_max, struct hs_home_error *error)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        return fail_errno(error, "read", path);
    }
    if (!S_ISREG(about.st_mode) || about.st_size < 0 || (size_t)about.st_size > size_max) {
        return hs_home_fail(error, HS_INVALID_ARGUMENT,
                            "%s is no file of at most %zu bytes; put the right file there", path,
                            size_max);
    }
    *size = (size_t)about.st_size;
    *data = malloc(*size + 1);
    if (*data == NULL) {
        return hs_home_fail(error, HS_OUT_OF_MEMORY, "out of memory while reading %s", path);
    }
    (*data)[*size] = '\0';
    if (!read_all(descriptor, *data, *size)) {
        free(*data);
        *data = NULL;
        return hs_home_fail(error, HS_IO, "%s could not be read to its end; try again", path);
    }
    return HS_OK;
}

enum hs_status hs_home_read_file(char **data, size_t *size, const char *path, size_t size_max,
                                 struct hs_home_error *error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        enum hs_status failure = fail_errno(error, "opened", path);
        return missing ? HS_NOT_FOUND : failure;
    }
    enum hs_status status = read_descriptor(descriptor, data, size, path, size_max, error);
    close(descriptor);
    return status;
}

/* -- writing ------------------------------------------------------------------------ */

static bool write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t count = write(descriptor, data, size);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        if (count > 0) {
            data += count;
            size -= (size_t)count;
        }
    }
    return true;
}

static bool sync_folder(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

enum hs_status hs_home_write_file(const char *folder, const char *name, const void *data,
                                  size_t size, bool secret, struct hs_home_error *error)
{
    char path[HS_HOME_PATH_CHARACTERS];
    enum hs_status status = hs_home_join(path, folder, name, error);
    if (status != HS_OK) {
        return status;
    }
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
    if (descriptor < 0) {
        bool there = errno == EEXIST;
        enum hs_status failure = fail_errno(error, "made", path);
        return there ? HS_DUPLICATE : failure;
    }
    bool written = write_all(descriptor, data, size) && fsync(descriptor) == 0;
    int problem = errno;
    close(descriptor);
    errno = problem;
    if (!written || !sync_folder(folder)) {
        status = fail_errno(error, "written", path);
        (void)unlink(path); /* half of it is of no use, and in the way of the next try */
    }
    return status;
}

/* The folder that holds `path`. */
static void parent_of(char *parent, const char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    while (size > 0 && path[size - 1] != '/') {
        size--;
    }
    if (size == 0) {
        snprintf(parent, HS_HOME_PATH_CHARACTERS, ".");
    } else {
        snprintf(parent, HS_HOME_PATH_CHARACTERS, "%.*s", (int)size, path);
    }
}

enum hs_status hs_home_make_folder(const char *path, struct hs_home_error *error)
{
    char parent[HS_HOME_PATH_CHARACTERS];
    struct stat about;
    if (mkdir(path, 0755) != 0) {
        if (errno == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
            return HS_OK;
        }
        return hs_home_fail(error, HS_IO, "the folder %s could not be made: %s", path,
                            strerror(errno));
    }
    parent_of(parent, path);
    return sync_folder(parent) ? HS_OK : fail_errno(error, "synced", parent);
}

enum hs_status hs_home_list(const char *path,
                            enum hs_status (*visit)(void *context, const char *name), void *context,
                            struct hs_home_error *error)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        bool missing = errno == ENOENT;
        enum hs_status failure = fail_errno(error, "listed", path);
        return missing ? HS_NOT_FOUND : failure;
    }
    enum hs_status status = HS_OK;
    for (struct dirent *entry = readdir(folder); entry != NULL && status == HS_OK;
         entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = visit(context, entry->d_name);
        }
    }
    closedir(folder);
    return status;
}
