/* The bytes of a file are virtual_file.h's. Names are kept twice, with the list of changes between
 * the two. */
#include "sim/virtual_disk.h"

#include <stdlib.h>
#include <string.h>

#include "sim/virtual_file.h"

#define NO_INODE               UINT32_MAX
#define KEPT_PER_MILLE_DEFAULT 500u

struct inode {
    bool used;
    struct hs_virtual_file file;
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
    struct hs_random random;
    uint64_t calls;
    uint64_t fail_at;
    uint64_t crash_at;
    uint64_t capacity_bytes;
    uint32_t kept_per_mille;
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

static void inode_free(struct inode *inode)
{
    hs_virtual_file_free(&inode->file);
    inode->used = false;
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

uint64_t hs_virtual_disk_used_bytes(const struct hs_virtual_disk *disk)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        total += disk->inodes[i].file.bytes_now;
    }
    return total;
}

static bool fits(const struct hs_virtual_disk *disk, const struct inode *grows, uint64_t bytes)
{
    uint64_t held_bytes = grows->file.bytes_now;
    return bytes <= held_bytes || disk->capacity_bytes == UINT64_MAX ||
           hs_virtual_disk_used_bytes(disk) - held_bytes + bytes <= disk->capacity_bytes;
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
    size_t kept = (size_t)hs_random_below(&disk->random, disk->change_count + 1);
    settle_names(disk, kept);
    disk->change_count = 0;
    names_copy(&disk->now, &disk->durable);
    memset(disk->handles, 0, sizeof disk->handles);
    collect(disk);
    for (uint32_t i = 0; i < disk->inode_count; i++) {
        if (disk->inodes[i].used) {
            hs_virtual_file_power_cut(&disk->inodes[i].file, &disk->random, disk->kept_per_mille);
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
    *size_bytes = inode->file.bytes_now;
    return HS_OK;
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
    *read_bytes = hs_virtual_file_read(&inode->file, offset, data, size);
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
    if (torn) {
        hs_virtual_file_write_torn(&inode->file, offset, data, size, &disk->random);
    } else {
        hs_virtual_file_write(&inode->file, offset, data, size);
    }
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
    if (!only_grows || size_bytes > inode->file.bytes_now) {
        hs_virtual_file_resize(&inode->file, size_bytes);
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
    if (fate != GO_ON) {
        hs_virtual_file_sync_failed(&inode->file, &disk->random);
        return HS_IO;
    }
    hs_virtual_file_sync(&inode->file);
    return HS_OK;
}

static enum hs_status disk_sync_names(void *context)
{
    struct hs_virtual_disk *disk = context;
    enum fate fate = begin_call(disk);
    if (fate == CRASH || fate == DOWN) {
        return end_badly(disk, fate);
    }
    size_t count = disk->change_count;
    settle_names(disk, fate == GO_ON ? count : (size_t)hs_random_below(&disk->random, count + 1));
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
    disk->random = (struct hs_random){seed};
    disk->kept_per_mille = KEPT_PER_MILLE_DEFAULT;
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

void hs_virtual_disk_set_kept(struct hs_virtual_disk *disk, uint32_t per_mille)
{
    disk->kept_per_mille = per_mille;
}

void hs_virtual_disk_set_capacity(struct hs_virtual_disk *disk, uint64_t capacity_bytes)
{
    disk->capacity_bytes = capacity_bytes;
}

enum hs_status hs_virtual_disk_flip_bit(struct hs_virtual_disk *disk, const char *name,
                                        uint64_t offset, uint32_t bit)
{
    uint32_t index = names_find(&disk->now, name);
    if (index == NO_INODE || offset >= disk->inodes[index].file.bytes_now || bit > 7) {
        return HS_NOT_FOUND;
    }
    hs_virtual_file_flip_bit(&disk->inodes[index].file, offset, bit);
    return HS_OK;
}

size_t hs_virtual_disk_read_durable(const struct hs_virtual_disk *disk, const char *name,
                                    uint64_t offset, void *data, size_t size)
{
    uint32_t index = names_find(&disk->durable, name);
    return index != NO_INODE
               ? hs_virtual_file_read_durable(&disk->inodes[index].file, offset, data, size)
               : 0;
}

void hs_virtual_disk_wipe(struct hs_virtual_disk *disk)
{
    while (disk->now.count > 0) {
        change_names(disk, disk->now.entries[0].text, "", NO_INODE);
    }
    settle_names(disk, disk->change_count);
    hs_virtual_disk_restart(disk);
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
    hs_virtual_file_write(&disk->inodes[index].file, 0, data, size);
    hs_virtual_file_sync(&disk->inodes[index].file);
    collect(disk);
    return HS_OK;
}
