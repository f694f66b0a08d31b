------------------------------ MODULE Progress ------------------------------
(* Liveness within one epoch: rules S1 to S6 with L1, L4 to L7, L10 and L13 of docs/protocol.md.
 *
 * First the network is bad: the correct validators a, b and c hear what the Byzantine D shows them,
 * vote for what D proposes, and time out whenever they do. At any moment it becomes good: whatever
 * one correct validator sends reaches the others, in any order, and a timer fires only when nothing
 * else is left to happen. D goes on as it likes: it votes or not, leads its views or not, shows
 * each certificate that it can make to whom it likes, and helps to time out.
 *
 * Every step adds to something that never shrinks, so there are no loops: a fair run comes to a
 * state in which nothing is left to happen and no timer can fire, and there a new block must be
 * committed (NoStall). Progress says the same by fairness, for the smaller runs.
 *
 * D leads the views of the bad phase; that takes nothing away, for D can do what any leader does.
 *)
EXTENDS Integers, FiniteSets, Sequences

CONSTANTS
    a, b, c,  \* the correct validators
    D,        \* the Byzantine weight, as one
    Correct,  \* {a, b, c}, or those of them that have a weight
    BadMax,   \* views in which anything is signed before the network becomes good
    ViewMax,  \* the bound on views
    Weight,   \* of a validator; one of the functions below
    Schedule, \* the leaders after BadMax; one of the sequences below
    Loose     \* names of the rules that are loosened; {} for the protocol as it is

Equal == [i \in {a, b, c, D} |-> 1]
Unequal == [i \in {a, c, D} |-> IF i = D THEN 2 ELSE 5]  \* 5, 1, 5, 1; D is both the light ones
OneByOne == <<a, b, c, D, a, b, c, D>>
DFirst == <<D, a, b, c, D, a, b, c>>
DSecond == <<a, D, b, c, a, D, b, c>>
Alternate == <<a, D, c, D, a, D, c, D>>
Drawn == <<a, D, c, a, D, a, c, a>>
WithoutA == <<b, c, b, c, b, c, b, c>>

ASSUME Loose \subseteq {"hidden-lock", "unheld-qc"}

VARIABLES
    good,    \* the network has become good
    view, high, tcv,  \* of each correct validator: view, high_qc.view, tc.view,
    lock, last,       \* locked_view, last_voted_view
    vote,    \* vote[i][v]: the justify.view of the block that i voted for in v
    change,  \* change[i][v]: the high_qc.view in the first view change that i signed for v
    cert,    \* cert[v]: the justify.view of the block of v that can be certified, D's vote included
    fetched, \* the views whose certified block i holds though it did not vote for it
    prop     \* prop[v]: the justify.view of the correct leader's proposal

known == <<view, high, tcv, lock, last>>
vars == <<good, view, high, tcv, lock, last, vote, change, cert, fetched, prop>>

Views == 1..ViewMax
None == -1
IsLoose(rule) == rule \in Loose
Max(x, y) == IF x > y THEN x ELSE y
Lowest(S) == CHOOSE x \in S : \A y \in S : x <= y
Leader(v) == IF v <= BadMax THEN D ELSE Schedule[v - BadMax]

RECURSIVE Sum(_)
Sum(S) == IF S = {} THEN 0 ELSE LET i == CHOOSE i \in S : TRUE IN Weight[i] + Sum(S \ {i})
Total == Sum(Correct \cup {D})
Quorum == (2 * Total) \div 3 + 1
Honest == Total - Quorum + 1
WithD(S) == Sum(S) + Weight[D] >= Quorum

