/* Some limits once more, so small that an input of a few kilobytes reaches them: rings go round,
 * batches get full, payloads are too large. And little memory means many runs a second. Included
 * before all else by the sources that fuzz/meson.build compiles anew; no struct that these share
 * with the rest of the program may depend on a limit that stands here.
 */
#include <hotstuff/limits.h>

#undef HS_BLOCK_TRANSACTIONS_MAX
#undef HS_REGISTRY_CHANGES_MAX
#undef HS_OTHER_RECORDS_MAX
#undef HS_VALIDATOR_RECORDS_MAX
#undef HS_PAYLOAD_BYTES_MAX
#undef HS_MESSAGE_BYTES_MAX
#undef HS_RANGE_BLOCKS_MAX
#undef HS_TRANSACTIONS_BATCH_BYTES_MAX
#undef HS_TRANSACTIONS_BATCH_MAX
#undef HS_ADMISSION_QUEUE_MAX
#undef HS_LOG_HEADER_BYTES_MAX
#undef HS_LOG_CERTIFICATE_BYTES_MAX
#undef HS_LOG_RESERVE_BYTES
#undef HS_LOG_BATCH_BYTES_MAX
#undef HS_LOG_BATCH_COMMITS_MAX
#undef HS_LOG_RECENT_BLOCKS
#undef HS_LOG_RECENT_HEIGHTS
#undef HS_SNAPSHOT_CHUNK_BYTES

#define HS_BLOCK_TRANSACTIONS_MAX       8u
#define HS_REGISTRY_CHANGES_MAX         1024u
#define HS_OTHER_RECORDS_MAX            256u
#define HS_VALIDATOR_RECORDS_MAX        1u
#define HS_PAYLOAD_BYTES_MAX            2048u
#define HS_MESSAGE_BYTES_MAX            8192u
#define HS_RANGE_BLOCKS_MAX             6u
#define HS_TRANSACTIONS_BATCH_BYTES_MAX 2048u
#define HS_TRANSACTIONS_BATCH_MAX       8u
#define HS_ADMISSION_QUEUE_MAX          16u
#define HS_LOG_HEADER_BYTES_MAX         512u
#define HS_LOG_CERTIFICATE_BYTES_MAX    512u
#define HS_LOG_RESERVE_BYTES            4096u
#define HS_LOG_BATCH_BYTES_MAX          8192u
#define HS_LOG_BATCH_COMMITS_MAX        7u
#define HS_LOG_RECENT_BLOCKS            16u
#define HS_LOG_RECENT_HEIGHTS           32u
#define HS_SNAPSHOT_CHUNK_BYTES         512u
