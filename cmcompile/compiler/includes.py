"""Include files: found beside the file that names them, copied beside the group's file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from cmcompile.bps.document import Include
from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings, Related
from cmcompile.model.errors import SourceError
from cmcompile.model.group import IncludeFile
from cmcompile.model.ports import Documents, files_below
from cmcompile.model.resolved import Branch, Items, Leaf, Tree
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span

KEY = "includeConfigs"
#: More files than this that include each other, or that one group needs, are taken for a mistake.
_DEEPEST = 40
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Named:
    """An include as a tree names it, at the mapping ``at``."""

    leaf: Leaf
    at: tuple[str, ...]


def named(tree: Tree, at: tuple[str, ...] = ()) -> Iterator[Named]:
    """Yield the includes that a tree names, at any level."""
    if isinstance(tree, Branch):
        for key, value in tree.entries.items():
            if key == KEY:
                leaves = value.items if isinstance(value, Items) else (value,)
                yield from (Named(leaf, at) for leaf in leaves if isinstance(leaf, Leaf))
            else:
                yield from named(value, (*at, key))


class Collector:
    """Finds include files for all groups of a campaign, each once.

    Attributes
    ----------
    files
        What goes to the output, by path.
    """

    def __init__(self, documents: Documents, findings: Findings) -> None:
        self._documents = documents
        self._findings = findings
        self._nodes: dict[str, Node | None] = {}
        self._known: dict[tuple[str, str, str, tuple[str, ...]], tuple[Include, tuple[str, ...]]] = {}
        self.files: dict[str, IncludeFile] = {}

    def add(
        self, text: str, span: Span | None, at: tuple[str, ...], folder: str
    ) -> tuple[Include, tuple[str, ...]]:
        """Take in one include of a group whose file goes to ``folder``.

        Returns
        -------
        The include with its content, and the paths in the output that it needs.
        """
        base = posixpath.dirname(span.file) if span else ""
        key = (base, text, folder, at)
        if key not in self._known:
            paths: list[str] = []
            found = self._include(text, span, base, folder, at, (), paths)
            self._known[key] = (found, tuple(paths))
        return self._known[key]

    def copy(self, text: str, span: Span | None, folder: str) -> tuple[str, ...]:
        """Take in a payload file of a group whose file goes to ``folder``, whatever it holds.

        A name that ends with a slash stands for all files below a folder.

        Returns
        -------
        Their paths relative to ``folder``; none where they can't be had, which is reported.
        """
        path = posixpath.normpath(posixpath.join(posixpath.dirname(span.file) if span else "", text))
        own = posixpath.normpath(text)
        try:
            if not text.endswith("/"):
                return (self._copied(own, path, span, folder),) if self._may_be_named(text, span) else ()
            if not self._may_be_named(text, span):
                return ()
            inside = files_below(self._documents, path)
            if len(inside) > _MOST:
                raise SourceError(path, "unreadable", f"holds {len(inside):,} files, more than {_MOST:,}")
            names = [name for name in inside if self._may_be_named(f"{own}/{name}", span)]
            return tuple(self._copied(f"{own}/{name}", f"{path}/{name}", span, folder) for name in names)
        except SourceError as error:
            self._findings.add(
                codes.output.INCLUDE_ABSENT,
                span,
                f"payload file {text!r} can't be read: {error.detail}",
                f"it is looked for at {path}, beside the file that names it; a folder ends with `/`",
            )
            return ()

    def _may_be_named(self, text: str, span: Span | None) -> bool:
        bad = is_elsewhere(text) or ".." in text.split("/") or not text.isprintable() or "\\" in text
        if bad:
            self._findings.add(
                codes.output.BAD_PATH,
                span,
                f"payload file {text!r} is not below the folder of the file that names it",
                "copy it there and name it by its path; what is elsewhere is recorded nowhere",
            )
        return not bad

    def _copied(self, own: str, path: str, span: Span | None, folder: str) -> str:
        data = self._documents.read(path)
        self._place(IncludeFile(posixpath.normpath(posixpath.join(folder, own)), path, data, span))
        return own

    def put(self, path: str, data: bytes) -> None:
        """Take in a file that was made for one group alone."""
        self._place(IncludeFile(path, "", data))

    def _include(
        self,
        text: str,
        span: Span | None,
        base: str,
        folder: str,
        at: tuple[str, ...],
        within: tuple[str, ...],
        paths: list[str],
    ) -> Include:
        if is_elsewhere(text):
            if text.startswith("/") or "://" in text:
                self._findings.add(
                    codes.output.INCLUDE_OUTSIDE,
                    span,
                    f"include {text} is outside the repository: what it holds is recorded nowhere",
                    "copy it beside the spec, or say in `allow` who keeps it",
                )
            return Include(text, span, text, None, (), at)
        if ".." in text.split("/") or not text:
            self._findings.add(
                codes.output.BAD_PATH,
                span,
                f"include {text!r} leaves the folder of the file that names it",
                "put the include file beside the file that names it, or in a folder below",
            )
            return Include(text, span, text, None, (), at)
        path = posixpath.normpath(posixpath.join(base, text))
        if path in within:
            chain = " → ".join([*within[within.index(path) :], path])
            self._findings.add(
                codes.output.INCLUDE_LOOP,
                span,
                f"include files that include each other: {chain}",
                "take one of these includes away",
            )
            return Include(text, span, path, None, (), at)
        if len(within) >= _DEEPEST or len(paths) >= _MOST:
            self._findings.add(
                codes.output.INCLUDE_LOOP,
                span,
                f"include {text!r}: include files include others {_DEEPEST} deep, or {_MOST} in all",
                "name the files that are meant in the spec",
            )
            return Include(text, span, path, None, (), at)
        node = self._read(path, text, span, folder, paths)
        nested = tuple(
            self._include(
                inner, where, posixpath.dirname(path), _beside(folder, text), where_at, (*within, path), paths
            )
            for inner, where, where_at in _nested(node)
        )
        return Include(text, span, path, node, nested, at)

    def _read(self, path: str, text: str, span: Span | None, folder: str, paths: list[str]) -> Node | None:
        try:
            data = self._documents.read(path)
            if path not in self._nodes:
                self._nodes[path] = self._documents.document(path, self._findings)
        except SourceError as error:
            self._findings.add(
                codes.output.INCLUDE_ABSENT,
                span,
                f"include {text!r} can't be read: {error.detail}",
                f"it is looked for at {path}, beside the file that names it",
            )
            return None
        target = posixpath.normpath(posixpath.join(folder, text))
        self._place(IncludeFile(target, path, data, span))
        paths.append(target)
        return self._nodes[path]

    def _place(self, file: IncludeFile) -> None:
        other = self.files.setdefault(file.path, file)
        if other.data != file.data:
            related = (Related(other.span, f"{other.source} goes there too"),) if other.span else ()
            self._findings.add(
                codes.output.INCLUDE_CONFLICT,
                file.span,
                f"{file.source} and {other.source} differ, and both would be copied to {file.path}",
                "give one of them another name or folder",
                related,
            )


def is_elsewhere(text: str) -> bool:
    """Tell whether an include is found by BPS only: absolute, a URI, or with a variable in its path."""
    return text.startswith("/") or "$" in text or "{" in text or "://" in text


def _beside(folder: str, text: str) -> str:
    return posixpath.dirname(posixpath.join(folder, text))


def _nested(node: Node | None, at: tuple[str, ...] = ()) -> Iterator[tuple[str, Span, tuple[str, ...]]]:
    if not isinstance(node, Mapping):
        return
    for entry in node:
        if entry.key == KEY:
            items = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
            for item in items:
                if isinstance(item, Scalar) and isinstance(item.value, str):
                    yield item.value, item.span, at
        else:
            yield from _nested(entry.value, (*at, entry.key))
