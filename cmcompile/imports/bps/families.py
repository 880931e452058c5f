"""Which files belong together: those whose paths differ in numbers only, and that run the same tasks."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cmcompile.imports.bps.names import HOLE
from cmcompile.imports.bps.passes import Row
from cmcompile.imports.bps.tree import find
from cmcompile.imports.names import step_name
from cmcompile.model.ids import natural

_WORDS = re.compile(r"[A-Za-z]+\d*|\d+")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True)
class Family:
    """Files of one kind; what is worked out from them is kept.

    Attributes
    ----------
    key
        Their path, with holes.
    label
        What stands behind ``#`` in the `pipelineYaml` of most; empty where nothing does.
    """

    key: str
    rows: tuple[Row, ...]
    label: str

    @cached_property
    def folder(self) -> str:
        """Where they are."""
        return posixpath.dirname(self.key)

    @cached_property
    def pipelines(self) -> frozenset[str]:
        """What they run."""
        return frozenset(map(pipeline_of, self.rows))

    @cached_property
    def work(self) -> frozenset[tuple[str, str | None]]:
        """What they run, on what data."""
        return frozenset((pipeline_of(row), row.query) for row in self.rows)

    @property
    def is_rescue(self) -> bool:
        """Whether they look like a later pass: by their name, or as they skip what exists."""
        if "rescue" in self.key.lower():
            return True
        options = [str(find(row.tree, ("extraQgraphOptions",))) for row in self.rows]
        return sum("--skip-existing" in text for text in options) * 2 > len(options)


def repeats(family: Family, others: Sequence[Family]) -> bool:
    """Tell whether files take the data of others, more of them, with the same pipeline: a later pass."""
    if len(family.work) < len(family.rows) or not all(query for _, query in family.work):
        return False
    return any(len(other.rows) > len(family.rows) and family.work <= other.work for other in others)


def families(rows: Iterable[Row]) -> list[Family]:
    """Return the kinds of files, in the order of their paths."""
    by_key: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda r: natural(r.path)):
        by_key.setdefault(row.form.shape, []).append(row)
    found = []
    for key, some in by_key.items():
        found += [Family(key, tuple(part), _most(map(label_of, part))) for part in _by_task(some)]
    return found


def _by_task(rows: list[Row]) -> list[list[Row]]:
    """Part files that run different steps of a pipeline though their names are alike."""
    labels: dict[str, list[Row]] = {}
    for row in rows:
        labels.setdefault(label_of(row), []).append(row)
    many = [some for some in labels.values() if len(some) > 1]
    if len(labels) > 1 and len(many) == len(labels) and all(map(_LABEL.match, labels)):
        return list(labels.values())
    if len(labels) == len(rows) > 1 and all(map(_LABEL.match, labels)):
        return [[row] for row in rows]
    return [rows]


def label_of(row: Row) -> str:
    """Return what stands behind ``#`` in the `pipelineYaml` of a file."""
    text = find(row.tree, ("pipelineYaml",))
    return text.partition("#")[2] if isinstance(text, str) else ""


def pipeline_of(row: Row) -> str:
    """Return the `pipelineYaml` of a file."""
    text = find(row.tree, ("pipelineYaml",))
    return text if isinstance(text, str) else ""


def _most(values: Iterable[str]) -> str:
    return Counter(values).most_common(1)[0][0]


def named(family: Family, taken: Sequence[str]) -> str:
    """Return a name for the step of a family: its label, its folder, or the words of its files."""
    is_label = _LABEL.match(family.label) and len(family.label) <= 30 and not family.is_rescue
    tries = [family.label] if is_label else []
    folder = posixpath.basename(family.folder)
    if folder and HOLE not in folder:
        tries.append(folder)
    stem = posixpath.basename(family.key).rsplit(".", 1)[0]
    words = "_".join(w for w in _WORDS.findall(stem.replace(HOLE, " ")) if w != "all")
    tries.append(words or folder.replace(HOLE, "") or "step")
    for text in tries:
        name = step_name(text)[:40]
        if name.lower() not in map(str.lower, taken):
            return name
    name, number = step_name(tries[-1])[:36], 2
    while f"{name}-{number}".lower() in map(str.lower, taken):
        number += 1
    return f"{name}-{number}"
