----------------------------- MODULE Agreement -----------------------------
(* Safety within one epoch: rules S1 to S7 of docs/protocol.md, n = 4, one of them Byzantine.
 *
 * The state is what the correct validators have signed, for a signature once made can reach
 * anybody, at any time, in any order, or never. What a validator has been shown matters only when
 * it signs next, so showing is part of signing: an action takes in whatever certificate makes it
 * possible, and everything between "all certificates that exist" and "none" can have been shown
 * before.
 *
 * The Byzantine validator has no state. It signs whatever is asked for, so two correct votes make a
 * certificate and two correct view changes make a timeout certificate; it leads every view,
 * proposes as many blocks as it likes, and hides or shows each certificate as it likes.
 *
 * A block is <<justify, twin>> in its view: the view of the certificate it extends, and a number
 * that tells blocks of one view and one parent apart. That a certificate is known by its view alone
 * is the invariant OneCertificate, checked in every run.
 *)
EXTENDS Integers, FiniteSets

CONSTANTS
    Correct,    \* the correct validators; one Byzantine validator comes on top
    ViewMax,    \* the bound on views
    Twins,      \* how many blocks of one view may have the same parent
    Loose,      \* names of the rules that are loosened; {} for the protocol as it is
    ViewByView  \* sign in the order of views (see InOrder), or in any order

ASSUME Cardinality(Correct) = 3 /\ ViewMax \in Nat /\ Twins \in 1..2 /\ ViewByView \in BOOLEAN
ASSUME Loose \subseteq {"gap-commit", "low-justify", "lost-lock", "vote-after-timeout", "two-votes"}

VARIABLES
    vote,    \* vote[i][v]: the block that i voted for in view v
    change,  \* change[i][v]: the high_qc.view in the first view change that i signed for v
    late,    \* the views in which i voted after its view change, a pair <<i, v>> each
    high,    \* high_qc.view of i, as far as i's signatures bound it from below
    lock,    \* locked_view of i
    last,    \* last_voted_view of i
    cert,    \* cert[v]: the blocks of view v that can be certified
    tc       \* tc[v]: the lowest high_qc.view that a timeout certificate of v can carry

signed == <<vote, change, late>>
record == <<high, lock, last>>
vars == <<vote, change, late, high, lock, last, cert, tc>>

Views == 1..ViewMax
None == -1
NoBlock == <<None, 0>>
Blocks == (0..ViewMax) \X (1..Twins)
Enough == 2  \* correct signatures that make a quorum of 3 with the Byzantine one

Max(a, b) == IF a > b THEN a ELSE b
Highest(S) == CHOOSE a \in S : \A b \in S : a >= b
Lowest(S) == CHOOSE a \in S : \A b \in S : a <= b
IsLoose(rule) == rule \in Loose

Certified(v) == cert[v] # {}