Voters(v, justify) == {i \in Correct : vote[i][v] = justify}
Changed(v) == {i \in Correct : change[i][v] # None}
Certified(v) == cert[v] # None

\* The lowest high_qc.view that a timeout certificate of v can carry; D's own claim does not lower
\* it.
Tc(v) ==
    IF v = 0 \/ ~WithD(Changed(v)) THEN None
    ELSE Lowest({bound \in 0..v : WithD({i \in Changed(v) : change[i][v] <= bound})})
TimeoutCertified(v) == v > 0 /\ WithD(Changed(v))

Holds(i, v) ==
    IF v = 0 THEN TRUE ELSE v \in fetched[i] \/ (vote[i][v] # None /\ vote[i][v] = cert[v])

RECURSIVE Chain(_)
Chain(v) == IF v = 0 THEN {} ELSE {v} \cup Chain(cert[v])

----------------------------------------------------------------------------
Init ==
    /\ good = FALSE
    /\ view = [i \in Correct |-> 1]
    /\ high = [i \in Correct |-> 0]
    /\ tcv = [i \in Correct |-> 0]
    /\ lock = [i \in Correct |-> 0]
    /\ last = [i \in Correct |-> 0]
    /\ vote = [i \in Correct |-> [v \in Views |-> None]]
    /\ change = [i \in Correct |-> [v \in Views |-> None]]
    /\ cert = [v \in 0..ViewMax |-> IF v = 0 THEN 0 ELSE None]
    /\ fetched = [i \in Correct |-> {}]
    /\ prop = [v \in Views |-> None]

\* L1, L10: what a certificate moves in i; `q` is the view of a QC, `t` that of a TC or 0.
HighAfter(i, q) == IF IsLoose("unheld-qc") /\ ~Holds(i, q) THEN high[i] ELSE Max(high[i], q)
Take(i, q, t) ==
    /\ high' = [high EXCEPT ![i] = HighAfter(i, q)]
    /\ tcv' = [tcv EXCEPT ![i] = Max(@, t)]
    /\ view' = [view EXCEPT ![i] = Max(@, Max(q, t) + 1)]
Moves(i, q, t) == HighAfter(i, q) > high[i] \/ Max(q, t) + 1 > view[i]

\* S3. The least timeout certificate stands for the one that came along: see Agreement.
S3(i, v, justify) ==
    IF IsLoose("hidden-lock") THEN justify >= lock[i]
    ELSE v = justify + 1 \/ (TimeoutCertified(v - 1) /\ justify >= Tc(v - 1))

\* The validator i, in view v after what came along was taken in, votes for a child of `justify`.
CanVote(i, v, justify) ==
    /\ justify < v /\ Certified(justify)           \* S1
    /\ v > last[i] /\ v >= view[i]                  \* S2
    /\ v = justify + 1 \/ TimeoutCertified(v - 1)   \* L1
    /\ S3(i, v, justify)
Sign(i, v, justify) ==
    /\ vote' = [vote EXCEPT ![i][v] = justify]
    /\ cert' = IF WithD(Voters(v, justify) \cup {i}) THEN [cert EXCEPT ![v] = justify] ELSE cert
    /\ lock' = [lock EXCEPT ![i] = Max(@, justify)] \* S4
    /\ last' = [last EXCEPT ![i] = v]
EntryTc(v, justify) == IF v = justify + 1 THEN 0 ELSE v - 1

\* S6.
CanChange(i) ==
    LET v == view[i] IN
    /\ v <= ViewMax /\ change[i][v] = None
    /\ v = high[i] + 1 \/ v = tcv[i] + 1
    /\ high[i] < v /\ high[i] >= lock[i] /\ v >= last[i]
Change(i) ==
    /\ change' = [change EXCEPT ![i][view[i]] = high[i]]
    /\ last' = [last EXCEPT ![i] = view[i]]
    /\ UNCHANGED <<good, view, high, tcv, lock, vote, cert, fetched, prop>>

----------------------------------------------------------------------------
(* What D can do, in both phases. *)
InBound(v) == good \/ v <= BadMax

ShowQc(i, q) ==
    /\ Certified(q) /\ Moves(i, q, 0)
    /\ Take(i, q, 0)
    /\ UNCHANGED <<good, lock, last, vote, change, cert, fetched, prop>>

ShowTc(i, t) ==
    /\ TimeoutCertified(t) /\ t + 1 > view[i]
    /\ Take(i, Tc(t), t)  \* a higher one is this and a ShowQc
    /\ UNCHANGED <<good, lock, last, vote, change, cert, fetched, prop>>

ProposeByD(i, v, justify) ==
    /\ Leader(v) = D /\ InBound(v)
    /\ CanVote(i, v, justify) = TRUE
    /\ fetched' = [fetched EXCEPT ![i] = @ \cup Chain(justify)]
    /\ high' = [high EXCEPT ![i] = Max(@, justify)]
    /\ tcv' = [tcv EXCEPT ![i] = Max(@, EntryTc(v, justify))]
    /\ view' = [view EXCEPT ![i] = v]
    /\ Sign(i, v, justify)
    /\ UNCHANGED <<good, change, prop>>

\* L4 with D's view change beside one correct validator's.
HelpToJoin(i) ==
    /\ good /\ CanChange(i) = TRUE
    /\ \E k \in Correct \ {i} : \E v \in view[i]..ViewMax : change[k][v] # None
    /\ Change(i)

ByD ==
    \E i \in Correct :
        \/ HelpToJoin(i)
        \/ \E v \in Views : \/ ShowQc(i, v) \/ ShowTc(i, v)
                           \/ \E j \in 0..(v - 1) : ProposeByD(i, v, j)

----------------------------------------------------------------------------
(* What must happen between correct validators while the network is good. *)

\* L8. The leader's own vote is in its proposal.
CanPropose(i) ==
    LET v == view[i] IN
    /\ v <= ViewMax /\ Leader(v) = i /\ prop[v] = None
    /\ Holds(i, high[i])                     \* L10
    /\ CanVote(i, v, high[i])
Propose(i) ==
    /\ CanPropose(i) = TRUE
    /\ prop' = [prop EXCEPT ![view[i]] = high[i]]
    /\ Sign(i, view[i], high[i])
    /\ UNCHANGED <<good, view, high, tcv, change, fetched>>

\* A proposal's certificates are taken in; then, if the parent is held, it is voted for.
Useful(i, v) ==
    LET q == prop[v]
        t == EntryTc(v, q)
    IN \/ Moves(i, q, t)
       \/ Holds(i, q) /\ CanVote(i, v, q)
CanHear(i, v) == IF prop[v] # None /\ v >= view[i] THEN Useful(i, v) ELSE FALSE
Hear(i, v) ==
    /\ CanHear(i, v) = TRUE
    /\ Take(i, prop[v], EntryTc(v, prop[v]))
    /\ IF Holds(i, prop[v]) /\ CanVote(i, v, prop[v])
       THEN Sign(i, v, prop[v]) ELSE UNCHANGED <<lock, last, vote, cert>>
    /\ UNCHANGED <<good, change, fetched, prop>>

\* L7: either of two leaders aggregates; without D's vote all that is left must be a quorum.
Formed(v) ==
    /\ Certified(v) /\ Sum(Voters(v, cert[v])) >= Quorum
    /\ Leader(v) # D \/ (v < ViewMax /\ Leader(v + 1) # D)
CanReceive(i, v) == Formed(v) /\ Moves(i, v, 0)
Receive(i, v) == CanReceive(i, v) = TRUE /\ ShowQc(i, v)

\* L3, L6: k repeats its view change, with what it knows, until its view changes.
CanLearn(i, k) == /\ view[k] <= ViewMax /\ change[k][view[k]] # None
                  /\ Moves(i, high[k], IF tcv[k] = view[k] - 1 THEN tcv[k] ELSE 0)
Learn(i, k) ==
    /\ CanLearn(i, k) = TRUE
    /\ Take(i, high[k], IF tcv[k] = view[k] - 1 THEN tcv[k] ELSE 0)
    /\ UNCHANGED <<good, lock, last, vote, change, cert, fetched, prop>>

\* L13: i said something of a view that k has left; k answers with what it entered its own by.
CanCatchUp(i, k) ==
    /\ view[i] < view[k] /\ (change[i][view[i]] # None \/ vote[i][view[i]] # None)
    /\ Moves(i, IF high[k] = view[k] - 1 THEN high[k] ELSE 0,
                IF tcv[k] = view[k] - 1 THEN tcv[k] ELSE 0)
CatchUp(i, k) ==
    /\ CanCatchUp(i, k) = TRUE
    /\ Take(i, high[k], IF tcv[k] = view[k] - 1 THEN tcv[k] ELSE 0)
    /\ UNCHANGED <<good, lock, last, vote, change, cert, fetched, prop>>

\* L5: everyone builds the timeout certificate.
CanTimeOut(i) == view[i] <= ViewMax /\ Sum(Changed(view[i])) >= Quorum
TimeOut(i) ==
    /\ CanTimeOut(i) = TRUE
    /\ LET carried == CHOOSE h \in {change[k][view[i]] : k \in Changed(view[i])} :
                          \A k \in Changed(view[i]) : change[k][view[i]] <= h
       IN Take(i, carried, view[i])
    /\ UNCHANGED <<good, lock, last, vote, change, cert, fetched, prop>>

\* L4.
CanJoin(i) ==
    /\ CanChange(i)
    /\ Sum({k \in Correct \ {i} : \E v \in view[i]..ViewMax : change[k][v] # None}) >= Honest
Join(i) == CanJoin(i) = TRUE /\ Change(i)

\* L10: from the signers, by D2, with all that is missing below. Only the parent of what is to be
\* proposed or voted for is waited for.
CanFetch(i, v) ==
    /\ ~IsLoose("unheld-qc")
    /\ v <= high[i] /\ Certified(v) /\ ~Holds(i, v) /\ view[i] <= ViewMax
    /\ prop[view[i]] = v \/ (Leader(view[i]) = i /\ v = high[i])
Fetch(i, v) ==
    /\ CanFetch(i, v) = TRUE
    /\ fetched' = [fetched EXCEPT ![i] = @ \cup Chain(v)]
    /\ UNCHANGED <<good, view, high, tcv, lock, last, vote, change, cert, prop>>

Busy ==
    \E i \in Correct :
        \/ CanPropose(i) \/ CanTimeOut(i) \/ CanJoin(i)
        \/ \E k \in Correct : CanLearn(i, k) \/ CanCatchUp(i, k)
        \/ \E v \in Views : CanHear(i, v) \/ CanReceive(i, v) \/ CanFetch(i, v)

Must ==
    \E i \in Correct :
        \/ Propose(i) \/ TimeOut(i) \/ Join(i)
        \/ \E k \in Correct : Learn(i, k) \/ CatchUp(i, k)
        \/ \E v \in Views : Hear(i, v) \/ Receive(i, v) \/ Fetch(i, v)

Timer == \E i \in Correct : CanChange(i) = TRUE /\ Change(i)

\* A block of a view after the bad ones is committed (S5), and every correct validator knows.
Done == \E v \in (BadMax + 2)..ViewMax : cert[v] = v - 1 /\ \A i \in Correct : high[i] >= v

BecomeGood ==
    /\ ~good /\ good' = TRUE
    /\ UNCHANGED <<view, high, tcv, lock, last, vote, change, cert, fetched, prop>>

BadTimer == \E i \in Correct : view[i] <= BadMax /\ CanChange(i) = TRUE /\ Change(i)

Within == good /\ ~Done /\ (Must \/ (~Busy /\ Timer))
Next ==
    \/ Within
    \/ ~Done /\ ByD
    \/ ~good /\ (BadTimer \/ BecomeGood)

Spec == Init /\ [][Next]_vars

\* The same from one state of the bad phase: a alone is locked, on a certificate that it alone was
\* shown, and the others went on without it. BadMax = 2.
HiddenLock ==
    /\ good = TRUE
    /\ view = [i \in Correct |-> 3]
    /\ high = [i \in Correct |-> IF i = a THEN 1 ELSE 0]
    /\ tcv = [i \in Correct |-> 2]
    /\ lock = [i \in Correct |-> IF i = a THEN 1 ELSE 0]
    /\ last = [i \in Correct |-> 2]
    /\ vote = [i \in Correct |-> [v \in Views |->
            IF v = 1 THEN 0 ELSE IF v = 2 /\ i = a THEN 1 ELSE None]]
    /\ change = [i \in Correct |-> [v \in Views |-> IF v < 3 /\ i # a THEN 0 ELSE None]]
    /\ cert = [v \in 0..ViewMax |-> IF v < 2 THEN 0 ELSE None]
    /\ fetched = [i \in Correct |-> {}]
    /\ prop = [v \in Views |-> None]
SpecFromHiddenLock == HiddenLock /\ [][Next]_vars

FairSpec == Spec /\ WF_vars(Within)

----------------------------------------------------------------------------
Idle == ~Busy /\ \A i \in Correct : ~CanChange(i)

NoStall == good /\ Idle => Done

Progress == good ~> Done

\* S6's high_qc.view >= locked_view never keeps a validator from timing out.
LockBelowHigh == \A i \in Correct : lock[i] <= high[i]

OneCertificate == \A v \in Views : \A j, k \in 0..(v - 1) :
    WithD(Voters(v, j)) /\ WithD(Voters(v, k)) => j = k

----------------------------------------------------------------------------
\* States are one if they differ only in what no later step can depend on: votes in views that all
\* have left, view changes of views before these, and certificates and blocks below all that anybody
\* can still extend or show; then also the lock where no rule in force reads it (it is never above
\* high_qc), and by which certificate a view was entered if by both.
SameByFuture ==
    LET left == Lowest({view[i] : i \in Correct})
        recent == {v \in Views : v >= left - 1}
        shown == {high[i] : i \in Correct} \cup {prop[v] : v \in recent}
                    \cup {change[i][v] : i \in Correct, v \in recent}
        least == Lowest(shown \ {None})
    IN <<good, view, high, Done,
         [i \in Correct |-> tcv[i] = view[i] - 1 /\ high[i] # view[i] - 1],
         [i \in Correct |-> last[i] = view[i]],
         IF Loose = {} THEN <<>> ELSE lock,
         [v \in Views |-> IF v >= left THEN prop[v] ELSE None],
         [v \in Views |-> IF v >= least THEN <<cert[v], Formed(v)>> ELSE <<>>],
         [i \in Correct |-> [v \in Views |->
            <<IF v >= left - 1 THEN change[i][v] ELSE None,
              IF v >= left THEN vote[i][v] ELSE None,
              v >= least /\ Certified(v) /\ Holds(i, v)>>]]>>

----------------------------------------------------------------------------
(* Whatever is signed here, Agreement allows: its Spec, with what the signatures of each bound. *)
Bound(i) == {0} \cup {vote[i][v] : v \in Views} \cup {change[i][v] : v \in Views}
HighestIn(S) == CHOOSE x \in S : \A y \in S : x >= y
Signatures == INSTANCE Agreement WITH
    Twins <- 1, Loose <- {}, ViewByView <- FALSE, LiveMax <- ViewMax,
    vote <- [i \in Correct |-> [v \in Views |->
                IF vote[i][v] = None THEN <<None, 0>> ELSE <<vote[i][v], 1>>]],
    change <- change, late <- {}, last <- last, lock <- lock,
    high <- [i \in Correct |-> HighestIn(Bound(i))],
    cert <- [v \in 0..ViewMax |-> IF cert[v] = None THEN {} ELSE {<<cert[v], 1>>}],
    tc <- [v \in 0..ViewMax |-> Tc(v)]

Refines == Signatures!Spec
=============================================================================
