/* A file is an array of pages. A page that was written since the last sync keeps its durable
 * bytes beside the ones the process sees, and a bit for each sector that differs; a sync
 * drops the durable copy, a power cut tosses a coin for every such sector. Names are kept
 * twice, with the list of changes between the two. */
#include "sim/virtual_disk.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES   4096u
#define PAGE_SECTORS (PAGE_BYTES / HS_VIRTUAL_SECTOR_BYTES)
#define NO_INODE     UINT32_MAX

/* What the process sees and, while some of its sectors are dirty, what is durable. NULL is
 * zeros. */
struct page {
    uint8_t *now;
    uint8_t *durable;
    uint8_t dirty; /* by sector: written since the last sync */
    uint8_t stuck; /* by sector: a failed sync gave it up; dirty too */
};

struct inode {
    bool used;
    struct page *pages;
    size_t page_count;
    uint64_t bytes_now;
    uint64_t bytes_durable;
    size_t dirty_begin; /* pages outside [begin, end) are clean */
    size_t dirty_end;
};

struct name {
    char text[HS_FILE_NAME_BYTES_MAX];
    uint32_t inode;
};

struct names {
    struct name *entries; /* sorted */
    size_t count;
    size_t capacity;
};

/* A change of names that is not durable: `from` goes, `to` names the inode. */
struct name_change {
    char from[HS_FILE_NAME_BYTES_MAX]; /* empty: nothing goes */
    char to[HS_FILE_NAME_BYTES_MAX];   /* empty: nothing comes */
    uint32_t inode;
};

struct handle {
    uint32_t number; /* 0: unused */
    uint32_t inode;
};

struct hs_virtual_disk {
    struct hs_disk interface;
    uint64_t random_state;
    uint64_t calls;
    uint64_t fail_at;
    uint64_t crash_at;
    uint64_t capacity_bytes;
    bool down;
    struct inode *inodes;
    uint32_t inode_count;
    struct names now;
    struct names durable;
    struct name_change *changes;
    size_t change_count;
    size_t change_capacity;
    struct handle handles[HS_DISK_FILES_MAX];
    uint32_t next_handle;
};

