"""What every format of findings shares: how to look, and how to count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cmcompile.model.diagnostic import Code, Diagnostic, Severity
from cmcompile.model.source import Span

SourceLine: TypeAlias = Callable[[Span], str | None]


def no_source_line(span: Span) -> str | None:
    """Say that the text of no place is known."""
    del span
    return None


@dataclass(frozen=True, slots=True)
class Look:
    """How findings are shown; the fields are the parameters of ``render``."""

    docs_url: Callable[[Code], str]
    colour: bool = False
    source_line: SourceLine = no_source_line
    show_allowed: bool = False
    rules: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """How many findings there are; an allowed one is counted as allowed only."""

    errors: int
    warnings: int
    notes: int
    allowed: int

    @classmethod
    def of(cls, findings: tuple[Diagnostic, ...]) -> Summary:
        """Count findings."""
        open_ = [d.severity for d in findings if d.allowed is None]
        errors, warnings, notes = (open_.count(s) for s in (Severity.ERROR, Severity.WARNING, Severity.NOTE))
        return cls(errors, warnings, notes, len(findings) - len(open_))

    def __str__(self) -> str:
        counted = ((self.errors, "error"), (self.warnings, "warning"), (self.notes, "note"))
        parts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted if n]
        text = ", ".join(parts) or "no findings"
        return f"{text}; {self.allowed} allowed" if self.allowed else text
