"""The files of a group of jobs: document, table, script, and what the batch system is given."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from cmcompile.batch.document import ENDINGS, SCRIPT, TABLE, Document, document_bytes
from cmcompile.batch.run_files import RESERVED
from cmcompile.batch.script import script_bytes
from cmcompile.batch.submit import submit_bytes
from cmcompile.batch.table import Table, table_bytes
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.includes import Collector
from cmcompile.compiler.jobs.asked import Asked, Reporter, asked_of
from cmcompile.compiler.jobs.rows import RowMaker, Rows, RowsError
from cmcompile.compiler.jobs.texts import JobTexts
from cmcompile.compiler.names import GroupNames
from cmcompile.compiler.plain import ExpressionError, in_text
from cmcompile.compiler.shape import Shape
from cmcompile.model import codes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Items, Leaf

#: The name stands in commands, and in files of batch systems that have quoting of their own.
_PATH = re.compile(r"[A-Za-z0-9_./+-]+\Z")
_NONE = Rows((), ())


@dataclass(frozen=True, slots=True)
class JobFiles:
    """The files of a group: its document, and the paths of all others in the output."""

    document: bytes
    includes: tuple[str, ...]


class JobsWriter:
    """Writes the groups of batch steps of one campaign.

    Parameters
    ----------
    collector
        Takes the files that go beside the documents.
    """

    def __init__(self, spec: Spec, lists: Lists, collector: Collector, findings: Findings) -> None:
        self._rows = RowMaker(spec.lists.values(), lists, spec.exclude)
        self._collector = collector
        self._reporter = Reporter(findings, set())
        self._outputs: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {}

    def write(self, shape: Shape, names: GroupNames, path: str, head: str) -> JobFiles:
        """Return the files of a group; what can't be had is reported, and left out."""
        head = "".join(c if c.isprintable() else "?" for c in head.removeprefix("# "))
        folder, _, name = path.rpartition("/")
        stem = posixpath.splitext(name)[0]
        self._check_path(shape, path)
        asked = asked_of(shape, names, self._reporter)
        payload = self._payload(shape, names, folder, stem)
        rows = self.rows(shape, names)
        table = Table(rows.columns, JobTexts(shape, names, rows.columns, self._reporter).jobs(rows))
        self._outputs[names.group.step, names.group.id] = tuple(job.outputs for job in table.jobs)
        output = self._output(shape, names)
        self._check_command(shape)
        if asked is None:
            return JobFiles(f"# {head}\n".encode(), ())
        document = _document(asked, names, table, stem, payload, output)
        files = {
            document.table: _bytes_of(table),
            document.script: script_bytes(head, document.script, document.table, rows.columns, payload),
            document.submit: submit_bytes(document, head),
        }
        for file, data in files.items():
            self._collector.put(posixpath.join(folder, file), data)
        includes = (posixpath.join(folder, file) for file in (*files, *payload))
        return JobFiles(document_bytes(document, head), tuple(includes))

    def rows(self, shape: Shape, names: GroupNames) -> Rows:
        """Return the jobs of a group; none where that can't be told, which is reported."""
        each = shape.tree.get("jobs", "each")
        span = each.origin.span if each is not None else None
        try:
            found = self._rows.rows(names.group, shape.frame.axes, _each(shape))
        except RowsError as error:
            self._reporter.add(error.code, shape, str(error), error.hint, span, about="rows")
            return _NONE
        if not found.rows:
            self._reporter.add(
                codes.batch.NO_JOBS,
                shape,
                f"group {names.group.id} of {shape.frame.step} has no jobs: no row of its list is left",
                "add rows for its ids to the list, or take the ids out with `exclude`",
                span,
                about=names.group.id,
            )
        return found

    def outputs(self, shape: Shape, names: GroupNames) -> tuple[tuple[str, ...], ...]:
        """Return the outputs of each job of a group, those that were not written now too."""
        key = (names.group.step, names.group.id)
        if key not in self._outputs:
            try:
                rows = self._rows.rows(names.group, shape.frame.axes, _each(shape))
            except RowsError:
                return ()
            texts = JobTexts(shape, names, rows.columns, Reporter(Findings(), set()))
            self._outputs[key] = tuple(texts.outputs(rows))
        return self._outputs[key]

    def _output(self, shape: Shape, names: GroupNames) -> str:
        if not shape.frame.has_collect:
            self._reporter.add(
                codes.batch.LACKING,
                shape,
                f"no layer says under which name the outputs of {shape.frame.step} are known",
                "set `collect` on the step or in `step_defaults`: runs are named by it",
                about="collect",
            )
            return ""
        leaf = shape.tree.get("payload", "output")
        value = shape.value(leaf, names) if isinstance(leaf, Leaf) else None
        try:
            return in_text(value) if value is not None else ""
        except ExpressionError:
            return ""

    def _check_command(self, shape: Shape) -> None:
        if shape.tree.get("jobs", "command") is None:
            self._reporter.add(
                codes.batch.LACKING,
                shape,
                f"no layer says what the jobs of {shape.frame.step} run",
                "set `jobs: {command: …}` on the step",
                about="command",
            )

    def _check_path(self, shape: Shape, path: str) -> None:
        if not _PATH.match(path) or posixpath.basename(path).startswith("-"):
            self._reporter.add(
                codes.batch.UNSAFE,
                shape,
                f"the file of a group of jobs would be {path!r}: its name stands in commands",
                "use letters, digits, `_`, `-`, `.`, `+` and `/` only",
                shape.file.origin.span,
                about="file",
            )

    def _payload(self, shape: Shape, names: GroupNames, folder: str, stem: str) -> tuple[str, ...]:
        tree = shape.tree.get("jobs", "payload")
        leaves = tree.items if isinstance(tree, Items) else (tree,)
        own = {*RESERVED, *(stem + end for end in (".yaml", TABLE, SCRIPT, *ENDINGS.values()))}
        found: dict[str, None] = {}
        for leaf in leaves:
            text = shape.text_value(leaf, names) if isinstance(leaf, Leaf) else None
            if text is None or not isinstance(leaf, Leaf):
                continue
            for path in self._collector.copy(text, leaf.origin.span, folder):
                if path.split("/")[0] not in own:
                    found[path] = None
                    continue
                self._reporter.add(
                    codes.output.BAD_PATH,
                    shape,
                    f"payload file {path!r} would stand where a file of the group or of its jobs stands",
                    "give it another name or folder",
                    leaf.origin.span,
                    about=path,
                )
        return tuple(found)


def _each(shape: Shape) -> list[str] | None:
    each = shape.tree.get("jobs", "each")
    items = each.items if isinstance(each, Items) else ()
    return [str(item.value) for item in items if isinstance(item, Leaf)] or None


def _bytes_of(table: Table) -> bytes:
    try:
        return table_bytes(table)
    except ValueError:  # what is to blame is reported already
        return b""


def _document(
    asked: Asked, names: GroupNames, table: Table, stem: str, payload: tuple[str, ...], output: str
) -> Document:
    return Document(
        system=asked.system,
        where=asked.where,
        task=names.group.step,
        jobs=len(table.jobs),
        table=stem + TABLE,
        script=stem + SCRIPT,
        submit=stem + ENDINGS[asked.system],
        output=output,
        resources=asked.resources,
        options=asked.options,
        files=payload,
    )
