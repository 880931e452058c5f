"""Groups to files: path, bytes, includes, digest."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from hashlib import sha256

from cmcompile.bps.document import Include
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.includes import Collector, Named, named
from cmcompile.compiler.jobs.write import JobsWriter
from cmcompile.compiler.names import GroupNames
from cmcompile.compiler.paths import path_problem
from cmcompile.compiler.plain import ExpressionError, in_text
from cmcompile.compiler.shape import BUILT_IN, Shape
from cmcompile.compiler.step import StepShapes
from cmcompile.model import codes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import ClauseText, CompiledGroup, Group
from cmcompile.model.resolved import Leaf


class GroupWriter:
    """Writes the groups of one campaign.

    Attributes
    ----------
    includes
        The include files that the groups need.
    jobs
        Writes the files of batch steps.
    suspects
        Step and id of the groups with a value of their own that may break a BPS rule.
    """

    def __init__(self, spec: Spec, lists: Lists, findings: Findings) -> None:
        self._spec = spec
        self._findings = findings
        self._named: dict[int, tuple[Shape, tuple[Named, ...]]] = {}
        self._include_digests: dict[str, bytes] = {}
        self._bad_paths: set[tuple[int, str]] = set()
        self._same: dict[tuple[int, str], tuple[tuple[Include, tuple[str, ...]], ...]] = {}
        self.suspects: set[tuple[str, str]] = set()
        self.includes = Collector(spec.files, findings)
        self.jobs = JobsWriter(spec, lists, self.includes, findings)

    def write(self, group: Group, shapes: StepShapes) -> CompiledGroup:
        """Compile one group."""
        shape = shapes.of(group)
        names = shape.names_of(group)
        path = self._path(shape, names)
        head = f"# {self._spec.name}/{group.step}/{group.id}, compiled from {self._spec.path}"
        if not shape.frame.is_bps:
            return self._of_jobs(group, shape, names, path, head + ": edit that, not this")
        text, harmless = shape.text(names)
        if not harmless:
            self.suspects.add((group.step, group.id))
        data = (head + ": edit that, not this\n" + text).encode()
        includes = self._includes_of(shape, names, path.rpartition("/")[0])
        where, clauses = _query(shape, names)
        return CompiledGroup(
            group=group,
            path=path,
            data=data,
            includes=includes,
            digest=self._digest(path, data, includes),
            output=quiet(names, "output") or "",
            release=quiet(names, "release"),
            where=where,
            clauses=clauses,
            site=shape.frame.stack.site,
            environment=shape.frame.stack.environment,
        )

    def _of_jobs(self, group: Group, shape: Shape, names: GroupNames, path: str, head: str) -> CompiledGroup:
        made = self.jobs.write(shape, names, path, head)
        return CompiledGroup(
            group=group,
            path=path,
            data=made.document,
            includes=made.includes,
            digest=self._digest(path, made.document, made.includes),
            output=quiet(names, "output") or "",
            release=quiet(names, "release"),
            where="",
            site=shape.frame.stack.site,
            environment=shape.frame.stack.environment,
        )

    def _path(self, shape: Shape, names: GroupNames) -> str:
        default = f"{names.group.step}/{names.group.id}.yaml"
        path = shape.text_value(shape.file, names)
        problem = None if path is None else path_problem(path)
        if path is not None and problem is None:
            return path
        if problem is not None and (id(shape), problem) not in self._bad_paths:
            self._bad_paths.add((id(shape), problem))
            self._findings.add(
                codes.output.BAD_PATH,
                shape.file.origin.span,
                f"the file of group {names.group.id} would be {path!r}, which {problem}",
                "write a path such as `step1/x_${{ group.id }}.yaml`",
                scope=names.group.step,
            )
        return default

    def _includes_of(self, shape: Shape, names: GroupNames, folder: str) -> tuple[str, ...]:
        paths = [path for _, needs in self._found(shape, names, folder) for path in needs]
        return tuple(dict.fromkeys(paths))

    def include_tree(self, shape: Shape, names: GroupNames, path: str) -> tuple[Include, ...]:
        """Return the includes of a group whose file is at ``path``, with their contents."""
        return tuple(found for found, _ in self._found(shape, names, posixpath.dirname(path)))

    def _found(
        self, shape: Shape, names: GroupNames, folder: str
    ) -> tuple[tuple[Include, tuple[str, ...]], ...]:
        if id(shape) not in self._named:
            self._named[id(shape)] = (shape, tuple(named(shape.tree)))
        includes = self._named[id(shape)][1]
        if not includes:
            return ()
        key = (id(shape), folder)
        if key not in self._same:
            dynamic = any(shape.names.text_is_dynamic(i.leaf.value) for i in includes)
            found = tuple(self._add(shape, names, includes, folder))
            if dynamic:
                return found
            self._same[key] = found
        return self._same[key]

    def _add(
        self, shape: Shape, names: GroupNames, includes: Iterable[Named], folder: str
    ) -> Iterable[tuple[Include, tuple[str, ...]]]:
        for include in includes:
            text = shape.text_value(include.leaf, names)
            if text is not None:
                yield self.includes.add(text, include.leaf.origin.span, include.at, folder)

    def _digest(self, path: str, data: bytes, includes: Iterable[str]) -> str:
        out = sha256(path.encode() + b"\0" + data)
        for include in includes:
            if include not in self._include_digests:
                content = sha256(self.includes.files[include].data).digest()
                self._include_digests[include] = b"\0" + include.encode() + b"\0" + content
            out.update(self._include_digests[include])
        return out.hexdigest()


def quiet(names: GroupNames, name: str) -> str | None:
    """Return a name's value as text; None where it has none, which is reported where it is used."""
    try:
        return in_text(names.look_up(name))
    except ExpressionError:
        return None


def _query(shape: Shape, names: GroupNames) -> tuple[str, tuple[ClauseText, ...]]:
    """Return the predicate of a group: its ``where``, or a ``payload.dataQuery`` that hides it."""
    leaf = shape.tree.get("payload", "dataQuery")
    if isinstance(leaf, Leaf) and leaf.origin != BUILT_IN:
        text = shape.text_value(leaf, names) or ""
        return text, (ClauseText(text, "query", leaf.origin),)
    try:
        return str(names.look_up("where")), shape.clause_texts(names)
    except ExpressionError:
        return "", ()
