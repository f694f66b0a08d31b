/* HS_ASSERT: our own invariants, checked in every build.
 *
 * It is for what this program promised itself. Bytes of a peer, blocks, files and
 * full queues never reach it: in a replicated machine such an assert would stop
 * every node at one height.
 */
#ifndef HS_BASE_ASSERT_H
#define HS_BASE_ASSERT_H

#define HS_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : hs_assert_failed(#condition, __FILE__, __LINE__))

/* Prints what was promised and where, and aborts. */
_Noreturn void hs_assert_failed(const char *condition, const char *file, int line);

#endif
