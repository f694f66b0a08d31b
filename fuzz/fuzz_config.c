/* hotstuff.conf of any bytes: it is refused with a reason, or what it says can be written and read
 * back. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "network/tcp_address.h"
#include "node/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static size_t write_text(char text[HS_CONFIG_BYTES_MAX], const struct hs_config *config)
{
    size_t size = hs_config_write(text, HS_CONFIG_BYTES_MAX, config);
    HS_ASSERT(size > 0 && text[size] == '\0');
    return size;
}

static void check_values(const struct hs_config *config)
{
    HS_ASSERT(config->index <= HS_VALIDATORS_MAX);
    HS_ASSERT(config->cpu_threads >= 1 && config->cpu_threads <= HS_CPU_THREADS_MAX);
    HS_ASSERT(config->listen[0] != '\0');
    /* Who listens reads it once more, more strictly. */
    struct hs_tcp_address address;
    enum hs_status status = hs_tcp_address_parse(&address, config->listen);
    HS_ASSERT(status == HS_OK || status == HS_INVALID_ARGUMENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    static struct hs_config config;
    static struct hs_config again;
    static char text[HS_CONFIG_BYTES_MAX];
    static char text_again[HS_CONFIG_BYTES_MAX];
    struct hs_config_error error = {""};
    enum hs_status status =
        hs_config_parse(&config, "hotstuff.conf", (const char *)data, data_size, &error);
    HS_ASSERT(status == HS_OK || status == HS_MALFORMED || status == HS_INVALID_ARGUMENT);
    if (status != HS_OK) {
        HS_ASSERT(error.text[0] != '\0' && memchr(error.text, '\0', sizeof error.text) != NULL);
        return 0;
    }
    check_values(&config);
    size_t size = write_text(text, &config);
    status = hs_config_parse(&again, "again", text, size, &error);
    HS_ASSERT(status == HS_OK);
    HS_ASSERT(write_text(text_again, &again) == size && memcmp(text, text_again, size) == 0);
    return 0;
}
