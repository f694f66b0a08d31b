------------------------------- MODULE Switch -------------------------------
(* No stall at an epoch switch: P4 and P5 of docs/protocol.md, view by view.
 *
 * The epochs 1, 2, 3 have the correct validators a, b, c / a, b, x / a, b, c and D beside them, n =
 * 4. That a view of one epoch certifies a block or times out is one step here: what happens inside
 * of one is in Progress, and that an epoch has one chain is in Agreement. While the network is bad,
 * D chooses which it is, with two correct validators of the set standing in that epoch, and shows
 * the certificates that commit B(e) to whom it likes. When it is good D is silent: three are
 * needed, a view led by D times out, any other certifies, and P5 brings the ends of epochs to who
 * is behind.
 *)
EXTENDS Integers, FiniteSets

CONSTANTS
    a, b, c, x,
    Last,      \* how many heights an epoch has
    BadMax,    \* bound on the views of an epoch while the network is bad
    Loose      \* names of the rules that are loosened; {} for the protocol as it is

ASSUME Loose \subseteq {"epoch-gap", "no-fetch"}

Epochs == 1..3
Correct == {a, b, c, x}
Members(e) == IF e = 2 THEN {a, b, x} ELSE {a, b, c}
ViewMax == BadMax + 2 * Last + 3
LedByD(v) == v % 4 = 2
IsLoose(rule) == rule \in Loose

VARIABLES
    good,
    epoch,    \* epoch[i]: where i stands
    view,     \* view[e]
    top,      \* top[e]: the view of the highest certified block of e, 0 its root
    height,   \* height[e]: how many blocks of e that chain has, tail blocks included
    ended,    \* the epochs of which certificates exist that commit their last block
    public    \* those of them whose certificates some correct validator has, or B(e) alone if loose

vars == <<good, epoch, view, top, height, ended, public>>

Standing(e) == {i \in Members(e) : epoch[i] = e}

Init ==
    /\ good = FALSE
    /\ epoch = [i \in Correct |-> 1]
    /\ view = [e \in Epochs |-> 1]
    /\ top = [e \in Epochs |-> 0]
    /\ height = [e \in Epochs |-> 0]
    /\ ended = {}
    /\ public = {}

\* P4: tail blocks go on above the last height; loose: there are none, and an epoch is committed
\* only by two blocks of consecutive views in the next one.
MayExtend(e) == IsLoose("epoch-gap") => height[e] < Last
Ends(e) ==
    IF view[e] = 1 \/ top[e] # view[e] - 1 THEN {}
    ELSE IF IsLoose("epoch-gap") THEN {d \in Epochs : d < e}
    ELSE IF height[e] >= Last THEN {e} ELSE {}

Certify(e) ==
    /\ MayExtend(e)
    /\ view' = [view EXCEPT ![e] = @ + 1]
    /\ top' = [top EXCEPT ![e] = view[e]]
    /\ height' = [height EXCEPT ![e] = @ + 1]
    /\ ended' = ended \cup Ends(e)
    /\ public' = IF good THEN public \cup Ends(e) ELSE public
    /\ UNCHANGED <<good, epoch>>
TimeOut(e) ==
    /\ view' = [view EXCEPT ![e] = @ + 1]
    /\ UNCHANGED <<good, epoch, top, height, ended, public>>

\* Enters e + 1 with what is shown. Loose: sets change by height, and votes in e + 1 wait for the
\* commit of e - 1.
CanEnter(e) ==
    IF IsLoose("epoch-gap") THEN height[e] >= Last /\ (e = 1 \/ (e - 1) \in ended)
    ELSE e \in ended
Enter(i, e) ==
    /\ e < 3 /\ epoch[i] = e /\ CanEnter(e)
    /\ epoch' = [epoch EXCEPT ![i] = e + 1]
    /\ public' = public \cup {e}
    /\ UNCHANGED <<good, view, top, height, ended>>

Bad ==
    /\ ~good
    /\ \/ \E e \in Epochs : /\ Cardinality(Standing(e)) >= 2 /\ view[e] <= BadMax
                            /\ Certify(e) \/ TimeOut(e)
       \/ \E i \in Correct, e \in Epochs : Enter(i, e)
BecomeGood == ~good /\ good' = TRUE /\ UNCHANGED <<epoch, view, top, height, ended, public>>

Good ==
    /\ good
    /\ \/ \E e \in Epochs : /\ Cardinality(Standing(e)) = 3 /\ view[e] <= ViewMax
                            /\ IF LedByD(view[e]) THEN TimeOut(e) ELSE Certify(e)
       \* P5: who has the end of e answers, or is asked by, who has not. Loose: one has only what
       \* was made while it stood in e with all others.
       \/ \E i \in Correct, e \in Epochs :
            /\ IsLoose("no-fetch") => Standing(e) = Members(e)
            /\ e \in public \/ IsLoose("epoch-gap")
            /\ Enter(i, e)

Next == Bad \/ BecomeGood \/ Good
Spec == Init /\ [][Next]_vars /\ WF_vars(Good)

\* P4: whoever stands in e + 1 has the certificates that commit B(e).
EntersWithTheEnd == \A i \in Correct : \A e \in Epochs : epoch[i] > e => e \in ended

\* The last epoch's first block is committed, and with it all below.
NoStall == good ~> 3 \in ended
\* What epoch-gap can promise at all: the first of three epochs is committed.
FirstEnds == good ~> 1 \in ended
=============================================================================
