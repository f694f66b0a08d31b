/* Key files: what is written, and everything that must not be taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/keys.h"

static const uint8_t seed[32] = {1, 2, 3};
static char folder[64];
static char path[128];
static char other_path[128];
static struct hs_key_error error;

static int start(void **state)
{
    (void)state;
    return hs_crypto_start() == HS_OK && hs_crypto_start() == HS_OK ? 0 : -1;
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hotstuff-keys-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/key.json", folder);
    snprintf(other_path, sizeof other_path, "%s/other.json", folder);
    memset(&error, 0, sizeof error);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(other_path);
    return rmdir(folder);
}

static size_t read_text(char *text, size_t capacity)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, capacity - 1, file);
    text[size] = '\0';
    fclose(file);
    return size;
}

static void write_text(const char *text, size_t size)
{
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static struct hs_account_key save_account(void)
{
    struct hs_account_key key;
    assert_int_equal(hs_account_key_make(&key, seed), HS_OK);
    assert_int_equal(hs_account_key_save(&key, path, &error), HS_OK);
    return key;
}

/* Loading is refused, the reason is told, and nothing of the key is left. */
static void assert_refused(enum hs_status expected)
{
    static const struct hs_account_key zeros;
    struct hs_account_key key;
    memset(&key, 0xee, sizeof key);
    memset(&error, 0, sizeof error);
    assert_int_equal(hs_account_key_load(&key, path, &error), expected);
    assert_non_null(strstr(error.text, path));
    assert_memory_equal(&key, &zeros, sizeof key);
}

static void an_account_comes_back_from_its_file(void **state)
{
    (void)state;
    struct hs_account_key key = save_account();
    struct hs_account_key loaded;
    assert_int_equal(hs_account_key_load(&loaded, path, &error), HS_OK);
    assert_memory_equal(&loaded, &key, sizeof key);
}

static void a_validator_comes_back_from_its_file(void **state)
{
    (void)state;
    struct hs_validator_key key;
    struct hs_validator_key loaded;
    assert_int_equal(hs_validator_key_make(&key, NULL), HS_OK);
    assert_int_equal(hs_bls_check_possession(&key.bls_public_key, &key.possession), HS_OK);
    assert_int_equal(hs_validator_key_save(&key, path, &error), HS_OK);
    assert_int_equal(hs_validator_key_load(&loaded, path, &error), HS_OK);
    assert_memory_equal(&loaded, &key, sizeof key);
}

/* The form of the file is kept: scripts and older versions read it. */
static void an_account_file_reads_as_it_always_did(void **state)
{
    (void)state;
    struct hs_account_key key = save_account();
    char text[1024];
    char expected[1024];
    char public_key[65];
    char address[65];
    for (size_t i = 0; i < 32; i++) {
        snprintf(public_key + 2 * i, 3, "%02x", key.public_key.bytes[i]);
        snprintf(address + 2 * i, 3, "%02x", key.address.bytes[i]);
    }
    snprintf(expected, sizeof expected,
             "{\n  \"type\": \"account\",\n  \"secret\": \"0x0102030000000000"
             "000000000000000000000000000000000000000000000000\",\n"
             "  \"public_key\": \"0x%s\",\n  \"address\": \"0x%s\"\n}\n",
             public_key, address);
    read_text(text, sizeof text);
    assert_string_equal(text, expected);
}

