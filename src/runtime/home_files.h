/* Whole files and paths, as homes need them: small, bounded, durable.
 *
 * Each call that fails says in `error` what happened, to which path, and what to do.
 */
#ifndef HS_RUNTIME_HOME_FILES_H
#define HS_RUNTIME_HOME_FILES_H

#include <stdbool.h>

#include "runtime/home.h"

/* Sets the text and returns `status`. */
HS_MUST_CHECK enum hs_status hs_home_fail(struct hs_home_error *error, enum hs_status status,
                                          const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* folder/name in HS_HOME_PATH_CHARACTERS. HS_INVALID_ARGUMENT when it does not fit. */
HS_MUST_CHECK enum hs_status hs_home_join(char *path, const char *folder, const char *name,
                                          struct hs_home_error *error);

/* Reads all of a file with a zero behind it, for free(). HS_NOT_FOUND, HS_INVALID_ARGUMENT above
 * size_max, HS_IO, HS_OUT_OF_MEMORY. */
HS_MUST_CHECK enum hs_status hs_home_read_file(char **data, size_t *size, const char *path,
                                               size_t size_max, struct hs_home_error *error);

/* Writes a new file of mode 0644, or 0600 when it is secret, and syncs it and its folder.
 * HS_DUPLICATE when it is there; after another failure it is not. */
HS_MUST_CHECK enum hs_status hs_home_write_file(const char *folder, const char *name,
                                                const void *data, size_t size, bool secret,
                                                struct hs_home_error *error);

/* Makes a folder, and syncs its parent; HS_OK also when it is there. */
HS_MUST_CHECK enum hs_status hs_home_make_folder(const char *path, struct hs_home_error *error);

/* Calls `visit` for each name in a folder but . and .., until it returns another status than
 * HS_OK. HS_NOT_FOUND when there is no such folder. */
HS_MUST_CHECK enum hs_status hs_home_list(const char *path,
                                          enum hs_status (*visit)(void *context, const char *name),
                                          void *context, struct hs_home_error *error);

#endif