\* The least maximum over view changes of enough correct validators. The Byzantine one's own claim
\* can only raise it, and a raised one allows less (S3) than it shows (a certificate that exists
\* anyway).
LowestTc(of_view) ==
    LET signers == {i \in Correct : of_view[i] # None}
        pairs == {p \in signers \X signers : p[1] # p[2]}
    IN IF pairs = {} THEN None
       ELSE Lowest({Max(of_view[p[1]], of_view[p[2]]) : p \in pairs})

TimeoutCertified(v) == tc[v] # None

\* A signature for view v rests on certificates of lower views alone, so whatever can be signed in
\* any order can be signed view by view: the invariant Buildable, checked in the runs without this
\* order.
InOrder(v) == ViewByView => \A i \in Correct : last[i] <= v

----------------------------------------------------------------------------
Init ==
    /\ vote = [i \in Correct |-> [v \in Views |-> NoBlock]]
    /\ change = [i \in Correct |-> [v \in Views |-> None]]
    /\ late = {}
    /\ high = [i \in Correct |-> 0]
    /\ lock = [i \in Correct |-> 0]
    /\ last = [i \in Correct |-> 0]
    /\ cert = [v \in 0..ViewMax |-> IF v = 0 THEN {<<0, 1>>} ELSE {}]  \* genesis
    /\ tc = [v \in 0..ViewMax |-> None]

S2(i, v) ==
    CASE IsLoose("vote-after-timeout") -> v >= last[i] /\ vote[i][v] = NoBlock
      [] IsLoose("two-votes") -> v >= last[i]
      [] OTHER -> v > last[i]

S3(v, justify) ==
    \/ v = justify + 1
    \/ TimeoutCertified(v - 1) /\ (IsLoose("low-justify") \/ justify >= tc[v - 1])

\* Twins are numbered in the order they are first voted for.
NextTwin(v, justify, twin) ==
    twin = 1 \/ \E i \in Correct : vote[i][v] = <<justify, twin - 1>>

Vote(i, v, justify, twin) ==
    /\ InOrder(v)
    /\ justify < v /\ Certified(justify)        \* S1
    /\ S2(i, v)
    /\ S3(v, justify) = TRUE
    /\ NextTwin(v, justify, twin)
    /\ LET block == <<justify, twin>>
           votes == [vote EXCEPT ![i][v] = block]
           signers == {k \in Correct : votes[k][v] = block}
       IN /\ vote' = votes
          /\ cert' = IF Cardinality(signers) >= Enough
                     THEN [cert EXCEPT ![v] = @ \cup {block}] ELSE cert
    /\ late' = IF change[i][v] # None THEN late \cup {<<i, v>>} ELSE late
    /\ high' = [high EXCEPT ![i] = Max(@, justify)]
    /\ lock' = [lock EXCEPT ![i] = Max(@, justify)]  \* S4
    /\ last' = [last EXCEPT ![i] = v]
    /\ UNCHANGED <<change, tc>>

\* S6, L1, L6: a certificate leads to v, and what a timeout certificate carries has been taken in.
Entered(v, shown) == v = shown + 1 \/ (TimeoutCertified(v - 1) /\ shown >= tc[v - 1])

\* S6 and L1: the view is one more than a certificate shown. A repeat with a risen high_qc is left
\* out: it only makes timeout certificates that allow less.
ChangeView(i, v, shown) ==
    /\ InOrder(v)
    /\ v >= last[i] /\ change[i][v] = None
    /\ shown < v /\ shown >= high[i] /\ Certified(shown)
    /\ Entered(v, shown) = TRUE
    /\ shown >= lock[i]
    /\ change' = [change EXCEPT ![i][v] = shown]
    /\ tc' = [tc EXCEPT ![v] = LowestTc([k \in Correct |-> change'[k][v]])]
    /\ high' = [high EXCEPT ![i] = shown]
    /\ last' = [last EXCEPT ![i] = v]
    /\ UNCHANGED <<vote, late, lock, cert>>

\* D1 dropped: only last_voted_view outlives a crash.
LoseLock(i) ==
    /\ IsLoose("lost-lock")
    /\ high[i] > 0
    /\ high' = [high EXCEPT ![i] = 0]
    /\ lock' = [lock EXCEPT ![i] = 0]
    /\ UNCHANGED <<vote, change, late, last, cert, tc>>

Next ==
    \E i \in Correct :
        \/ LoseLock(i)
        \/ \E v \in Views : \E justify \in 0..(v - 1) :
            \/ \E twin \in 1..Twins : Vote(i, v, justify, twin)
            \/ ChangeView(i, v, justify)

Spec == Init /\ [][Next]_vars

----------------------------------------------------------------------------
Justify(v) == (CHOOSE block \in cert[v] : TRUE)[1]

RECURSIVE Ancestors(_)
Ancestors(v) == IF v = 0 THEN {0} ELSE {v} \cup Ancestors(Justify(v))

