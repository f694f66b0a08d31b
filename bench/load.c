#include "bench/load.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "bench/stream.h"

#define NS_IN_SECOND UINT64_C(1000000000)
/* A paced load, and one that pauses, look at the time this often. */
#define TURN_NS     UINT64_C(5000000)
#define THREADS_MAX 16u

struct hs_bench_load {
    struct hs_bench_load_config config;
    uint64_t start_ns; /* 0: not yet */
    struct hs_stream streams[HS_VALIDATORS_MAX];
};

uint64_t hs_bench_load_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_IN_SECOND + (uint64_t)now.tv_nsec;
}

/* -- signing ahead ----------------------------------------------------------- */

struct signing {
    struct hs_bench_load *load;
    uint32_t first; /* every `step`-th stream from it */
    uint32_t step;
};

static void *sign_streams(void *context)
{
    const struct signing *signing = context;
    struct hs_bench_load *load = signing->load;
    for (uint32_t i = signing->first; i < load->config.node_count; i += signing->step) {
        hs_stream_sign(&load->streams[i], load->config.stream_capacity);
    }
    return NULL;
}

static void sign_all(struct hs_bench_load *load)
{
    pthread_t threads[THREADS_MAX];
    struct signing signings[THREADS_MAX];
    bool started[THREADS_MAX] = {false};
    uint32_t count = load->config.threads;
    count = count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
    for (uint32_t i = 0; i < count; i++) {
        signings[i] = (struct signing){.load = load, .first = i, .step = count};
        started[i] = pthread_create(&threads[i], NULL, sign_streams, &signings[i]) == 0;
        if (!started[i]) {
            (void)sign_streams(&signings[i]);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (started[i]) {
            pthread_join(threads[i], NULL);
        }
    }
}

/* -- opening ------------------------------------------------------------------- */

struct hs_bench_load *hs_bench_load_new(const struct hs_bench_load_config *config)
{
    struct hs_bench_load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        return NULL;
    }
    load->config = *config;
    for (uint32_t i = 0; i < config->node_count; i++) {
        if (!hs_stream_open(&load->streams[i], &load->config, i)) {
            hs_bench_load_free(load);
            return NULL;
        }
    }
    if (config->sign_ahead) {
        sign_all(load);
    }
    return load;
}

void hs_bench_load_free(struct hs_bench_load *load)
{
    for (uint32_t i = 0; load != NULL && i < load->config.node_count; i++) {
        hs_stream_close(&load->streams[i]);
    }
    free(load);
}

/* -- running --------------------------------------------------------------------- */

void hs_bench_load_run_until(struct hs_bench_load *load, uint64_t until_ns)
{
    const struct hs_bench_load_config *config = &load->config;
    struct pollfd descriptors[2 * HS_VALIDATORS_MAX];
    uint64_t now_ns = hs_bench_load_now_ns();
    if (load->start_ns == 0) {
        load->start_ns = now_ns;
    }
    while (now_ns < until_ns) {
        for (uint32_t i = 0; i < config->node_count; i++) {
            struct hs_stream *stream = &load->streams[i];
            hs_stream_step(stream, now_ns, load->start_ns);
            descriptors[2 * i] = (struct pollfd){.fd = stream->submit.descriptor,
                                                 .events = hs_http_client_events(&stream->submit)};
            descriptors[2 * i + 1] = (struct pollfd){
                .fd = stream->blocks.descriptor, .events = hs_http_client_events(&stream->blocks)};
        }
        uint64_t wait_ns = TURN_NS - (now_ns - load->start_ns) % TURN_NS;
        wait_ns = wait_ns < until_ns - now_ns ? wait_ns : until_ns - now_ns;
        const struct timespec wait = {.tv_nsec = (long)wait_ns};
        (void)ppoll(descriptors, 2 * config->node_count, &wait, NULL);
        now_ns = hs_bench_load_now_ns();
    }
}

void hs_bench_load_figures(const struct hs_bench_load *load, struct hs_bench_load_figures *figures)
{
    *figures = (struct hs_bench_load_figures){0};
    for (uint32_t i = 0; i < load->config.node_count; i++) {
        const struct hs_bench_load_figures *stream = &load->streams[i].figures;
        figures->submitted += stream->submitted;
        figures->committed += stream->committed;
        figures->rejected += stream->rejected;
        figures->lost += stream->lost;
        figures->exhausted = figures->exhausted || stream->exhausted;
    }
}

bool hs_bench_load_needs_nonces(const struct hs_bench_load *load, uint32_t node)
{
    return load->streams[node].needs_nonces;
}

void hs_bench_load_set_nonces(struct hs_bench_load *load, uint32_t node, const uint64_t nonces[])
{
    struct hs_stream *stream = &load->streams[node];
    for (uint32_t i = 0; i < stream->account_count; i++) {
        stream->nonces[i] = nonces[i];
    }
    stream->needs_nonces = false;
}
