"""What a reviewer should weigh: from the difference, the plan and the ledger, what is easily overlooked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmcompile.cli.review_side import Read, Side
from cmcompile.cli.review_sides import Sides
from cmcompile.cli.review_touched import Touched
from cmcompile.model.codes import stored
from cmcompile.model.ids import in_words, natural
from cmcompile.model.plan import Action
from cmcompile.model.reason import Reason
from cmcompile.model.review import REFUSAL, Asked, Change, LedgerSeen, Risk, identity

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.difference import Difference
    from cmcompile.model.plan import Plan
    from cmcompile.plan.world import World

#: So many groups or ids that go ask for a look.
_MANY = 10
#: So many rescues of one group are worth a look where no policy names a budget.
_DEEP = 3
#: What the outside world did, and the ledger recorded.
_DRIFT = frozenset(
    {Reason.TWO_LIVE, Reason.TWO_RUNS, Reason.TWO_GATES, Reason.LATE_RUN, Reason.FOREIGN_RUN}
    | {Reason.REOPENED, Reason.RESTART_UNSEEN, Reason.OUTCOME_UNKNOWN, Reason.UNREADABLE}
)


@dataclass(frozen=True, slots=True)
class Plans:
    """The plan for the head, and what is planned without the edit too, by `identity`."""

    plan: Plan | None
    anyway: frozenset[str]


def risks_of(
    head: Side, base: Side | None, plans: Plans, difference: Difference | None, seen: LedgerSeen
) -> tuple[Risk, ...]:
    """Return the risks of a campaign that is there at the head."""
    found = [
        *_ledger(seen),
        *_uncompared(base, head),
        *_deletions(difference),
        *_releases(head.made, None if base is None else base.made),
    ]
    found += _overlaps(head)
    if head.now is not None and head.compiles:
        before = None if base is None or base.now is None else base.now.judged.world
        found += _rescues(head.now.judged.world, before)
    return (*found, *_planned(plans))


def moved_risks(name: str, files: frozenset[str], sides: Sides) -> tuple[Risk, ...]:
    """Return what the base branch did to a campaign since the edit was begun."""
    moved = sorted(files & sides.moved)
    if not moved:
        return ()
    some = ", ".join(moved[:3]) + (f" and {len(moved) - 3} more" if len(moved) > 3 else "")
    text = (
        f"{sides.names[0]} changed files of {name} since: {some}; merge it first to see both edits together"
    )
    return (Risk("base moved", text),)


def gone_risks(one: Touched, read: Read) -> tuple[Risk, ...]:
    """Return what becomes of the ledger of a campaign that goes, or gets another name.

    Parameters
    ----------
    read
        The ledger by the name that it had.
    """
    if one.change not in (Change.REMOVED, Change.RENAMED) or one.before is None:
        return ()
    if read.look is None:
        return (Risk("ledger", f"cm/{one.before.name} can't be read: {read.fault}", asks=True),)
    records = read.look.view.state.groups.values()
    sent = sum(any(w.used for w in record.workflows) for record in records)
    live = sum(len(record.live) for record in records)
    ledger = f"cm/{one.before.name}"
    if one.change is Change.RENAMED and (sent or live):
        text = (
            f"{ledger} goes by the former name, and says what was sent ({_groups(sent)}): under the new name "
            "all of that would be sent again; keep the name of the folder"
        )
        return (Risk(REFUSAL, text, asks=True),)
    if live:
        number = f"{live} workflow" + ("s" if live > 1 else "")
        text = f"{number} of {ledger} may still run, and nobody would look after that: cancel first"
        return (Risk(REFUSAL, text, asks=True),)
    if sent:
        were = "was" if sent == 1 else "were"
        text = f"{_groups(sent)} of {ledger} {were} sent; the branch stays, and nobody works on it any more"
        return (Risk("removal", text, asks=True),)
    return ()


def _groups(number: int) -> str:
    return f"{number:,} group" + ("" if number == 1 else "s")


def _ledger(seen: LedgerSeen) -> Iterator[Risk]:
    if seen.asked is Asked.SILENT:
        since = f" of {seen.at}" if seen.at else ""
        text = f"it did not answer; the one last fetched{since} was taken, and what came since is not seen"
        yield Risk("ledger", text, asks=True)
    elif seen.asked is Asked.NOT_KNOWN:
        text = (
            "the ledger is not known: whether groups were sent already can't be told, and nothing is planned"
        )
        yield Risk("ledger", text, asks=True)
    elif seen.asked is Asked.SEEN:
        said = (
            "was never fetched here: taken as if nothing was sent"
            if not seen.tip
            else "is the one last fetched"
        )
        yield Risk("ledger", f"nobody was asked: the ledger {said}")


def _uncompared(base: Side | None, head: Side) -> Iterator[Risk]:
    if base is not None and not base.compiles and head.compiles:
        yield Risk("not compared", "it did not compile at the base: look at the whole of it", asks=True)


def _deletions(found: Difference | None) -> Iterator[Risk]:
    for one in () if found is None or not found.new else found.regroupings:
        what = f"{one.step} rescue {one.rescue}" if one.rescue else one.step
        if one.old and not one.new:
            text = f"{what} goes, with its {_groups(one.old)}"
            yield Risk("deletion", text, asks=one.old >= _MANY)
        for axis in () if one.rescue or not one.new else one.gone:
            number = f"{len(axis.ids):,} ids of {axis.axis} are" if len(axis.ids) > 1 else f"1 {axis.axis} is"
            text = f"{what}: {number} in no group any more: {in_words(axis.ids, 3)}"
            yield Risk("deletion", text, asks=len(axis.ids) >= _MANY)


def _releases(made: Compilation | None, former: Compilation | None) -> Iterator[Risk]:
    """Yield the steps whose groups come from several releases because of the edit."""
    if made is None:
        return
    before = {} if former is None else _by_step(former)
    for step, found in _by_step(made).items():
        if len(found) > 1 and found.keys() != before.get(step, Counter()).keys():
            some = sorted(found, key=natural)
            said = ", ".join(f"{_groups(found[name])} with {name}" for name in some[:4])
            more = f" and {len(some) - 4} more" if len(some) > 4 else ""
            yield Risk("releases", f"{step} mixes {len(found)} releases: {said}{more}", asks=True)


def _by_step(made: Compilation) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for group in made.groups:
        if group.release is not None and group.group.rescue is None:
            found.setdefault(group.group.step, Counter())[group.release] += 1
    return found


def _overlaps(head: Side) -> Iterator[Risk]:
    codes = (stored.OVERLAP_UNKNOWN, stored.STALE, stored.EDITED)
    found = [d for d in head.findings if d.code in codes and d.allowed is None]
    if found:
        text = f"{found[0].message}: groups wait for all that may overlap them"
        yield Risk("overlap", text, span=found[0].span)


def _rescues(world: World, former: World | None) -> Iterator[Risk]:
    """Yield groups that get more rescues by the edit than their policy's budget, or many."""
    from cmcompile.plan.policed import policy_of

    deep: dict[tuple[str, int, str], list[str]] = {}
    for key, rescuers in world.rescuers.items():
        number = len({group.partition(".")[0] for _, group in rescuers})
        before = 0 if former is None else len({g.partition(".")[0] for _, g in former.rescuers.get(key, ())})
        policy = policy_of(world, key)
        budget = _DEEP - 1 if policy is None else policy.budgets.rescues
        if number > budget and number > before:
            said = "" if policy is None else f"; policy {policy.name} goes as far as {budget}"
            deep.setdefault((key[0], number, said), []).append(f"{key[0]}/{key[1]}")
    for (_, number, said), groups in deep.items():
        some = ", ".join(groups[:3]) + (f" and {len(groups) - 3:,} more" if len(groups) > 3 else "")
        yield Risk("rescues", f"{number} rescues cover {some}{said}", asks=bool(said))


def _planned(plans: Plans) -> Iterator[Risk]:
    every = () if plans.plan is None else tuple(plans.plan.items())
    ours = [item for item in every if identity(item) not in plans.anyway]
    removing = [item for item in ours if item.action is Action.RETIRE]
    if removing:
        runs = sum(len([*filter(None, i.preconditions.get("removes", "").split(", "))]) for i in removing)
        collections = f"{runs:,} collection" + ("" if runs == 1 else "s")
        text = f"outputs are removed, and that can't be undone: {collections}"
        yield Risk("removal", text, asks=True, span=removing[0].because)
    waiting = [item for item in ours if item.reason is Reason.NOT_APPROVED]
    if waiting:
        some = f": {waiting[0].detail}" if waiting[0].detail else ""
        yield Risk("approval", f"{_groups(len(waiting))} to approve first{some}", asks=True)
    drift = Counter(i.reason for i in every if i.action is Action.REVIEW and i.reason in _DRIFT)
    for reason, number in drift.items():
        yield Risk("drift", f"{_groups(number)}: {reason.words}")
