"""What the passes of one campaign in one process hand on: one with nothing new must cost next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmcompile.cli.branch import GitBranch, reviewed_branch
from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import ledger_on, remote_of

if TYPE_CHECKING:
    from datetime import date

    import click

    from cmcompile.cli.branch import Compiled
    from cmcompile.cli.outside import Drivers
    from cmcompile.ledger.book import Ledger

#: What asks workload systems and Butler is started anew after so many seconds: a login may have been renewed.
_FRESH = 3600.0


class Known:
    """The ledger as it was read, the spec as it was compiled, and the processes that ask workload systems.

    All of it is asked again in each pass; what is the same is not made again.

    Attributes
    ----------
    told
        What was said last about things that stay until a person acts, by kind.
    remote
        Which one had the ledger when that was asked last; None: this repository.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.remote: str | None = None
        self._ledger: Ledger | None = None
        self._branch: GitBranch | None = None
        self._day: date | None = None
        self._drivers: Drivers | None = None
        self._context: click.Context | None = None
        self._of: Compiled | None = None
        self._since = 0.0
        self.told: dict[str, str] = {}

    @property
    def stood(self) -> str:
        """Which commit the spec branch had when it was asked last; empty: that is not known."""
        return "" if self._branch is None else self._branch.stood

    def ledger(self) -> Ledger:
        """Return the ledger; nothing is asked yet.

        Raises
        ------
        LedgerError
            As `cmcompile.cli.ledgers.remote_of`.
        """
        remote = remote_of(self._place.root)
        if self._ledger is None or remote != self.remote:
            self._ledger, self.remote = ledger_on(self._place, remote), remote
        return self._ledger

    def branch(self) -> GitBranch:
        """Return the branch that the spec stands on, beside the ledger as `ledger` gave it last.

        Raises
        ------
        PolicyError
            As `reviewed_branch`.
        """
        found = reviewed_branch(self._place, self._ledger or self.ledger())
        known, day = self._branch, found.ledger.clock.now().date()
        is_same = known is not None and known.tracked == found.tracked and known.ledger is found.ledger
        # What a spec says may end with a day.
        if known is None or not is_same or day != self._day:
            self._branch, self._day = found, day
            return found
        return known

    def drivers(self) -> Drivers:
        """Return what asks workload systems and Butler, for the spec as it was read last."""
        from time import monotonic

        branch = self._branch or self.branch()
        is_old = monotonic() - self._since > _FRESH
        if self._drivers is None or branch.newest is not self._of or is_old:
            self._open(branch)
            self._of, self._since = branch.newest, monotonic()
        assert self._drivers is not None  # noqa: S101  # for mypy
        return self._drivers

    def close(self) -> None:
        """End what was started to ask workload systems."""
        context, self._context, self._drivers = self._context, None, None
        if context is not None:
            context.close()

    def _open(self, branch: GitBranch) -> None:
        from cmcompile.cli.outside import drivers

        self.close()
        self._context = pass_context()
        with self._context.scope(cleanup=False):
            self._drivers = drivers(self._place, branch.butlers, branch.systems)


def pass_context() -> click.Context:
    """Return a context of a pass: what is opened within it is closed with it."""
    import click

    return click.Context(click.Command("pass"), parent=click.get_current_context(silent=True))
