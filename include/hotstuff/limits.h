/* Every maximum of the house, in one place.
 *
 * A validator must not be made to use memory without bound by what a peer, a
 * client or a file says: each buffer, queue and map has its limit here. The page
 * is public because the sizes of public structs and the footprint of an embedded
 * core follow from it. Counts unless the name ends in a unit.
 */
#ifndef HOTSTUFF_LIMITS_H
#define HOTSTUFF_LIMITS_H

/* -- validator set ------------------------------------------------------- */
#define HS_VALIDATORS_MAX   128u
#define HS_BITMAP_BYTES_MAX (HS_VALIDATORS_MAX / 8u)
/* Sums of weights stay below 2^63, so twice the total fits 64 bits. */
#define HS_WEIGHT_TOTAL_MAX ((UINT64_C(1) << 62) - 1u)
/* "host:port", where a validator is dialed. */
#define HS_DIAL_ADDRESS_BYTES_MAX 63u

/* -- blocks and transactions ---------------------------------------------- */
#define HS_VRF_PROOF_BYTES_MAX    96u
#define HS_PAYLOAD_BYTES_MAX      (2u * 1024u * 1024u)
#define HS_BLOCK_TRANSACTIONS_MAX 10000u
#define HS_TRANSACTION_BYTES_MAX  1024u
/* How much later than its parent's a block's timestamp may be: one day. The end of time is then out
 * of reach (10^11 blocks), where no block could follow. */
#define HS_BLOCK_TIME_STEP_MAX_MS (UINT64_C(24) * 60u * 60u * 1000u)

/* -- messages ------------------------------------------------------------- */
/* A message holds one block at most, or as many as fit for block sync. */
#define HS_MESSAGE_BYTES_MAX            (4u * 1024u * 1024u)
#define HS_RANGE_BLOCKS_MAX             256u
#define HS_TRANSACTIONS_BATCH_BYTES_MAX (256u * 1024u)
#define HS_TRANSACTIONS_BATCH_MAX       2048u

/* -- core ----------------------------------------------------------------- */
/* Blocks above the last committed one (L14). A run without faults holds three. */
#define HS_TREE_BLOCKS_MAX 4096u
/* Actions that one step can emit; the core's own bound, proved by an assert. */
#define HS_ACTIONS_MAX 64u

/* -- reputation ------------------------------------------------------------ */
/* Turns of one validator in one epoch that are told apart; twice as many fit 32 bits. */
#define HS_REPUTATION_TURNS_MAX ((1u << 31) - 1u)
/* Views between a block and its parent whose leaders count as having missed their turns. */
#define HS_REPUTATION_GAP_MAX 64u

/* -- base ------------------------------------------------------------------ */
/* Entries of one map by id. */
#define HS_ID_MAP_ENTRIES_MAX (1u << 24)
/* The pairs of one log line. */
#define HS_LOG_LINE_BYTES_MAX 1024u

/* -- genesis, configuration, homes ------------------------------------------- */
#define HS_GENESIS_BYTES_MAX          (64u * 1024u * 1024u)
#define HS_CONFIG_BYTES_MAX           (32u * 1024u)
#define HS_CONFIG_LINE_CHARACTERS_MAX 190u
/* Accounts with a key file each, and those that follow from one seed. */
#define HS_HOME_ACCOUNTS_MAX         10000u
#define HS_HOME_DERIVED_ACCOUNTS_MAX 1000000u

/* -- keys ------------------------------------------------------------------ */
/* A key file: a dozen short JSON members. */
#define HS_KEY_FILE_BYTES_MAX 4096u
/* A signing history: the keys it tells of, and its bytes. */
#define HS_HISTORY_KEYS_MAX  8u
#define HS_HISTORY_BYTES_MAX 8192u

