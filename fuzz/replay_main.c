/* The main of a fuzz target where libFuzzer is not: gives every file named on the command line,
 * and every file of the folders named, to the target once. So the corpus is a regression test
 * under any compiler. A corpus without a single file is an error: it would test nothing. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static int replay_path(const char *path, size_t *replayed_count);

static int replay_file(const char *path, size_t file_size, size_t *replayed_count)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    /* Exactly the size of the input, so that an address sanitizer sees the first byte too many. */
    uint8_t *data = malloc(file_size > 0 ? file_size : 1);
    int result = -1;
    if (data != NULL && fread(data, 1, file_size, file) == file_size) {
        (void)LLVMFuzzerTestOneInput(data, file_size);
        *replayed_count += 1;
        result = 0;
    } else {
        fprintf(stderr, "%s: cannot be read\n", path);
    }
    free(data);
    fclose(file);
    return result;
}

static int replay_folder(const char *path, size_t *replayed_count)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    int result = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char child[PATH_MAX];
        int length = snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof child ||
            replay_path(child, replayed_count) != 0) {
            result = -1;
        }
    }
    closedir(folder);
    return result;
}

static int replay_path(const char *path, size_t *replayed_count)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    if (S_ISDIR(status.st_mode)) {
        return replay_folder(path, replayed_count);
    }
    return replay_file(path, (size_t)status.st_size, replayed_count);
}

int main(int argument_count, char **arguments)
{
    size_t replayed_count = 0;
    int result = 0;
    for (int i = 1; i < argument_count; i++) {
        if (replay_path(arguments[i], &replayed_count) != 0) {
            result = 1;
        }
    }
    if (replayed_count == 0) {
        fprintf(stderr, "no input was replayed\n");
        result = 1;
    }
    printf("%zu inputs replayed\n", replayed_count);
    return result;
}
