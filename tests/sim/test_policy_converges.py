"""Campaigns with failures of all sorts, under the default policy: they end, and nothing is made twice."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from small_world import Small

from cmcompile.model.cause import Cause
from cmcompile.model.decision import Verb
from cmcompile.model.event import Subject
from cmcompile.model.outcome import Quantum
from cmcompile.model.plan import Action
from cmcompile.model.states import GroupRecord, GroupState
from cmcompile.sim.campaign import Variant, made
from cmcompile.sim.far.quanta import Ill

POLICY = "campaigns/library/policies/default.yaml"
DEFAULT = (Path(__file__).parents[2] / POLICY).read_text(encoding="utf-8")
FILES = {POLICY: DEFAULT}
#: The same, but nobody is asked about rescues.
DIRECT = {
    POLICY: re.sub(r"(?m)^  action: (rescue|more_memory|avoid_site)$", r"\g<0>\n  directly: true", DEFAULT)
}
GROUPS = 4
DETECTORS = 100
ILLS = {
    "memory": Ill("pipetask failed", Cause("transform", 137, "north", 1, 4000)),
    "site": Ill("OSError: [Errno 28] No space left on device", Cause("butler", None, "north")),
    "transient": Ill("sqlite3.OperationalError: database is locked"),
    "corrupt": Ill("lsst.afw.fits.FitsError: cfitsio error (raw.fits): error reading from FITS file (108)"),
    "bug": Ill("TypeError: unsupported operand type(s)"),
    "expected": Ill("lsst.pipe.base._status.NoWorkFound: nothing to do"),
    "unknown": Ill("RuntimeError: nobody has seen this before"),
}
#: They are mended by a rescue with more memory, or at another site; transient ones by time.
RESCUED = {"memory", "site"}
#: A person looks at them first, and a rescue does not help.
LOOKED_AT = {"corrupt", "bug", "unknown"}


def quanta(subject: Subject) -> tuple[Quantum, ...]:
    group = (subject.group or "").rpartition(".")[2]
    return tuple(
        Quantum(task, f"detector={n}, group={group}") for task in ("isr", "cal") for n in range(DETECTORS)
    )


def texts(rescued: list[int]) -> list[str]:
    """Return the spec, and the spec with the rescue that the policy proposes."""
    head = "policy: default\nsites: {north: {}, south: {}}\nsite: north\n"
    first = f"{head}steps: {{a: {{split: [{{by: tract, values: 1..{GROUPS}}}]}}}}\n"
    rescue = f"rescues: {{r: {{groups: {rescued}, skip_existing_in: prior, because: memory}}}}"
    second = f"{head}steps: {{a: {{split: [{{by: tract, values: 1..{GROUPS}}}], {rescue}}}}}\n"
    return [first, second] if rescued else [first]


class Fated:
    """Which quanta of which groups are ill, and of what.

    With ``direct`` a rescue mends what is ill of memory or of its site, or the second one does.
    """

    def __init__(self, seed: int, *, direct: bool = False) -> None:
        self.direct = direct
        draws = random.Random(seed)
        self.ills: dict[Quantum, str] = {}
        self.last: dict[Quantum, int] = {}
        for group in range(1, GROUPS + 1):
            for kind in draws.sample(sorted(ILLS), draws.choice((0, 1, 1, 2, 3))):
                # Of what is expected, only so much as is accepted.
                many = 1 if kind == "expected" else draws.randint(1, 3)
                for number in draws.sample(range(DETECTORS), many):
                    quantum = Quantum("isr", f"detector={number}, group={group}")
                    self.ills.setdefault(quantum, kind)
                    self.last[quantum] = draws.randint(1, 2)
        self.tried: Counter[Quantum] = Counter()
        self.mended = False

    def kinds(self, group: int) -> set[str]:
        return {kind for quantum, kind in self.ills.items() if quantum.data_id.endswith(f"group={group}")}

    def rescued(self) -> list[int]:
        kinds: Mapping[int, set[str]] = {n: self.kinds(n) for n in range(1, GROUPS + 1)}
        return [n for n, some in kinds.items() if some & RESCUED and not some & LOOKED_AT]

    def fails(self, quantum: Quantum) -> Ill | bool:
        kind = self.ills.get(quantum)
        if kind is None:
            return False
        self.tried[quantum] += 1
        if kind in RESCUED and self.mended:
            return False
        passing = kind == "transient" or (kind in RESCUED and self.direct)
        if passing and self.tried[quantum] > self.last[quantum]:
            return False
        return ILLS[kind]


class Campaign:
    """A campaign that is run to its end, with a person who does what the policy proposes."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch, *, direct: bool = False) -> None:
        self.fated = Fated(seed, direct=direct)
        # Where the policy has its rescues written, no person edits anything.
        edited = [] if direct else self.fated.rescued()
        variants: tuple[Variant, ...] = made(texts(edited), DIRECT if direct else FILES)
        monkeypatch.setattr("cmcompile.sim.scene.variants", lambda name: variants)
        self.small = Small()
        self.small.scene.setup.preparing.quanta = quanta
        self.small.scene.wms.settings.fails = self.fated.fails
        self.accepted: set[str] = set()

    def run(self) -> None:
        for _ in range(20):
            self.small.reconcile()
            self.small.wait()
            self.small.refresh()
            self.small.reconcile()
            self._answer()
            if all(record.verdict is GroupState.ACCEPTED for record in self._firsts()):
                break

    def _firsts(self) -> list[GroupRecord]:
        groups = self.small.state.groups
        return [groups["a", str(number)] for number in range(1, GROUPS + 1)]

    def _answer(self) -> None:
        """Do what is proposed."""
        branch = self.small.scene.branch
        for item in self.small.plan().items():
            if item.action is not Action.REVIEW:
                continue
            group = item.subject.group or ""
            proposed = item.next.startswith("cmcompile rescue ") and int(group) in self.fated.rescued()
            assert not (self.fated.direct and proposed), item
            if proposed and not self.fated.mended:
                branch.edit()
                self.fated.mended = True
                return
            assert group not in self.accepted, item
            self.accepted.add(group)
            newest = self.small.record("a", group).workflows[-1]
            self.small.decide(Verb.ACCEPT, Subject("a", group, newest.name))


