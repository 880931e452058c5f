"""Patterns of events as `encode` writes them: every character between the values is known.

A group of a pattern holds the text of one value, and the groups stand in the order of the fields' names. What
no pattern matches may be an event all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Match: TypeAlias = Callable[[str], "re.Match[str] | None"]

#: A text without escapes; one with them is read as any JSON.
_CHARACTERS = r'[^"\\\x00-\x1f]'
_TEXT = rf'"({_CHARACTERS}*+)"'
_FILLED = rf'"({_CHARACTERS}++)"'
_ID = r'"([0-9a-f]{16})"'
#: Which days there are is for a calendar to tell.
_TIME = r'"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)"'
_TRUE = r"(true)"
_NUMBER = r"(0|[1-9][0-9]{0,18}+)"
_SOME = r"([1-9][0-9]{0,18}+)"
_SOURCE = r"(-1|0|[1-9][0-9]{0,18}+)"
_STATE = r'"(running|held|succeeded|partial|failed|cancelled)"'
#: An object without others in it, and one of the top level; each has a pattern of its own.
_FLAT = r"(\{[^{}]*+\})"
_LINES = r"(\{\n(?>(?:  .*+\n)*) \})"
_LIST = r"(\[\n(?>(?:  .*+\n)*) \])"

# Without groups, for what is found one by one.
_ANY_TEXT = rf'"{_CHARACTERS}*+"'
_ANY_INT = r"-?+(?:0|[1-9][0-9]{0,18}+)"
_ANY_NUMBER = r"(?:0|[1-9][0-9]{0,18}+)"
_PAIR = r"    \[\n     {0},\n     {0}\n    \]"

#: What all events have.
_COMMON = {"at": _TIME, "by": _TEXT, "claim": _ID, "format": "1", "id": _ID}
_COMMON_OPTIONAL = {"ci": _TEXT, "decision": _TEXT}


def _object(needed: dict[str, str], optional: dict[str, str], depth: int) -> str:
    """Return the pattern of an object that stands so deep in an event; something in it is needed."""
    fields = needed | optional
    names = sorted(fields)
    first = names.index(min(needed))
    written = {name: f'{" " * (depth + 1)}"{name}": {fields[name]}' for name in names}
    return "".join(
        (
            r"\{\n",
            *(rf"(?:{written[name]},\n)?" for name in names[:first]),
            written[names[first]],
            *(
                rf"(?:,\n{written[name]})?" if name in optional else rf",\n{written[name]}"
                for name in names[first + 1 :]
            ),
            rf"\n{' ' * depth}\}}",
        )
    )


def _several(item: str, depth: int, ends: str = "[]") -> str:
    """Return the pattern of a list, or an object, that holds something and stands so deep in an event."""
    return _only(rf"{item}(?:,\n{item})*", depth, ends)


def _only(items: str, depth: int, ends: str = "[]") -> str:
    opening, closing = (re.escape(end) for end in ends)
    return rf"{opening}\n{items}\n{' ' * depth}{closing}"


#: Of the top level.
_TEXTS = rf"({_several('  ' + _ANY_TEXT, 1)}|\[\])"
_NAMED = rf"({_several(f'  {_ANY_TEXT}: {_ANY_TEXT}', 1, '{}')})"
#: Of a member.
_VALUES = rf"({_several(f'    (?:{_ANY_TEXT}|{_ANY_INT})', 3)})"
#: One pair gives its two numbers, more give their text.
_RANGES = rf"(?:{_only(_PAIR.format(f'({_ANY_INT})'), 3)}|({_several(_PAIR.format(_ANY_INT), 3)}))"
#: Of a task.
_COUNTS = rf"({_several(f'     {_ANY_TEXT}: {_ANY_NUMBER}', 4, '{}')})"

all_texts = re.compile(_TEXT).findall
all_named = re.compile(f"{_TEXT}: {_TEXT}").findall
all_counts = re.compile(f"{_TEXT}: {_NUMBER}").findall
all_numbers = re.compile(_ANY_INT).findall


def _event(kind: str, needed: dict[str, str], optional: dict[str, str]) -> Match:
    needed = _COMMON | {"kind": f'"{kind}"'} | needed
    loose = _COMMON_OPTIONAL | optional
    return re.compile(_object({n: needed[n] for n in needed if n not in loose}, loose, 0) + r"\n").fullmatch


_RUN = {"process": _FLAT, "run_name": _TEXT, "wms": _FLAT}
CLAIMED = _event(
    "claimed",
    {"definition": _TEXT, "output_run": _TEXT, "prefix": _TEXT, "spec": _FLAT, "submit_path": _TEXT} | _RUN,
    {"adopted": _TRUE, "restart": _TRUE, "builds_on": _TEXTS, "covers": _TEXTS, "members": _LINES}
    | {"file": _TEXT, "item": _TEXT, "plan": _TEXT},
)
PREPARED = _event("prepared", {}, {"files": _NAMED, "quanta": _NUMBER})
PREPARE_FAILED = _event("prepare_failed", {"message": _TEXT}, {"transient": _TRUE})
SUBMITTING = _event(
    "submitting", {"as_run": _TEXT, "child": _NUMBER, "look_up": _TEXT} | _RUN, {"former": _TEXT}
)
SUBMITTED = _event("submitted", {"run_id": _FILLED}, {"gate": _ID, "recovered": _TRUE, "url": _TEXT})
OBSERVED = _event("observed", {"state": _STATE, "wms_state": _TEXT}, {"outcome": _LINES, "run_id": _TEXT})
MEASURED = _event("measured", {"source": _FILLED}, {"tasks": _LIST})
RETIRED = _event("retired", {}, {"why": _TEXT})
ACCEPTED = _event(
    "accepted", {"workflows": _TEXTS}, {"claim": _ID, "missing": _NUMBER, "quanta": _NUMBER, "why": _TEXT}
)

WMS = re.compile(_object({"service": _FILLED}, {"where": _TEXT}, 1)).fullmatch
PROCESS = re.compile(
    _object({"boot_id": _TEXT, "host": _TEXT, "pid": _NUMBER}, {"started": _TEXT}, 1)
).fullmatch
SPEC = re.compile(
    _object({"commit": _TEXT, "emit": _NUMBER, "path": _TEXT, "version": _TEXT}, {"override": _TEXT}, 1)
).fullmatch

#: What stands before the first member of an axis, the first task of an outcome, and what the first task took.
MEMBERS, TASKS, USAGES = "{\n", '{\n  "tasks": [\n', "[\n"
_MEMBER = _object(
    {"count": _NUMBER, "digest": _TEXT, "key": _TEXT, "source": _SOURCE},
    {"column": _TEXT, "over": _TEXT, "ranges": _RANGES, "values": _VALUES},
    2,
)
_TASK = _object(
    {"quanta": _NUMBER, "succeeded": _NUMBER, "task": _TEXT},
    {"blocked": _NUMBER, "caveats": _COUNTS, "failed": _NUMBER, "other": _NUMBER},
    3,
)
_SPREAD = _object({"max": _NUMBER, "median": _NUMBER, "p95": _NUMBER}, {}, 3)
_NUMBERS = rf"({_several(f'    {_ANY_NUMBER}', 3)})"
_USAGE = _object(
    {"cpu": _SPREAD, "cpu_sum": _NUMBER, "ended": _TIME, "quanta": _SOME, "sampled": _SOME}
    | {"started": _TIME, "task": _FILLED, "wall": _SPREAD, "wall_sum": _NUMBER},
    {"deciles": _NUMBERS, "memory": _SPREAD, "running": _NUMBERS},
    2,
)
# After the last one all ends; the next one follows after a comma.
next_member = re.compile(rf"  {_TEXT}: {_MEMBER}(?:,\n|\n \}}\Z)").match
next_usage = re.compile(rf"  {_USAGE}(?:,\n|\n \]\Z)").match
next_task = re.compile(rf"   {_TASK}(?:,\n|\n  \]\n \}}\Z)").match
