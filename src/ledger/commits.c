#include "ledger/commits.h"

#include "base/assert.h"
#include "base/mutants.h"

_Static_assert((HS_COMMIT_RECORDS + 1u) * HS_BLOCK_TRANSACTIONS_MAX + 2u <= HS_REGISTRY_CHANGES_MAX,
               "what expires with one block, each with a sender of its own, is within its limit");

/* -- counts --------------------------------------------------------------------------- */

uint32_t hs_commits_of_sender(const struct hs_records *records, const struct hs_address *sender)
{
    struct hs_state_path path;
    struct hs_state_value value;
    struct hs_address found;
    uint32_t waiting;
    hs_commits_of_path(&path, sender);
    hs_records_get(records, &value, &path);
    enum hs_status status = hs_commits_of_decode(&found, &waiting, &value);
    HS_ASSERT(status == HS_OK);
    return waiting;
}

uint32_t hs_commits_waiting(const struct hs_records *records)
{
    struct hs_state_path path;
    struct hs_state_value value;
    uint32_t waiting;
    hs_commits_path(&path);
    hs_records_get(records, &value, &path);
    enum hs_status status = hs_commits_decode(&waiting, &value);
    HS_ASSERT(status == HS_OK);
    return waiting;
}

static struct hs_commits_at commits_at(const struct hs_registry *registry, uint64_t height)
{
    struct hs_state_path path;
    struct hs_state_value value;
    struct hs_commits_at at;
    hs_commits_at_path(&path, height);
    hs_registry_get(registry, &value, &path);
    enum hs_status status = hs_commits_at_decode(&at, &value);
    HS_ASSERT(status == HS_OK);
    at.height = height;
    return at;
}

static void put_at(struct hs_registry *registry, const struct hs_commits_at *at)
{
    struct hs_state_path path;
    struct hs_state_value value;
    hs_commits_at_path(&path, at->height);
    hs_commits_at_encode(&value, at);
    hs_registry_put(registry, &path, &value);
}

static uint32_t moved(uint32_t count, bool up)
{
    return up ? count + 1 : count - (count > 0);
}

/* One more, or one less, of this sender and of all. */
static void count_one(struct hs_registry *registry, const struct hs_address *sender, bool up)
{
    const struct hs_records records = {.registry = registry};
    struct hs_state_path path;
    struct hs_state_value value;
    hs_commits_of_path(&path, sender);
    hs_commits_of_encode(&value, sender, moved(hs_commits_of_sender(&records, sender), up));
    hs_registry_put(registry, &path, &value);
    hs_commits_path(&path);
    hs_commits_encode(&value, moved(hs_commits_waiting(&records), up));
    hs_registry_put(registry, &path, &value);
}

/* -- one commitment --------------------------------------------------------------------- */

enum hs_status hs_commits_find(const struct hs_records *records, struct hs_commit *commit,
                               const struct hs_commit_place *place)
{
    struct hs_state_path paths[HS_COMMIT_RECORDS];
    struct hs_state_value content, sender;
    hs_commit_paths(paths, place);
    hs_records_get(records, &content, &paths[HS_COMMIT_RECORD_CONTENT]);
    hs_records_get(records, &sender, &paths[HS_COMMIT_RECORD_SENDER]);
    if (content.size == 0 || sender.size == 0) {
        return HS_NO_COMMITMENT;
    }
    enum hs_status status = hs_commit_decode_content(commit, &content);
    HS_ASSERT(status == HS_OK);
    status = hs_commit_decode_sender(commit, &sender);
    HS_ASSERT(status == HS_OK);
    return HS_OK;
}

enum hs_status hs_commits_check(const struct hs_records *records,
                                const struct hs_commit_parameters *parameters,
                                const struct hs_address *sender)
{
    bool room = hs_commits_of_sender(records, sender) < parameters->per_sender_max &&
                hs_commits_waiting(records) < parameters->total_max; /* M1 */
    return room || HS_MUTANT_COMMITS_UNBOUNDED ? HS_OK : HS_FULL;
}

void hs_commits_add(struct hs_registry *registry, const struct hs_commit *commit)
{
    struct hs_state_path paths[HS_COMMIT_RECORDS];
    struct hs_state_value values[HS_COMMIT_RECORDS];
    hs_commit_paths(paths, &commit->place);
    hs_commit_encode(values, commit);
    for (size_t i = 0; i < HS_COMMIT_RECORDS; i++) {
        hs_registry_put(registry, &paths[i], &values[i]);
    }
    uint32_t index = commit->place.index;
    struct hs_commits_at at = commits_at(registry, commit->place.height);
    bool first = at.waiting == 0;
    at.first_index = first || index < at.first_index ? index : at.first_index;
    at.last_index = first || index > at.last_index ? index : at.last_index;
    at.waiting++;
    put_at(registry, &at);
    count_one(registry, &commit->sender, true);
}

void hs_commits_take(struct hs_registry *registry, const struct hs_commit *commit)
{
    const struct hs_state_value nothing = {.size = 0};
    struct hs_state_path paths[HS_COMMIT_RECORDS];
    hs_commit_paths(paths, &commit->place);
    for (size_t i = 0; i < HS_COMMIT_RECORDS; i++) {
        hs_registry_put(registry, &paths[i], &nothing);
    }
    struct hs_commits_at at = commits_at(registry, commit->place.height);
    at.waiting = moved(at.waiting, false);
    put_at(registry, &at);
    count_one(registry, &commit->sender, false);
}

/* -- a height --------------------------------------------------------------------------- */

struct hs_amount hs_commits_expire(struct hs_registry *registry,
                                   const struct hs_commit_parameters *parameters, uint64_t height)
{
    struct hs_amount burned = {0};
    if (height <= parameters->window_blocks + HS_MUTANT_WINDOW_LONGER ||
        HS_MUTANT_EXPIRY_FORGOTTEN) {
        return burned;
    }
    const struct hs_records records = {.registry = registry};
    struct hs_commit_place place = {
        .height = height - parameters->window_blocks - 1 - HS_MUTANT_WINDOW_LONGER, /* M4 */
    };
    struct hs_commits_at at = commits_at(registry, place.height);
    uint32_t end = at.waiting > 0 ? at.last_index + 1 : 0;
    for (place.index = at.first_index; place.index < end; place.index++) {
        struct hs_commit commit;
        if (hs_commits_find(&records, &commit, &place) == HS_OK) {
            hs_commits_take(registry, &commit);
            burned.units += commit.deposit.units;
        }
    }
    return burned;
}
