"""Rescues that a policy has written: which are due, and the text of the spec with them.

How the text gets onto the spec branch is a matter of that branch (`cmcompile.apply.declaration.SpecBranch`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmcompile.apply.declaration import SpecBranch
from cmcompile.model.campaign import Step
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.event import WmsRef
from cmcompile.model.ids import natural
from cmcompile.model.plan import Plan
from cmcompile.model.policy import Policy
from cmcompile.model.reason import Reason
from cmcompile.model.rescued import NotWritten, Rescued, Written
from cmcompile.model.states import LedgerState, Workflow
from cmcompile.plan.commands import command
from cmcompile.reconcile.rescues import Compile, Found, Rescuer, Wish
from cmcompile.rescue.case import Entry
from cmcompile.rescue.ground import Told
from cmcompile.rescue.known import Known, outcomes
from cmcompile.state.conflicts import in_conflict
from cmcompile.state.policy import ruled

#: Groups by step.
Wanted = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of the spec with rescues.

    Attributes
    ----------
    written
        What is in it, as soon as it is on the branch.
    left
        What could not be made.
    """

    after: bytes
    written: tuple[Written, ...]
    left: tuple[NotWritten, ...]

    def message(self, campaign: str) -> str:
        """Return the message of the commit: which rules, which groups, how many quanta."""
        names = ", ".join(f"{one.step}/{name}" for one in self.written for name in one.rescues)
        lines = [line for one in self.written for line in one.why]
        return _plain(f"{campaign}: rescues by policy: {names}") + "\n\n" + "\n".join(map(_plain, lines))

    def results(self, commit: str) -> tuple[Rescued, ...]:
        """Return what came of it, once a commit with the text stands on the branch."""
        return (*(replace(one, commit=commit) for one in self.written), *self.left)

    def refused(self, campaign: str, why: str) -> tuple[Rescued, ...]:
        """Return what came of it where no such commit stands there, or nobody knows."""
        return (*(not_written(campaign, one.step, one.groups, why) for one in self.written), *self.left)


class Direct:
    """Has rescues written in one pass: of each step once, for what could not be written waits for the next.

    Parameters
    ----------
    silent
        Workload systems that gave no answer: of groups that ran there nothing is written.
    asks
        Whether anything may be written at all.

    Attributes
    ----------
    results
        What came of it so far.
    """

    def __init__(self, branch: SpecBranch, silent: Mapping[WmsRef, str], *, asks: bool) -> None:
        self._branch = branch
        self._silent = silent
        self._asks = asks
        self._asked: set[str] = set()
        self.results: list[Rescued] = []

    def write(self, plan: Plan, state: LedgerState) -> bool:
        """Have the rescues written that a plan holds; tell whether any was asked for."""
        wanted: dict[str, list[str]] = {}
        for item in plan.items() if self._asks else ():
            step, group = item.subject.step, item.subject.group
            if item.reason is not Reason.POLICY_RESCUE or group is None or step in self._asked:
                continue
            if not is_silent(in_conflict(state, step, group), self._silent):
                wanted.setdefault(step, []).append(group)
        if wanted:
            self._asked.update(wanted)
            self.results += self._branch.rescue(state, wanted)
        return bool(wanted)


def is_silent(workflows: Iterable[Workflow], silent: Mapping[WmsRef, str]) -> bool:
    """Tell whether the system of any of some workflows gave no answer."""
    return any(w.claim is not None and w.claim.wms in silent for w in workflows)


def not_written(campaign: str, step: str, groups: Collection[str], why: str) -> NotWritten:
    """Return a rescue that was not written, with the command that makes it for review."""
    ids = tuple(sorted(groups, key=natural))
    chosen = " ".join(f"--groups {name}" for name in ids)
    return NotWritten(step, ids, why, f"{command('rescue', campaign, step)} --from-outcome {chosen}")


