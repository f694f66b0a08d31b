------------------------------- MODULE Epochs -------------------------------
(* Safety across an epoch switch: P4 and P5 of docs/protocol.md over S1 to S7.
 *
 * Epoch 1 has the validators a, b, c and D, epoch 2 has a, b, x and D; D is Byzantine. As in
 * Agreement the state is what the correct ones have signed, D signs whatever is asked for, and what
 * a validator has been shown is part of the action that needs it. A signature of epoch 1 rests on
 * nothing of epoch 2, and one of a view on nothing of a higher view, so all that can be signed can
 * be signed in the order of (epoch, view); "signs nothing in e after it entered e + 1" is in that
 * order.
 *
 * A block is <<epoch, view>> once certified. B(1) is the block of epoch 1 at height Last; those
 * above are tail blocks. A vote is <<justify.view, root>>: in epoch 2 the root is the view of the
 * B(1) whose view-0 certificate the block's chain begins with.
 *)
EXTENDS Integers, FiniteSets

CONSTANTS
    a, b, c, x,  \* the correct validators
    Last,        \* the last height of epoch 1
    ViewMax1,    \* the bounds on views
    ViewMax2,
    Loose        \* names of the rules that are loosened; {} for the protocol as it is

ASSUME Loose \subseteq {"epoch-overlap", "any-root"}

VARIABLES vote, change, high, last, cert, tc, root
\* vote[e][i][v], change[e][i][v], high[e][i], last[e][i], cert[e][v], tc[e][v]: as in Agreement
\* root[i]: the view of the B(1) with which i entered epoch 2, or None

vars == <<vote, change, high, last, cert, tc, root>>

Epochs == {1, 2}
ViewMax(e) == IF e = 1 THEN ViewMax1 ELSE ViewMax2
Views(e) == 1..ViewMax(e)
Correct(e) == IF e = 1 THEN {a, b, c} ELSE {a, b, x}
None == -1
Nothing == <<None, 0>>
Enough == 2
Max(m, n) == IF m > n THEN m ELSE n
Lowest(S) == CHOOSE m \in S : \A n \in S : m <= n
Highest(S) == CHOOSE m \in S : \A n \in S : m >= n
IsLoose(rule) == rule \in Loose

Certified(e, v) == IF v = 0 THEN TRUE ELSE cert[e][v] # {}
Block(e, v) == CHOOSE block \in cert[e][v] : TRUE
Justify(e, v) == Block(e, v)[1]

\* The certified ancestors of <<1, v>>, itself included, as views; and its height.
RECURSIVE Chain(_)
Chain(v) == IF v = 0 THEN {} ELSE {v} \cup Chain(Justify(1, v))
Height(v) == Cardinality(Chain(v))
AtLast(v) == CHOOSE w \in Chain(v) : Height(w) = Last

\* The roots that certificates allow to enter with. P4: a block of epoch 1 at or above the last
\* height has a certified child of the next view, which commits B(1).
Pairs(e) == {v \in Views(e) : v < ViewMax(e) /\ cert[e][v] # {} /\ cert[e][v + 1] # {}
                                /\ Justify(e, v + 1) = v}
