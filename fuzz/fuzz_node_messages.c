/* A whole node among peers that say anything: messages, whole or not, from any of the three others,
 * with time going by in between. Whatever they say the node runs on, its height never falls, and it
 * opens again on what it has written.
 *
 * The input is a list: a byte whose two lowest bits name the peer and whose others say how many
 * milliseconds pass first (times four), a size (u16), and that many bytes of a message. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "fuzz/small_node.h"

#define MILLISECOND_NS UINT64_C(1000000)
#define MESSAGES_MAX   64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size);

static void say_all(struct small_node *small, struct hs_bytes left)
{
    for (unsigned i = 0; i < MESSAGES_MAX && left.size > 3; i++) {
        uint32_t peer = 1 + left.data[0] % 3u;
        uint64_t pause_ns = left.data[0] / 4 * 4 * MILLISECOND_NS;
        size_t size = (size_t)left.data[1] | (size_t)left.data[2] << 8;
        left.data += 3;
        left.size -= 3;
        size = size < left.size ? size : left.size;
        if (pause_ns > 0) {
            small_node_run(small, pause_ns);
        }
        small_node_give(small, peer, (struct hs_bytes){left.data, size});
        left.data += size;
        left.size -= size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_size)
{
    struct small_node *small = small_node_new(4);
    bool started = small_node_start(small);
    HS_ASSERT(started);
    say_all(small, (struct hs_bytes){data, data_size});
    /* One Byzantine peer can't make it give up; the input speaks for three, who can commit what
     * they like, but not make a block count whose root it does not compute (X1). */
    if (small_node_is_up(small)) {
        struct hs_node_status status;
        small_node_status(small, &status);
        uint64_t height = status.height;
        small_node_stop(small);
        started = small_node_start(small);
        HS_ASSERT(started);
        small_node_status(small, &status);
        HS_ASSERT(status.height >= height);
    }
    small_node_free(small);
    return 0;
}
