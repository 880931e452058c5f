"""A ledger whose remote loses pushes and replies, lets pushes land late, and goes down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from cmcompile.model.errors import CmcompileError
from cmcompile.model.ledger import Commit, Entry, LedgerStore, Push, Tip, UnreachableError
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.scheduler import World

#: For how long a push is typically late, and the remote typically down, in seconds.
_LATE, _DOWN = 2.0, 600.0

_READING = (Fault.UNREACHABLE, Fault.REMOTE_DOWN, Fault.REWOUND)
_WRITING = (
    Fault.UNREACHABLE,
    Fault.REMOTE_DOWN,
    Fault.PUSH_LOST,
    Fault.PUSH_REPLY_LOST,
    Fault.PUSH_LATE,
)


class Line:
    """The way to the remote, which all stores share.

    Parameters
    ----------
    land
        Swaps the tip at the remote, and tells no clone of it: for pushes that land late, or whose reply is
        lost. None: the store's own push, whose clone learns of it.
    rewind
        Sets the branch back at the remote, and returns what it did; None: nobody does.

    Attributes
    ----------
    down_until
        Until then, in seconds of the world, nobody reaches the remote.
    """

    def __init__(
        self,
        world: World,
        land: Callable[[Commit], object] | None = None,
        rewind: Callable[[], str] | None = None,
    ) -> None:
        self.world = world
        self.land = land
        self.rewind = rewind
        self.down_until = 0.0
        self._names: dict[str, str] = {}

    def go_down(self, seconds: float) -> None:
        """Let nobody reach the remote for a while."""
        self.down_until = max(self.down_until, self.world.now + seconds)

    def suffer(self, fault: Fault | None) -> None:
        """Let happen what concerns the way itself, or the branch.

        Raises
        ------
        UnreachableError
            When the remote can't be reached.
        """
        if fault is Fault.REMOTE_DOWN:
            seconds = self.world.choices.seconds("down", _DOWN)
            self.go_down(seconds)
            self.world.note(f"the remote is down for {seconds} s")
        if fault is Fault.REWOUND and self.rewind is not None:
            self.world.note(f"somebody sets the ledger back: {self.rewind()}")
        if fault is Fault.UNREACHABLE or self.world.now < self.down_until:
            raise UnreachableError("the remote can't be reached")

    def name(self, commit: str | None) -> str:
        """Return a name for a commit that is the same in each run of the same world."""
        return "nothing" if commit is None else self._names.setdefault(commit, f"c{len(self._names) + 1}")


class FaultyStore:
    """A store with boundaries and faults around another; implements ``LedgerStore``.

    What asks the remote passes a boundary before and after; what reads the clone passes none.

    Parameters
    ----------
    inner
        Without faults: the one in memory, or that of git.
    """

    def __init__(self, inner: LedgerStore, line: Line) -> None:
        self.inner = inner
        self._line = line
        self._world = line.world
        self._reading = _READING if line.rewind is not None else _READING[:-1]

    def tip(self) -> Tip | None:
        """Ask for the tip."""
        self._line.suffer(self._world.point("store.tip", self._reading))
        tip = self._asked()
        self._world.point("store.tip answered")
        return tip

    def push(self, commit: Commit) -> Push:
        """Swap the tip; or not, or later."""
        fault = self._world.point("store.push", _WRITING)
        self._line.suffer(fault)
        answer = self._pushed(commit, fault)
        name, base = self._line.name(commit.tip.commit), self._line.name(commit.base)
        self._world.note(f"pushes {name} on {base}: {answer.value}")
        self._world.point("store.push answered")
        return answer

    def _asked(self) -> Tip | None:
        return self.inner.tip()

    def _pushed(self, commit: Commit, fault: Fault | None) -> Push:
        land = self._line.land or self.inner.push
        if fault is Fault.PUSH_REPLY_LOST:
            land(commit)
        elif fault is Fault.PUSH_LATE:
            name = self._line.name(commit.tip.commit)
            seconds = self._world.choices.seconds("late push", _LATE)
            self._world.later(seconds, f"the push of {name} arrives late", lambda: attempt(land, commit))
        elif fault is not Fault.PUSH_LOST:
            return self.inner.push(commit)
        return Push.UNCLEAR

    def known(self) -> Tip | None:
        """Return the tip last seen."""
        return self.inner.known()

    def shards(self, tip: Tip) -> Mapping[str, str]:
        """Return the trees of the shards."""
        return self.inner.shards(tip)

    def files(self, tip: Tip, below: Iterable[str] | None = None) -> Mapping[str, str]:
        """Return the ids of files by path."""
        return self.inner.files(tip, below)

    def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes of files."""
        return self.inner.read(ids)

    def commit(self, base: Tip | None, files: Mapping[str, bytes], message: str) -> Commit:
        """Make a commit."""
        return self.inner.commit(base, files, message)

    def made_at(self, tip: Tip) -> str:
        """Return when the commit was made."""
        return self.inner.made_at(tip)

    def history(self, tip: Tip) -> Iterator[Entry]:
        """Return the commits, newest first."""
        return self.inner.history(tip)

    def complete(self, tip: Tip) -> bool:
        """Tell whether the whole history is there."""
        return self.inner.complete(tip)


def attempt(land: Callable[[Commit], object], commit: Commit) -> None:
    """Let a late push land, if it can; nobody hears of it if not."""
    try:
        land(commit)
    except CmcompileError:
        return
