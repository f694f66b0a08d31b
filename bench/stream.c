#include "bench/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/bytes.h"

#define NS_IN_SECOND  UINT64_C(1000000000)
#define TICK_NS       UINT64_C(5000000)
#define PAUSE_NS      UINT64_C(20000000)
#define RECONNECT_NS  UINT64_C(250000000)
#define BATCH_MAX     512u
#define BATCH_LOW     64u
#define TRIES_MAX     50u
#define BLOCK_WAIT_MS 1000u
#define LOST_AFTER_NS (30u * NS_IN_SECOND)
#define AMOUNT_UNITS  1u

bool hs_stream_open(struct hs_stream *stream, const struct hs_bench_load_config *config,
                    uint32_t node)
{
    uint8_t seed[HS_ID_MAP_SEED_BYTES];
    uint32_t capacity = config->stream_capacity;
    *stream = (struct hs_stream){.config = config, .node = node, .height = config->height + 1};
    hs_http_client_init(&stream->submit, config->rpc_ports[node]);
    hs_http_client_init(&stream->blocks, config->rpc_ports[node]);
    stream->account_count =
        (config->account_count + config->node_count - 1 - node) / config->node_count;
    stream->nonces = calloc(stream->account_count + 1u, sizeof stream->nonces[0]);
    stream->entries = malloc((size_t)capacity * HS_STREAM_ENTRY_BYTES);
    stream->ids = calloc(capacity, sizeof stream->ids[0]);
    stream->due_ns = calloc(capacity, sizeof stream->due_ns[0]);
    stream->map_memory = calloc(1, hs_id_map_footprint(capacity));
    if (stream->nonces == NULL || stream->entries == NULL || stream->ids == NULL ||
        stream->due_ns == NULL || stream->map_memory == NULL ||
        getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        return false;
    }
    stream->in_flight = hs_id_map_new(stream->map_memory, capacity, seed);
    for (uint32_t i = 0; i < stream->account_count; i++) {
        stream->nonces[i] = config->nonces[node + i * config->node_count];
    }
    return true;
}

void hs_stream_close(struct hs_stream *stream)
{
    hs_http_client_close(&stream->submit);
    hs_http_client_close(&stream->blocks);
    free(stream->nonces);
    free(stream->entries);
    free(stream->ids);
    free(stream->due_ns);
    free(stream->map_memory);
}

uint32_t hs_stream_in_flight(const struct hs_stream *stream)
{
    return stream->in_flight != NULL ? hs_id_map_count(stream->in_flight) : 0;
}

/* -- signing ----------------------------------------------------------------- */

static void sign_one(struct hs_stream *stream)
{
    const struct hs_bench_load_config *config = stream->config;
    uint32_t account = stream->account_next;
    stream->account_next = (account + 1) % stream->account_count;
    uint32_t sender = stream->node + account * config->node_count;
    uint32_t recipient = (sender + 1) % config->account_count;
    struct hs_transaction transaction = {
        .type = HS_TRANSACTION_TRANSFER,
        .chain_id = config->chain_id,
        .nonce = stream->nonces[account]++,
        .transfer.recipient = config->accounts[recipient].address,
        .transfer.amount.units = AMOUNT_UNITS,
        .max_fee.units = config->fee_units,
    };
    hs_transaction_sign(&transaction, &config->accounts[sender].secret_key);
    size_t slot = stream->signed_count % config->stream_capacity;
    uint8_t *entry = stream->entries + slot * HS_STREAM_ENTRY_BYTES;
    struct hs_writer writer = hs_writer_over(entry, HS_PAYLOAD_ENTRY_BYTES);
    hs_write_u32(&writer, HS_TRANSACTION_TRANSFER_BYTES);
    hs_transaction_encode(entry + HS_PAYLOAD_ENTRY_BYTES, HS_TRANSACTION_TRANSFER_BYTES,
                          &transaction);
    hs_transaction_id_of(&stream->ids[slot],
                         (struct hs_bytes){.data = entry + HS_PAYLOAD_ENTRY_BYTES,
                                           .size = HS_TRANSACTION_TRANSFER_BYTES});
    stream->signed_count++;
}

void hs_stream_sign(struct hs_stream *stream, uint64_t count)
{
    while (stream->account_count > 0 && stream->signed_count - stream->sent_count < count &&
           stream->signed_count - stream->settled_count < stream->config->stream_capacity) {
        sign_one(stream);
    }
}

/* -- what is in flight --------------------------------------------------------- */