static void seeds_make_the_same_keys_and_no_seed_makes_new_ones(void **state)
{
    (void)state;
    struct hs_account_key one;
    struct hs_account_key two;
    assert_int_equal(hs_account_key_make(&one, seed), HS_OK);
    assert_int_equal(hs_account_key_make(&two, seed), HS_OK);
    assert_memory_equal(&one, &two, sizeof one);
    assert_int_equal(hs_account_key_make(&one, NULL), HS_OK);
    assert_int_equal(hs_account_key_make(&two, NULL), HS_OK);
    assert_memory_not_equal(&one.secret_key, &two.secret_key, sizeof one.secret_key);

    struct hs_validator_key three;
    struct hs_validator_key four;
    assert_int_equal(hs_validator_key_make(&three, seed), HS_OK);
    assert_int_equal(hs_validator_key_make(&four, seed), HS_OK);
    assert_memory_equal(&three, &four, sizeof three);
    assert_memory_not_equal(three.bls_secret_key.bytes, three.network_secret_key.seed, 32);
    assert_memory_not_equal(three.network_secret_key.seed, seed, 32);
    assert_int_equal(hs_validator_key_make(&three, NULL), HS_OK);
    assert_int_equal(hs_validator_key_make(&four, NULL), HS_OK);
    assert_memory_not_equal(&three.bls_secret_key, &four.bls_secret_key, 32);
    assert_memory_not_equal(&three.network_secret_key, &four.network_secret_key, 32);
}

static void a_new_file_is_its_owners_alone(void **state)
{
    (void)state;
    mode_t before = umask(0);
    save_account();
    umask(before);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
}

static void a_file_that_exists_is_never_overwritten(void **state)
{
    (void)state;
    struct hs_account_key key = save_account();
    struct hs_account_key other;
    struct hs_validator_key validator;
    assert_int_equal(hs_account_key_make(&other, NULL), HS_OK);
    assert_int_equal(hs_validator_key_make(&validator, NULL), HS_OK);
    assert_int_equal(hs_account_key_save(&other, path, &error), HS_DUPLICATE);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(hs_validator_key_save(&validator, path, &error), HS_DUPLICATE);
    assert_int_equal(hs_account_key_load(&other, path, &error), HS_OK);
    assert_memory_equal(&other, &key, sizeof key);
}

static void a_folder_that_is_missing_is_an_error(void **state)
{
    (void)state;
    struct hs_account_key key;
    char missing[160];
    snprintf(missing, sizeof missing, "%s/none/key.json", folder);
    assert_int_equal(hs_account_key_make(&key, seed), HS_OK);
    assert_int_equal(hs_account_key_save(&key, missing, &error), HS_IO);
    assert_non_null(strstr(error.text, missing));
}

static void a_file_that_others_can_reach_is_refused(void **state)
{
    (void)state;
    save_account();
    const mode_t open_modes[] = {0644, 0640, 0604, 0620, 0602, 0610, 0601, 0666, 0777};
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        assert_int_equal(chmod(path, open_modes[i]), 0);
        assert_refused(HS_INVALID_ARGUMENT);
        assert_non_null(strstr(error.text, "chmod 600"));
    }
    const mode_t closed_modes[] = {0600, 0400, 0700};
    for (size_t i = 0; i < sizeof closed_modes / sizeof closed_modes[0]; i++) {
        struct hs_account_key key;
        assert_int_equal(chmod(path, closed_modes[i]), 0);
        assert_int_equal(hs_account_key_load(&key, path, &error), HS_OK);
    }
}

static void a_symbolic_link_is_not_followed(void **state)
{
    (void)state;
    struct hs_account_key key;
    assert_int_equal(hs_account_key_make(&key, seed), HS_OK);
    assert_int_equal(symlink(other_path, path), 0);
    assert_int_equal(hs_account_key_save(&key, path, &error), HS_DUPLICATE);
    assert_int_equal(access(other_path, F_OK), -1);
    assert_int_equal(hs_account_key_save(&key, other_path, &error), HS_OK);
    assert_refused(HS_INVALID_ARGUMENT);
}

static void what_is_no_file_is_refused_without_waiting(void **state)
{
    (void)state;
    assert_refused(HS_NOT_FOUND);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(HS_INVALID_ARGUMENT);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(HS_INVALID_ARGUMENT);
    assert_int_equal(rmdir(path), 0);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    char text[1024];
    save_account();
    size_t size = read_text(text, sizeof text);
    /* The last byte is a line end, which may be missing. */
    for (size_t cut = 0; cut < size - 1; cut++) {
        write_text(text, cut);
        assert_refused(HS_MALFORMED);
    }
}

