"""The runs whose outputs a rescue takes over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmcompile.model.states import GroupRecord, GroupState, LedgerState, Workflow, WorkflowState

_OVER_WITH_RUN = frozenset(
    {WorkflowState.SUCCEEDED, WorkflowState.PARTIAL, WorkflowState.FAILED, WorkflowState.CANCELLED}
)


def prior_runs(state: LedgerState, step: str, group: str, covers: Iterable[str]) -> tuple[str, ...]:
    """Return the runs of covered groups, of their earlier rescues and of the group itself, newest first.

    Those of rejected groups, those whose outputs were removed, and those that a later one of the same group
    replaced are not among them.

    Parameters
    ----------
    group
        The rescue group that is to be submitted.
    covers
        The first-pass groups that it covers.
    """
    names = {group, *covers}
    for covered in list(covers):
        names.update(state.covering.get((step, covered), ()))
    found = sorted(_ended(state, step, names), key=lambda w: (w.begun_at, w.group, w.name), reverse=True)
    runs = (w.claim.output_run for w in found if w.claim is not None and w.claim.output_run)
    return tuple(dict.fromkeys(runs))


def void_runs(record: GroupRecord | None) -> tuple[str, ...]:
    """Return the output runs of a group that count no more: rejected, superseded or retired ones."""
    if record is None:
        return ()
    rejected = record.verdict is GroupState.REJECTED
    names = (
        w.claim.output_run
        for w in record.workflows
        if w.claim is not None
        and (rejected or w.name in record.superseded or w.retiring or w.state is WorkflowState.RETIRED)
    )
    return tuple(dict.fromkeys(filter(None, names)))


def _ended(state: LedgerState, step: str, groups: Iterable[str]) -> Iterator[Workflow]:
    for name in groups:
        record = state.groups.get((step, name))
        if record is None or record.verdict is GroupState.REJECTED:
            continue
        over = [w for w in record.counting if w.used and w.state in _OVER_WITH_RUN]
        # What is being removed is there in part.
        ended = [w for w in over if not w.retiring]
        # What took nothing over did all anew, and replaced what was there before.
        start = max((at for at, w in enumerate(ended) if w.claim is None or not w.claim.builds_on), default=0)
        yield from ended[start:]
