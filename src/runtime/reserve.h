/* Address space that becomes memory as it is touched.
 *
 * The ledger and the core state their footprint for the most they may ever hold. It is asked
 * for once, at start, and costs nothing until a page of it is written.
 */
#ifndef HS_RUNTIME_RESERVE_H
#define HS_RUNTIME_RESERVE_H

#include <stddef.h>

/* `bytes` of zeroed memory, aligned to a page; NULL when the system gives none. */
void *hs_reserve_memory(size_t bytes);
/* Gives back what hs_reserve_memory gave, with the same size. NULL is nothing. */
void hs_release_memory(void *memory, size_t bytes);

#endif
