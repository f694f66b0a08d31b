/* See check_light.h. */
#include "sim/check_light.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"
#include "light/light.h"

#define NAME  "light"
#define ASKED 64u

struct client {
    struct hs_light light;
    struct hs_block blocks[ASKED];
    uint8_t epoch[HS_EPOCH_BYTES_MAX];
    uint8_t answer[HS_PROOF_BYTES_MAX];
    size_t answer_size;
};

static bool begin(struct client *client, const struct hs_cluster *cluster)
{
    struct hs_light_error error;
    const struct hs_epoch *first = hs_cluster_epoch(cluster, 0);
    const struct hs_light_checkpoint genesis = {
        .chain_id = cluster->chain_id,
        .block_id = cluster->genesis.id,
        .epoch = {client->epoch, hs_epoch_encode(client->epoch, first, cluster->election)},
    };
    return hs_light_begin(&client->light, &genesis, &error) == HS_OK;
}

static struct hs_bytes answer_of(const struct client *client)
{
    return (struct hs_bytes){client->answer, client->answer_size};
}

/* One question and its answer. True: there is more to be asked. */
static bool ask(struct client *client, struct hs_check *check, uint32_t process,
                const struct hs_check_light_server *server)
{
    struct hs_light *light = &client->light;
    struct hs_light_error error = {.reason = "it has none"};
    const bool ends = light->height == light->epoch.last_height;
    const uint64_t number = light->epoch.validators.epoch + 1;
    enum hs_status status =
        ends ? server->prove_epoch(server->context, number, client->answer, &client->answer_size,
                                   sizeof(client->answer))
             : server->prove_blocks(server->context, light->height + 1, ASKED, client->answer,
                                    &client->answer_size, sizeof(client->answer));
    const bool served = status == HS_OK;
    if (served && ends) {
        status = hs_light_step(light, answer_of(client), &error);
    } else if (served) {
        size_t count;
        status = hs_light_follow(light, client->blocks, &count, ASKED, answer_of(client), &error);
    }
    if (status != HS_OK && (served || status != HS_IO)) {
        hs_check_fail(check, NAME,
                      "%s: node %" PRIu32 " does not prove %s %" PRIu64 " to a client: %s, %s",
                      ends ? "P4" : "S5", process, ends ? "epoch" : "height",
                      ends ? number : light->height + 1, served ? "refused" : "no answer",
                      served ? error.reason : hs_status_name(status));
    }
    return status == HS_OK;
}

void hs_check_light(struct hs_check *check, uint32_t process,
                    const struct hs_check_light_server *server, uint64_t height,
                    const struct hs_block_id *block_id)
{
    struct client *client = calloc(1, sizeof(*client));
    HS_ASSERT(client != NULL);
    const struct hs_cluster *cluster = check->cluster;
    bool goes_on = begin(client, cluster);
    HS_ASSERT(goes_on);
    const uint64_t first_end = client->light.epoch.last_height;
    const uint64_t end = cluster->staked || height < first_end ? height : first_end;
    while (goes_on && client->light.height < end) {
        goes_on = ask(client, check, process, server);
    }
    if (goes_on && client->light.height == height &&
        !hs_check_same_id(&client->light.block_id, block_id)) {
        hs_check_fail(check, NAME,
                      "S5: node %" PRIu32 " proves another block of height %" PRIu64
                      " than it reports",
                      process, height);
    }
    free(client);
}