/* Memory for tests and simulations: without it there is nothing to go on with. */
static void *grown(void *memory, size_t count, size_t item_bytes)
{
    void *larger = realloc(memory, count * item_bytes);
    if (larger == NULL) {
        abort();
    }
    return larger;
}

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t draw(struct hs_virtual_disk *disk)
{
    disk->random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = disk->random_state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static bool toss(struct hs_virtual_disk *disk)
{
    return (draw(disk) & 1u) != 0;
}

/* -- the bytes of a file ------------------------------------------------------------------ */

static uint8_t *page_memory(uint8_t **memory)
{
    if (*memory == NULL) {
        *memory = grown(NULL, 1, PAGE_BYTES);
        memset(*memory, 0, PAGE_BYTES);
    }
    return *memory;
}

static void inode_free(struct inode *inode)
{
    for (size_t i = 0; i < inode->page_count; i++) {
        free(inode->pages[i].now);
        free(inode->pages[i].durable);
    }
    free(inode->pages);
    *inode = (struct inode){0};
}

static struct page *inode_page(struct inode *inode, size_t page_index)
{
    if (page_index >= inode->page_count) {
        size_t count = page_index + 1;
        inode->pages = grown(inode->pages, count, sizeof *inode->pages);
        memset(inode->pages + inode->page_count, 0,
               (count - inode->page_count) * sizeof *inode->pages);
        inode->page_count = count;
    }
    return &inode->pages[page_index];
}

static void mark_dirty(struct inode *inode, size_t page_index, uint32_t sector_index)
{
    struct page *page = &inode->pages[page_index];
    if (page->dirty == 0 && page->now != NULL) {
        memcpy(page_memory(&page->durable), page->now, PAGE_BYTES);
    }
    page->dirty |= (uint8_t)(1u << sector_index);
    page->stuck &= (uint8_t) ~(1u << sector_index);
    if (inode->dirty_begin == inode->dirty_end) {
        inode->dirty_begin = page_index;
        inode->dirty_end = page_index + 1;
    }
    if (page_index < inode->dirty_begin) {
        inode->dirty_begin = page_index;
    }
    if (page_index >= inode->dirty_end) {
        inode->dirty_end = page_index + 1;
    }
}

/* Writes what lies within one sector; data NULL: zeros. */
static void write_in_sector(struct inode *inode, uint64_t offset, const uint8_t *data, size_t size)
{
    size_t page_index = (size_t)(offset / PAGE_BYTES);
    size_t page_offset = (size_t)(offset % PAGE_BYTES);
    struct page *page = inode_page(inode, page_index);
    if (data == NULL && page->now == NULL) {
        return;
    }
    mark_dirty(inode, page_index, (uint32_t)(page_offset / HS_VIRTUAL_SECTOR_BYTES));
    uint8_t *memory = page_memory(&page->now) + page_offset;
    if (data != NULL) {
        memcpy(memory, data, size);
    } else {
        memset(memory, 0, size);
    }
}

/* Writes sector by sector; when `torn` each is written or not, as the seed says. */
static void inode_write(struct hs_virtual_disk *disk, struct inode *inode, uint64_t offset,
                        const uint8_t *data, uint64_t size, bool torn)
{
    while (size > 0) {
        uint64_t room = HS_VIRTUAL_SECTOR_BYTES - offset % HS_VIRTUAL_SECTOR_BYTES;
        size_t part = (size_t)(size < room ? size : room);
        if (!torn || toss(disk)) {
            write_in_sector(inode, offset, data, part);
            if (offset + part > inode->bytes_now && data != NULL) {
                inode->bytes_now = offset + part;
            }
        }
        data = data != NULL ? data + part : NULL;
        offset += part;
        size -= part;
    }
}

/* Sets the size; what was beyond the smaller one reads as zeros. */
static void inode_resize(struct hs_virtual_disk *disk, struct inode *inode, uint64_t size_bytes)
{
    uint64_t held_bytes = (uint64_t)inode->page_count * PAGE_BYTES;
    if (size_bytes < held_bytes) {
        inode_write(disk, inode, size_bytes, NULL, held_bytes - size_bytes, false);
    }
    inode->bytes_now = size_bytes;
}

enum outcome { ALL_DURABLE, SOME_STUCK };

/* A sync: every dirty sector becomes durable, or some are given up for good. */
static void inode_sync(struct hs_virtual_disk *disk, struct inode *inode, enum outcome outcome)
{
    for (size_t i = inode->dirty_begin; i < inode->dirty_end; i++) {
        struct page *page = &inode->pages[i];
        for (uint32_t s = 0; s < PAGE_SECTORS; s++) {
            uint8_t bit = (uint8_t)(1u << s);
            if ((page->dirty & bit) == 0 || (page->stuck & bit) != 0) {
                continue;
            }
            if (outcome == SOME_STUCK && toss(disk)) {
                page->stuck |= bit;
                continue;
            }
            size_t at = s * HS_VIRTUAL_SECTOR_BYTES;
            memcpy(page_memory(&page->durable) + at, page->now + at, HS_VIRTUAL_SECTOR_BYTES);
            page->dirty &= (uint8_t)~bit;
        }
        if (page->dirty == 0) {
            free(page->durable);
            page->durable = NULL;
        }
    }
    while (inode->dirty_end > inode->dirty_begin && inode->pages[inode->dirty_end - 1].dirty == 0) {
        inode->dirty_end--;
    }
    if (outcome == ALL_DURABLE || toss(disk)) {
        inode->bytes_durable = inode->bytes_now;
    }
}

static void inode_power_cut(struct hs_virtual_disk *disk, struct inode *inode)
{
    for (size_t i = inode->dirty_begin; i < inode->dirty_end; i++) {
        struct page *page = &inode->pages[i];
        for (uint32_t s = 0; s < PAGE_SECTORS; s++) {
            uint8_t bit = (uint8_t)(1u << s);
            if ((page->dirty & bit) == 0 || ((page->stuck & bit) == 0 && toss(disk))) {
                continue;
            }
            size_t at = s * HS_VIRTUAL_SECTOR_BYTES;
            memcpy(page_memory(&page->now) + at, page_memory(&page->durable) + at,
                   HS_VIRTUAL_SECTOR_BYTES);
        }
        free(page->durable);
        page->durable = NULL;
        page->dirty = 0;
        page->stuck = 0;
    }
    uint64_t bytes = toss(disk) ? inode->bytes_now : inode->bytes_durable;
    inode_resize(disk, inode, bytes);
    inode_sync(disk, inode, ALL_DURABLE);
    inode->dirty_begin = 0;
    inode->dirty_end = 0;
}

/* -- names -------------------------------------------------------------------------------- */

/* The place of a name, or where it belongs. */
static size_t names_place(const struct names *names, const char *text)
{
    size_t place = 0;
    while (place < names->count && strcmp(names->entries[place].text, text) < 0) {
        place++;
    }
    return place;
}

static uint32_t names_find(const struct names *names, const char *text)
{
    size_t place = names_place(names, text);
    bool found = place < names->count && strcmp(names->entries[place].text, text) == 0;
    return found ? names->entries[place].inode : NO_INODE;
}

static void names_set(struct names *names, const char *text, uint32_t inode)
{
    size_t place = names_place(names, text);
    if (names_find(names, text) == NO_INODE) {
        if (names->count == names->capacity) {
            names->capacity = 2 * names->capacity + 8;
            names->entries = grown(names->entries, names->capacity, sizeof *names->entries);
        }
        memmove(names->entries + place + 1, names->entries + place,
                (names->count - place) * sizeof *names->entries);
        names->count++;
        memcpy(names->entries[place].text, text, strlen(text) + 1);
    }
    names->entries[place].inode = inode;
}

static void names_unset(struct names *names, const char *text)
{
    size_t place = names_place(names, text);
    if (names_find(names, text) != NO_INODE) {
        names->count--;
        memmove(names->entries + place, names->entries + place + 1,
                (names->count - place) * sizeof *names->entries);
    }
}

static void names_copy(struct names *to, const struct names *from)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        names_set(to, from->entries[i].text, from->entries[i].inode);
    }
}