/* The node went away, or refuses: nobody knows which nonce is next. */
static void give_up(struct hs_stream *stream)
{
    stream->figures.lost += hs_stream_in_flight(stream);
    hs_id_map_clear(stream->in_flight);
    stream->signed_count = stream->sent_count;
    stream->settled_count = stream->sent_count;
    stream->batch_count = 0;
    stream->needs_nonces = true;
}

static void settle(struct hs_stream *stream, const uint8_t id[HS_HASH_BYTES], uint64_t now_ns)
{
    const struct hs_bench_load_config *config = stream->config;
    uint32_t slot;
    if (hs_id_map_remove(stream->in_flight, &slot, id) != HS_OK) {
        return;
    }
    uint64_t due_ns = stream->due_ns[slot];
    stream->due_ns[slot] = 0;
    stream->figures.committed++;
    if (config->committed != NULL) {
        config->committed(config->context, now_ns, now_ns > due_ns ? now_ns - due_ns : 0);
    }
    while (stream->settled_count < stream->sent_count &&
           stream->due_ns[stream->settled_count % config->stream_capacity] == 0) {
        stream->settled_count++;
    }
}

/* -- handing in ------------------------------------------------------------------ */

uint64_t hs_stream_due_ns(const struct hs_bench_load_config *config, uint64_t start_ns, uint64_t k)
{
    uint64_t after_ns = (uint64_t)((double)(k + 1) * (double)config->node_count *
                                   (double)NS_IN_SECOND / (double)config->transfers_per_second);
    return start_ns + (after_ns + TICK_NS - 1) / TICK_NS * TICK_NS;
}

/* How many may go now. */
static uint64_t allowance(struct hs_stream *stream, uint64_t now_ns, uint64_t start_ns)
{
    const struct hs_bench_load_config *config = stream->config;
    uint32_t share = config->in_flight_max / config->node_count + 1;
    uint32_t in_flight = hs_stream_in_flight(stream);
    uint64_t room = in_flight < share ? share - in_flight : 0;
    if (config->transfers_per_second == 0) {
        uint32_t low = share < BATCH_LOW ? share : BATCH_LOW;
        return room >= low ? room : 0;
    }
    if (now_ns < start_ns) {
        return 0;
    }
    uint64_t ticks = (now_ns - start_ns) / TICK_NS;
    uint64_t due = (uint64_t)((double)(ticks * TICK_NS) * (double)config->transfers_per_second /
                              ((double)config->node_count * (double)NS_IN_SECOND));
    uint64_t waiting = due > stream->sent_count ? due - stream->sent_count : 0;
    return waiting < room ? waiting : room;
}

static void send_batch(struct hs_stream *stream)
{
    size_t slot = stream->batch_first % stream->config->stream_capacity;
    hs_http_client_request(
        &stream->submit, "/v1/transactions",
        (struct hs_bytes){.data = stream->entries + slot * HS_STREAM_ENTRY_BYTES,
                          .size = (size_t)stream->batch_count * HS_STREAM_ENTRY_BYTES});
}

static void begin_batch(struct hs_stream *stream, uint64_t now_ns, uint64_t start_ns)
{
    const struct hs_bench_load_config *config = stream->config;
    uint64_t count = allowance(stream, now_ns, start_ns);
    count = count < BATCH_MAX ? count : BATCH_MAX;
    if (!config->sign_ahead) {
        hs_stream_sign(stream, count);
    }
    uint64_t ready = stream->signed_count - stream->sent_count;
    stream->figures.exhausted = stream->figures.exhausted || (config->sign_ahead && count > ready);
    uint64_t slot = stream->sent_count % config->stream_capacity;
    uint64_t to_end = config->stream_capacity - slot;
    count = count < ready ? count : ready;
    count = count < to_end ? count : to_end;
    if (count == 0) {
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t k = stream->sent_count + i;
        uint64_t due_ns =
            config->transfers_per_second == 0 ? now_ns : hs_stream_due_ns(config, start_ns, k);
        stream->due_ns[slot + i] = due_ns < now_ns ? due_ns : now_ns;
        if (hs_id_map_insert(stream->in_flight, stream->ids[slot + i].bytes,
                             (uint32_t)(slot + i)) != HS_OK) {
            stream->due_ns[slot + i] = 0;
        }
    }
    stream->batch_first = stream->sent_count;
    stream->batch_count = (uint32_t)count;
    stream->batch_tries = 0;
    stream->sent_count += count;
    stream->figures.submitted += count;
    send_batch(stream);
}

