"""The texts of jobs filled in: command, outputs, inputs, log; hostile values are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmcompile.batch.table import Job, is_field, is_name
from cmcompile.compiler.jobs.asked import Reporter
from cmcompile.compiler.jobs.names import JobNames
from cmcompile.compiler.jobs.rows import Row, Rows
from cmcompile.compiler.names import JOB, GroupNames
from cmcompile.compiler.plain import ExpressionError, in_text
from cmcompile.compiler.render import render
from cmcompile.compiler.shape import Shape
from cmcompile.model import codes
from cmcompile.model.group import Group
from cmcompile.model.ids import Id
from cmcompile.model.resolved import Items, Leaf, Tree

#: Bash takes such a text for itself, wherever it stands in a command, and no command for an option.
_WORD = re.compile(r"(?:-?[0-9][A-Za-z0-9_./:@%+=,-]*|[A-Za-z_./][A-Za-z0-9_./:@%+=,-]*)\Z")


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of ``jobs``: filled in per job only where it differs between jobs."""

    leaf: Leaf
    differs: bool


class JobTexts:
    """Fills in the texts of the jobs of one group."""

    def __init__(self, shape: Shape, names: GroupNames, columns: tuple[str, ...], reporter: Reporter) -> None:
        self._shape = shape
        self._group_names = names
        self._columns = columns
        self._reporter = reporter
        self._names = JobNames(names, columns)
        self._command = self._texts("command")
        self._log = self._texts("log")
        self._outputs = self._texts("outputs")
        self._inputs = self._texts("inputs")
        self._static: dict[int, tuple[str, ...]] = {}

    def jobs(self, rows: Rows) -> tuple[Job, ...]:
        """Return the jobs of a group, numbered from 1."""
        for at, column in enumerate(rows.columns):
            self._check_column(column, {row[at] for row in rows.rows})
        self._check_axes()
        return tuple(self._job(number, row) for number, row in enumerate(rows.rows, 1))

    def outputs(self, rows: Rows) -> Iterable[tuple[str, ...]]:
        """Yield the outputs alone of each job."""
        for number, row in enumerate(rows.rows, 1):
            self._names.turn_to(number, row)
            yield self._many(self._outputs)

    def _job(self, number: int, row: Row) -> Job:
        self._names.turn_to(number, row)
        values = tuple(map(str, row))
        return Job(
            number,
            self._columns,
            values,
            self._checked_names(self._many(self._outputs), "outputs"),
            self._checked_names(self._many(self._inputs), "inputs"),
            self._line(self._log, "log"),
            self._line(self._command, "command"),
        )

    def _texts(self, key: str) -> tuple[_Text, ...]:
        tree: Tree | None = self._shape.tree.get("jobs", key)
        leaves = tree.items if isinstance(tree, Items) else (tree,)
        return tuple(
            _Text(leaf, self._names.is_of_job(leaf.value)) for leaf in leaves if isinstance(leaf, Leaf)
        )

    def _filled(self, text: _Text) -> tuple[str, ...]:
        """Return what a text gives for this job: one text, or those of a list; none where it fails."""
        known = self._static.get(id(text))
        if known is not None:
            return known
        try:
            value = render(text.leaf.value, self._names.look_up)
            found = tuple(map(in_text, value)) if isinstance(value, list | tuple) else (in_text(value),)
        except ExpressionError as fault:
            code = getattr(fault, "code", codes.names.BAD_EXPRESSION)
            hint = getattr(fault, "hint", "")
            self._reporter.add(code, self._shape, str(fault), hint, fault.span or text.leaf.origin.span)
            found = ()
        if not text.differs:
            self._static[id(text)] = found
        return found

    def _many(self, texts: Sequence[_Text]) -> tuple[str, ...]:
        if len(texts) == 1:
            return self._filled(texts[0])
        return tuple(dict.fromkeys(name for text in texts for name in self._filled(text)))

    def _checked_names(self, names: tuple[str, ...], key: str) -> tuple[str, ...]:
        for name in names:
            if not is_name(name):
                why = "a name in a job table can't be empty, and has no blank, tab or line end"
                self._refuse(key, name, why)
                return ()
        return names

    def _line(self, texts: Sequence[_Text], key: str) -> str:
        if not texts:
            return ""
        filled = self._filled(texts[0])
        found = " ".join(filled)
        if key == "command" and filled and not found.strip():
            self._refuse(key, found, "it would run nothing, and end well")
            return ""
        if key == "log" and ".." in found.split("/"):
            self._refuse(key, found, "a log is written where its path says, and none says `..`")
            return ""
        if is_field(found):
            return found
        self._refuse(key, found, "a field of a job table has no tab, line end or other control character")
        return ""

    def _refuse(self, key: str, value: str, why: str) -> None:
        texts: dict[str, tuple[_Text, ...]] = {"outputs": self._outputs, "inputs": self._inputs}
        texts |= {"log": self._log, "command": self._command}
        span = texts[key][0].leaf.origin.span if texts[key] else None
        message = f"`jobs.{key}` of group {self._group.id} would be {value[:80]!r}: {why}"
        hint = "put what is long into a script among `payload`" if key == "command" else "name it otherwise"
        self._reporter.add(codes.batch.UNSAFE, self._shape, message, hint, span, about=key)

    @property
    def _group(self) -> Group:
        return self._group_names.group

    def _check_column(self, column: str, values: set[Id]) -> None:
        """Report values that break the table, and those that a command would be broken by."""
        used = f"{JOB}.{column}" in self._in_command()
        for value in sorted(values, key=str):
            if isinstance(value, int):
                continue
            text = str(value)
            if not is_field(text):
                why = "a field of a job table has no tab, line end or other control character"
                self._unsafe(column, text, why, "take it out of the list")
                return
            if used and not _WORD.match(text):
                why = "bash would not take it for one word of the command"
                self._unsafe(column, text, why, f'write "$JOB_{column}" in the command, with the quotes')
                return

    def _check_axes(self) -> None:
        """Report values of axes that a command would be broken by."""
        # The clauses of `where` may hold values of any axis.
        heads = {name.partition(".")[0] for name in self._in_command()}
        for part in self._group.parts:
            if not heads & {part.axis, part.dimension, "where"}:
                continue
            for value in part.ids:
                if isinstance(value, str) and not _WORD.match(value):
                    why = "bash would not take it for one word of the command"
                    hint = f'write "$JOB_{part.axis}" in the command, with the quotes'
                    self._unsafe(part.axis, value, why, hint)
                    return

    def _in_command(self) -> frozenset[str]:
        return frozenset().union(*(self._names.reading(text.leaf.value) for text in self._command))

    def _unsafe(self, column: str, value: str, why: str, hint: str) -> None:
        span = self._command[0].leaf.origin.span if self._command else None
        message = f"{column} {value[:80]!r} of group {self._group.id} can't be used: {why}"
        self._reporter.add(codes.batch.UNSAFE, self._shape, message, hint, span, about=f"column {column}")
