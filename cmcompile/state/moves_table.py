"""The tables of ``docs/states.md``, made from the table of legal moves.

``python -m cmcompile.state.moves_table < docs/states.md`` writes the page with its tables made anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from cmcompile.model.states import GroupState, WorkflowState
from cmcompile.state.moves import MOVES, RULES, Move, Rule
from cmcompile.state.transitions import in_words

BEGIN = "<!-- legal moves: begin; made from cmcompile/state by `make docs` -->"
END = "<!-- legal moves: end -->"

_EVENTS = """\
### Events of a workflow

| Event | In the states | Where | Leads to | |
| --- | --- | --- | --- | --- |
"""
_DECISIONS = """\
### Decisions

| Decision | Names | The workflow is | The group is | Where | What it does | Undone by |
| --- | --- | --- | --- | --- | --- | --- |
"""


def filled(page: str) -> str:
    """Return a page with the tables between its two marks made anew.

    Raises
    ------
    ValueError
        When the marks are not there.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the mark {END if begin else BEGIN}")
    return f"{head}{begin}\n\n{tables()}\n{end}{tail}"


def tables() -> str:
    """Return both tables, as Markdown."""
    events = "".join(_event(move) for move in MOVES)
    decisions = "".join(_decision(rule) for rule in RULES.values())
    return f"{_EVENTS}{events}\n{_DECISIONS}{decisions}"


def _event(move: Move) -> str:
    states = "none yet" if move.start == (None,) else _states(s for s in move.start if s is not None)
    end = "what it shows" if move.seen else "(stays)" if move.end is None else f"`{move.end.value}`"
    when = "" if move.when is None else move.when.text
    return f"| `{move.kind}` | {states} | {when} | {end} | {move.note} |\n"


def _states(states: Iterable[WorkflowState]) -> str:
    found = set(states)
    absent = [s for s in WorkflowState if s not in found]
    if len(absent) < 4:
        return f"all but {', '.join(f'`{s.value}`' for s in absent)}" if absent else "all"
    return ", ".join(f"`{s.value}`" for s in WorkflowState if s in found)


def _decision(rule: Rule) -> str:
    absent = [f"`{s.value}`" for s in GroupState if s not in rule.groups]
    groups = f"not {in_words(absent)}" if absent else "in any state"
    cells = (
        f"`{rule.verb.value}`",
        in_words(list(rule.about)),
        _states(rule.states) if rule.states else "",
        groups,
        "; ".join(check.text for check in rule.checks),
        rule.does,
        rule.undo or "nothing",
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(filled(sys.stdin.read()))