static void apply(struct names *names, const struct name_change *change)
{
    if (change->from[0] != '\0') {
        names_unset(names, change->from);
    }
    if (change->to[0] != '\0') {
        names_set(names, change->to, change->inode);
    }
}

static void change_names(struct hs_virtual_disk *disk, const char *from, const char *to,
                         uint32_t inode)
{
    if (disk->change_count == disk->change_capacity) {
        disk->change_capacity = 2 * disk->change_capacity + 8;
        disk->changes = grown(disk->changes, disk->change_capacity, sizeof *disk->changes);
    }
    struct name_change *change = &disk->changes[disk->change_count];
    *change = (struct name_change){.inode = inode};
    memcpy(change->from, from, strlen(from) + 1);
    memcpy(change->to, to, strlen(to) + 1);
    disk->change_count++;
    apply(&disk->now, change);
}

/* The first `count` changes are durable, the others are forgotten or still to come. */
static void settle_names(struct hs_virtual_disk *disk, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        apply(&disk->durable, &disk->changes[i]);
    }
    disk->change_count -= count;
    if (disk->change_count > 0) {
        memmove(disk->changes, disk->changes + count, disk->change_count * sizeof *disk->changes);
    }
}

/* -- inodes and handles --------------------------------------------------------------------- */

static bool names_hold(const struct names *names, uint32_t inode)
{
    for (size_t i = 0; i < names->count; i++) {
        if (names->entries[i].inode == inode) {
            return true;
        }
    }
    return false;
}

static bool is_reachable(const struct hs_virtual_disk *disk, uint32_t inode)
{
    for (size_t i = 0; i < disk->change_count; i++) {
        if (disk->changes[i].inode == inode) {
            return true;
        }
    }
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        if (disk->handles[i].number != 0 && disk->handles[i].inode == inode) {
            return true;
        }
    }
    return names_hold(&disk->now, inode) || names_hold(&disk->durable, inode);
}

static void collect(struct hs_virtual_disk *disk)
{
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        if (disk->inodes[i].used && !is_reachable(disk, i)) {
            inode_free(&disk->inodes[i]);
        }
    }
}

static uint32_t new_inode(struct hs_virtual_disk *disk)
{
    uint32_t index = 0;
    while (index < disk->inode_count && disk->inodes[index].used) {
        index++;
    }
    if (index == disk->inode_count) {
        disk->inodes = grown(disk->inodes, index + 1u, sizeof *disk->inodes);
        disk->inode_count++;
    }
    disk->inodes[index] = (struct inode){.used = true};
    return index;
}

static struct inode *inode_of(struct hs_virtual_disk *disk, struct hs_file file)
{
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        if (file.number != 0 && disk->handles[i].number == file.number) {
            return &disk->inodes[disk->handles[i].inode];
        }
    }
    return NULL;
}

