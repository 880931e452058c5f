"""Figures of ledgers: reading them cold and warm, adding to them, and what they weigh."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

from bench.campaigns import PATH
from bench.children import cpu_of, folder, work
from bench.figures import Figure, Ratio, Told, by_turns
from bench.judged import PROGRAM
from bench.ledgers import BRANCH, git, import_files, last_events, seen_running, write_repository
from bench.sizes import Sizes

_COLD_BOUND = 4.0
_WARM_BOUND = 0.25
_SITE_BOUND = 1.75
_TRANSACTION_BOUND = 4.0
_EVENTS = 100


def reading(sizes: Sizes) -> Iterator[Figure]:
    """Ask where a campaign stands, against git's reading of the same objects; and plan it."""
    with folder() as place:
        counts = write_repository(place, sizes.recorded, sizes.recorded * sizes.ids_of_recorded)
        lab = _Lab(place)
        lab.status()  # the first start compiles modules
        lab.forget()
        pairs = by_turns(sizes.pairs, lambda: lab.cold(lab.status), lab.floor)
        what = f"{counts.groups:,} groups, {counts.workflows:,} workflows, {counts.events:,} events"
        yield Ratio(f"status, cold, of {what} / git ls-tree and cat-file", _cpu(pairs), _COLD_BOUND)
        cold = median(one["cpu"] for one, _ in pairs)
        pairs = by_turns(sizes.pairs, lambda: lab.cold(lab.plan), lambda: lab.status_and_compile(cold))
        yield Ratio("plan, cold / status, cold, and twice compile", _cpu(pairs), 1.0)
        planned = median(one["cpu"] for one, _ in pairs)
        pairs = by_turns(sizes.pairs, lambda: lab.cold(lab.site), lambda: lab.status_and_compile(cold))
        yield Ratio("site, cold / status, cold, and twice compile", _cpu(pairs), _SITE_BOUND)
        yield lab.warm("status, one new commit / cold", lab.status, lab.new_commit, cold, sizes.pairs)
        yield lab.warm("plan, one new commit / cold", lab.plan, lab.new_commit, planned, sizes.pairs)
        yield lab.warm("plan, one edited group / cold", lab.plan, lab.edit, planned, sizes.pairs)


def transaction(sizes: Sizes) -> Iterator[Figure]:
    """Record 100 events in one transaction on a local branch, against bare fast-import of the same files."""
    with folder() as place:
        write_repository(place, sizes.recorded, sizes.recorded)
        pairs = by_turns(
            sizes.pairs,
            lambda: work("transaction", place, _EVENTS),
            lambda: work("fast-import", place, _EVENTS),
        )
    name = f"transaction of {_EVENTS} events / git fast-import"
    yield Ratio(name, _cpu(pairs), _TRANSACTION_BOUND)


