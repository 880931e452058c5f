"""What a claim keeps of a group, and from claims the sent groups that the compiler may not change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cmcompile.ledger.agree import claim_of, is_sent
from cmcompile.ledger.listed import Columns, digest_of
from cmcompile.model import codes
from cmcompile.model.campaign import Axis, ListData
from cmcompile.model.diagnostic import Code, Diagnostic, Findings
from cmcompile.model.event import Claimed, Member, SpecRef
from cmcompile.model.group import Group, Part, SentGroup, SentGroups
from cmcompile.model.ids import Id, natural
from cmcompile.model.states import GroupRecord, LedgerState
from cmcompile.version import EMIT

#: The lists of a spec (by its path) at a commit; None where that commit, or its spec, can't be had.
AtCommit: TypeAlias = Callable[[str, str], Mapping[str, ListData] | None]

#: More groups than this are counted, not named.
_SHOWN = 5


def member_of(part: Part, columns: Columns, over: str | None, column: str = "") -> Member:
    """Return what a claim keeps of a part: ranges over a list where that is shorter than its ids.

    Parameters
    ----------
    over, column
        The list that it was cut from, and the column; None for ids that are of no list.
    """
    ids, digest = part.ids, digest_of(part.ids)
    ranges = () if over is None else columns.short_ranges(over, column, ids)
    if ranges:
        return Member(part.key, part.source, len(ids), digest, over, column, ranges)
    return Member(part.key, part.source, len(ids), digest, values=ids)


def members_of(
    group: Group, axes: Sequence[Axis], lists: Columns | Mapping[str, ListData]
) -> dict[str, Member]:
    """Return what a claim keeps of a group.

    Parameters
    ----------
    axes
        The split of the group's step, or the axes of its rescue.
    lists
        Of the spec that the group was compiled from; as `Columns` when there are many groups, since each list
        is then sorted once.
    """
    columns = lists if isinstance(lists, Columns) else Columns(lists)
    by_name = {axis.name: axis for axis in axes}
    found = {}
    for part in group.parts:
        axis = by_name.get(part.axis)
        source = axis.sources[part.source] if axis and 0 <= part.source < len(axis.sources) else None
        over, column = (None, "") if source is None else (source.list, source.column)
        found[part.axis] = member_of(part, columns, over, column)
    return found


def _nothing(_path: str, _commit: str) -> None:
    """Know of no other commit."""


def sent_groups(
    state: LedgerState, lists: Mapping[str, ListData], at_commit: AtCommit = _nothing, emit: int = EMIT
) -> tuple[SentGroups, tuple[Diagnostic, ...]]:
    """Return the groups that the ledger knows as sent, with their ids.

    A group is sent by a workflow that passed its gate or is not known to be over, and is not superseded;
    the newest one whose claim can be read tells what it was sent with.

    Parameters
    ----------
    lists
        Of the spec as it is now; where a list was changed so that a claim's digest differs, the list is taken
        from the claim's commit.
    at_commit
        Asked once for each commit, and only where that is so.
    emit
        The version of the bytes that is written now: a group of another one has no digest to compare.
    """
    job = _Job(lists, at_commit, emit)
    for (step, group), record in sorted(state.groups.items()):
        job.add(step, group, record)
    return SentGroups(job.groups), job.findings()


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why the ids of a part are not sure: the same for many groups, which make one finding."""

    code: Code
    over: str = ""
    spec: str = ""
    commit: str = ""


_NO_CLAIM = _Trouble(codes.ledger.SENT_CLAIM_LOST)


