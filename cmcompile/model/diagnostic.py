"""Findings as values: what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from cmcompile.model.source import Span


class Severity(Enum):
    """How much a finding matters: an error stops, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding; each has a page ``docs/diagnostics/<name>.md``.

    Attributes
    ----------
    name
        ``CM`` and three digits; never reused.
    severity
        The severity of a finding of this kind.
    title
        One line for tables of codes: what is wrong, without a full stop.
    """

    name: str
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that matters to a finding."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes
    ----------
    code
        The kind.
    message
        What is wrong, in one sentence without a full stop at the end.
    hint
        What to do, or an empty text.
    span
        Where, or None when no file is to blame.
    related
        Other places that matter.
    scope
        The step the finding belongs to (for ``allow``), or an empty text.
    allowed
        The reason for which a spec allows this finding, or None.
    """

    code: Code
    message: str
    hint: str = ""
    span: Span | None = None
    related: tuple[Related, ...] = ()
    scope: str = ""
    allowed: str | None = None

    @property
    def severity(self) -> Severity:
        """The severity of the code."""
        return self.code.severity

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order by place, then code, then text: the same on every machine."""
        span = self.span or Span("", 0, 0)
        return (span.file, span.line, span.column, self.code.name, self.message)


def errors_in(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the errors that nothing allows."""
    return (d for d in findings if d.severity is Severity.ERROR and d.allowed is None)


class Findings:
    """Collects findings while a stage runs; equal findings are kept once."""

    def __init__(self) -> None:
        self._items: dict[Diagnostic, None] = {}

    def add(
        self,
        code: Code,
        span: Span | None,
        message: str,
        hint: str = "",
        related: tuple[Related, ...] = (),
        scope: str = "",
    ) -> None:
        """Record one finding."""
        self._items[Diagnostic(code, message, hint, span, related, scope)] = None

    def extend(self, items: Iterable[Diagnostic]) -> None:
        """Record the findings of another stage."""
        self._items.update(dict.fromkeys(items))

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def failed(self) -> bool:
        """Whether an error was recorded that nothing allows."""
        return any(errors_in(self._items))

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Return the findings in a stable order, what several steps share once.

        What one step allows and another does not stays, as not allowed.
        """
        merged: dict[Diagnostic, Diagnostic] = {}
        for found in self._items:
            same = replace(found, scope="", allowed=None)
            if same not in merged or merged[same].allowed is not None:
                merged[same] = found
        return tuple(sorted(merged.values(), key=Diagnostic.sort_key))

    def allow(self, scope: str, reasons: dict[str, str]) -> None:
        """Mark findings of a scope (empty: of any) whose code has a reason."""
        marked = [
            replace(d, allowed=reasons[d.code.name])
            if d.allowed is None and d.code.name in reasons and scope in ("", d.scope)
            else d
            for d in self._items
        ]
        self._items = dict.fromkeys(marked)