/* -- storage --------------------------------------------------------------- */
/* Files that one disk has open at once, and names it lists. */
#define HS_DISK_FILES_MAX 32u
#define HS_DISK_NAMES_MAX (HS_LOG_SEGMENTS_MAX + 64u)
/* A segment of the block log is followed by another once it is this long. */
#define HS_LOG_SEGMENT_BYTES (64u * 1024u * 1024u)
#define HS_LOG_SEGMENTS_MAX  65536u
/* Space is reserved ahead of the log's end in steps of this. */
#define HS_LOG_RESERVE_BYTES (4u * 1024u * 1024u)
/* What is written and synced at once, and how many such batches fill or wait. Stored logs
 * hold batches up to this size: it may grow, never shrink. */
#define HS_LOG_BATCH_BYTES_MAX   (8u * 1024u * 1024u)
#define HS_LOG_BATCHES           4u
#define HS_LOG_BATCH_COMMITS_MAX 2048u
/* An encoded header, and what proves a commit, as one record holds them. */
#define HS_LOG_HEADER_BYTES_MAX      4096u
#define HS_LOG_CERTIFICATE_BYTES_MAX (48u * 1024u)
/* Of it, an application's proof of the next epoch. */
#define HS_LOG_EPOCH_PROOF_BYTES_MAX (12u * 1024u)
/* Blocks found by their id, and commits whose place is in memory. */
#define HS_LOG_RECENT_BLOCKS  8192u
#define HS_LOG_RECENT_HEIGHTS 16384u
/* Segments open for reading. */
#define HS_LOG_OPEN_SEGMENTS 4u
/* A record of a slot store. */
#define HS_SLOT_RECORD_BYTES_MAX 65536u
/* A snapshot is checked in chunks of this, and this many are kept. */
#define HS_SNAPSHOT_CHUNK_BYTES (64u * 1024u)
#define HS_SNAPSHOTS_KEPT       2u

/* -- ledger ---------------------------------------------------------------- */
/* A value in the state tree. */
#define HS_STATE_VALUE_BYTES_MAX 64u
/* Nodes of one kind in one tree: an index has 31 bits, and zero is no node. */
#define HS_STATE_NODES_MAX     ((1u << 31) - 2u)
#define HS_LEDGER_ACCOUNTS_MAX (1u << 26)
/* Changed accounts over all uncommitted states; a block changes two for each transaction. */
#define HS_LEDGER_OVERLAY_ACCOUNTS_MAX (1u << 22)
/* A state for every block of the tree, the committed one, and one in the making. */
#define HS_LEDGER_STATES_MAX (HS_TREE_BLOCKS_MAX + 2u)

/* Records of the registry that one block changes: each transaction a few, and what expires or ends
 * with the block. */
#define HS_REGISTRY_CHANGES_MAX (3u << 16)
/* So many of them transactions leave to the end of an epoch. */
#define HS_REGISTRY_RESERVED                                                                       \
    (HS_VALIDATOR_RECORDS_MAX * HS_REGISTERED_VALIDATORS_MAX + 4u * HS_EPOCH_RECORDS_MAX)
/* Changed records over all uncommitted states. */
#define HS_LEDGER_OVERLAY_RECORDS_MAX (1u << 20)

/* -- fees, commitments, stakes ------------------------------------------------ */
/* The gas of any one transaction, and of a block whatever its chain's limit. */
#define HS_TRANSACTION_GAS_MAX 66u
#define HS_BLOCK_GAS_MAX       (1u << 20)
/* Of a chain whose genesis names none: a full block of transfers. */
#define HS_BLOCK_GAS_DEFAULT 10000u
/* Units per gas. An eighth of the least is a unit, and the gas of a block times the most fits
 * 64 bits. */
