"""How cm-service splits a step, as axes of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.fields import list_of, text_of
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.names import step_name
from cmcompile.imports.tree import mapped

#: An id of some dimensions, to check what a list that is still empty will give.
_SAMPLES = {
    "exposure": 1,
    "visit": 1,
    "tract": 1,
    "detector": 1,
    "patch": 1,
    "day_obs": 20260101,
    "band": "r",
}


@dataclass(slots=True)
class Lists:
    """The lists of a campaign, and their files; none has been asked for yet."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    samples: dict[str, bytes] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def add(self, name: str, query: dict[str, Any]) -> str:
        """Add a list that the Butler is to be asked for; returns its name, or that of the same list.

        Parameters
        ----------
        name
            That of the step, as the source has it.
        """
        name = step_name(name)
        for known, entry in self.entries.items():
            if entry["query"] == query:
                return known
        path = f"lists/{name}.txt"
        self.entries[name] = {"file": path, "columns": [query["dimensions"]], "query": query}
        self.files[path] = b""
        if (sample := _SAMPLES.get(str(query["dimensions"]))) is not None:
            self.samples[path] = f"{sample}\n".encode()
        text = f"has no ids yet: `cmcompile lists update` asks the Butler for {path}"
        self.notes.append(Note(Fate.TO_DO, f"list {name}", text))
        return name


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step splits by, and what a query for its ids needs.

    Attributes
    ----------
    where
        The query of the step, which its list has too.
    collections
        Where its ids are looked for.
    """

    step: str
    child: Mapping[str, Any]
    where: str
    collections: tuple[str, ...]


def axes(asked: Asked, lists: Lists, settings: Settings, notes: list[Note]) -> list[dict[str, Any]]:
    """Return the axes of a step.

    Raises
    ------
    ForeignError
        When the method is none that is known.
    """
    child = asked.child
    method = text_of(child.get("split_method")) or "no_split"
    subject = f"step {asked.step}"
    if method == "no_split":
        return []
    field_name = text_of(child.get("split_field"))
    if not field_name:
        raise ForeignError(f"{subject}: {method} without a split_field")
    if method == "split_by_vals":
        values = mapped(list_of(child.get("split_vals")), settings.value)
        return [{"by": field_name, "values": values}]
    if method != "split_by_query":
        raise ForeignError(f"{subject}: split_method {method} is not known")
    dataset = text_of(child.get("split_dataset"))
    query: dict[str, Any] = {"dimensions": field_name}
    if dataset:
        query["datasets"] = dataset
    query["collections"] = list(asked.collections)
    if asked.where:
        query["where"] = asked.where
    axis: dict[str, Any] = {"by": field_name, "list": lists.add(asked.step, query)}
    count, size = child.get("split_min_groups"), child.get("split_max_group_size")
    if isinstance(count, int) and count > 0:
        axis["count"] = count
        if size is not None:
            text = f"{count} groups were asked for as well: a group may be larger than {size}"
            notes.append(Note(Fate.DIFFERENT, f"{subject}: split_max_group_size", text))
    elif isinstance(size, int) and size > 0:
        axis["size"] = size
    notes.append(Note(Fate.DEFECT, f"{subject}: split_by_query", _SPLIT))
    return [axis]


_SPLIT = (
    "cm-service leaves the last group open at its end, so that data which come later join it, makes more"
    " groups than asked for where their number does not divide the ids, never ends where there are fewer ids"
    " than groups, and asks for ids without the query of the step; here each id is in one group, and groups"
    " are nearly of a size"
)
