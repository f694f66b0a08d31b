/* Anonymous mappings without a reservation of swap: a footprint of many gigabytes is granted on a
 * small machine as well, and pages are counted when they are first written. */
#include "runtime/reserve.h"

#include <sys/mman.h>

#include "base/assert.h"

void *hs_reserve_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void hs_release_memory(void *memory, size_t bytes)
{
    if (memory != NULL) {
        HS_ASSERT(munmap(memory, bytes) == 0);
    }
}