static bool fits(const struct hs_virtual_disk *disk, const struct inode *grows, uint64_t bytes)
{
    if (bytes <= grows->bytes_now || disk->capacity_bytes == UINT64_MAX) {
        return true;
    }
    uint64_t total = bytes;
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        if (disk->inodes[i].used && &disk->inodes[i] != grows) {
            total += disk->inodes[i].bytes_now;
        }
    }
    return total <= disk->capacity_bytes;
}

/* -- faults ------------------------------------------------------------------------------- */

enum fate { GO_ON, FAIL, CRASH, DOWN };

static enum fate begin_call(struct hs_virtual_disk *disk)
{
    disk->calls++;
    if (disk->down) {
        return DOWN;
    }
    if (disk->calls == disk->crash_at) {
        return CRASH;
    }
    return disk->calls == disk->fail_at ? FAIL : GO_ON;
}

void hs_virtual_disk_power_cut(struct hs_virtual_disk *disk)
{
    size_t kept = (size_t)(draw(disk) % (disk->change_count + 1));
    settle_names(disk, kept);
    disk->change_count = 0;
    names_copy(&disk->now, &disk->durable);
    memset(disk->handles, 0, sizeof disk->handles);
    collect(disk);
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        if (disk->inodes[i].used) {
            inode_power_cut(disk, &disk->inodes[i]);
        }
    }
    disk->down = true;
}

void hs_virtual_disk_restart(struct hs_virtual_disk *disk)
{
    memset(disk->handles, 0, sizeof disk->handles);
    collect(disk);
    disk->down = false;
    disk->fail_at = 0;
    disk->crash_at = 0;
    disk->capacity_bytes = UINT64_MAX;
}

/* What a call returns when it did not simply go on; the power cut comes after its effect. */
static enum hs_status end_badly(struct hs_virtual_disk *disk, enum fate fate)
{
    if (fate == CRASH) {
        hs_virtual_disk_power_cut(disk);
    }
    return HS_IO;
}

/* -- the interface ---------------------------------------------------------------------------- */

static bool name_is_valid(const char *name)
{
    size_t length = strnlen(name, HS_FILE_NAME_BYTES_MAX);
    return length > 0 && length < HS_FILE_NAME_BYTES_MAX && strchr(name, '/') == NULL &&
           name[0] != '.';
}

static enum hs_status hand_out(struct hs_virtual_disk *disk, uint32_t inode, struct hs_file *file)
{
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        if (disk->handles[i].number == 0) {
            disk->next_handle++;
            disk->handles[i] = (struct handle){disk->next_handle, inode};
            file->number = disk->next_handle;
            return HS_OK;
        }
    }
    return HS_FULL;
}

static enum hs_status disk_open(void *context, const char *name, enum hs_open_mode mode,
                                struct hs_file *file)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    if (fate == FAIL || fate == DOWN) {
        return HS_IO;
    }
    if (!name_is_valid(name)) {
        return HS_INVALID_ARGUMENT;
    }
    uint32_t inode = names_find(&disk->now, name);
    if (inode == NO_INODE && mode == HS_OPEN_EXISTING) {
        return fate == GO_ON ? HS_NOT_FOUND : end_badly(disk, fate);
    }
    if (inode != NO_INODE && mode == HS_CREATE_NEW) {
        return fate == GO_ON ? HS_DUPLICATE : end_badly(disk, fate);
    }
    if (inode == NO_INODE) {
        inode = new_inode(disk);
        change_names(disk, "", name, inode);
    }
    return fate == GO_ON ? hand_out(disk, inode, file) : end_badly(disk, fate);
}

static void disk_close(void *context, struct hs_file file)
{
    struct hs_virtual_disk *disk = context;
    for (size_t i = 0; i < HS_DISK_FILES_MAX; i++) {
        if (file.number != 0 && disk->handles[i].number == file.number) {
            disk->handles[i] = (struct handle){0};
        }
    }
}

static enum hs_status disk_size(void *context, struct hs_file file, uint64_t *size_bytes)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    const struct inode *inode = inode_of(disk, file);
    if (fate != GO_ON || inode == NULL) {
        return end_badly(disk, fate);
    }
    *size_bytes = inode->bytes_now;
    return HS_OK;
}

enum image { AS_SEEN, AS_DURABLE };

