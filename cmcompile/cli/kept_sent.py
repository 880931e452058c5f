"""Sent groups beside what is kept: read only where what is kept does not tell enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cmcompile.version import EMIT

if TYPE_CHECKING:
    from cmcompile.compiler.kept.form import KeptStep
    from cmcompile.ledger.agree import Place
    from cmcompile.ledger.cache import Part
    from cmcompile.ledger.sent import AtCommit
    from cmcompile.model.campaign import ListData, Step
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.event import SpecRef
    from cmcompile.model.group import Group, SentGroups
    from cmcompile.model.group import Part as GroupPart
    from cmcompile.model.states import GroupRecord, LedgerState

_NOT_SENT = "not sent"


@dataclass(slots=True)
class Sent:
    """The sent groups of the ledger, read when they are first asked for.

    Attributes
    ----------
    known
        What was found when they were read before, which holds as long as they are not asked for.
    """

    state: LedgerState
    lists: Mapping[str, ListData]
    at_commit: AtCommit
    known: tuple[Diagnostic, ...] = ()
    _found: tuple[SentGroups, tuple[Diagnostic, ...]] | None = None
    _asked: bool = False

    def __call__(self) -> SentGroups:
        """Return the sent groups."""
        if self._found is None:
            from cmcompile.ledger.sent import sent_groups

            self._found = sent_groups(self.state, self.lists, self._at_commit, EMIT)
        return self._found[0]

    def _at_commit(self, path: str, commit: str) -> Mapping[str, ListData] | None:
        self._asked = True
        return self.at_commit(path, commit)

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What was found when they were read."""
        return self.known if self._found is None else self._found[1]

    @property
    def uncertain(self) -> bool:
        """Whether they rest on more than the ledger and the lists, or are not all known."""
        from cmcompile.model import codes

        return self._asked or any(found.code is not codes.ledger.OTHER_EMIT for found in self.findings)

    def made_by(self, step: str) -> dict[str, str]:
        """Return the versions that compiled groups of a step to other bytes, as `KeptStep` has them."""
        from cmcompile.ledger.agree import claim_of

        if not self.findings:
            return {}
        found = {}
        for (name, group), record in self.state.groups.items():
            claim = claim_of(record) if name == step else None
            if claim is not None and claim.spec.emit != EMIT:
                found[group] = made_by(claim.spec)
        return found


def still_sent(known: KeptStep, step: Step, changed: Sequence[Part], state: LedgerState) -> KeptStep | None:
    """Return a kept step with what was sent since; None where it may come out in another way.

    Parameters
    ----------
    changed
        The parts of the ledger that are not as they were, with the groups of this step.
    """
    groups: dict[str, Group] = {}
    sent = dict(known.sent)
    if changed:
        groups = {g.id: g for some in (known.groups.first, *known.groups.rescues) for g in some}
    for part in changed:
        for record in part.groups:
            digest = _sent_as(known, step, groups.get(record.group), record)
            if digest is None:
                return None
            if digest is not _NOT_SENT:
                sent[record.group] = digest
    if any((step.name, group) not in state.groups for group in sent):
        return None
    return replace(known, sent=sent)


def _sent_as(known: KeptStep, step: Step, group: Group | None, record: GroupRecord) -> str | None:
    """Return the digest that a group was sent with; None where that may make a difference."""
    from cmcompile.compiler.kept.keep import is_by_hand, source_of
    from cmcompile.ledger.agree import agrees, claim_of, is_sent

    was = record.group in known.sent
    if not is_sent(record):
        return None if was else _NOT_SENT
    claim = claim_of(record)
    if claim is None or group is None or not (was or (known.settled and not is_by_hand(group))):
        return None
    other = made_by(claim.spec)
    if other != known.made_by.get(record.group, ""):
        return None

    rescue = group.rescue

    def place_of(part: GroupPart) -> Place:
        source = source_of(step, rescue, part)
        ranges = known.ranges.get(id(part), (part, ()))[1]
        return (None, "", ()) if source is None else (source.list, source.column, ranges)

    if not agrees(claim, group, place_of):
        return None
    return "" if other else claim.definition


def made_by(spec: SpecRef) -> str:
    """Return the version that compiled a group, where it emits other bytes than this one; else nothing."""
    return "" if spec.emit == EMIT else f"{spec.version} {spec.emit}"