#define HS_BASE_FEE_MIN 8u
#define HS_BASE_FEE_MAX (UINT64_C(1) << 43)
/* Commitments that wait for their reveal, and for how long. */
#define HS_COMMITS_MAX              (1u << 16)
#define HS_COMMIT_WINDOW_BLOCKS_MAX (1u << 20)
/* Validators that are registered, in the set or not. */
#define HS_REGISTERED_VALIDATORS_MAX 1024u
/* Network keys of those that are registered, of which each may have two: a rotation announces one. */
#define HS_CONTACTS_MAX (2u * HS_REGISTERED_VALIDATORS_MAX)
/* Records in the registry for each commitment, for each validator, and beside them. */
#define HS_COMMIT_RECORDS_MAX    4u
#define HS_VALIDATOR_RECORDS_MAX 64u
#define HS_OTHER_RECORDS_MAX     (1u << 16)
/* Keys of one validator that it must still answer for, and its payments to come. */
#define HS_VALIDATOR_KEYS_MAX 8u
#define HS_UNBONDINGS_MAX     16u
/* Records of one epoch: the set as it was fixed, and what its blocks leave. */
#define HS_EPOCH_RECORDS_MAX (2u + 6u * HS_VALIDATORS_MAX)
/* Epochs, and how many of them something may last. */
#define HS_EPOCH_BLOCKS_MAX     (UINT64_C(1) << 32)
#define HS_UNBONDING_EPOCHS_MAX 1024u
#define HS_JAIL_EPOCHS_MAX      (1u << 20)
/* A record of one bit each says which of the last epochs were punished. */
#define HS_EVIDENCE_EPOCHS_MAX 255u

/* -- light client ----------------------------------------------------------- */
/* Headers of one commit proof: as many as a tree can hold above what is committed, and that one. */
#define HS_COMMIT_PROOF_HEADERS_MAX (HS_TREE_BLOCKS_MAX + 1u)
/* Blocks that one proof of a server commits, and its bytes. */
#define HS_PROVED_BLOCKS_MAX 256u
#define HS_PROOF_BYTES_MAX   (1024u * 1024u)
/* Epochs that the file of one proof leads through, and its characters; those of a checkpoint. */
#define HS_PROOF_STEPS_MAX           65536u
#define HS_PROOF_FILE_BYTES_MAX      (256u * 1024u * 1024u)
#define HS_CHECKPOINT_FILE_BYTES_MAX (64u * 1024u)

/* -- mempool --------------------------------------------------------------- */
#define HS_MEMPOOL_TRANSACTIONS_MAX (1u << 20)
#define HS_MEMPOOL_BYTES_MAX        (1u << 30)
/* Waiting transactions of one sender, and how far ahead of its nonce one may be. */
#define HS_MEMPOOL_PER_SENDER_MAX 1024u

/* -- network --------------------------------------------------------------- */
/* Peers that a node's owner names, in its configuration, beside the validators of genesis. */
#define HS_KNOWN_PEERS_MAX 16u
/* Peers that a node knows at once: the validators of an epoch, those that its owner named, and as many
 * that were validators or will be. */
#define HS_PEERS_MAX (2u * HS_VALIDATORS_MAX + HS_KNOWN_PEERS_MAX)
/* Inbound connections that have not yet proved a key, and what one may send until then. */
#define HS_NETWORK_PENDING_MAX         64u
#define HS_NETWORK_HANDSHAKE_BYTES_MAX 8192u
/* What waits to go to one peer, by class (consensus, sync, transactions): messages, bytes. */
#define HS_NETWORK_CONSENSUS_QUEUE_MAX          4096u
#define HS_NETWORK_CONSENSUS_QUEUE_BYTES_MAX    (32u * 1024u * 1024u)
#define HS_NETWORK_SYNC_QUEUE_MAX               256u
#define HS_NETWORK_SYNC_QUEUE_BYTES_MAX         (16u * 1024u * 1024u)
#define HS_NETWORK_TRANSACTIONS_QUEUE_MAX       1024u
#define HS_NETWORK_TRANSACTIONS_QUEUE_BYTES_MAX (8u * 1024u * 1024u)
/* What is encrypted and handed to one peer's socket at a time: an urgent message waits behind
 * this much at most, and behind one message that has begun. */
