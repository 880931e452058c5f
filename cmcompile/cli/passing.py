"""One pass over a campaign, as `cmcompile reconcile` makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cmcompile.apply.outside import Outside, Sources
from cmcompile.cli.applying import source_of
from cmcompile.cli.campaigns import Place
from cmcompile.cli.ending import Around, exit_of, last_of_each
from cmcompile.cli.exit import Exit
from cmcompile.cli.known import Known
from cmcompile.cli.needs import Needs
from cmcompile.cli.output import warn
from cmcompile.cli.outside import desk
from cmcompile.cli.page_forecast import forecast_day
from cmcompile.cli.page_links import page_links
from cmcompile.cli.running import Telling
from cmcompile.ledger.book import beside_clone
from cmcompile.model.applied import End
from cmcompile.model.errors import InputError
from cmcompile.model.ledger import LedgerError, UnreachableError
from cmcompile.model.plan import GATED, Item
from cmcompile.model.rescued import NotWritten
from cmcompile.model.states import WorkflowState
from cmcompile.model.transaction import Decided, Lost, Unsure
from cmcompile.plan.hints import attention, refused
from cmcompile.reconcile.hear import hear
from cmcompile.reconcile.measure import measure
from cmcompile.reconcile.present import Present
from cmcompile.reconcile.render import render
from cmcompile.reconcile.run import Refreshed, reconcile, refresh

if TYPE_CHECKING:
    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.cli.branch import Compiled
    from cmcompile.cli.outside import Drivers
    from cmcompile.model.applied import Result
    from cmcompile.model.drift import Drift
    from cmcompile.model.plan import Plan
    from cmcompile.model.rescued import Rescued


#: A workflow in one of these states ends, or goes on, without anybody's doing.
_RUNS = frozenset(
    {
        *(WorkflowState.CLAIMED, WorkflowState.PREPARING, WorkflowState.SUBMITTING),
        *(WorkflowState.SUBMITTED, WorkflowState.RUNNING, WorkflowState.CANCELLING),
    }
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a pass is made; the options of the command."""

    refresh_only: bool
    no_submit: bool
    detailed: bool
    at_once: int
    format: str
    tell: bool = False
    waits: bool = False