def weight(sizes: Sizes) -> Iterator[Figure]:
    """Show what a ledger weighs, and that reading what is new does not grow with its history."""
    rows = [("commits", "status after one more s", "ledger KiB", "bytes per commit", "depth-1 fetch KiB")]
    groups = max(40, sizes.recorded // 10)
    for commits in (10, 100, 1000):
        with folder() as place:
            write_repository(place, groups, groups, min(commits, groups))
            lab = _Lab(place)
            lab.status()
            taken = []
            for at in range(3):
                lab.new_commit(at)
                taken.append(lab.status()["cpu"])
            whole, one, fetched = lab.sizes()
            rows.append(
                (
                    f"{min(commits, groups):,}",
                    f"{median(taken):.2f}",
                    f"{whole / 1024:,.0f}",
                    f"{one:,.0f}",
                    f"{fetched / 1024:,.0f}",
                )
            )
    yield Told(f"a ledger of {groups:,} groups, by the length of its history", tuple(rows))


class _Lab:
    """A repository that is measured again and again."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._kept = place / ".git/cmcompile"
        self._spec = place / PATH
        self._text = self._spec.read_text()
        self._waiting = last_events(place)
        self._objects = place / ".git/objects-of-events"
        found = git(place, "ls-tree", "-r", BRANCH).splitlines()
        ids = [line.split()[2] for line in found if line.endswith(b".json")]
        self._objects.write_bytes(b"\n".join(ids) + b"\n")

    def status(self) -> dict[str, float]:
        return self._ours("status", "bench", "--offline")

    def plan(self) -> dict[str, float]:
        return self._ours("plan", "bench", "--offline")

    def site(self) -> dict[str, float]:
        """Write the pages to a new folder, without the as-run files."""
        out = self._kept.parent / "site"
        shutil.rmtree(out, ignore_errors=True)
        return self._ours("site", "bench", "--offline", "--no-files", "-o", str(out))

    def _ours(self, *arguments: str) -> dict[str, float]:
        return {"cpu": cpu_of((sys.executable, "-c", PROGRAM, *arguments), 1, self._place)}

    def forget(self) -> None:
        """Remove what is kept beside the clone."""
        shutil.rmtree(self._kept, ignore_errors=True)

    def cold(self, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
        self.forget()
        return measure()

    def floor(self) -> dict[str, float]:
        line = f"git ls-tree -r {BRANCH} >/dev/null && git cat-file --batch <{self._objects} >/dev/null"
        return {"cpu": cpu_of(("sh", "-c", line), 1, self._place)}

    def status_and_compile(self, status: float) -> dict[str, float]:
        return {"cpu": status + 2 * work("compile", self._place)["cpu"]}

    def new_commit(self, at: int) -> None:
        """Add a commit with one event to the ledger, and keep its history in one piece."""
        subject, claim, number = self._waiting[at]
        tip = git(self._place, "rev-parse", BRANCH).decode().strip()
        import_files(self._place, [[seen_running(subject, claim, number + 1, at)]], tip)

    def edit(self, at: int) -> None:
        """Write an override for one group that was not sent yet."""
        line = f"    - {{groups: {{tract: {self._last_tract() - at}, band: g}}, because: one, {_MORE}}}\n"
        anchor = "    - {groups: {band: u}"
        self._spec.write_text(self._text.replace(anchor, line + anchor))

    def _last_tract(self) -> int:
        return int(self._text.partition("by: tract, values: 0..")[2].partition("}")[0])

    def warm(
        self,
        name: str,
        measure: Callable[[], dict[str, float]],
        change: Callable[[int], None],
        cold: float,
        pairs: int,
    ) -> Ratio:
        """Return what it costs after one change, over what it costs cold."""
        self._spec.write_text(self._text)
        measure()
        found = []
        for at in range(pairs):
            change(at)
            found.append((measure()["cpu"], cold))
        self._waiting = self._waiting[pairs:]
        return Ratio(name, tuple(found), _WARM_BOUND)

    def sizes(self) -> tuple[int, float, int]:
        """Return the bytes of the branch, of one more commit, and of a fetch of its tip alone."""
        whole = _packed(self._place, BRANCH)
        one = _packed(self._place, BRANCH, f"^{BRANCH}~3") / 3
        with folder() as other:
            source = self._place.as_uri()
            git(other, "clone", "--quiet", "--bare", "--depth=1", "--branch=cm/bench", source, "clone")
            fetched = sum(p.stat().st_size for p in (other / "clone/objects/pack").glob("*.pack"))
        return whole, one, fetched


_MORE = "bps: {requestMemory: 9000}"


def _packed(place: Path, *revisions: str) -> int:
    wanted = "\n".join(revisions).encode() + b"\n"
    return len(git(place, "pack-objects", "--revs", "--stdout", "--thin", "-q", stdin=wanted))


def _cpu(
    pairs: list[tuple[Mapping[str, float], Mapping[str, float]]],
) -> tuple[tuple[float, float], ...]:
    return tuple((one["cpu"], other["cpu"]) for one, other in pairs)
