"""One campaign in a loop: its lease, what it hands on from pass to pass, and when it is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.cli.exit import Exit
from cmcompile.cli.known import Known
from cmcompile.cli.output import warn
from cmcompile.model.rounds import Part, Passed

if TYPE_CHECKING:
    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.cli.passing import Manner, Passing
    from cmcompile.ledger.lease import CampaignLease
    from cmcompile.model.errors import InputError
    from cmcompile.model.lease import Lease

#: A campaign that fails is tried again after so many seconds at the latest.
LATEST = 900.0
#: A lease holds so many seconds at least: each time that it is renewed is a push.
_LEASE = 300
#: What ends so is tried less often: the next pass would most likely end so too.
_FAILURES = frozenset({Exit.ERROR, Exit.UNKNOWN, Exit.AUTH, Exit.INTERNAL})


class Looped:
    """A campaign in a loop.

    Parameters
    ----------
    delay
        Seconds from one pass to the next.
    lists
        Whether lists that have grown are committed before each pass.
    """

    def __init__(self, place: Place, manner: Manner, delay: float, *, lists: bool = False) -> None:
        self.place = place
        self._manner = manner
        self._delay = delay
        self._lists = lists
        self._known = Known(place)
        self._lease: CampaignLease | None = None
        self._failures = 0
        self._until = 0.0
        self._commit = ""
        self._shown = ""
        self._fault = ("", Exit.OK)
        self._unleased = ""
        self._unlisted = ""

    def pass_(self, interrupts: Waking) -> Passed:
        """Make a pass, if it is the turn of campaign and process; nothing that goes wrong is raised."""
        left = self._until - monotonic()
        if left > 0 and not self._mended():
            return Passed(self.place.name, Part.LATER, again=left)
        found = self._tried(interrupts)
        if found.part is Part.ELSEWHERE:
            return found
        if found.part is not Part.FAILED and found.code not in _FAILURES:
            self._failures, self._until, self._commit, self._shown = 0, 0.0, "", ""
            self._fault = ("", Exit.OK)
            return found
        return self._failed(found)

    def close(self) -> None:
        """Let others have the lease, and end what was started."""
        if self._lease is not None:
            self._lease.give_back()
        self._known.close()

    def _failed(self, found: Passed) -> Passed:
        self._failures += 1
        rest = 0.0 if self._failures == 1 else backoff(self._delay, self._failures)
        self._until = monotonic() + rest
        self._known.close()
        if self._lease is not None:
            self._lease.give_back()  # another machine may have what is lacking here
        return replace(found, part=Part.FAILED, again=rest)

    def _mended(self) -> bool:
        """Tell whether a spec that had errors may be another one by now."""
        from cmcompile.git.tracked import latest, tracked
        from cmcompile.model.errors import CmcompileError

        if not self._commit:
            return False
        try:
            branch = tracked(self.place.root)
            return branch is not None and latest(self.place.root, branch) not in ("", self._commit)
        except CmcompileError:
            return False

    def _tried(self, interrupts: Waking) -> Passed:
        from cmcompile.model.errors import CmcompileError, InputError

        passing: Passing | None = None
        rows = 0
        try:
            with self._turn() as holder:
                if holder is not None:
                    return Passed(self.place.name, Part.ELSEWHERE, why=_who(holder))
                from cmcompile.cli.passing import Passing

                rows = self._grown() if self._lists else 0
                passing = Passing(self.place, self._manner, interrupts, self._known)
                code = passing.run()
                why = "a source gave no answer, or an outcome is not known" if code is Exit.UNKNOWN else ""
                part, why = Part.PASSED, passing.broken_off or why
        except InputError as error:
            from cmcompile.cli.standing import faulty

            self._commit = self._known.stood
            self._show(error)
            part, code, why = Part.FAILED, Exit.ERROR, faulty(self.place.name)
        except CmcompileError as error:
            from cmcompile.cli.exit import code_of

            part, code, why = Part.FAILED, code_of(error), str(error)
        except BrokenPipeError:
            raise
        except Exception as error:
            part, code, why = Part.FAILED, self._odd(error), f"{type(error).__name__}: {error}"
        return replace(self._passed(part, code, passing, why), rows=rows)

    def _passed(self, part: Part, code: Exit, passing: Passing | None, why: str) -> Passed:
        from cmcompile.model.applied import End
        from cmcompile.model.plan import GATED

        done = [] if passing is None else [r for r in passing.results if r.end is End.DONE]
        sent = sum(r.item.action in GATED for r in done)
        recorded = 0 if passing is None else passing.recorded
        why = " ".join(why.split())
        return Passed(self.place.name, part, code, recorded, sent, len(done) - sent, why)

    def _grown(self) -> int:
        """Commit what lists hold by now; whatever goes wrong is told, once, and stops no pass."""
        from cmcompile.cli.ci.listed import committed
        from cmcompile.model.errors import CmcompileError, InputError

        into, why = self._known.branch().tracked, ""
        if into is None:
            return 0
        try:
            listed = committed(self.place, into, into)
        except InputError:
            return 0  # the pass says so
        except CmcompileError as error:
            why, rows = str(error), 0
        else:
            why = "; ".join([*map(str, listed.found.left), *filter(None, [listed.why])])
            rows = sum(len(one.came) for one in listed.found.updates) if listed.commit else 0
        if why and why != self._unlisted:
            warn(f"{self.place.name}: lists: {why}")
        self._unlisted = why
        return rows

    @contextmanager
    def _turn(self) -> Iterator[Lease | None]:
        """Take the lease and keep it meanwhile; gives who has it instead."""
        from cmcompile.ledger.lease_kept import kept

        lease = self._own_lease()
        turn = lease.take()
        if turn.why and turn.why != self._unleased:
            self._unleased = turn.why
            warn(f"{self.place.name}: others may make its passes at the same time, which is safe: {turn.why}")
        with kept(lease):
            yield None if turn.mine else turn.holder

    def _own_lease(self) -> CampaignLease:
        """Return the lease, as this process sees it; another one where the ledger is elsewhere by now."""
        from cmcompile.apply.child.host import LocalHost
        from cmcompile.ledger.lease import CampaignLease, Holder
        from cmcompile.ledger.lease_file import LONGEST

        ledger, remote = self._known.ledger(), self._known.remote
        if self._lease is None or self._lease.remote != remote:
            if self._lease is not None:
                self._lease.give_back()
            seconds = min(max(_LEASE, int(3 * self._delay) + 60), LONGEST)
            holder = Holder(LocalHost(), ledger.clock, seconds)
            self._lease = CampaignLease(self.place.root, self.place.name, remote, holder)
        return self._lease

    def _show(self, error: InputError) -> None:
        """Show findings once for a commit; a program asks `validate`."""
        from cmcompile.cli.output import echo_findings

        said = f"{self._commit} {error}"
        if self._manner.format == "text" and said != self._shown:
            self._shown = said
            echo_findings(error.findings, err=True)

    def _odd(self, error: Exception) -> Exit:
        """Report a fault of cmcompile, or of the machine, once for as long as it stays."""
        from cmcompile.cli.exit import run
        from cmcompile.cli.output import Reporting

        def again() -> None:
            raise error

        if repr(error) != self._fault[0]:
            code = run(again, Reporting())
            self._fault = (repr(error), next(known for known in Exit if known == code))
        return self._fault[1]


def backoff(delay: float, failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row."""
    return max(delay, min(delay * 2.0 ** min(failures - 1, 30), LATEST))


def _who(lease: Lease) -> str:
    return f"{lease.process.host}, process {lease.process.pid} ({lease.by})"