class Passing:
    """The pass of one campaign.

    What is checked out is of no account: the spec is that of the branch, as it stands there now.

    Attributes
    ----------
    goes_on
        With a manner that waits, once it was made: whether another pass may find more by itself.
    recorded
        How many events of what was seen it wrote.
    broken_off
        Why it ended early; empty: it did not.

    Parameters
    ----------
    known
        From the pass before; None: there was none.
    """

    def __init__(self, place: Place, manner: Manner, interrupts: Waking, known: Known | None = None) -> None:
        self._manner = manner
        self._interrupts = interrupts
        self._place, self._campaign = place, place.name
        self._known = Known(place) if known is None else known
        ledger = self._ledger = self._known.ledger()
        self._telling = Telling(place.name, manner.format, ledger.clock, former=self._known.told)
        self._desk = desk(place, ledger, self._telling.told)
        self._branch = self._known.branch()
        self._state = self._desk.book.look().state
        beside = beside_clone(place.root, place.name)
        self._present = Present(beside / "present.json", ledger.clock)
        self._measured = Present(beside / "measured.json", ledger.clock)
        self._diagnosed = Present(beside / "diagnosed.json", ledger.clock)
        self._heard = Present(beside / "heard.json", ledger.clock)
        self._declaration: Compiled | None = None
        self._unclear: dict[str, str] = {}
        self._needs: Needs | None = None
        self._wrote = self._unwritten = False
        self.goes_on = False
        self.recorded = 0
        self.broken_off = ""

    @property
    def results(self) -> tuple[Result, ...]:
        """What came of items."""
        return tuple(self._telling.results)

    @cached_property
    def _drivers(self) -> Drivers:
        # Made for the spec as it was just read.
        return self._known.drivers()

    @cached_property
    def _sources(self) -> Sources:
        return Sources(self._desk, self._branch, self._drivers.wms, self._drivers.butler)

    def run(self) -> Exit:
        """Make it, and tell what it did.

        Raises
        ------
        UnreachableError, LedgerError, InputError
            As `cmcompile.reconcile.run`. Runs were looked at all the same where only the spec can't be read.
        """
        try:
            self._declaration = self._branch.read(self._state)
        except (UnreachableError, InputError):
            found = refresh(self._sources, present=self._present, diagnosed=self._diagnosed)
            self._tell(found)
            self._telling.drift(found.drift)
            raise
        if self._manner.refresh_only:
            found = refresh(self._sources, present=self._present, diagnosed=self._diagnosed)
            self._tell(found)
            return self._done(found, found.drift)
        return self._whole(self._declaration)

    def _whole(self, declaration: Compiled) -> Exit:
        launcher = self._drivers.launcher(self._interrupts)
        outside = Outside(self._sources, launcher, self._interrupts, self._manner.at_once)
        found = reconcile(
            outside,
            source_of(declaration, ""),
            present=self._present,
            diagnosed=self._diagnosed,
            allowed=self._may,
            rescues=not self._manner.no_submit,
        )
        self._tell(found.refreshed)
        self._rescued(found.rescued)
        for result in last_of_each(found.results):
            self._telling.result(result)
        if found.unread:
            self.broken_off = f"the pass ended early: {found.unread}"
            warn(f"{self._campaign}: {self.broken_off}")
        return self._done(found.refreshed, found.drift, found.plan, error=bool(found.unread))

    def _rescued(self, found: Sequence[Rescued]) -> None:
        for one in found:
            if isinstance(one, NotWritten):
                self._unwritten = True
                one = replace(one, why=self._desk.clean(one.why))
                if self._telling.for_programs:
                    warn(f"{self._campaign}: a rescue of {one.step} is not written: {one.why}")
            else:
                self._wrote = True
            self._telling.rescued(one)

    def _may(self, item: Item) -> bool:
        """Tell whether an item may be carried out in this pass."""
        if item.action not in GATED:
            return True
        if self._manner.no_submit:
            return False
        why = self._why_not(item)
        if why and str(item.subject) not in self._unclear:
            self._unclear[str(item.subject)] = why
            warn(f"{item.subject} is not submitted: {why}")
        return not why

    def _why_not(self, item: Item) -> str:
        """Return why a group can't be submitted whatever the plan says; each environment is asked once."""
        declaration = self._branch.newest or self._declaration
        if declaration is None:
            return ""
        if why := declaration.unclear(*_key(item)):
            return why
        if self._needs is None or declaration is not self._declaration:
            # A policy may have had a rescue written meanwhile: a new group, perhaps of another system.
            self._needs, self._declaration = Needs(self._place, declaration), declaration
        return self._needs.lacking(*_key(item))

    def _tell(self, found: Refreshed) -> None:
        self.recorded = found.recorded
        if found.recorded or found.observation.silent or not self._manner.waits:
            self._telling.seen(found.recorded, found.observation.silent)
        for reasons in found.observation.unclear.values():
            for why in reasons.values():
                warn(f"{self._campaign}: {why}; its state stays as it was, and the next pass asks again")
        untold = found.observation.untold
        if untold:
            some = ", ".join(list(untold)[:3]) + (f" and {len(untold) - 3} more" if len(untold) > 3 else "")
            warn(
                f"{self._campaign}: the Butler did not tell what became of the quanta of {some}: "
                f"{next(iter(untold.values()))}; the next pass asks again"
            )

    def _done(
        self, found: Refreshed, drift: Sequence[Drift], plan: Plan | None = None, *, error: bool = False
    ) -> Exit:
        """Write the page, tell the rest, and say how it ends."""
        self._telling.drift(drift)
        self._measure()
        wrote = [found.wrote, self._page()]
        self._tell_others()
        results = self._telling.results
        around = Around(
            interrupted=self._interrupts.asked > 0,
            error=error,
            unasked=bool(found.observation.silent or found.observation.untold)
            or any(found.observation.unclear.values())
            or any(isinstance(w, Unsure) for w in wrote),
            lost=any(isinstance(w, Lost) for w in wrote),
            refused=bool(self._unclear) or (plan is not None and refused(plan)),
            attention=bool(drift) or self._unwritten or (plan is not None and attention(plan)),
            changes=self._manner.detailed
            and (found.recorded > 0 or self._wrote or any(r.end is End.DONE for r in results)),
        )
        code = exit_of(results, around)
        self.goes_on = self._manner.waits and self._more()
        if plan is not None and not self.goes_on:
            self._telling.left(plan)
        if results or self._telling.for_programs:
            self._telling.ended(results, code)
        return code

    def _more(self) -> bool:
        """Tell whether another pass may find more by itself: something runs, or this one did something.

        What a person is asked about does not count: it may stay as it is for days.
        """
        if self._wrote or any(r.end is End.DONE for r in self._telling.results):
            return True
        live = (w for w in self._desk.book.seen().state.workflows() if w.live)
        return any(w.state in _RUNS and w.review is None for w in live)

    def _measure(self) -> None:
        """Record what quanta took and what jobs said; where that goes wrong, the next pass asks again."""
        if self._interrupts.asked:
            return
        try:
            if hear(self._sources, self._heard):
                self._fill()
            measure(self._sources, self._measured)
        except LedgerError as error:
            warn(f"{self._campaign}: what quanta took, or jobs said, could not be recorded: {error}")

    def _fill(self) -> None:
        """Take what jobs told into the catalog, where there is one; `catalog fill` does so too."""
        from cmcompile.cli.catalog_filling import fill_new
        from cmcompile.cli.ledgers import Look
        from cmcompile.model.errors import CmcompileError

        try:
            fill_new(self._place, Look(self._ledger, self._ledger.view(self._ledger.tip()), fresh=True))
        except CmcompileError as error:
            warn(f"{self._campaign}: the catalog was not filled: {error}")

    def _page(self) -> Decided | None:
        """Write the page of the ledger; what goes wrong with it is no reason to call the pass a failure."""
        from cmcompile.cli.tell_senders import as_of

        try:
            declaration = self._branch.read(self._desk.book.seen().state)

            def ends() -> str:
                view = self._ledger.view(self._ledger.tip())
                return forecast_day(as_of(declaration.now, self._ledger, view))

            return render(self._sources, declaration, page_links(self._place), ends)
        except (LedgerError, InputError) as error:
            warn(f"{self._campaign}: the page of the ledger could not be written: {error}")
            return None

    def _tell_others(self) -> None:
        """Tell those whom the spec names; where that goes wrong, the next pass tries again."""
        if not self._manner.tell or self._interrupts.asked:
            return
        from cmcompile.cli.tell_senders import Teller, as_of

        try:
            view = self._ledger.view(self._ledger.tip())
            now = as_of(self._branch.read(view.state).now, self._ledger, view)
        except (LedgerError, InputError) as error:
            warn(f"{self._campaign}: nobody was told: {error}")
            return
        Teller(now, self._desk.book, for_programs=self._telling.for_programs, quiet=True).everybody()


def _key(item: Item) -> tuple[str, str]:
    return item.subject.step, item.subject.group or ""
