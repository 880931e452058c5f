"""How a node of cm-service makes groups, as axes of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.imports.cm_service.manifest_fields import GROUPS
from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.cm_service.splits import Asked, Lists
from cmcompile.imports.fields import list_of, text_of
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.tree import mapped


def axes(asked: Asked, lists: Lists, settings: Settings, notes: list[Note]) -> list[dict[str, Any]]:
    """Return the axes of a step.

    Raises
    ------
    ForeignError
        When the way of splitting is none that is known, or it lacks a dimension.
    """
    groups, subject = asked.child, f"step {asked.step}"
    notes += GROUPS.notes(groups, f"{subject}: groups")
    way = text_of(groups.get("split_by"))
    if not way:
        return []
    dimension = text_of(groups.get("dimension"))
    if not dimension:
        raise ForeignError(f"{subject}: groups without a dimension")
    if way == "values":
        values = mapped(list_of(groups.get("values")), settings.value)
        return [{"by": dimension, **_values(values, subject, notes)}]
    if way != "query":
        raise ForeignError(f"{subject}: split_by {way} is not known")
    query: dict[str, Any] = {"dimensions": dimension}
    if dataset := text_of(groups.get("dataset")):
        query["datasets"] = dataset
    query["collections"] = list(asked.collections)
    if asked.where:
        query["where"] = asked.where
        text = "cm-service asks for ids without the predicates of the step; the list has them"
        notes.append(Note(Fate.DEFECT, f"{subject}: groups", text))
    axis: dict[str, Any] = {"by": dimension, "list": lists.add(asked.step, query)}
    notes.append(Note(Fate.DEFECT, f"{subject}: groups", _QUERY))
    count, size = groups.get("min_groups"), groups.get("max_size")
    if isinstance(size, int) and size > 0:
        axis["size"] = size
        if isinstance(count, int):
            text = f"the size of {size} counts; with fewer ids there may be fewer groups than {count}"
            notes.append(Note(Fate.DIFFERENT, f"{subject}: min_groups", text))
    elif isinstance(count, int) and count > 0:
        axis["count"] = count
    return [axis]


_QUERY = (
    "cm-service leaves the last group open at its end, so that data which come later join it, takes 1,000,000"
    " ids at most without a word, and makes groups of uneven size; here each id is in one group"
)


def _values(values: list[Any], subject: str, notes: list[Note]) -> dict[str, Any]:
    """Return the source and the cut of an axis over values, lists of values and ranges."""
    if not any(isinstance(value, dict | list) for value in values):
        return {"values": values}
    parts = []
    for value in values:
        if isinstance(value, dict):
            parts.append({"values": _range(value, subject, notes), "count": 1})
        else:
            if isinstance(value, list):
                text = "cm-service writes a list of values without its last bracket, and texts without quotes"
                notes.append(Note(Fate.DEFECT, f"{subject}: groups.values", text))
            parts.append({"values": list_of(value), "count": 1})
    return {"parts": parts}


def _range(value: Mapping[str, Any], subject: str, notes: list[Note]) -> object:
    low, high = value.get("min"), value.get("max")
    if not isinstance(low, int) or not isinstance(high, int):
        raise ForeignError(f"{subject}: a range of groups.values goes from one whole number to another")
    end = value.get("endpoint")
    if end is None:
        text = (
            f"{low} to {high}: cm-service says that the last id is taken, and leaves it out; it is taken"
            f" here: {low}..{high - 1} is what was run"
        )
        notes.append(Note(Fate.DEFECT, f"{subject}: groups.values", text))
    return f"{low}..{high if end in (None, True) else high - 1}"
