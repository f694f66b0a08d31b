/* The machine a figure was taken on, and what bounds it there.
 */
#ifndef HS_BENCH_MACHINE_H
#define HS_BENCH_MACHINE_H

#include <stdint.h>

struct hs_machine {
    char cpu[128];
    char kernel[160];
    uint32_t cores;
    double signature_check_us; /* one Ed25519 check of a transfer, on one core, by this program */
};

/* Measures for about a second; hs_crypto_start was called. */
void hs_machine_measure(struct hs_machine *machine);

#endif
