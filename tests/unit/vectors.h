/* Test vectors from outside, read from the folder that HOTSTUFF_VECTORS names
 * (Wycheproof's testvectors_v1). Without it a test is skipped and says why.
 */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <hotstuff/types.h>

/* The largest message of the vectors is 1 MiB. */
#define VECTOR_BYTES_MAX (2u * 1024u * 1024u)

struct vector_bytes {
    uint8_t *data;
    size_t size;
};

static inline json_t *vectors_load(const char *name)
{
    const char *folder = getenv("HOTSTUFF_VECTORS");
    if (folder == NULL) {
        print_message("# HOTSTUFF_VECTORS is not set: %s is not read\n", name);
        skip();
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL) {
        fail_msg("%s: %s", path, error.text);
    }
    return root;
}

static inline const char *vector_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL) {
        fail_msg("a vector has no member %s", key);
    }
    return text;
}

static inline struct vector_bytes vector_bytes_of(const char *hex)
{
    size_t size = strlen(hex) / 2;
    assert_true(size <= VECTOR_BYTES_MAX);
    struct vector_bytes bytes = {.data = malloc(size + 1), .size = size};
    assert_non_null(bytes.data);
    for (size_t i = 0; i < size; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        bytes.data[i] = (uint8_t)value;
    }
    return bytes;
}

/* False when the hex has another size than a field of the fixed size `size`. */
static inline bool vector_fixed(uint8_t *out, size_t size, const char *hex)
{
    struct vector_bytes bytes = vector_bytes_of(hex);
    bool fits = bytes.size == size;
    if (fits) {
        memcpy(out, bytes.data, size);
    }
    free(bytes.data);
    return fits;
}

static inline bool vector_is_valid(const json_t *test)
{
    return strcmp(vector_text(test, "result"), "valid") == 0;
}

/* That every test of the file was run. */
static inline void vectors_finish(json_t *root, size_t run_count)
{
    assert_int_equal(run_count, json_integer_value(json_object_get(root, "numberOfTests")));
    assert_true(run_count > 0);
    json_decref(root);
}

#endif