def drafted(known: Known, path: str, before: bytes, compiled: Compile, wanted: Wanted) -> Draft:
    """Return the spec with the rescues of groups, as far as they are due by what is known.

    Parameters
    ----------
    path, before
        The campaign's file, and its text as it is.
    """
    made = _Drafting(known, path, before, compiled)
    for step, groups in wanted.items():
        made.step(step, groups)
    return Draft(made.text, tuple(made.written), tuple(made.left))


class _Drafting:
    def __init__(self, known: Known, path: str, before: bytes, compiled: Compile) -> None:
        self._known = known
        self._path = path
        self._compiled = compiled
        self.text = before
        self.written: list[Written] = []
        self.left: list[NotWritten] = []

    def step(self, name: str, groups: Collection[str]) -> None:
        """Add the rescues of one step to the text; what can't be made leaves the text alone."""
        standings, step = self._known.standings, self._known.spec.step(name)
        still = {
            group
            for group in groups
            if (standing := standings.get((name, group))) and standing.reason is Reason.POLICY_RESCUE
        }
        policy = None if step is None else self._known.policy(step)
        if step is None or policy is None or not still:
            return  # another was faster, or a person has decided
        told, apart = outcomes(self._known, step, still)
        try:
            found = self._proposed(name, told)
        except InputError as error:
            if len(still) > 1:  # one that can't be written holds up no other
                ids = sorted(still, key=natural)
                self.step(name, ids[: len(ids) // 2])
                self.step(name, ids[len(ids) // 2 :])
                return
            first = next((f for f in error.findings if f.severity.value == "error"), None)
            said = f": {first.code.name} {first.message}" if first else ""
            self._leave(name, still, f"the campaign does not validate with it{said}")
            return
        except CmcompileError as error:
            self._leave(name, still, str(error))
            return
        if found.proposal.excludes:
            self._leave(name, still, "ids would be taken out, and that is for a person")
            return
        self._add(step, policy, told, found)
        done = {group for entry in found.proposal.entries for group in entry.groups}
        passed = {one.group: one.why for one in found.proposal.passed}
        for group in sorted(still - done, key=natural):
            why = passed.get(group) or next((a for a in apart if a.startswith(f"{name}/{group}: ")), "")
            self._leave(name, [group], why or "there is nothing to run again")

    def _proposed(self, step: str, told: Mapping[str, Told]) -> Found:
        rescuer = Rescuer(self._path, self.text, step, self._known.state, self._compiled)
        return rescuer.proposed(told, Wish())

    def _leave(self, step: str, groups: Collection[str], why: str) -> None:
        self.left.append(not_written(self._known.spec.name, step, groups, why))

    def _add(self, step: Step, policy: Policy, told: Mapping[str, Told], found: Found) -> None:
        entries = found.proposal.entries
        if not entries:
            return
        self.text = found.after
        groups = sorted({group for entry in entries for group in entry.groups}, key=natural)
        why = tuple(line for entry in entries for line in _why(step.name, policy, told, entry))
        names = tuple(entry.name for entry in entries)
        quanta = sum(entry.wanted for entry in entries)
        self.written.append(Written(step.name, names, tuple(groups), quanta, why))


def _why(step: str, policy: Policy, told: Mapping[str, Told], entry: Entry) -> Iterator[str]:
    """Yield what an entry is for, and which rules ask for it."""
    quanta = f"{entry.wanted:,} {'quantum' if entry.wanted == 1 else 'quanta'}"
    yield f"{step}/{entry.name}: {quanta} to run, for groups {', '.join(entry.groups)}"
    for name, number in _rules(policy, [told[group] for group in entry.groups if group in told]):
        yield f"  {number:,} by rule {name}"


def _rules(policy: Policy, told: Sequence[Told]) -> Iterator[tuple[str, int]]:
    found: dict[str, int] = {}
    for one in told:
        for each in ruled(policy, one.outcome.failures):
            if each.rule is not None:
                span = each.rule.span
                name = f"{each.rule.name} ({span.file}:{span.line}): {each.rule.remedy.value}"
                found[name] = found.get(name, 0) + 1
    yield from found.items()


def _plain(line: str) -> str:
    """Return a line of a message without what could end it, or speak to a terminal."""
    return "".join(c if c.isprintable() else " " for c in line)