static void no_changed_digit_goes_unnoticed(void **state)
{
    (void)state;
    char text[1024];
    save_account();
    size_t size = read_text(text, sizeof text);
    size_t changed_count = 0;
    for (char *at = strstr(text, "0x"); at != NULL; at = strstr(at + 1, "0x")) {
        for (size_t i = 2; i < 66; i++) {
            char right = at[i];
            at[i] = right == '0' ? '1' : '0';
            write_text(text, size);
            assert_refused(HS_CORRUPT);
            at[i] = right;
            changed_count++;
        }
    }
    assert_int_equal(changed_count, 3 * 64);
}

static void a_validator_file_with_wrong_public_parts_is_refused(void **state)
{
    (void)state;
    struct hs_validator_key key;
    struct hs_validator_key other;
    assert_int_equal(hs_validator_key_make(&key, seed), HS_OK);
    assert_int_equal(hs_validator_key_make(&other, NULL), HS_OK);
    for (size_t part = 0; part < 5; part++) {
        struct hs_validator_key mixed = key;
        switch (part) {
        case 0:
            mixed.bls_public_key = other.bls_public_key;
            break;
        case 1:
            mixed.possession = other.possession;
            break;
        case 2:
            mixed.network_public_key = other.network_public_key;
            break;
        case 3:
            mixed.bls_secret_key = other.bls_secret_key;
            break;
        default:
            memset(&mixed.bls_secret_key, 0xff, sizeof mixed.bls_secret_key);
            break;
        }
        unlink(path);
        assert_int_equal(hs_validator_key_save(&mixed, path, &error), HS_OK);
        assert_int_equal(hs_validator_key_load(&mixed, path, &error), HS_CORRUPT);
        static const struct hs_validator_key zeros;
        assert_memory_equal(&mixed, &zeros, sizeof zeros);
    }
}

static void one_type_is_not_taken_for_the_other(void **state)
{
    (void)state;
    struct hs_validator_key validator;
    save_account();
    assert_int_equal(hs_validator_key_load(&validator, path, &error), HS_MALFORMED);
    unlink(path);
    assert_int_equal(hs_validator_key_make(&validator, seed), HS_OK);
    assert_int_equal(hs_validator_key_save(&validator, path, &error), HS_OK);
    assert_refused(HS_MALFORMED);
}

/* The text of an account file with `from` replaced by `to`. */
static void write_replaced(const char *text, const char *from, const char *to)
{
    char replaced[2048];
    const char *at = strstr(text, from);
    assert_non_null(at);
    int size = snprintf(replaced, sizeof replaced, "%.*s%s%s", (int)(at - text), text, to,
                        at + strlen(from));
    write_text(replaced, (size_t)size);
}

