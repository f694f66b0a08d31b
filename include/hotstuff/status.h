/* hs_status: what a call came to, and what its caller should do about it.
 *
 * One enum for the whole house, so that a status can travel from a decoder to
 * the connection that must be dropped without being translated on the way. The
 * second column says what the caller does:
 *
 *   CONTINUE   nothing is wrong
 *   IGNORE     late, known already or not for us: honest peers send it too
 *   REFUSE     the request is refused and its sender told why
 *   DROP_PEER  no correct peer sends this: close the connection it came by
 *   STOP       this process can't go on safely: stop signing and exit
 */
#ifndef HOTSTUFF_STATUS_H
#define HOTSTUFF_STATUS_H

enum hs_reaction {
    HS_CONTINUE,
    HS_IGNORE,
    HS_REFUSE,
    HS_DROP_PEER,
    HS_STOP,
};

/*     name                    reaction       what happened                                        */
#define HS_STATUS_TABLE(X)                                                                         \
    X(HS_OK, HS_CONTINUE, "ok")                                                                    \
    X(HS_DUPLICATE, HS_IGNORE, "already known")                                                    \
    X(HS_STALE, HS_IGNORE, "of a view, height or epoch that is over")                              \
    X(HS_NOT_FOUND, HS_IGNORE, "not found")                                                        \
    X(HS_UNKNOWN_PARENT, HS_IGNORE, "the parent block is not held")                                \
    X(HS_NOT_READY, HS_IGNORE, "not possible yet")                                                 \
    X(HS_FULL, HS_REFUSE, "a limit is reached")                                                    \
    X(HS_INVALID_ARGUMENT, HS_REFUSE, "a value is out of its range")                               \
    X(HS_NOT_A_VALIDATOR, HS_REFUSE, "not a member of the validator set")                          \
    X(HS_UNSUPPORTED, HS_REFUSE, "a kind that this application does not execute")                  \
    X(HS_WRONG_CHAIN, HS_REFUSE, "made for another chain")                                         \
    X(HS_NONCE_TOO_LOW, HS_REFUSE, "the nonce was used already")                                   \
    X(HS_NONCE_TOO_HIGH, HS_REFUSE, "the nonce is ahead of the sender's next one")                 \
    X(HS_INSUFFICIENT_FUNDS, HS_REFUSE, "the balance does not cover amount and fee")               \
    X(HS_FEE_TOO_LOW, HS_REFUSE, "the fee offered is below the fee asked")                         \
    X(HS_NO_COMMITMENT, HS_REFUSE, "no commitment that waits there is opened by it")               \
    X(HS_KEY_IN_USE, HS_REFUSE, "a key or an account that a validator has already")                \
    X(HS_JAILED, HS_REFUSE, "jailed, and not for long enough to be let out")                       \
    X(HS_PUNISHED, HS_REFUSE, "a double vote in an epoch that was punished already")               \
    X(HS_OVERFLOW, HS_REFUSE, "a sum exceeds its range")                                           \
    X(HS_MALFORMED, HS_DROP_PEER, "bytes that no correct encoder writes")                          \
    X(HS_BAD_SIGNATURE, HS_DROP_PEER, "a signature does not verify")                               \
    X(HS_BAD_CERTIFICATE, HS_DROP_PEER, "a certificate does not verify")                           \
    X(HS_PROTOCOL_VIOLATION, HS_DROP_PEER, "a message that the protocol forbids")                  \
    X(HS_BAD_BLOCK, HS_DROP_PEER, "a block that does not execute to what its header says")         \
    X(HS_UNREACHABLE, HS_REFUSE, "the other side can't be reached")                                \
    X(HS_IN_USE, HS_REFUSE, "in use by another process")                                           \
    X(HS_NO_SAFETY_RECORD, HS_REFUSE, "the safety record is missing or older than it was")         \
    X(HS_UNSAFE, HS_REFUSE, "signing this is forbidden by the safety record")                      \
    X(HS_CORRUPT, HS_STOP, "stored bytes fail their checksum")                                     \
    X(HS_IO, HS_STOP, "the disk refused a read or a durable write")                                \
    X(HS_OUT_OF_MEMORY, HS_STOP, "the memory asked for at start was not given")                    \
    X(HS_DIVERGED, HS_STOP, "this replica's state differs from the certified one")

#define HS_STATUS_ENUM(name, reaction, text) name,
enum hs_status { HS_STATUS_TABLE(HS_STATUS_ENUM) };
#undef HS_STATUS_ENUM

/* A result that may not be dropped unread. */
#if defined(__GNUC__)
#define HS_MUST_CHECK __attribute__((warn_unused_result))
#define HS_PUBLIC     __attribute__((visibility("default")))
#else
#define HS_MUST_CHECK
#define HS_PUBLIC
#endif

/* The name ("HS_STALE"), the sentence part, and the reaction of a status. */
HS_PUBLIC const char *hs_status_name(enum hs_status status);
HS_PUBLIC const char *hs_status_text(enum hs_status status);
HS_PUBLIC enum hs_reaction hs_status_reaction(enum hs_status status);

#endif