@pytest.mark.parametrize("direct", [False, True], ids=["proposed", "directly"])
@pytest.mark.parametrize("seed", range(25))
def test_a_campaign_converges_and_makes_nothing_twice(
    seed: int, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Campaign(seed, monkeypatch, direct=direct)
    one.run()
    done: set[Quantum] = set()
    for run in one.small.scene.wms.runs.values():
        assert run.outcome is not None
        asked = set(run.job.quanta)
        assert asked, run
        assert not asked & done, run.job.name
        done |= asked - {failure.quantum for failure in run.outcome.failures}
    state = one.small.state
    for group in range(1, GROUPS + 1):
        record = state.groups["a", str(group)]
        assert record.verdict is GroupState.ACCEPTED, group
        kinds = one.fated.kinds(group)
        # A person is asked of what needs one, and of nothing else.
        assert (str(group) in one.accepted) is bool(kinds & LOOKED_AT), (group, kinds)
        assert len(record.workflows) <= 3
        if kinds & (LOOKED_AT | RESCUED):
            assert len(record.workflows) == 1, kinds
    every = {q for n in range(1, GROUPS + 1) for q in quanta(Subject("a", str(n)))}
    lost = {kind for quantum, kind in one.fated.ills.items() if quantum not in done}
    assert lost <= LOOKED_AT | {"expected"} | RESCUED | {"transient"}
    assert {q for q in every - done if q not in one.fated.ills} == {
        Quantum("cal", q.data_id) for q in one.fated.ills if q not in done
    }


def test_the_seeds_meet_everything() -> None:
    kinds = Counter(kind for seed in range(25) for kind in set(Fated(seed).ills.values()))
    assert set(kinds) == set(ILLS)
    assert sum(bool(Fated(seed).rescued()) for seed in range(25)) > 5
