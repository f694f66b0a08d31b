#include "bench/process_cost.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 4096u

static bool read_text(const char *path, char text[TEXT_BYTES])
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    size_t size = fread(text, 1, TEXT_BYTES - 1, file);
    fclose(file);
    text[size] = '\0';
    return size > 0;
}

/* Fields 14 and 15, in clock ticks; the second field, in parentheses, may hold blanks. */
static bool add_cpu(struct hs_process_cost *cost, pid_t pid)
{
    char path[64];
    char text[TEXT_BYTES];
    uint64_t user;
    uint64_t system;
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    if (!read_text(path, text)) {
        return false;
    }
    const char *rest = strrchr(text, ')');
    if (rest == NULL ||
        sscanf(rest, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64, &user,
               &system) != 2) {
        return false;
    }
    cost->cpu_us += (user + system) * (1000000u / (uint64_t)sysconf(_SC_CLK_TCK));
    return true;
}

static void add_wake_ups(struct hs_process_cost *cost, pid_t pid)
{
    static const char NAME[] = "\nvoluntary_ctxt_switches:";
    char path[64 + 256];
    char text[TEXT_BYTES];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *folder = opendir(path);
    for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL;
         entry = readdir(folder)) {
        snprintf(path, sizeof path, "/proc/%ld/task/%s/status", (long)pid, entry->d_name);
        if (entry->d_name[0] == '.' || !read_text(path, text)) {
            continue;
        }
        const char *line = strstr(text, NAME);
        cost->wake_ups += line != NULL ? strtoull(line + sizeof NAME - 1, NULL, 10) : 0;
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

bool hs_process_cost_add(struct hs_process_cost *cost, pid_t pid)
{
    if (!add_cpu(cost, pid)) {
        return false;
    }
    add_wake_ups(cost, pid);
    return true;
}