Roots ==
    IF IsLoose("epoch-overlap")
    THEN {v \in Views(1) : cert[1][v] # {} /\ Height(v) = Last}
    ELSE {AtLast(v) : v \in {w \in Pairs(1) : Height(w) >= Last}}

LowestTc(of_view, signers) ==
    LET pairs == {p \in signers \X signers : p[1] # p[2]}
    IN IF pairs = {} THEN None
       ELSE Lowest({Max(of_view[p[1]], of_view[p[2]]) : p \in pairs})
TimeoutCertified(e, v) == IF v = 0 THEN FALSE ELSE tc[e][v] # None

InOrder(e, v) ==
    /\ \A i \in Correct(e) : last[e][i] <= v
    /\ e = 1 => \A i \in Correct(2) : root[i] = None

----------------------------------------------------------------------------
Init ==
    /\ vote = [e \in Epochs |-> [i \in Correct(e) |-> [v \in Views(e) |-> Nothing]]]
    /\ change = [e \in Epochs |-> [i \in Correct(e) |-> [v \in Views(e) |-> None]]]
    /\ high = [e \in Epochs |-> [i \in Correct(e) |-> 0]]
    /\ last = [e \in Epochs |-> [i \in Correct(e) |-> 0]]
    /\ cert = [e \in Epochs |-> [v \in Views(e) |-> {}]]
    /\ tc = [e \in Epochs |-> [v \in Views(e) |-> None]]
    /\ root = [i \in Correct(2) |-> None]

\* P4: views are counted anew, and nothing of epoch 1 bounds what is signed in epoch 2.
Enter(i, r) ==
    /\ root[i] = None /\ r \in Roots
    /\ root' = [root EXCEPT ![i] = r]
    /\ UNCHANGED <<vote, change, high, last, cert, tc>>

\* Of epoch 2 only with the root: the view-0 certificate is compared byte for byte, a parent is
\* held.
SameRoot(e, i, justify, from) ==
    IF e = 1 THEN from = 0
    ELSE /\ root[i] # None
         /\ IF justify > 0 THEN from = Block(2, justify)[2] ELSE from \in Views(1)
         /\ IF IsLoose("any-root")
            THEN cert[1][from] # {} /\ Height(from) = Last ELSE from = root[i]

S3(e, v, justify) ==
    IF v = justify + 1 THEN TRUE ELSE TimeoutCertified(e, v - 1) /\ justify >= tc[e][v - 1]

Vote(e, i, v, justify, from) ==
    /\ InOrder(e, v)
    /\ v > last[e][i] /\ Certified(e, justify)
    /\ S3(e, v, justify)
    /\ SameRoot(e, i, justify, from)
    /\ LET block == <<justify, from>>
           votes == [vote EXCEPT ![e][i][v] = block]
       IN /\ vote' = votes
          /\ cert' = IF Cardinality({k \in Correct(e) : votes[e][k][v] = block}) >= Enough
                     THEN [cert EXCEPT ![e][v] = @ \cup {block}] ELSE cert
    /\ high' = [high EXCEPT ![e][i] = Max(@, justify)]
    /\ last' = [last EXCEPT ![e][i] = v]
    /\ UNCHANGED <<change, tc, root>>

ChangeView(e, i, v, shown) ==
    /\ InOrder(e, v)
    /\ e = 2 => root[i] # None
    /\ v >= last[e][i] /\ change[e][i][v] = None
    /\ shown >= high[e][i] /\ Certified(e, shown)
    /\ S3(e, v, shown)  \* L1, L6: the same certificates as lead to v
    /\ change' = [change EXCEPT ![e][i][v] = shown]
    /\ tc' = [tc EXCEPT ![e][v] = LowestTc([k \in Correct(e) |-> change'[e][k][v]],
                                           {k \in Correct(e) : change'[e][k][v] # None})]
    /\ high' = [high EXCEPT ![e][i] = shown]
    /\ last' = [last EXCEPT ![e][i] = v]
    /\ UNCHANGED <<vote, cert, root>>

Next ==
    \/ \E i \in Correct(2) : \E r \in Views(1) : Enter(i, r)
    \/ \E e \in Epochs : \E i \in Correct(e) : \E v \in Views(e) : \E justify \in 0..(v - 1) :
        \/ \E from \in 0..(IF e = 1 THEN 0 ELSE ViewMax1) : Vote(e, i, v, justify, from)
        \/ ChangeView(e, i, v, justify)

Spec == Init /\ [][Next]_vars

----------------------------------------------------------------------------
\* The chain of a certified block as a set of <<epoch, view>>.
RECURSIVE Tail(_)
Tail(v) == IF v = 0 THEN {} ELSE {<<2, v>>} \cup Tail(Justify(2, v))
Chain1(v) == {<<1, w>> : w \in Chain(v)}
Chain2(v) == Tail(v) \cup Chain1(Block(2, v)[2])

\* Committed chains: tail blocks are dropped. A block of epoch 2 commits its root with it.
Committed ==
    {{block \in Chain1(v) : Height(block[2]) <= Last} : v \in Pairs(1)}
    \cup {Chain2(v) : v \in Pairs(2)}

Agreement == \A m, n \in Committed : m \subseteq n \/ n \subseteq m
OneCertificate == \A e \in Epochs : \A v \in Views(e) : Cardinality(cert[e][v]) <= 1
OneEnd == Cardinality(Roots) <= 1
OneRoot == \A i, k \in Correct(2) : root[i] # None /\ root[k] # None => root[i] = root[k]

\* Reached in some run, or the model says nothing of the switch.
NeverCommitsInBoth == Pairs(2) = {}

----------------------------------------------------------------------------
\* What no later signature depends on is left out (see Agreement). Once someone has entered epoch 2,
\* of epoch 1 only its certificates count; with one root and nothing committed beside it, only that.
Bag(values, of, S) == [value \in values |-> Cardinality({i \in S : of[i] = value})]
BagOf(of, S) == Bag({of[i] : i \in S}, of, S)
Part(e) ==
    LET top == Highest({last[e][i] : i \in Correct(e)})
        of == [i \in Correct(e) |->
            <<IF e = 2 THEN root[i] ELSE 0, last[e][i] = top, high[e][i],
              IF top = 0 THEN Nothing ELSE vote[e][i][top],
              IF top = 0 THEN None ELSE change[e][i][top]>>]
    IN <<top, IF top > 1 THEN tc[e][top - 1] ELSE None, cert[e], BagOf(of, Correct(e))>>
Entered == \E i \in Correct(2) : root[i] # None
SameByFuture ==
    IF ~Entered THEN <<1, Part(1)>>
    ELSE <<2, IF Loose = {} /\ Cardinality(Roots) = 1 /\ Agreement
              THEN <<1>> ELSE <<cert[1]>>,
           IF Loose = {} THEN [Part(2) EXCEPT ![3] = [v \in Views(2) |->
                {block[1] : block \in cert[2][v]}]] ELSE Part(2)>>
=============================================================================
