"""A campaign file and the files that it extends, lowest first."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from cmcompile.model import codes
from cmcompile.model.campaign import Layer
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ports import Documents
from cmcompile.model.source import Mapping, Scalar, Span
from cmcompile.spec.files import join, read_yaml
from cmcompile.spec.schema import check
from cmcompile.spec.values import items

#: More files than this in a row are taken for a mistake.
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class SpecFile:
    """One file of a spec: a library, or the campaign itself, which comes last."""

    path: str
    layer: Layer


def read_files(documents: Documents, path: str, findings: Findings) -> tuple[SpecFile, ...]:
    """Read a campaign and what it extends, each file once, checked by its schema.

    Returns nothing when a file can't be used.
    """
    reading = _Reading(documents, findings)
    reading.file(path, None, "campaign", ())
    return () if findings.failed else tuple(reading.files.values())


class _Reading:
    def __init__(self, documents: Documents, findings: Findings) -> None:
        self._documents = documents
        self._findings = findings
        self.files: dict[str, SpecFile] = {}

    def file(self, path: str, named_at: Span | None, kind: str, within: tuple[str, ...]) -> None:
        if path in within:
            chain = " → ".join([*within[within.index(path) :], path])
            self._findings.add(
                codes.names.NAME_CYCLE, named_at, f"files that extend each other: {chain}", "break the circle"
            )
            return
        if path in self.files:
            return
        if len(within) > _DEEPEST:
            self._findings.add(
                codes.names.NAME_CYCLE,
                named_at,
                f"{path} is reached by {len(within)} files that extend each other in a row",
                "extend the files that are meant",
            )
            return
        node = read_yaml(self._documents, path, self._findings, named_at)
        if node is None:
            return
        if not isinstance(node, Mapping):
            self._findings.add(
                codes.shape.WRONG_TYPE,
                node.span,
                f"{posixpath.basename(path)} must be a mapping of keys such as `steps`",
                "see docs/language.md for what a campaign file holds",
            )
            return
        if not check(node, "campaign" if kind == "campaign" else "library", self._findings):
            return
        for item in items(node.get("extends")):
            if isinstance(item, Scalar):
                self._extended(path, item, within)
        name = "campaign" if kind == "campaign" else f"library {posixpath.basename(path)}"
        self.files[path] = SpecFile(path, Layer(name, node))

    def _extended(self, path: str, item: Scalar, within: tuple[str, ...]) -> None:
        target = join(path, str(item.value))
        if target is None:
            self._findings.add(
                codes.reading.FILE_OUTSIDE,
                item.span,
                f"{item.value} is outside the repository",
                "copy the file into the repository and name it there",
            )
            return
        self.file(target, item.span, "library", (*within, path))
