#include "wire/statement.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mutants.h"

static struct hs_writer begin(struct hs_bls_statement *out, const char *tag,
                              const struct hs_chain_id *chain_id, uint64_t epoch)
{
    struct hs_writer writer = hs_writer_over(out->bytes, sizeof out->bytes);
    size_t tag_size = strlen(tag);
    hs_write_u8(&writer, (uint8_t)tag_size);
    hs_write_bytes(&writer, tag, tag_size);
    hs_write_bytes(&writer, chain_id->bytes, sizeof chain_id->bytes);
    hs_write_u64(&writer, epoch);
    return writer;
}

static void end(struct hs_bls_statement *out, const struct hs_writer *writer)
{
    HS_ASSERT(!writer->failed);
    out->size = writer->offset;
}

void hs_statement_encode(struct hs_bls_statement *out, const struct hs_chain_id *chain_id,
                         const struct hs_statement *statement)
{
    struct hs_writer writer = {.failed = true};
    switch (statement->type) {
    case HS_STATEMENT_VOTE:
        writer = begin(out, "hotstuff/vote", chain_id, statement->epoch);
        hs_write_u64(&writer, HS_MUTANT_QC_VIEW_UNBOUND ? 0 : statement->view);
        hs_write_bytes(&writer, statement->block_id.bytes, sizeof statement->block_id.bytes);
        break;
    case HS_STATEMENT_VIEW_CHANGE:
        writer = begin(out, "hotstuff/view-change", chain_id, statement->epoch);
        hs_write_u64(&writer, statement->view);
        hs_write_u64(&writer, statement->high_qc_view);
        break;
    }
    end(out, &writer);
}

void hs_statement_encode_vrf(struct hs_bls_statement *out, const struct hs_chain_id *chain_id,
                             uint64_t epoch, uint64_t view, const uint8_t randomness[HS_HASH_BYTES])
{
    struct hs_writer writer = begin(out, "hotstuff/vrf", chain_id, epoch);
    hs_write_u64(&writer, view);
    hs_write_bytes(&writer, randomness, HS_HASH_BYTES);
    end(out, &writer);
}

struct hs_statement hs_statement_of_vote(const struct hs_vote *vote)
{
    return (struct hs_statement){
        .type = HS_STATEMENT_VOTE,
        .epoch = vote->epoch,
        .view = vote->view,
        .block_id = vote->block_id,
    };
}

struct hs_statement hs_statement_of_view_change(const struct hs_view_change *view_change)
{
    return (struct hs_statement){
        .type = HS_STATEMENT_VIEW_CHANGE,
        .epoch = view_change->epoch,
        .view = view_change->view,
        .high_qc_view = view_change->high_qc.view,
    };
}

bool hs_statement_equal(const struct hs_statement *a, const struct hs_statement *b)
{
    return a->type == b->type && a->epoch == b->epoch && a->view == b->view &&
           memcmp(a->block_id.bytes, b->block_id.bytes, sizeof a->block_id.bytes) == 0 &&
           a->high_qc_view == b->high_qc_view;
}