\* S5. The child's certificate exists, so it may be shown to a correct validator.
Committed ==
    {v \in Views : cert[v] # {} /\ \E child \in (v + 1)..ViewMax :
        /\ child = v + 1 \/ IsLoose("gap-commit")
        /\ cert[child] # {} /\ Justify(child) = v}

\* S2, S7: one certified block per view.
OneCertificate == \A v \in Views : Cardinality(cert[v]) <= 1

\* Committed blocks never conflict.
Agreement == \A v, w \in Committed : v < w => v \in Ancestors(w)

\* More than agreement: nothing that conflicts with a committed block is certified above it.
Final == \A v \in Committed : \A w \in (v + 1)..ViewMax : cert[w] # {} => v \in Ancestors(w)

\* S2, S6: no vote in v follows a view change in v.
NoVoteAfterTimeout == late = {}

\* S6: the high_qc.view that a validator signs never falls and is at least its lock.
HighNeverFalls ==
    \A i \in Correct : \A v \in Views : change[i][v] # None =>
        /\ \A w \in (v + 1)..ViewMax : change[i][w] # None => change[i][w] >= change[i][v]
        /\ \A w \in 1..v : vote[i][w] # NoBlock => vote[i][w][1] <= change[i][v]

LockBelowHigh == \A i \in Correct : lock[i] <= high[i] /\ high[i] <= last[i]

\* Every signature rests on certificates of lower views alone (why ViewByView loses nothing).
Buildable ==
    \A i \in Correct : \A v \in Views :
        /\ vote[i][v] # NoBlock =>
            /\ vote[i][v][1] < v /\ Certified(vote[i][v][1]) /\ S3(v, vote[i][v][1])
        /\ change[i][v] # None =>
            /\ change[i][v] < v /\ Certified(change[i][v])
            /\ Entered(v, change[i][v])

----------------------------------------------------------------------------
\* Two states are one if they differ by names of validators only: a validator refers to no other.
Bag(of) == LET values == {of[i] : i \in Correct}
           IN [value \in values |-> Cardinality({i \in Correct : of[i] = value})]

SameByName ==
    Bag([i \in Correct |-> <<vote[i], change[i], high[i], lock[i], last[i]>>])

\* View by view, also what no later signature can depend on is left out: lower votes but for the
\* certificates they made, lower view changes but for the last timeout certificate, and the lock,
\* which is never above high unless it is lost.
Top == Highest({last[i] : i \in Correct})

SameByFuture ==
    IF Top = 0 THEN <<0>> ELSE
    <<Top, cert, tc[Top - 1],
      Bag([i \in Correct |->
        <<vote[i][Top], change[i][Top], high[i], IF IsLoose("lost-lock") THEN lock[i] ELSE 0>>])>>

\* And for Final alone views can be renamed. Let `floor` be the lower of the median of high and
\* tc[Top - 1]. Every timeout certificate to come carries at least the median, so no certificate
\* below the floor is extended or signed for again; of those at or above it (the live ones) only the
\* order counts, and which is of the view Top or Top - 1. Given Final so far, what is certified next
\* breaks it exactly if it extends less than the highest committed view. Equal states may have
\* different Top: a run in which Top never comes to ViewMax has seen every state of any number of
\* views (NotAtBound).
Median == Lowest({Max(high[p[1]], high[p[2]]) : p \in {q \in Correct \X Correct : q[1] # q[2]}})
Floor == IF Top > 1 /\ tc[Top - 1] # None /\ tc[Top - 1] < Median THEN tc[Top - 1] ELSE Median
Live == {v \in Floor..Top : cert[v] # {}}

SameByOrder ==
    IF Top = 0 THEN <<0>> ELSE
    LET live == Live
        rank(v) == IF v = None THEN None ELSE Cardinality({w \in live : w < v})
        signed_rank(v) == IF v # None /\ v < Floor THEN -2 ELSE rank(v)
        committed == {v \in live : v < Top /\ cert[v + 1] # {} /\ Justify(v + 1) = v}
    IN <<Cardinality(live), Top \in live, (Top - 1) \in live, rank(tc[Top - 1]),
         IF committed = {} THEN None ELSE rank(Highest(committed)),
         Bag([i \in Correct |-> <<signed_rank(vote[i][Top][1]), vote[i][Top][2],
                                  signed_rank(change[i][Top]), rank(high[i])>>])>>

\* What SameByOrder rests on: nothing is signed that names a certificate below the floor.
AboveFloor == Top > 0 => \A i \in Correct :
    /\ vote[i][Top] # NoBlock => vote[i][Top][1] >= Floor
    /\ change[i][Top] # None => change[i][Top] >= Floor

CONSTANT LiveMax  \* the bound on live certificates, for SameByOrder
FewLive == Cardinality(Live) <= LiveMax
NotAtBound == Top < ViewMax
=============================================================================
