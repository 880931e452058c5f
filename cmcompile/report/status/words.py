"""What every rendering of a status says in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Workflow
from cmcompile.model.status import (
    Attention,
    CampaignStatus,
    Collection,
    Concern,
    GroupRow,
    StepStatus,
    TaggedStatus,
)
from cmcompile.report.screen import count

#: How much is shown: a line per campaign, per step, per group; a group; one of its workflows.
Level: TypeAlias = Literal["production", "campaign", "step", "group", "workflow"]

COMMAND = "cmcompile status"


def why(reason: Reason, detail: str) -> str:
    """Return a reason with what it is about."""
    return f"{reason.words}: {detail}" if detail else reason.words


def verdict(status: CampaignStatus, *, these: bool = False) -> str:
    """Return in one sentence whether anything is wrong, and how far it is.

    Parameters
    ----------
    these
        Whether it is about groups that were chosen, and not about all.
    """
    if status.fault:
        return status.fault
    counts = status.counts
    total, accepted = sum(counts.values()), counts.get(GroupState.ACCEPTED, 0)
    extra = sum(status.rescue_counts.values())
    groups = f"{'these ' if these and total > 1 else ''}{count(total, 'group')}"
    done = f"{accepted:,} of {groups} accepted" if total else ""
    if total and accepted == total:
        done = f"all {'of ' if these else ''}{groups} accepted" if total > 1 else "the group is accepted"
    elif not total:
        done = count(extra, "rescue group") if extra else "no group"
    return f"{person(status)}; {done}"


def person(status: CampaignStatus) -> str:
    """Return how much needs a person."""
    if not status.people:
        return "nothing needs a person"
    files = sum(c.state is None for a in status.attention for c in a.concerns)
    groups = status.people - files
    said = [count(groups, "group")] if groups else []
    said += [count(files, "file") + " of the ledger"] if files else []
    return f"{' and '.join(said)} {'needs' if status.people == 1 else 'need'} a person"


def ledger(status: CampaignStatus) -> str:
    """Return which ledger the status is from, without its time."""
    if not status.seen.commit:
        return "no ledger yet"
    return f"ledger {status.seen.commit[:12]}"


def heading(found: Attention) -> str:
    """Return what needs a person and why, for all concerns at once."""
    if len(found.concerns) == 1:
        concern = found.concerns[0]
        return f"{concern.subject}: {why(found.reason, concern.detail)}"
    what = "group" if found.concerns[0].state is not None else "file"
    place = f"{found.step}, " if found.step else ""
    return f"{place}{count(len(found.concerns), what)}: {found.reason.words}"


def see_all(campaign: str, found: Attention) -> str:
    """Return the command that lists all concerns."""
    place = f"{campaign}/{found.step}" if found.step else campaign
    return f"{COMMAND} {place} reason:{found.reason.value}"


def command(campaign: str, concern: Concern) -> str:
    """Return what to type about a concern."""
    if concern.next:
        return concern.next
    if concern.state is None:
        return f"cmcompile verify {campaign}"
    return f"{COMMAND} {campaign}/{concern.subject}"


def next_of(campaign: str, found: Attention) -> str:
    """Return what to type about one concern, or the command that lists several."""
    return command(campaign, found.concerns[0]) if len(found.concerns) == 1 else see_all(campaign, found)


def states(counts: Iterable[StepStatus]) -> list[GroupState]:
    """Return the states that any group of the steps is in, in their order."""
    steps = list(counts)
    return [s for s in GroupState if any(x.first.get(s, 0) or x.rescues.get(s, 0) for x in steps)]


def chained(found: Collection | None) -> str:
    """Return how the collection of a step stands."""
    if found is None:
        return ""
    if found.retired:
        return "retired"
    if found.holds is None:
        said = "being made" if found.unfinished else "not made"
    else:
        said = count(found.holds, "run") + (", being made anew" if found.unfinished else "")
    return f"{said}, {found.lacks:,} to add" if found.lacks else said


def tagged(found: TaggedStatus | None) -> str:
    """Return how the tagged inputs of a step stand."""
    if found is None:
        return ""
    held = f", {count(found.datasets, 'dataset')}" if found.made else ""
    if len(found.names) == 1:
        return f"{found.names[0]}{held}" if found.made else f"{found.names[0]} not made"
    return f"{found.made:,} of {len(found.names):,} made{held}"


def missing(found: StepStatus) -> str:
    """Return how many quanta are missing of how many, and of how many groups that is known."""
    if found.quanta is None or found.missing is None:
        return ""
    return f"{found.missing:,} of {found.quanta:,}"


def own_workflow(row: GroupRow) -> Workflow | None:
    """Return the workflow that the state of a group speaks of, else the newest of its own."""
    both = (*row.workflows, *row.covering)
    named = [w for w in both if f"{w.group}@{w.name}" == row.standing.workflow]
    found = named or list(row.workflows[-1:])
    return found[0] if found else None


def run_of(workflow: Workflow | None) -> str:
    """Return the output collection of a workflow, or empty."""
    return "" if workflow is None or workflow.claim is None else workflow.claim.output_run
