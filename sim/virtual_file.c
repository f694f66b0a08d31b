/* See virtual_file.h. */
#include "sim/virtual_file.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES   4096u
#define PAGE_SECTORS (PAGE_BYTES / HS_VIRTUAL_SECTOR_BYTES)

/* What the process sees and, while some of its sectors are dirty, what is durable. NULL is
 * zeros. */
struct hs_virtual_page {
    uint8_t *now;
    uint8_t *durable;
    uint8_t dirty; /* by sector: written since the last sync */
    uint8_t stuck; /* by sector: a failed sync gave it up; dirty too */
};

static uint8_t *page_memory(uint8_t **memory)
{
    if (*memory == NULL) {
        *memory = calloc(1, PAGE_BYTES);
        if (*memory == NULL) {
            abort();
        }
    }
    return *memory;
}

void hs_virtual_file_free(struct hs_virtual_file *file)
{
    for (size_t i = 0; i < file->page_count; i++) {
        free(file->pages[i].now);
        free(file->pages[i].durable);
    }
    free(file->pages);
    *file = (struct hs_virtual_file){0};
}

static struct hs_virtual_page *page_of(struct hs_virtual_file *file, size_t page_index)
{
    if (page_index >= file->page_count) {
        size_t count = page_index + 1;
        file->pages = realloc(file->pages, count * sizeof *file->pages);
        if (file->pages == NULL) {
            abort();
        }
        memset(file->pages + file->page_count, 0, (count - file->page_count) * sizeof *file->pages);
        file->page_count = count;
    }
    return &file->pages[page_index];
}

/* The sectors that [offset, offset + size) of a page touches, one bit each. */
static uint8_t sectors_of(size_t page_offset, size_t size)
{
    uint32_t first = (uint32_t)(page_offset / HS_VIRTUAL_SECTOR_BYTES);
    uint32_t last = (uint32_t)((page_offset + size - 1) / HS_VIRTUAL_SECTOR_BYTES);
    return (uint8_t)((2u << last) - (1u << first));
}

static void mark_dirty(struct hs_virtual_file *file, size_t page_index, uint8_t sectors)
{
    struct hs_virtual_page *page = &file->pages[page_index];
    if (page->dirty == 0 && page->now != NULL) {
        memcpy(page_memory(&page->durable), page->now, PAGE_BYTES);
    }
    page->dirty |= sectors;
    page->stuck &= (uint8_t)~sectors;
    if (file->dirty_begin == file->dirty_end) {
        file->dirty_begin = page_index;
        file->dirty_end = page_index + 1;
    }
    if (page_index < file->dirty_begin) {
        file->dirty_begin = page_index;
    }
    if (page_index >= file->dirty_end) {
        file->dirty_end = page_index + 1;
    }
}

/* Writes what lies within one page; data NULL: zeros. */
static void write_in_page(struct hs_virtual_file *file, uint64_t offset, const uint8_t *data,
                          size_t size)
{
    size_t page_index = (size_t)(offset / PAGE_BYTES);
    size_t page_offset = (size_t)(offset % PAGE_BYTES);
    struct hs_virtual_page *page = page_of(file, page_index);
    if (data == NULL && page->now == NULL) {
        return;
    }
    mark_dirty(file, page_index, sectors_of(page_offset, size));
    uint8_t *memory = page_memory(&page->now) + page_offset;
    if (data != NULL) {
        memcpy(memory, data, size);
    } else {
        memset(memory, 0, size);
    }
}

static void grow_to(struct hs_virtual_file *file, uint64_t end)
{
    if (end > file->bytes_now) {
        file->bytes_now = end;
    }
}

/* As much of `size` as lies before the next multiple of `unit_bytes`. */
static size_t part_of(uint64_t offset, uint64_t size, uint64_t unit_bytes)
{
    uint64_t room = unit_bytes - offset % unit_bytes;
    return (size_t)(size < room ? size : room);
}

enum image { AS_SEEN, AS_DURABLE };

static const uint8_t *bytes_of(const struct hs_virtual_file *file, size_t page_index,
                               enum image image)
{
    if (page_index >= file->page_count) {
        return NULL;
    }
    const struct hs_virtual_page *page = &file->pages[page_index];
    return image == AS_DURABLE && page->dirty != 0 ? page->durable : page->now;
}

static size_t read_image(const struct hs_virtual_file *file, enum image image, uint64_t offset,
                         uint8_t *data, size_t size)
{
    uint64_t bytes = image == AS_DURABLE ? file->bytes_durable : file->bytes_now;
    uint64_t there = offset < bytes ? bytes - offset : 0;
    size_t wanted = size < there ? size : (size_t)there;
    for (size_t done = 0; done < wanted;) {
        uint64_t at = offset + done;
        size_t part = part_of(at, wanted - done, PAGE_BYTES);
        const uint8_t *page = bytes_of(file, (size_t)(at / PAGE_BYTES), image);
        if (page != NULL) {
            memcpy(data + done, page + at % PAGE_BYTES, part);
        } else {
            memset(data + done, 0, part);
        }
        done += part;
    }
    return wanted;
}

size_t hs_virtual_file_read(const struct hs_virtual_file *file, uint64_t offset, void *data,
                            size_t size)
{
    return read_image(file, AS_SEEN, offset, data, size);
}

