"""The text of one document: where its characters stand, and the findings about it."""

from __future__ import annotations

import re

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Code, Findings, Related
from cmcompile.model.source import Span
from cmcompile.spec.yaml.limits import Limits

_SHOWN = 40
#: Anchors, tags, white space and comments, which stand between the start of an event and its value.
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*|\s+|(?<=\s)#[^\n]*)+")


class Stop(Exception):  # noqa: N818 - it ends a reading, its finding is recorded already
    """The document can't be read any further."""


class Document:
    """One document while it is read.

    Attributes
    ----------
    path
        Path relative to the root of the repository.
    text
        The decoded file without byte order mark.
    failed
        Whether a finding was recorded.
    """

    def __init__(self, path: str, text: str, findings: Findings, limits: Limits) -> None:
        self.path = path
        self.text = text
        self.limits = limits
        self._findings = findings
        self._count = 0

    @property
    def failed(self) -> bool:
        """Whether a finding was recorded."""
        return self._count > 0

    def at(self, index: int) -> Span:
        """Return the place of the character ``index``, which counts from 0; the end when it is beyond."""
        index = min(index, len(self.text))
        line = self.text.count("\n", 0, index)
        return Span(self.path, line + 1, index - self.text.rfind("\n", 0, index))

    def behind_properties(self, index: int, span: Span) -> Span:
        """Return where a value stands whose anchor or tag is at ``index`` and ``span``."""
        match = _PROPERTIES.match(self.text, index)
        skipped = match.group() if match else ""
        lines = skipped.count("\n")
        if lines == 0:
            return Span(self.path, span.line, span.column + len(skipped))
        return Span(self.path, span.line + lines, len(skipped) - skipped.rfind("\n"))

    def report(
        self, code: Code, span: Span, message: str, hint: str, related: tuple[Related, ...] = ()
    ) -> None:
        """Record a finding.

        Raises
        ------
        Stop
            When the document has had its share of findings.
        """
        self._findings.add(code, span, message, hint, related)
        self._count += 1
        if self._count >= self.limits.findings:
            self.stop(
                span,
                f"more than {self.limits.findings} findings: the rest of the file was not read",
                "correct these first",
            )

    def stop(self, span: Span, message: str, hint: str) -> None:
        """Record that a limit is passed, and end the reading."""
        self._findings.add(reading.LIMIT, span, message, hint)
        self._count += 1
        raise Stop


def shown(text: str) -> str:
    """Return the text on one line, cut to a length that a message can bear."""
    line = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
