/* hs_crc32c: the checksum of everything stored.
 *
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78, RFC 3720 appendix B.4): it
 * finds torn and rotten bytes, and the processors at hand have an instruction for it.
 * It keeps no attacker out; what peers send is checked by its hash elsewhere.
 */
#ifndef HS_STORAGE_CRC32C_H
#define HS_STORAGE_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The checksum of `size` bytes that follow bytes whose checksum is `before`; 0 when
 * nothing came before. So crc(crc(0, a), b) = crc(0, ab). */
uint32_t hs_crc32c(uint32_t before, const void *data, size_t size);

/* The two ways to compute it, equal by test; hs_crc32c takes the faster one there is. */
uint32_t hs_crc32c_table(uint32_t before, const void *data, size_t size);
/* To be called only when hs_crc32c_has_instruction(). */
uint32_t hs_crc32c_instruction(uint32_t before, const void *data, size_t size);
bool hs_crc32c_has_instruction(void);

#endif
