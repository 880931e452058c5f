"""The split types of POMS as axes: all groups at once, where POMS hands out the next one at each launch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.fields import whole
from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.poms.fields import SPLITS
from cmcompile.imports.poms.ini import parsed
from cmcompile.imports.tree import literal, mapped

_CALL = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?\s*\Z", re.DOTALL)
_WINDOW = re.compile(r"[0-9]+[hdw]")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a stage is split by.

    Attributes
    ----------
    given
        The arguments with their keywords, if they have one.
    dataset
        The name of a dataset, or what a split over names has.
    subject
        What notes are of.
    """

    given: list[tuple[str, str]]
    dataset: str
    step: str
    subject: str

    @property
    def number(self) -> int | None:
        """The first argument, if it is a number above 0."""
        return (whole(self.given[0][1]) or None) if self.given else None


@dataclass(slots=True)
class Cut:
    """What a split type comes to.

    Attributes
    ----------
    lists
        Lists that it needs, by name: their columns, and what is to stand in them.
    argument
        What stands for the dataset in a command; empty for the dataset itself.
    """

    axes: list[dict[str, Any]] = field(default_factory=list)
    lists: dict[str, tuple[str, str]] = field(default_factory=dict)
    argument: str = ""
    notes: list[Note] = field(default_factory=list)


def cut(text: str, dataset: str, step: str) -> Cut:
    """Return the axes of a split type.

    Parameters
    ----------
    text
        As ``nfiles(10)``.
    dataset
        What is split: the name of a dataset, or what a split over names has.
    """
    found = _CALL.match(text) if text.strip() else None
    kind = found[1] if found else "None"
    made = Cut()
    asked = _Asked(_arguments(found[2] or "") if found else [], dataset, step, f"stage {step}: cs_split_type")
    made.notes.append(SPLITS.note(kind, f"stage {step}"))
    build = _KINDS.get(kind)
    if build is None:
        made.notes.append(Note(Fate.TO_DO, asked.subject, f"{text} is not known: the stage is one group"))
        return made
    build(made, asked)
    if made.lists:
        text = (
            "a group has a job for each entry of its list, and the script is given that in place of a dataset"
        )
        made.notes.append(Note(Fate.DIFFERENT, asked.subject, text))
    return made


def _arguments(text: str) -> list[tuple[str, str]]:
    """Return arguments with their keywords, if they have one."""
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = part.partition("=")
        found.append((key.strip(), value.strip("'\" ")) if equals else ("", part.strip("'\" ")))
    return found


def _sized(key: str, **more: Any) -> Callable[[Cut, _Asked], None]:
    def build(made: Cut, asked: _Asked) -> None:
        number = asked.number
        if number is None:
            made.notes.append(Note(Fate.TO_DO, asked.subject, "needs a number: 1 was taken"))
        name = f"{asked.step}-files"
        made.lists[name] = ("file", f"the files of {asked.dataset}")
        made.axes.append({"name": "file", "list": name, key: number or 1, **more})
        made.argument = "${{ job.file }}"

    return build


def _one(made: Cut, asked: _Asked) -> None:
    """One group: there is nothing to add."""


def _names(made: Cut, asked: _Asked) -> None:
    values = [v.strip() for v in asked.dataset.split(",") if v.strip()] or [v for _, v in asked.given]
    if not values:
        made.notes.append(Note(Fate.TO_DO, asked.subject, "there are no names to split over"))
        return
    made.axes.append({"name": "dataset_name", "values": mapped(values, literal)})
    made.argument = "${{ job.dataset_name }}"


def _runs(made: Cut, asked: _Asked) -> None:
    values = [value for _, value in asked.given] or [""]
    named = dict(asked.given)
    low, high = whole(named.get("low", values[0])), whole(named.get("high", values[-1]))
    if low is None or high is None:
        made.notes.append(Note(Fate.TO_DO, asked.subject, "needs the lowest and the highest run"))
        return
    made.axes.append({"name": "run", "values": f"{low}..{high}"})
    made.argument = "${{ dataset }}_run${{ job.run }}"
    text = "a group without files is made too; take runs without any out with `exclude`"
    made.notes.append(Note(Fate.DIFFERENT, asked.subject, text))


def _existing(made: Cut, asked: _Asked) -> None:
    name = f"{asked.step}-runs"
    made.lists[name] = ("run", f"the runs with files in {asked.dataset}")
    made.axes.append({"name": "run", "list": name, "close": "now"})
    made.argument = "${{ dataset }}_run${{ job.run }}"


def _windows(made: Cut, asked: _Asked) -> None:
    window = dict(asked.given).get("window", "1d")
    if not _WINDOW.fullmatch(window):
        made.notes.append(Note(Fate.TO_DO, asked.subject, f"a window of {window}: one day was taken"))
        window = "1d"
    odd = [key for key, _ in asked.given if key not in ("window", "")]
    if odd:
        text = f"{', '.join(odd)}: what the list holds says which days count"
        made.notes.append(Note(Fate.LEFT, asked.subject, text))
    name = f"{asked.step}-days"
    made.lists[name] = ("day", f"the days on which files of {asked.dataset} came, as YYYYMMDD")
    made.axes.append({"name": "day", "list": name, "window": window, "close": "next"})
    made.argument = "${{ dataset }}_${{ job.day }}"


def _product(made: Cut, asked: _Asked) -> None:
    found = parsed(asked.dataset, asked.subject, made.notes)
    if not isinstance(found, list) or not all(isinstance(v, list) and v for v in found):
        made.notes.append(Note(Fate.TO_DO, asked.subject, "needs a list of lists in dataset_or_split_data"))
        return
    for number, values in enumerate(found, 1):
        made.axes.append({"name": f"p{number}", "values": mapped(values, literal)})
    made.argument = "_".join(f"${{{{ job.{axis['name']} }}}}" for axis in made.axes)


_KINDS: dict[str, Callable[[Cut, _Asked], None]] = {
    "None": _one,
    "draining": _one,
    "drainingn": _sized("size", close="now"),
    "nfiles": _sized("size"),
    "mod": _sized("count"),
    "limitn": _sized("size", limit=1),
    "list": _names,
    "byrun": _runs,
    "byexistingruns": _existing,
    "new": _windows,
    "multiparam": _product,
    "stagedfiles": _sized("size", close="now"),
}
