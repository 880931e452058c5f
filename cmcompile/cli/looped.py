"""One campaign in a loop: its lease, what it hands on from pass to pass, and when it is tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.cli.exit import Exit
from cmcompile.cli.known import Known
from cmcompile.cli.output import warn
from cmcompile.model.rounds import Part, Passed

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.cli.passing import Manner, Passing
    from cmcompile.ledger.lease import CampaignLease, Holder
    from cmcompile.model.lease import Lease

#: A campaign that fails is tried again after so many seconds at the latest.
LATEST = 900.0
#: What ends so is tried less often: the next pass would most likely end so too.
_FAILURES = frozenset({Exit.ERROR, Exit.UNKNOWN, Exit.AUTH, Exit.INTERNAL})


class Looped:
    """A campaign in a loop.

    Parameters
    ----------
    delay
        Seconds from one pass to the next.
    holder
        Makes who asks for the lease; None: no lease is wanted.
    lists
        Whether lists that have grown are committed before each pass.
    """

    def __init__(
        self,
        place: Place,
        manner: Manner,
        delay: float,
        holder: Callable[[Path, Known], Holder] | None,
        *,
        lists: bool = False,
    ) -> None:
        self.place = place
        self._manner = manner
        self._delay = delay
        self._holder = holder
        self._lists = lists
        self._known = Known(place)
        self._lease: CampaignLease | None = None
        self._remote: str | None = None
        self._failures = 0
        self._until = 0.0
        self._commit = ""
        self._said = ""
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
            self._failures, self._until, self._commit, self._said = 0, 0.0, "", ""
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
        try:
            with self._turn() as holder:
                if holder is not None:
                    return Passed(self.place.name, Part.ELSEWHERE, why=_who(holder))
                from cmcompile.cli.passing import Passing

                rows = self._grown() if self._lists else 0
                passing = Passing(self.place, self._manner, interrupts, self._known)
                code = passing.run()
                why = "a source gave no answer, or an outcome is not known" if code is Exit.UNKNOWN else ""
                return replace(self._passed(Part.PASSED, code, passing, why), rows=rows)
        except InputError as error:
            self._commit = self._known.stood
            self._show(error)
            why = f"its spec or its decisions have errors, see `cmcompile validate {self.place.name}`"
            return self._passed(Part.FAILED, Exit.ERROR, passing, why)
        except CmcompileError as error:
            from cmcompile.cli.exit import code_of

            return self._passed(Part.FAILED, code_of(error), passing, str(error))
        except BrokenPipeError:
            raise
        except Exception as error:
            return self._passed(Part.FAILED, self._odd(error), passing, f"{type(error).__name__}: {error}")

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
            lines = [f"{left.name} stays as it is: {left.why}" for left in listed.found.left]
            why = "; ".join([*lines, *([listed.why] if listed.why else [])])
            rows = sum(len(one.came) for one in listed.found.updates) if listed.commit else 0
        if why and why != self._unlisted:
            warn(f"{self.place.name}: lists: {why}")
        self._unlisted = why
        return rows

    @contextmanager
    def _turn(self) -> Iterator[Lease | None]:
        """Take the lease and keep it meanwhile; gives who has it instead."""
        if self._holder is None:
            yield None
            return
        from cmcompile.cli.ledgers import remote_of
        from cmcompile.ledger.lease import CampaignLease
        from cmcompile.ledger.lease_kept import kept

        remote = remote_of(self.place.root)
        holder = self._holder(self.place.root, self._known)
        if self._lease is None or remote != self._remote:
            self._lease, self._remote = (
                CampaignLease(self.place.root, self.place.name, remote, holder),
                remote,
            )
        turn = self._lease.take()
        if turn.why and turn.why != self._unleased:
            self._unleased = turn.why
            warn(f"{self.place.name}: others may make its passes at the same time, which is safe: {turn.why}")
        beating: AbstractContextManager[None] = nullcontext()
        if turn.mine:
            beating = kept(self._lease, holder.seconds / 3)
        with beating:
            yield None if turn.mine else turn.holder

    def _show(self, error: Exception) -> None:
        """Show findings once for a commit; a program asks `validate`."""
        from cmcompile.cli.output import echo_findings
        from cmcompile.model.errors import InputError

        said = f"{self._commit} {error}"
        if isinstance(error, InputError) and self._manner.format == "text" and said != self._said:
            self._said = said
            echo_findings(error.findings, err=True)

    def _odd(self, error: Exception) -> Exit:
        """Report a fault of cmcompile, or of the machine, once for as long as it stays."""
        from cmcompile.cli.exit import run
        from cmcompile.cli.output import Reporting

        said = repr(error)
        if said == self._said:
            return Exit.INTERNAL
        self._said = said

        def again() -> None:
            raise error

        code = run(again, Reporting())
        return next((known for known in Exit if known == code), Exit.INTERNAL)


def backoff(delay: float, failures: int) -> float:
    """Return how many seconds to wait after so many failures in a row."""
    return max(delay, min(delay * 2.0 ** min(failures - 1, 30), LATEST))


def _who(lease: Lease) -> str:
    return f"{lease.process.host}, process {lease.process.pid} ({lease.by})"
