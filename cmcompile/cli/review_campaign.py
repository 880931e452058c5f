"""What an edit does to one campaign: base and head compared, and planned against its ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.cli.review_risks import Plans, gone_risks, moved_risks, risks_of
from cmcompile.cli.review_side import Read, Side, left_to_send, plan_of, read_ledger, side_of
from cmcompile.cli.review_sides import Sides
from cmcompile.cli.review_touched import Touched
from cmcompile.model.plan import IDLE
from cmcompile.model.review import (
    Asked,
    CampaignReview,
    Change,
    EditedDecision,
    EditedList,
    Estimate,
    identity,
)

if TYPE_CHECKING:
    from cmcompile.model.campaign import ListData, Spec
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.difference import Difference
    from cmcompile.model.plan import Plan


@dataclass(slots=True)
class Reviewing:
    """Reviews campaigns one after the other.

    Attributes
    ----------
    silent
        Remotes that did not answer.
    """

    sides: Sides
    offline: bool
    silent: set[str] = field(default_factory=set)

    def campaign(self, one: Touched) -> CampaignReview:
        """Return what the edit does to a campaign."""
        place = one.after or one.before
        if place is None:
            raise ValueError(f"{one.name} is on neither side")
        read = read_ledger(place, offline=self.offline, silent=self.silent)
        if one.after is None:
            return self._gone(one, place, read)
        return self._there(one, one.after, read)

    def _there(self, one: Touched, place: Place, read: Read) -> CampaignReview:
        head = side_of(place, self.sides.head, read)
        former = self._former(one, read)
        base = None if one.before is None else side_of(one.before, self.sides.base, former)
        difference, undiffed = _difference(base, head)
        plan, unplanned = self._plan(head, read)
        without = self._without(base)
        anyway = frozenset(map(identity, without.items())) if without else frozenset()
        known = _known(head, base)
        risks = (
            *risks_of(head, base, Plans(plan, anyway), difference, read.seen),
            *moved_risks(one.name, _files(head, one), self.sides),
            *gone_risks(one, former),
        )
        return CampaignReview(
            name=one.name,
            spec=place.path,
            change=one.change,
            ledger=read.seen,
            was=one.before.name if one.before and one.change is Change.RENAMED else "",
            files=_both(one),
            difference=difference,
            undiffed=undiffed,
            plan=plan,
            unplanned=unplanned,
            anyway=anyway,
            altered=_altered(base, head),
            dropped=_dropped(without, plan),
            before=_left(base),
            after=_left(head),
            decisions=tuple(_decisions(base, head)),
            lists=tuple(_lists(base, head)),
            risks=risks,
            findings=head.findings,
            known=known,
        )

    def _former(self, one: Touched, read: Read) -> Read:
        """Return the ledger that the base goes by: under another name it is another one."""
        if one.before is None or one.change is not Change.RENAMED:
            return read
        return read_ledger(one.before, offline=self.offline, silent=self.silent)

    def _gone(self, one: Touched, place: Place, read: Read) -> CampaignReview:
        from cmcompile.compiler.difference import one_sided

        base = side_of(place, self.sides.base, read)
        made = base.made if base.compiles else None
        return CampaignReview(
            name=one.name,
            spec=place.path,
            change=Change.REMOVED,
            ledger=read.seen,
            files=one.files,
            difference=None if made is None else one_sided(made, added=False),
            undiffed="" if made is not None else "it did not compile at the base",
            unplanned="the campaign is not there any more",
            before=_left(base),
            risks=gone_risks(one, read),
        )

    def _plan(self, head: Side, read: Read) -> tuple[Plan | None, str]:
        if read.seen.asked is Asked.NOT_KNOWN:
            return None, f"the ledger is not known: {read.fault}"
        if head.fault or head.now is None:
            return None, head.fault
        return plan_of(head.now, self.sides, self.sides.head, head=True), ""

    def _without(self, base: Side | None) -> Plan | None:
        """Return the plan without the edit; None where there is none."""
        if base is None or base.fault or base.now is None:
            return None
        return plan_of(base.now, self.sides, self.sides.base, head=False)


def _difference(base: Side | None, head: Side) -> tuple[Difference | None, str]:
    from cmcompile.compiler.difference import difference, one_sided
    from cmcompile.model.diagnostic import errors_in

    if head.made is None or not head.compiles:
        return None, head.fault
    if base is None:
        return one_sided(head.made, added=True), ""
    if base.made is None or not base.compiles:
        first = next((d.message for d in errors_in(base.compiling)), "")
        return None, "it did not compile at the base" + (f": {first}" if first else "")
    return difference(base.made, head.made), ""


def _altered(base: Side | None, head: Side) -> frozenset[str]:
    """Return the groups that both sides make, and not alike."""
    if base is None or base.made is None or head.made is None:
        return frozenset()
    then = {(g.group.step, g.group.id): g.digest for g in base.made.groups}
    now = ((g.group.step, g.group.id, g.digest) for g in head.made.groups)
    return frozenset(f"{step}/{id_}" for step, id_, digest in now if then.get((step, id_), digest) != digest)


def _dropped(without: Plan | None, plan: Plan | None) -> int:
    """Return how many things that would be done without the edit are not done with it."""
    if without is None or plan is None:
        return 0
    kept = {item.digest for item in plan.items()}
    subjects = {str(item.subject) for item in plan.items() if item.action not in IDLE}
    return sum(
        item.action not in IDLE and item.digest not in kept and str(item.subject) not in subjects
        for item in without.items()
    )


def _left(side: Side | None) -> Estimate | None:
    return None if side is None or side.now is None or not side.compiles else left_to_send(side.now)


def _known(head: Side, base: Side | None) -> frozenset[Diagnostic]:
    """Return the findings that the base has too, wherever they stand there."""
    left = Counter((d.code.name, d.message) for d in (() if base is None else base.findings))
    found = set()
    for finding in head.findings:
        key = (finding.code.name, finding.message)
        if left[key] > 0:
            left[key] -= 1
            found.add(finding)
    return frozenset(found)


def _decisions(base: Side | None, head: Side) -> Iterator[EditedDecision]:
    if head.now is None:
        return
    then = {} if base is None or base.now is None else {d.id: d for d in base.now.inputs.decisions}
    now = {d.id: d for d in head.now.inputs.decisions}
    yield from (EditedDecision(d) for id_, d in now.items() if id_ not in then)
    yield from (EditedDecision(d, added=False) for id_, d in then.items() if id_ not in now)


def _lists(base: Side | None, head: Side) -> Iterator[EditedList]:
    then, now = _spec(base), _spec(head)
    if then is None or now is None:
        return
    for name in dict.fromkeys([*now.lists, *then.lists]):
        old, new = then.lists.get(name), now.lists.get(name)
        listed = new or old
        if listed is None or (old and new and old.columns == new.columns):
            continue
        was, is_now = _rows(old), _rows(new)
        come, gone = (is_now - was).total(), (was - is_now).total()
        yield EditedList(name, listed.file, was.total(), is_now.total(), come, gone)


def _spec(side: Side | None) -> Spec | None:
    return None if side is None or side.made is None else side.made.spec


def _rows(data: ListData | None) -> Counter[tuple[object, ...]]:
    return Counter() if data is None else Counter(zip(*data.columns.values(), strict=False))


def _both(one: Touched) -> tuple[str, ...]:
    """Return the changed files, and where the spec was before the campaign was renamed."""
    former = (one.before.path,) if one.before is not None and one.change is Change.RENAMED else ()
    return (*former, *one.files)


def _files(head: Side, one: Touched) -> frozenset[str]:
    """Return all files that a campaign is made from at the head."""
    spec = _spec(head)
    return frozenset(one.files) if spec is None else frozenset(spec.inputs) | frozenset(one.files)
