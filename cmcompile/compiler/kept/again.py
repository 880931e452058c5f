"""Taking files from a former compilation, where what they are made from is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cmcompile.compiler.kept.form import Former, Row
from cmcompile.compiler.kept.keys import ShapeKeys, clauses_key
from cmcompile.compiler.step import StepShapes
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.errors import SourceError
from cmcompile.model.group import CompiledGroup, Group, IncludeFile


class InDoubtError(Exception):
    """What is kept does not fit together with what is new: all must be compiled."""


@dataclass(frozen=True, slots=True)
class Written:
    """The groups of a step.

    Attributes
    ----------
    groups
        In order.
    fresh
        Those that were written now.
    covers
        Whether coverage is to be proved: some group has another predicate than before.
    """

    groups: list[CompiledGroup]
    fresh: list[CompiledGroup]
    covers: bool


@dataclass(slots=True)
class Again:
    """Decides for each group whether its file is taken from before, or written.

    Attributes
    ----------
    rows
        What was taken, by step and id.
    includes
        The include files that these need.
    """

    spec: Spec
    former: Former | None
    collects: Callable[[], Mapping[str, str]]
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    includes: dict[str, IncludeFile] = field(default_factory=dict)
    _sound: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def step(
        self,
        step: Step,
        groups: Sequence[Group],
        shapes: StepShapes,
        again: bool,
        write: Callable[[Group], CompiledGroup],
    ) -> Written:
        """Return the groups of a step with their files.

        Parameters
        ----------
        again
            Whether the groups are those of the former compilation.
        write
            Writes the file of one group.
        """
        known = self.former.steps[step.name].rows if self.former is not None and again else {}
        if not known:
            made = list(map(write, groups))
            return Written(made, made, covers=True)
        keys = ShapeKeys(self.spec, step, shapes, self.collects)
        found: list[CompiledGroup] = []
        fresh: list[CompiledGroup] = []
        for group in groups:
            row = known.get(group.id)
            if row is not None and row.shape == keys.of(group) and self._has(row.includes):
                self.rows[step.name, group.id] = row
                found.append(row.compiled(group))
                continue
            found.append(write(group))
            fresh.append(found[-1])
            if row is None or row.clauses != clauses_key(found[-1].clauses):
                return self._all(step, groups, write)
        return Written(found, fresh, covers=False)

    def _all(self, step: Step, groups: Sequence[Group], write: Callable[[Group], CompiledGroup]) -> Written:
        """Write all files of a step: the proof of its coverage needs every predicate."""
        for group in groups:
            self.rows.pop((step.name, group.id), None)
        made = list(map(write, groups))
        return Written(made, made, covers=True)

    def _has(self, paths: tuple[str, ...]) -> bool:
        """Tell whether the include files of a group are as they were; reads each once."""
        known = self._sound.get(paths)
        if known is None:
            known = self._sound[paths] = all(map(self._is_same, paths))
        return known

    def _is_same(self, path: str) -> bool:
        if self.former is None or path not in self.former.includes:
            return False
        source, digest = self.former.includes[path]
        if not source:
            return True  # made with the group, from the same
        try:
            data = self.spec.files.read(source)
        except SourceError:
            return False
        return sha256(data).hexdigest() == digest

    def needed(self) -> Iterator[IncludeFile]:
        """Yield the include files of the groups that were taken from before."""
        if self.former is None:
            return
        for path in dict.fromkeys(path for row in self.rows.values() for path in row.includes):
            source, _ = self.former.includes[path]
            yield IncludeFile(path, source, self.spec.files.read(source) if source else b"")
