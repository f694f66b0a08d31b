#include "bench/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/load.h"
#include "wire/transaction.h"

#define ITEMS       256u
#define MEASURE_NS  UINT64_C(1000000000)
#define BATCH_ITEMS 64u

/* Each item is another message under another key, as in a block. */
struct items {
    struct hs_ed25519_public_key public_keys[ITEMS];
    struct hs_ed25519_signature signatures[ITEMS];
    uint8_t messages[ITEMS][HS_TRANSACTION_TRANSFER_MESSAGE_BYTES];
};

static void make_items(struct items *items)
{
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct hs_ed25519_secret_key key = {.seed = {(uint8_t)i, 1}};
        memset(items->messages[i], (int)i, sizeof items->messages[i]);
        hs_ed25519_public_key_of(&items->public_keys[i], &key);
        hs_ed25519_sign(
            &items->signatures[i], &key,
            (struct hs_bytes){.data = items->messages[i], .size = sizeof items->messages[i]});
    }
}

static double measure_signature_check_us(void)
{
    static struct items items;
    struct hs_ed25519_item batch[BATCH_ITEMS];
    bool ok[BATCH_ITEMS];
    uint64_t checked = 0;
    make_items(&items);
    uint64_t start_ns = hs_bench_load_now_ns();
    uint64_t now_ns = start_ns;
    while (now_ns - start_ns < MEASURE_NS) {
        for (uint32_t i = 0; i < BATCH_ITEMS; i++) {
            uint32_t item = (uint32_t)(checked + i) % ITEMS;
            batch[i] = (struct hs_ed25519_item){
                .public_key = &items.public_keys[item],
                .signature = &items.signatures[item],
                .message = {.data = items.messages[item], .size = sizeof items.messages[item]},
            };
        }
        hs_ed25519_verify(ok, batch, BATCH_ITEMS);
        checked += BATCH_ITEMS;
        now_ns = hs_bench_load_now_ns();
    }
    return (double)(now_ns - start_ns) / 1000.0 / (double)checked;
}

static void read_cpu_name(char *name, size_t name_size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(name, name_size, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *value = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) == 0 && value != NULL) {
            snprintf(name, name_size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

void hs_machine_measure(struct hs_machine *machine)
{
    struct utsname system;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    memset(machine, 0, sizeof *machine);
    read_cpu_name(machine->cpu, sizeof machine->cpu);
    if (uname(&system) == 0) {
        snprintf(machine->kernel, sizeof machine->kernel, "%s %s", system.sysname, system.release);
    }
    machine->cores = cores > 0 ? (uint32_t)cores : 1u;
    machine->signature_check_us = measure_signature_check_us();
}