size_t hs_virtual_file_read_durable(const struct hs_virtual_file *file, uint64_t offset, void *data,
                                    size_t size)
{
    return read_image(file, AS_DURABLE, offset, data, size);
}

void hs_virtual_file_write(struct hs_virtual_file *file, uint64_t offset, const uint8_t *data,
                           size_t size)
{
    grow_to(file, size > 0 ? offset + size : 0);
    while (size > 0) {
        size_t part = part_of(offset, size, PAGE_BYTES);
        write_in_page(file, offset, data, part);
        data += part;
        offset += part;
        size -= part;
    }
}

void hs_virtual_file_write_torn(struct hs_virtual_file *file, uint64_t offset, const uint8_t *data,
                                size_t size, struct hs_random *random)
{
    while (size > 0) {
        size_t part = part_of(offset, size, HS_VIRTUAL_SECTOR_BYTES);
        if (hs_random_per_mille(random, 500)) {
            write_in_page(file, offset, data, part);
            grow_to(file, offset + part);
        }
        data += part;
        offset += part;
        size -= part;
    }
}

void hs_virtual_file_resize(struct hs_virtual_file *file, uint64_t size_bytes)
{
    uint64_t held_bytes = (uint64_t)file->page_count * PAGE_BYTES;
    for (uint64_t offset = size_bytes; offset < held_bytes;) {
        size_t part = part_of(offset, held_bytes - offset, PAGE_BYTES);
        write_in_page(file, offset, NULL, part);
        offset += part;
    }
    file->bytes_now = size_bytes;
}

static void drop_durable(struct hs_virtual_page *page)
{
    free(page->durable);
    page->durable = NULL;
}

/* From one of its copies to the other. */
static void copy_sector(uint8_t **to, uint8_t **from, uint32_t sector)
{
    size_t at = (size_t)sector * HS_VIRTUAL_SECTOR_BYTES;
    memcpy(page_memory(to) + at, page_memory(from) + at, HS_VIRTUAL_SECTOR_BYTES);
}

static void shrink_dirty_range(struct hs_virtual_file *file)
{
    while (file->dirty_end > file->dirty_begin && file->pages[file->dirty_end - 1].dirty == 0) {
        file->dirty_end--;
    }
}

void hs_virtual_file_sync(struct hs_virtual_file *file)
{
    for (size_t i = file->dirty_begin; i < file->dirty_end; i++) {
        struct hs_virtual_page *page = &file->pages[i];
        for (uint32_t s = 0; page->stuck != 0 && s < PAGE_SECTORS; s++) {
            if ((page->dirty & ~page->stuck & (1u << s)) != 0) {
                copy_sector(&page->durable, &page->now, s);
            }
        }
        page->dirty = page->stuck;
        if (page->dirty == 0) {
            drop_durable(page);
        }
    }
    shrink_dirty_range(file);
    file->bytes_durable = file->bytes_now;
}

void hs_virtual_file_sync_failed(struct hs_virtual_file *file, struct hs_random *random)
{
    for (size_t i = file->dirty_begin; i < file->dirty_end; i++) {
        struct hs_virtual_page *page = &file->pages[i];
        for (uint32_t s = 0; s < PAGE_SECTORS; s++) {
            uint8_t bit = (uint8_t)(1u << s);
            if ((page->dirty & bit) == 0 || (page->stuck & bit) != 0) {
                continue;
            }
            if (hs_random_per_mille(random, 500)) {
                page->stuck |= bit;
                continue;
            }
            copy_sector(&page->durable, &page->now, s);
            page->dirty &= (uint8_t)~bit;
        }
        if (page->dirty == 0) {
            drop_durable(page);
        }
    }
    shrink_dirty_range(file);
    if (hs_random_per_mille(random, 500)) {
        file->bytes_durable = file->bytes_now;
    }
}

void hs_virtual_file_power_cut(struct hs_virtual_file *file, struct hs_random *random,
                               uint32_t kept_per_mille)
{
    for (size_t i = file->dirty_begin; i < file->dirty_end; i++) {
        struct hs_virtual_page *page = &file->pages[i];
        for (uint32_t s = 0; s < PAGE_SECTORS; s++) {
            uint8_t bit = (uint8_t)(1u << s);
            bool kept = (page->stuck & bit) == 0 && hs_random_per_mille(random, kept_per_mille);
            if ((page->dirty & bit) != 0 && !kept) {
                copy_sector(&page->now, &page->durable, s);
            }
        }
        drop_durable(page);
        page->dirty = 0;
        page->stuck = 0;
    }
    hs_virtual_file_resize(file, hs_random_per_mille(random, kept_per_mille) ? file->bytes_now
                                                                             : file->bytes_durable);
    hs_virtual_file_sync(file);
    file->dirty_begin = 0;
    file->dirty_end = 0;
}

void hs_virtual_file_flip_bit(struct hs_virtual_file *file, uint64_t offset, uint32_t bit)
{
    struct hs_virtual_page *page = page_of(file, (size_t)(offset / PAGE_BYTES));
    uint8_t mask = (uint8_t)(1u << bit);
    page_memory(&page->now)[offset % PAGE_BYTES] ^= mask;
    if (page->dirty != 0) {
        page_memory(&page->durable)[offset % PAGE_BYTES] ^= mask;
    }
}
