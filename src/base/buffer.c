/* hs_buffer: a count and bytes in one allocation.
 *
 * The count is plain, not atomic: a buffer belongs to one thread at a time, and passes to
 * another only whole (through a job or a queue, which order memory), never shared.
 */
#include <hotstuff/consensus_network.h>

#include <stdlib.h>

#include "base/assert.h"

struct hs_buffer *hs_buffer_new(size_t size)
{
    HS_ASSERT(size <= HS_MESSAGE_BYTES_MAX);
    struct hs_buffer *buffer = malloc(sizeof *buffer + size);
    if (buffer != NULL) {
        buffer->references = 1;
        buffer->size = (uint32_t)size;
    }
    return buffer;
}

struct hs_buffer *hs_buffer_retain(struct hs_buffer *buffer)
{
    HS_ASSERT(buffer->references > 0 && buffer->references < UINT32_MAX);
    buffer->references++;
    return buffer;
}

void hs_buffer_release(struct hs_buffer *buffer)
{
    if (buffer == NULL) {
        return;
    }
    HS_ASSERT(buffer->references > 0);
    buffer->references--;
    if (buffer->references == 0) {
        free(buffer);
    }
}