static const uint8_t *page_bytes(const struct inode *inode, size_t page_index, enum image image)
{
    if (page_index >= inode->page_count) {
        return NULL;
    }
    const struct page *page = &inode->pages[page_index];
    return image == AS_DURABLE && page->dirty != 0 ? page->durable : page->now;
}

static size_t inode_read(const struct inode *inode, enum image image, uint64_t offset, void *data,
                         size_t size)
{
    uint64_t bytes = image == AS_DURABLE ? inode->bytes_durable : inode->bytes_now;
    uint64_t there = offset < bytes ? bytes - offset : 0;
    size_t wanted = size < there ? size : (size_t)there;
    uint8_t *out = data;
    size_t read_bytes = 0;
    while (read_bytes < wanted) {
        uint64_t at = offset + read_bytes;
        size_t page_offset = (size_t)(at % PAGE_BYTES);
        size_t room = PAGE_BYTES - page_offset;
        size_t part = wanted - read_bytes < room ? wanted - read_bytes : room;
        const uint8_t *page = page_bytes(inode, (size_t)(at / PAGE_BYTES), image);
        if (page != NULL) {
            memcpy(out + read_bytes, page + page_offset, part);
        } else {
            memset(out + read_bytes, 0, part);
        }
        read_bytes += part;
    }
    return read_bytes;
}

static enum hs_status disk_read(void *context, struct hs_file file, uint64_t offset, void *data,
                                size_t size, size_t *read_bytes)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    const struct inode *inode = inode_of(disk, file);
    *read_bytes = 0;
    if (fate != GO_ON || inode == NULL) {
        return end_badly(disk, fate);
    }
    *read_bytes = inode_read(inode, AS_SEEN, offset, data, size);
    return HS_OK;
}

static enum hs_status disk_write(void *context, struct hs_file file, uint64_t offset,
                                 const void *data, size_t size)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    struct inode *inode = inode_of(disk, file);
    if (fate == DOWN || inode == NULL) {
        return end_badly(disk, fate);
    }
    bool torn = fate == FAIL || !fits(disk, inode, offset + size);
    inode_write(disk, inode, offset, data, size, torn);
    return fate == GO_ON && !torn ? HS_OK : end_badly(disk, fate);
}

static enum hs_status resize(struct hs_virtual_disk *disk, struct hs_file file, uint64_t size_bytes,
                             bool only_grows)
{
    enum fate fate = begin_call(disk);
    struct inode *inode = inode_of(disk, file);
    if (fate == FAIL || fate == DOWN || inode == NULL || !fits(disk, inode, size_bytes)) {
        return end_badly(disk, fate);
    }
    if (!only_grows || size_bytes > inode->bytes_now) {
        inode_resize(disk, inode, size_bytes);
    }
    return fate == GO_ON ? HS_OK : end_badly(disk, fate);
}

static enum hs_status disk_reserve(void *context, struct hs_file file, uint64_t size_bytes)
{
    return resize(context, file, size_bytes, true);
}

static enum hs_status disk_truncate(void *context, struct hs_file file, uint64_t size_bytes)
{
    return resize(context, file, size_bytes, false);
}

static enum hs_status disk_sync(void *context, struct hs_file file)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    struct inode *inode = inode_of(disk, file);
    if (fate == CRASH || fate == DOWN || inode == NULL) {
        return end_badly(disk, fate);
    }
    inode_sync(disk, inode, fate == GO_ON ? ALL_DURABLE : SOME_STUCK);
    return fate == GO_ON ? HS_OK : HS_IO;
}

static enum hs_status disk_sync_names(void *context)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    if (fate == CRASH || fate == DOWN) {
        return end_badly(disk, fate);
    }
    size_t count = disk->change_count;
    settle_names(disk, fate == GO_ON ? count : (size_t)(draw(disk) % (count + 1)));
    collect(disk);
    return fate == GO_ON ? HS_OK : HS_IO;
}

static enum hs_status disk_rename(void *context, const char *from, const char *to)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    if (fate == FAIL || fate == DOWN) {
        return HS_IO;
    }
    if (!name_is_valid(from) || !name_is_valid(to)) {
        return HS_INVALID_ARGUMENT;
    }
    uint32_t inode = names_find(&disk->now, from);
    if (inode == NO_INODE) {
        return fate == GO_ON ? HS_NOT_FOUND : end_badly(disk, fate);
    }
    change_names(disk, from, to, inode);
    return fate == GO_ON ? HS_OK : end_badly(disk, fate);
}