@dataclass(slots=True)
class _Job:
    """The groups found so far, and what went wrong with which."""

    lists: Mapping[str, ListData]
    at_commit: AtCommit
    emit: int
    groups: dict[tuple[str, str], SentGroup] = field(default_factory=dict)
    now: Columns = field(init=False)
    then: dict[tuple[str, str], Columns | None] = field(default_factory=dict)
    known: dict[tuple[Member, str, str], tuple[tuple[Id, ...], _Trouble | None]] = field(default_factory=dict)
    troubles: dict[tuple[str, _Trouble], dict[str, None]] = field(default_factory=dict)
    others: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = Columns(self.lists)

    def add(self, step: str, group: str, record: GroupRecord) -> None:
        if not is_sent(record):
            return
        claim = claim_of(record)
        if claim is None:
            self.troubles.setdefault((step, _NO_CLAIM), {})[group] = None
            self.groups[step, group] = SentGroup(step, group, {}, {}, "")
        else:
            self.groups[step, group] = self._group(step, group, claim)

    def _group(self, step: str, group: str, claim: Claimed) -> SentGroup:
        spec = claim.spec
        if spec.emit != self.emit:
            made_by = (spec.version, spec.emit)
            self.others[made_by] = self.others.get(made_by, 0) + 1
        parts: dict[str, tuple[str, tuple[Id, ...]]] = {}
        for axis, member in claim.members.items():
            ids, trouble = self._ids(member, spec)
            if trouble is not None:
                self.troubles.setdefault((step, trouble), {})[group] = None
            if ids:
                parts[axis] = (member.key, ids)
        return SentGroup(
            step=step,
            id=group,
            parts=parts,
            excluded=claim.excluded,
            digest=claim.definition if spec.emit == self.emit else "",
            sources={axis: member.source for axis, member in claim.members.items()},
        )

    def _ids(self, member: Member, spec: SpecRef) -> tuple[tuple[Id, ...], _Trouble | None]:
        key = (member, spec.path, spec.commit)
        if key not in self.known:
            self.known[key] = self._find(member, spec)
        return self.known[key]

    def _find(self, member: Member, spec: SpecRef) -> tuple[tuple[Id, ...], _Trouble | None]:
        now = resolved(member, self.now)
        if _fits(now, member):
            return now, None
        over = member.over if member.ranges else None
        if over is None:
            return now, _Trouble(codes.ledger.SENT_IDS_DIFFER, "", spec.path, spec.commit)
        columns = self._columns_then(spec)
        if columns is None:
            return now, _Trouble(codes.ledger.SENT_IDS_LOST, over, spec.path, spec.commit)
        then = resolved(member, columns)
        if _fits(then, member):
            return then, None
        return then or now, _Trouble(codes.ledger.SENT_IDS_DIFFER, over, spec.path, spec.commit)

    def _columns_then(self, spec: SpecRef) -> Columns | None:
        key = (spec.path, spec.commit)
        if key not in self.then:
            lists = self.at_commit(*key) if spec.commit else None
            self.then[key] = None if lists is None else Columns(lists)
        return self.then[key]

    def findings(self) -> tuple[Diagnostic, ...]:
        findings = Findings()
        for (step, trouble), groups in self.troubles.items():
            names = sorted(groups, key=natural)
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            which = ("group " if len(names) == 1 else "groups ") + ", ".join(names[:_SHOWN]) + more
            message, hint = _words(trouble, f"{which} of {step}")
            findings.add(trouble.code, None, message, hint, scope=step)
        for (version, emit), count in sorted(self.others.items()):
            findings.add(
                codes.ledger.OTHER_EMIT,
                None,
                f"{count} sent group{'s were' if count > 1 else ' was'} compiled by {version} (emit {emit}); "
                f"this is emit {self.emit}, so their files are not compared",
                "their ids stay pinned; compare with that version where it matters",
            )
        return findings.sorted()


def _words(trouble: _Trouble, which: str) -> tuple[str, str]:
    if trouble.code is codes.ledger.SENT_CLAIM_LOST:
        return (
            f"what {which} held when it was sent is not known: no claim of it can be read",
            "`cmcompile verify` names the files that can't be read; a newer cmcompile may have written them",
        )
    claim = f"the claim, made from {trouble.spec} at {trouble.commit[:12] or 'an uncommitted tree'}"
    if trouble.code is codes.ledger.SENT_IDS_DIFFER:
        source = f"list {trouble.over} gives" if trouble.over else "the claim names"
        return (
            f"{which}: {source} other ids than those that were sent, by the digest in {claim}",
            "`cmcompile verify` tells whether the ledger was edited; correct by hand only what it names",
        )
    wanted = f"commit {trouble.commit[:12]} is not in this clone, or has no {trouble.spec} that can be read"
    why = wanted if trouble.commit else "they were sent from an uncommitted tree"
    return (
        f"the ids of {which} can't be had: list {trouble.over} was changed within their ranges, and {why}",
        "fetch the whole history (`git fetch --unshallow`), or put the list back as it was"
        if trouble.commit
        else "put the list back as it was when they were sent",
    )


def resolved(member: Member, columns: Columns) -> tuple[Id, ...]:
    """Return the ids of a member: its own, or those that a list has within its ranges."""
    if member.over is None or not member.ranges:
        return member.values
    return columns.within(member.over, member.column, member.ranges)


def _fits(ids: tuple[Id, ...], member: Member) -> bool:
    return len(ids) == member.count and digest_of(ids) == member.digest
