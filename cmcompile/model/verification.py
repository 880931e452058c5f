"""What ``verify`` found out about a ledger; see ``docs/verify.md``."""

from __future__ import annotations

from dataclasses import dataclass

from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.model.ledger import Tip


@dataclass(frozen=True, slots=True)
class Counts:
    """What was looked at.

    Attributes
    ----------
    commits, files, events
        Of the ledger branch.
    submissions
        Workflows with a claim that can be read.
    compiled
        Submissions whose files were compared with what their spec compiles to.
    compared
        Files that were compared so.
    specs
        Spec commits that were compiled.
    adopted
        Submissions that were made outside of cmcompile: there is nothing to compare.
    waiting
        Submissions whose files are not written yet.
    """

    commits: int = 0
    files: int = 0
    events: int = 0
    submissions: int = 0
    compiled: int = 0
    compared: int = 0
    specs: int = 0
    adopted: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class NotChecked:
    """What could not be looked at, and why; ``count`` is the number of submissions, or zero."""

    why: str
    count: int


@dataclass(frozen=True, slots=True)
class Verification:
    """The result.

    Attributes
    ----------
    findings
        Errors are signs of tampering; notes and warnings say what was not checked.
    complete
        Whether the whole history was there.
    """

    campaign: str
    tip: Tip
    counts: Counts
    findings: tuple[Diagnostic, ...]
    not_checked: tuple[NotChecked, ...]
    complete: bool

    @property
    def tampered(self) -> bool:
        """Whether something was found that cmcompile never writes."""
        return any(f.severity is Severity.ERROR for f in self.findings)

    @property
    def healthy(self) -> bool:
        """Whether everything was looked at and is as it should be."""
        return not self.tampered and not self.not_checked and self.complete
