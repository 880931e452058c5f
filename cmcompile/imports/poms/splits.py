"""The split types of POMS as axes: all groups at once, where POMS hands out the next one at each launch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.names import var_name
from cmcompile.imports.poms.fields import SPLITS

_CALL = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?\s*\Z", re.DOTALL)
_SECONDS = {"h": 3600, "d": 86400, "w": 604800}


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
    given = _arguments(found[2] or "") if found else []
    made = Cut()
    subject = f"stage {step}: cs_split_type"
    made.notes.append(SPLITS.note(kind, f"stage {step}"))
    build = _KINDS.get(kind)
    if build is None:
        made.notes.append(Note(Fate.TO_DO, subject, f"{text} is not known: the stage is one group"))
        return made
    build(made, given, dataset, step, subject)
    if made.lists:
        text = (
            "a group has a job for each entry of its list, and the script is given that in place of a dataset"
        )
        made.notes.append(Note(Fate.DIFFERENT, subject, text))
    return made


def _arguments(text: str) -> list[tuple[str, str]]:
    """Return arguments with their keywords, if they have one."""
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = part.partition("=")
        found.append((key.strip(), value.strip("'\" ")) if equals else ("", part.strip("'\" ")))
    return found


def _number(given: list[tuple[str, str]], at: int = 0) -> int | None:
    value = given[at][1] if len(given) > at else ""
    return int(value) if value.isdigit() and int(value) > 0 else None


def _files(made: Cut, step: str, about: str, **axis: Any) -> None:
    name = f"{step}-files"
    made.lists[name] = ("file", about)
    made.axes.append({"name": "file", "list": name, **axis})
    made.argument = "${{ job.file }}"


def _sized(key: str, **more: Any) -> Callable[[Cut, list[tuple[str, str]], str, str, str], None]:
    def build(made: Cut, given: list[tuple[str, str]], dataset: str, step: str, subject: str) -> None:
        number = _number(given)
        if number is None:
            made.notes.append(Note(Fate.TO_DO, subject, "needs a number: 1 was taken"))
        _files(made, step, f"the files of {dataset}", **{key: number or 1}, **more)

    return build


def _one(made: Cut, given: list[tuple[str, str]], dataset: str, step: str, subject: str) -> None:
    del made, given, dataset, step, subject


def _names(made: Cut, given: list[tuple[str, str]], dataset: str, step: str, subject: str) -> None:
    del step
    values = [v.strip() for v in dataset.split(",") if v.strip()] or [value for _, value in given]
    if not values:
        made.notes.append(Note(Fate.TO_DO, subject, "there are no names to split over"))
        return
    made.axes.append({"name": "dataset_name", "values": values})
    made.argument = "${{ job.dataset_name }}"


def _runs(made: Cut, given: list[tuple[str, str]], dataset: str, step: str, subject: str) -> None:
    del dataset, step
    named = dict(given)
    low, high = (
        named.get("low", given[0][1] if given else ""),
        named.get("high", given[-1][1] if given else ""),
    )
    if not (low.isdigit() and high.isdigit()):
        made.notes.append(Note(Fate.TO_DO, subject, "needs the lowest and the highest run"))
        return
    made.axes.append({"name": "run", "values": f"{low}..{high}"})
    made.argument = "${{ dataset }}_run${{ job.run }}"
    text = "a group without files is made too; take runs without any out with `exclude`"
    made.notes.append(Note(Fate.DIFFERENT, subject, text))


def _existing(made: Cut, given: list[tuple[str, str]], dataset: str, step: str, subject: str) -> None:
    del given, subject
    made.lists[f"{step}-runs"] = ("run", f"the runs with files in {dataset}")
    made.axes.append({"name": "run", "list": f"{step}-runs", "close": "now"})
    made.argument = "${{ dataset }}_run${{ job.run }}"


def _windows(made: Cut, given: list[tuple[str, str]], dataset: str, step: str, subject: str) -> None:
    window = dict(given).get("window", "1d")
    found = re.fullmatch(r"(\d+)([smhdw])", window)
    if found is None or found[2] not in _SECONDS:
        made.notes.append(Note(Fate.TO_DO, subject, f"a window of {window}: one day was taken"))
        window = "1d"
    odd = [key for key, _ in given if key not in ("window", "")]
    if odd:
        text = f"{', '.join(odd)}: what the list holds says which days count"
        made.notes.append(Note(Fate.LEFT, subject, text))
    made.lists[f"{step}-days"] = ("day", f"the days on which files of {dataset} came, as YYYYMMDD")
    made.axes.append({"name": "day", "list": f"{step}-days", "window": window, "close": "next"})
    made.argument = "${{ dataset }}_${{ job.day }}"


def _product(made: Cut, given: list[tuple[str, str]], dataset: str, step: str, subject: str) -> None:
    del given, step
    from cmcompile.imports.poms.ini import parsed

    found = parsed(dataset, subject, made.notes)
    if not isinstance(found, list) or not all(isinstance(v, list) and v for v in found):
        made.notes.append(Note(Fate.TO_DO, subject, "needs a list of lists in dataset_or_split_data"))
        return
    for number, values in enumerate(found, 1):
        made.axes.append({"name": var_name(f"p{number}"), "values": values})
    made.argument = "_".join(f"${{{{ job.{axis['name']} }}}}" for axis in made.axes)


_KINDS: dict[str, Callable[[Cut, list[tuple[str, str]], str, str, str], None]] = {
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
