/* hs_virtual_file: the bytes of one file of the virtual disk, as the process sees them and as a
 * power cut would leave them.
 *
 * An array of pages. A page that was written since the last sync keeps its durable bytes beside the
 * ones the process sees, and a bit for each sector that differs; a sync drops the durable copy, a
 * power cut draws for every such sector whether it is kept. Memory that cannot be had ends the
 * program: a simulation has nothing to go on with.
 */
#ifndef HS_SIM_VIRTUAL_FILE_H
#define HS_SIM_VIRTUAL_FILE_H

#include <stddef.h>

#include "sim/random.h"

#define HS_VIRTUAL_SECTOR_BYTES 512u

struct hs_virtual_page;

struct hs_virtual_file {
    struct hs_virtual_page *pages;
    size_t page_count;
    uint64_t bytes_now;
    uint64_t bytes_durable;
    size_t dirty_begin; /* pages outside [begin, end) are clean */
    size_t dirty_end;
};

/* All of them want a file of zeros to begin with. */
void hs_virtual_file_free(struct hs_virtual_file *file);

/* Return how many bytes they read, less than `size` only at the file's end. */
size_t hs_virtual_file_read(const struct hs_virtual_file *file, uint64_t offset, void *data,
                            size_t size);
size_t hs_virtual_file_read_durable(const struct hs_virtual_file *file, uint64_t offset, void *data,
                                    size_t size);
void hs_virtual_file_write(struct hs_virtual_file *file, uint64_t offset, const uint8_t *data,
                           size_t size);
/* Each sector is written or not, as is drawn. */
void hs_virtual_file_write_torn(struct hs_virtual_file *file, uint64_t offset, const uint8_t *data,
                                size_t size, struct hs_random *random);
/* Sets the size; what was beyond the smaller one reads as zeros. */
void hs_virtual_file_resize(struct hs_virtual_file *file, uint64_t size_bytes);
/* Every sector becomes durable, but for those that a failed sync gave up. */
void hs_virtual_file_sync(struct hs_virtual_file *file);
/* Some sectors become durable, the others are given up until they are written again. */
void hs_virtual_file_sync_failed(struct hs_virtual_file *file, struct hs_random *random);
/* Of the sectors that are not durable so many are kept; the size before or after. */
void hs_virtual_file_power_cut(struct hs_virtual_file *file, struct hs_random *random,
                               uint32_t kept_per_mille);
/* Durably. The byte is inside the file's size. */
void hs_virtual_file_flip_bit(struct hs_virtual_file *file, uint64_t offset, uint32_t bit);

#endif
