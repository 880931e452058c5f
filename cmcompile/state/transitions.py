"""Which event may follow in which state of a workflow, and the state that it leads to.

Whoever writes an event asks `may_append` first, on the tip that he swaps. The fold takes any event all the
same: a fact that is seen can't be refused by a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cmcompile.model.event import OF_WORKFLOW
from cmcompile.model.reason import Reason
from cmcompile.model.states import Workflow, WorkflowState

_S = WorkflowState
BEFORE_GATE = (_S.CLAIMED, _S.PREPARING)
AFTER_GATE = (_S.SUBMITTING, _S.UNKNOWN)
UNDER_WAY = (_S.SUBMITTED, _S.RUNNING, _S.HELD, _S.CANCELLING)
RAN = (_S.SUCCEEDED, _S.PARTIAL, _S.FAILED, _S.CANCELLED)
OVER = (_S.PREPARE_FAILED, _S.ABANDONED, *RAN)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold besides the state.

    Attributes
    ----------
    text
        As the page says it: "it has …".
    """

    text: str
    holds: Callable[[Workflow], bool]


@dataclass(frozen=True, slots=True)
class Move:
    """A row of the table.

    Attributes
    ----------
    start
        The states in which it is legal; None: there is no such workflow yet.
    end
        The state that it leads to; None: the state stays, or with ``seen`` is the one that the event tells.
    note
        What it is, or what else follows.
    """

    kind: str
    start: tuple[WorkflowState | None, ...]
    end: WorkflowState | None
    when: Condition | None = None
    seen: bool = False
    note: str = ""


_HAS_GATE = Condition("it has a gate, and no run is known", lambda w: w.gate is not None and w.run_id is None)
_HAS_RUN = Condition("its run is known", lambda w: w.run_id is not None)
_NO_RUN = Condition("no run of it is known", lambda w: w.run_id is None)
_ADOPTED = Condition("it was adopted", lambda w: w.claim is not None and w.claim.adopted)
_RESTARTABLE = Condition("its run is known and over", lambda w: w.run_id is not None and not w.live)
_REVIEWED = Condition(
    "a person was asked to look", lambda w: w.review is not None and w.review is not Reason.UNREADABLE
)
_UNDISPUTED = Condition("nobody was asked to look", lambda w: w.review is None)
_NOT_LIVE = Condition("it is not live", lambda w: not w.live)

MOVES: tuple[Move, ...] = (
    Move("claimed", (None,), _S.CLAIMED, note="a new workflow, under the next free name"),
    Move("claimed", (_S.PARTIAL, _S.FAILED, _S.CANCELLED), _S.CLAIMED, _RESTARTABLE, note="a restart"),
    Move("prepared", BEFORE_GATE, _S.PREPARING, note="the files are made; it may be repeated"),
    Move("prepare_failed", BEFORE_GATE, _S.PREPARE_FAILED, note="a restart goes back to its former state"),
    Move("submitting", BEFORE_GATE, _S.SUBMITTING, _UNDISPUTED, note="the gate: now a run may exist"),
    Move(
        "not_called",
        (*AFTER_GATE, _S.ABANDONED),
        _S.ABANDONED,
        _HAS_GATE,
        note="the word was never given: free again; a restart goes back to its former state",
    ),
    Move(
        "abandoned",
        BEFORE_GATE,
        _S.ABANDONED,
        note="names no gate: free again; a restart goes back to its former state",
    ),
    Move(
        "abandoned",
        (_S.UNKNOWN,),
        _S.ABANDONED,
        _REVIEWED,
        note="names the gate, by a person's decision; its run is still looked for",
    ),
    Move("unknown", AFTER_GATE, _S.UNKNOWN, note="the word was given, and no reply came"),
    Move("submitted", (_S.CLAIMED,), _S.SUBMITTED, _ADOPTED, note="a run started by hand is taken over"),
    Move("submitted", AFTER_GATE, _S.SUBMITTED, note="by the reply, or found by a look-up"),
    Move("submitted", (_S.ABANDONED,), _S.SUBMITTED, _HAS_GATE, note="a run is found after all: live again"),
    Move("submitted", (_S.RETIRED,), _S.SUBMITTED, _NO_RUN, note="a run is found after all: live again"),
    Move("submitted", (*UNDER_WAY, *RAN), None, note="again, or a second run: then a person must look"),
    Move("observed", (*UNDER_WAY, *RAN), None, seen=True, note="a run that had ended may run again"),
    Move("observed", (_S.RETIRED,), None, _HAS_RUN, seen=True, note="an end leaves it retired"),
    Move("measured", RAN, None, _HAS_RUN, note="what its quanta took, as the Butler tells"),
    Move("diagnosed", RAN, None, _HAS_RUN, note="what a monitor told of its failed jobs"),
    Move("signalled", RAN, None, _HAS_RUN, note="what its jobs said of themselves"),
    Move("review", (_S.SUBMITTING,), _S.UNKNOWN, note="a person must look"),
    Move(
        "review",
        tuple(s for s in _S if s not in (_S.SUBMITTING, _S.RETIRED)),
        None,
        note="a person must look",
    ),
    Move("cancelling", UNDER_WAY, _S.CANCELLING, _HAS_RUN, note="the intent; it may be repeated"),
    Move("retiring", OVER, None, _NOT_LIVE, note="the intent to remove the outputs; it may be repeated"),
    Move("retired", OVER, _S.RETIRED, _NOT_LIVE, note="the outputs are removed; looked for no more"),
)


def may_append(workflow: Workflow | None, kind: str) -> str | None:
    """Tell why an event must not be written now; None: it may.

    Parameters
    ----------
    workflow
        As folded on the tip; None: there are no events of it.
    kind
        As in the file name.

    Returns
    -------
    str or None
        One sentence without a full stop.
    """
    found = _move(workflow, kind)
    return found if isinstance(found, str) else None


def leads_to(workflow: Workflow | None, kind: str, seen: WorkflowState | None = None) -> WorkflowState | None:
    """Return the state after a legal event; None where the event is not legal.

    Parameters
    ----------
    seen
        With ``observed``: the state that it tells.
    """
    move = _move(workflow, kind)
    if isinstance(move, str):
        return None
    state = None if workflow is None else workflow.state
    if move.seen:
        return state if state is _S.RETIRED and seen in RAN else seen
    return move.end or state


def _move(workflow: Workflow | None, kind: str) -> Move | str:
    rows = [move for move in MOVES if move.kind == kind]
    if not rows:
        return f"`{kind}` is no event of a workflow: those are {', '.join(OF_WORKFLOW)}"
    state = None if workflow is None else workflow.state
    fitting = [move for move in rows if state in move.start]
    if not fitting:
        wanted = dict.fromkeys("new" if s is None else s.value for move in rows for s in move.start)
        is_so = f"{workflow} is {state.value}" if state is not None else "there is no such workflow"
        return f"{is_so}; `{kind}` needs one that is {in_words(list(wanted))}"
    for move in fitting:
        if move.when is None or workflow is None or move.when.holds(workflow):
            return move
    wants = " or ".join(move.when.text for move in fitting if move.when is not None)
    return f"{workflow} is {state.value if state else 'new'}; `{kind}` is legal there only where {wants}"


def in_words(names: list[str]) -> str:
    """Return ``a, b or c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
