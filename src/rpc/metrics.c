#include "rpc/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct metric {
    const char *name;
    const char *type;
    const char *help;
    uint64_t value;
};

#define METRIC_LINES_BYTES_MAX 320u

char *hs_rpc_metrics_write(const struct hs_rpc_call *call, const struct hs_rpc_counters *rpc)
{
    const struct hs_node_status *status = &call->answer.status.node;
    const struct hs_node_counters *counters = &call->answer.status.counters;
    const struct metric metrics[] = {
        {"height", "gauge", "Height of the last committed block.", status->height},
        {"epoch", "gauge", "Current epoch.", status->core.epoch},
        {"view", "gauge", "Current view.", status->core.view},
        {"high_qc_view", "gauge", "View of the highest certificate.", status->core.high_qc_view},
        {"locked_view", "gauge", "View this validator is locked on.", status->core.locked_view},
        {"signing", "gauge", "1 when this validator signs.", status->core.signing ? 1u : 0u},
        {"tree_blocks", "gauge", "Blocks above the committed one.", status->core.tree_blocks},
        {"validators", "gauge", "Validators of the epoch.", status->validator_count},
        {"weight", "gauge", "Weight of this validator in the epoch; 0: no member.",
         call->answer.status.weight},
        {"weight_total", "gauge", "Weight of all of the epoch.", call->answer.status.weight_total},
        {"quorum", "gauge", "Weight of a quorum of the epoch.", call->answer.status.quorum},
        {"peers_connected", "gauge", "Validators with a connection.", status->peers_connected},
        {"mempool_transactions", "gauge", "Waiting transactions.", status->mempool_transactions},
        {"mempool_bytes", "gauge", "Their bytes.", status->mempool_bytes},
        {"blocks_committed_total", "counter", "Blocks committed.", counters->blocks_committed},
        {"transactions_committed_total", "counter", "Transactions committed.",
         counters->transactions_committed},
        {"views_by_timeout_total", "counter", "Views entered by a timeout certificate.",
         counters->views_by_timeout},
        {"proposals_total", "counter", "Blocks proposed.", counters->proposals_made},
        {"votes_total", "counter", "Votes signed.", counters->votes_signed},
        {"certificates_verified_total", "counter", "Certificates verified by pairing.",
         counters->certificates_verified},
        {"certificates_known_total", "counter", "Certificates seen again.",
         counters->certificates_known},
        {"transaction_signatures_checked_total", "counter", "Transaction signatures checked.",
         counters->signatures_checked},
        {"messages_refused_total", "counter", "Messages no correct peer sends.",
         counters->messages_refused},
        {"messages_ignored_total", "counter", "Messages late or known.",
         counters->messages_ignored},
        {"blocks_fetched_total", "counter", "Blocks fetched from peers.", counters->blocks_fetched},
        {"safety_records_total", "counter", "Safety records written.", counters->records_written},
        {"evidence_total", "counter", "Validators caught voting twice.", counters->evidence_found},
        {"http_requests_total", "counter", "HTTP requests.", rpc->requests},
        {"http_refused_total", "counter", "HTTP requests answered with an error.", rpc->refused},
        {"http_connections", "gauge", "Open HTTP connections.", rpc->connections},
    };
    const size_t count = sizeof metrics / sizeof metrics[0];
    const size_t capacity = count * METRIC_LINES_BYTES_MAX;
    char *text = malloc(capacity);
    size_t size = 0;
    for (size_t i = 0; text != NULL && i < count; i++) {
        const struct metric *metric = &metrics[i];
        size += (size_t)snprintf(text + size, capacity - size,
                                 "# HELP hotstuff_%s %s\n# TYPE hotstuff_%s %s\n"
                                 "hotstuff_%s %" PRIu64 "\n",
                                 metric->name, metric->help, metric->name, metric->type,
                                 metric->name, metric->value);
    }
    return text;
}