#define HS_NETWORK_IN_SOCKET_BYTES_MAX (256u * 1024u)
/* What one peer has sent and the node has not received yet; above it reading pauses. */
#define HS_NETWORK_INBOX_MAX       4096u
#define HS_NETWORK_INBOX_BYTES_MAX (16u * 1024u * 1024u)
/* A host's name (RFC 1035: 253) and the digits of a port. */
#define HS_NETWORK_HOST_BYTES_MAX 256u
#define HS_NETWORK_PORT_BYTES_MAX 6u

/* -- runtime --------------------------------------------------------------- */
/* Threads that verify, hash and sign. */
#define HS_CPU_THREADS_MAX 64u
/* Queries of other threads that wait for the loop. */
#define HS_VALIDATOR_QUERIES_MAX 4096u

/* -- rpc ------------------------------------------------------------------- */
/* Connections of clients, and requests of theirs that the loop has not answered yet. */
#define HS_RPC_CONNECTIONS_MAX 320u
#define HS_RPC_QUERIES_MAX     256u
/* The memory of one connection, in which its request line and headers must fit. */
#define HS_RPC_CONNECTION_BYTES (16u * 1024u)
/* Bodies: of JSON, of a binary batch of transactions, and of all requests together. */
#define HS_RPC_JSON_BYTES_MAX   (64u * 1024u)
#define HS_RPC_BATCH_BYTES_MAX  (1024u * 1024u)
#define HS_RPC_BODIES_BYTES_MAX (64u * 1024u * 1024u)
/* Of a body that is too large this much is read and dropped before the answer, which a client
 * that only writes would not see otherwise. */
#define HS_RPC_DROPPED_BYTES_MAX (32u * 1024u * 1024u)
/* Calls in one JSON-RPC batch. */
#define HS_RPC_CALLS_MAX 64u
/* Of them, those that read whole sets of validators, registered ones or evidence. */
#define HS_RPC_LARGE_CALLS_MAX 4u
/* Registered validators in one answer. */
#define HS_RPC_REGISTERED_MAX 64u
/* Of the last blocks, in an answer on fees. */
#define HS_RPC_FEE_BLOCKS 10u
/* Accounts and commitments of a state whose supply is summed up when a client asks, by a walk. */
#define HS_RPC_SUPPLY_LEAVES_MAX (1u << 14)
/* A silent connection is closed, and a request that waits for a commit is answered after. */
#define HS_RPC_IDLE_SECONDS 60u
#define HS_RPC_WAIT_MS_MAX  30000u

/* -- node ------------------------------------------------------------------ */
/* Keys of one validator that its node has at a time: the one it signs with and the one after. */
#define HS_NODE_KEYS_MAX 2u
/* Transactions whose signatures are not yet checked. About a second's work for one core: a longer
 * queue would only make clients wait for what they could be told at once. */
#define HS_ADMISSION_QUEUE_MAX 16384u
/* Views of which the first vote of each member is remembered, and double votes that are kept (S8). */
#define HS_WATCHED_VIEWS     16u
#define HS_NODE_EVIDENCE_MAX (2u * HS_VALIDATORS_MAX)
/* How many waiting transactions a node tells its peers of again, every two seconds. */
#define HS_GOSSIP_AGAIN_MAX 64u
/* Committed transactions that a node finds by id. */
#define HS_RECENT_TRANSACTIONS_MAX (1u << 22)
/* How many blocks a node reads back at a start for the ids of their transactions. */
#define HS_RECALLED_BLOCKS_MAX 100000u
/* Commits that may wait to become durable before execution pauses. */
#define HS_COMMITS_WAITING_MAX 1024u
/* Tail blocks (P4) whose places the log keeps as proof of an epoch's end. */
#define HS_TAIL_BLOCKS_MAX 1024u
/* The messages that blocks came in which wait for their parents. */
#define HS_SYNC_ORPHANS_BYTES_MAX (64u * 1024u * 1024u)

#endif