/* The whole batch was accepted when the answer begins so. */
static bool all_accepted(const struct hs_stream *stream)
{
    char expected[64];
    struct hs_bytes answer = hs_http_client_answer(&stream->submit);
    int size =
        snprintf(expected, sizeof expected, "{\"accepted\":%" PRIu32 ",", stream->batch_count);
    return stream->submit.http_status == 200 && answer.size > (size_t)size &&
           memcmp(answer.data, expected, (size_t)size) == 0;
}

static void read_submitted(struct hs_stream *stream, uint64_t now_ns)
{
    stream->submit.state = HS_HTTP_IDLE;
    if (all_accepted(stream)) {
        stream->batch_count = 0;
        return;
    }
    stream->batch_tries++;
    if (stream->batch_tries < TRIES_MAX) {
        stream->pause_submit_until_ns = now_ns + PAUSE_NS;
        return;
    }
    stream->figures.rejected += stream->batch_count;
    give_up(stream);
}

static void step_submit(struct hs_stream *stream, uint64_t now_ns, uint64_t start_ns)
{
    if (now_ns < stream->pause_submit_until_ns || stream->needs_nonces) {
        return;
    }
    if (hs_http_client_connect(&stream->submit) != HS_OK ||
        hs_http_client_step(&stream->submit) != HS_OK) {
        stream->pause_submit_until_ns = now_ns + RECONNECT_NS;
        give_up(stream);
        return;
    }
    if (stream->submit.state == HS_HTTP_ANSWERED) {
        read_submitted(stream, now_ns);
    }
    if (stream->submit.state != HS_HTTP_IDLE || now_ns < stream->pause_submit_until_ns ||
        stream->needs_nonces) {
        return;
    }
    if (stream->batch_count > 0) {
        send_batch(stream);
    } else {
        begin_batch(stream, now_ns, start_ns);
    }
    if (stream->submit.state == HS_HTTP_SENDING && hs_http_client_step(&stream->submit) != HS_OK) {
        stream->pause_submit_until_ns = now_ns + RECONNECT_NS;
        give_up(stream);
    }
}

/* -- blocks ---------------------------------------------------------------------- */

static void ask_for_block(struct hs_stream *stream)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/blocks/%" PRIu64 "/transactions?wait=%u", stream->height,
             BLOCK_WAIT_MS);
    hs_http_client_request(&stream->blocks, path, (struct hs_bytes){0});
}

static void read_block(struct hs_stream *stream, uint64_t now_ns)
{
    const struct hs_bench_load_config *config = stream->config;
    struct hs_bytes ids = hs_http_client_answer(&stream->blocks);
    stream->blocks.state = HS_HTTP_IDLE;
    if (stream->blocks.http_status == 404) {
        return;
    }
    if (stream->blocks.http_status != 200) {
        stream->pause_blocks_until_ns = now_ns + PAUSE_NS;
        return;
    }
    uint32_t count = (uint32_t)(ids.size / HS_HASH_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        settle(stream, ids.data + (size_t)i * HS_HASH_BYTES, now_ns);
    }
    if (stream->node == 0 && config->block != NULL) {
        config->block(config->context, now_ns, stream->height, count);
    }
    stream->height++;
}

static void step_blocks(struct hs_stream *stream, uint64_t now_ns)
{
    if (now_ns < stream->pause_blocks_until_ns) {
        return;
    }
    if (hs_http_client_connect(&stream->blocks) != HS_OK ||
        hs_http_client_step(&stream->blocks) != HS_OK) {
        stream->pause_blocks_until_ns = now_ns + RECONNECT_NS;
        return;
    }
    if (stream->blocks.state == HS_HTTP_ANSWERED) {
        read_block(stream, now_ns);
    }
    if (stream->blocks.state == HS_HTTP_IDLE && now_ns >= stream->pause_blocks_until_ns) {
        ask_for_block(stream);
        if (hs_http_client_step(&stream->blocks) != HS_OK) {
            stream->pause_blocks_until_ns = now_ns + RECONNECT_NS;
        }
    }
}

/* A transfer that nobody commits any more would hold its slot for ever. */
static void drop_lost(struct hs_stream *stream, uint64_t now_ns)
{
    uint64_t oldest_ns = stream->due_ns[stream->settled_count % stream->config->stream_capacity];
    if (stream->settled_count < stream->sent_count && oldest_ns != 0 &&
        now_ns > oldest_ns + LOST_AFTER_NS && !stream->config->sign_ahead) {
        give_up(stream);
    }
}

void hs_stream_step(struct hs_stream *stream, uint64_t now_ns, uint64_t start_ns)
{
    step_blocks(stream, now_ns);
    step_submit(stream, now_ns, start_ns);
    drop_lost(stream, now_ns);
}