static enum hs_status disk_remove(void *context, const char *name)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    if (fate == FAIL || fate == DOWN) {
        return HS_IO;
    }
    if (!name_is_valid(name)) {
        return HS_INVALID_ARGUMENT;
    }
    uint32_t inode = names_find(&disk->now, name);
    if (inode == NO_INODE) {
        return fate == GO_ON ? HS_NOT_FOUND : end_badly(disk, fate);
    }
    change_names(disk, name, "", inode);
    return fate == GO_ON ? HS_OK : end_badly(disk, fate);
}

static enum hs_status disk_list(void *context, size_t index, char name[HS_FILE_NAME_BYTES_MAX])
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    if (fate != GO_ON) {
        return end_badly(disk, fate);
    }
    if (index >= disk->now.count) {
        return HS_NOT_FOUND;
    }
    memcpy(name, disk->now.entries[index].text, HS_FILE_NAME_BYTES_MAX);
    return HS_OK;
}

/* -- the disk ------------------------------------------------------------------------------ */

struct hs_virtual_disk *hs_virtual_disk_new(uint64_t seed)
{
    struct hs_virtual_disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL) {
        return NULL;
    }
    disk->random_state = seed;
    disk->capacity_bytes = UINT64_MAX;
    disk->interface = (struct hs_disk){
        .context = disk,
        .open = disk_open,
        .close = disk_close,
        .size = disk_size,
        .read = disk_read,
        .write = disk_write,
        .reserve = disk_reserve,
        .truncate = disk_truncate,
        .sync = disk_sync,
        .sync_names = disk_sync_names,
        .rename = disk_rename,
        .remove = disk_remove,
        .list = disk_list,
    };
    return disk;
}

void hs_virtual_disk_free(struct hs_virtual_disk *disk)
{
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        inode_free(&disk->inodes[i]);
    }
    free(disk->inodes);
    free(disk->now.entries);
    free(disk->durable.entries);
    free(disk->changes);
    free(disk);
}

const struct hs_disk *hs_virtual_disk_interface(const struct hs_virtual_disk *disk)
{
    return &disk->interface;
}

uint64_t hs_virtual_disk_calls(const struct hs_virtual_disk *disk)
{
    return disk->calls;
}

void hs_virtual_disk_fail_at(struct hs_virtual_disk *disk, uint64_t call)
{
    disk->fail_at = call;
}

void hs_virtual_disk_crash_at(struct hs_virtual_disk *disk, uint64_t call)
{
    disk->crash_at = call;
}

bool hs_virtual_disk_is_down(const struct hs_virtual_disk *disk)
{
    return disk->down;
}

void hs_virtual_disk_set_capacity(struct hs_virtual_disk *disk, uint64_t capacity_bytes)
{
    disk->capacity_bytes = capacity_bytes;
}

enum hs_status hs_virtual_disk_flip_bit(struct hs_virtual_disk *disk, const char *name,
                                        uint64_t offset, uint32_t bit)
{
    uint32_t index = names_find(&disk->now, name);
    if (index == NO_INODE || offset >= disk->inodes[index].bytes_now || bit > 7) {
        return HS_NOT_FOUND;
    }
    struct page *page = inode_page(&disk->inodes[index], (size_t)(offset / PAGE_BYTES));
    uint8_t mask = (uint8_t)(1u << bit);
    page_memory(&page->now)[offset % PAGE_BYTES] ^= mask;
    if (page->dirty != 0) {
        page_memory(&page->durable)[offset % PAGE_BYTES] ^= mask;
    }
    return HS_OK;
}

size_t hs_virtual_disk_read_durable(const struct hs_virtual_disk *disk, const char *name,
                                    uint64_t offset, void *data, size_t size)
{
    uint32_t index = names_find(&disk->durable, name);
    return index != NO_INODE ? inode_read(&disk->inodes[index], AS_DURABLE, offset, data, size) : 0;
}

enum hs_status hs_virtual_disk_put(struct hs_virtual_disk *disk, const char *name, const void *data,
                                   size_t size)
{
    if (!name_is_valid(name)) {
        return HS_INVALID_ARGUMENT;
    }
    uint32_t index = new_inode(disk);
    change_names(disk, "", name, index);
    settle_names(disk, disk->change_count);
    inode_write(disk, &disk->inodes[index], 0, data, size, false);
    inode_sync(disk, &disk->inodes[index], ALL_DURABLE);
    collect(disk);
    return HS_OK;
}