static void only_the_exact_form_is_read(void **state)
{
    (void)state;
    char text[1024];
    save_account();
    read_text(text, sizeof text);
    static const char *const changes[][2] = {
        {"\"account\"", "\"Account\""},
        {"\"account\"", "7"},
        {"\"type\"", "\"kind\""},
        {"\"secret\"", "\"seed\""},
        {"\"secret\": \"0x", "\"secret\": \""},
        {"\"secret\": \"0x", "\"secret\": \"0X"},
        {"\"secret\": \"0x01", "\"secret\": \"0x"},
        {"\"secret\": \"0x01", "\"secret\": \"0x0101"},
        {"\"secret\": \"0x01", "\"secret\": \"0x0g"},
        {"\"secret\": \"0x01", "\"secret\": \"0x 1"},
        {"\n}", ",\n  \"more\": \"0x00\"\n}"},
        {"\n}", ",\n  \"type\": \"account\"\n}"},
        {"\n}", ",\n}"},
        {"\n}\n", "\n}\n{}"},
        {"{", "[{"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        write_replaced(text, changes[i][0], changes[i][1]);
        assert_refused(HS_MALFORMED);
    }
    for (char *digit = strstr(text, "public_key"); *digit != '\0'; digit++) {
        if (*digit >= 'a' && *digit <= 'f' && digit[-1] >= '0' && digit[-1] <= '9') {
            *digit = (char)(*digit - 'a' + 'A');
            break;
        }
    }
    write_text(text, strlen(text));
    assert_refused(HS_MALFORMED);
}

static void a_file_may_be_as_long_as_the_limit(void **state)
{
    (void)state;
    char text[HS_KEY_FILE_BYTES_MAX + 1];
    struct hs_account_key key;
    memset(text, ' ', sizeof text);
    save_account();
    char small[1024];
    memcpy(text, small, read_text(small, sizeof small));
    write_text(text, HS_KEY_FILE_BYTES_MAX);
    assert_int_equal(hs_account_key_load(&key, path, &error), HS_OK);
    write_text(text, HS_KEY_FILE_BYTES_MAX + 1);
    assert_refused(HS_MALFORMED);
}

static void an_address_follows_from_the_public_key(void **state)
{
    (void)state;
    struct hs_ed25519_public_key one = {{0}};
    struct hs_ed25519_public_key two = {{1}};
    struct hs_address address;
    struct hs_address other;
    /* sha256(b"\x10hotstuff/address" + bytes(32)) by Python's hashlib */
    static const uint8_t expected[HS_ADDRESS_BYTES] = {
        0x1d, 0x28, 0xa1, 0x09, 0xbf, 0x13, 0xa2, 0xc7, 0x75, 0x7c, 0xea,
        0x01, 0xca, 0x70, 0x00, 0x8c, 0xa4, 0x90, 0xcb, 0xf4, 0x45, 0xd1,
        0x0c, 0xc1, 0x67, 0xb9, 0xfa, 0x10, 0xe5, 0x02, 0xb5, 0x86,
    };
    hs_address_of(&address, &one);
    assert_memory_equal(address.bytes, expected, sizeof expected);
    hs_address_of(&other, &two);
    assert_memory_not_equal(address.bytes, other.bytes, sizeof expected);
}

static void wiping_leaves_zeros(void **state)
{
    (void)state;
    uint8_t secret[5] = {1, 2, 3, 4, 5};
    static const uint8_t expected[5] = {0, 0, 0, 0, 5};
    hs_wipe(secret, 4);
    assert_memory_equal(secret, expected, sizeof expected);
}

#define KEY_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_TEST(an_account_comes_back_from_its_file),
        KEY_TEST(a_validator_comes_back_from_its_file),
        KEY_TEST(an_account_file_reads_as_it_always_did),
        KEY_TEST(seeds_make_the_same_keys_and_no_seed_makes_new_ones),
        KEY_TEST(a_new_file_is_its_owners_alone),
        KEY_TEST(a_file_that_exists_is_never_overwritten),
        KEY_TEST(a_folder_that_is_missing_is_an_error),
        KEY_TEST(a_file_that_others_can_reach_is_refused),
        KEY_TEST(a_symbolic_link_is_not_followed),
        KEY_TEST(what_is_no_file_is_refused_without_waiting),
        KEY_TEST(a_file_cut_anywhere_is_refused),
        KEY_TEST(no_changed_digit_goes_unnoticed),
        KEY_TEST(a_validator_file_with_wrong_public_parts_is_refused),
        KEY_TEST(one_type_is_not_taken_for_the_other),
        KEY_TEST(only_the_exact_form_is_read),
        KEY_TEST(a_file_may_be_as_long_as_the_limit),
        KEY_TEST(an_address_follows_from_the_public_key),
        KEY_TEST(wiping_leaves_zeros),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
