"""Taking over a run that was started by hand: it becomes the group's next workflow."""

from __future__ import annotations

from cmcompile.apply.claim import next_name
from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Sources
from cmcompile.model.event import Claimed, Draft, Subject, Submitted, WmsRef
from cmcompile.model.naming import run_names
from cmcompile.model.plan import Item
from cmcompile.model.states import LedgerState, Workflow
from cmcompile.model.wms import NoAnswer


def adopted(
    sources: Sources, item: Item, plan: str, declaration: Declaration, state: LedgerState
) -> tuple[Draft, ...] | str:
    """Return the events that take a run over, or why it can't be.

    The workload system must show the run now: a wrong id would be asked about for ever.
    """
    desk, asked = sources.desk, item.preconditions
    step, group = item.subject.step, item.subject.group or ""
    found = declaration.sendable(step, group)
    if found is None:
        return f"the spec does not make {step}/{group}"
    where = wms_named(asked.get("wms", ""))
    run_id = asked.get("run", "")
    if (known := _known(state, where, run_id)) is not None:
        return f"run {run_id} is that of {known} already"
    shown = sources.wms.look(where, [run_id])
    if isinstance(shown, NoAnswer):
        return f"whether run {run_id} is there can't be asked: {shown.why}"
    if run_id not in shown:
        return f"{where.service} does not show run {run_id}"
    subject = Subject(step, group, next_name(state.groups.get((step, group))))
    id_, made = desk.new_id(), found.made
    names = run_names(made.output, step, group, subject.workflow or "", id_, shared=found.shared)
    claimed = Claimed(
        run_name=shown[run_id].name,
        prefix=names.prefix,
        output_run=asked.get("output", ""),
        submit_path="",
        wms=where,
        definition=made.digest,
        spec=declaration.ref,
        process=desk.host.here(),
        file=made.path,
        item=item.digest,
        plan=plan,
        covers=made.group.covers,
        members=dict(found.members),
        excluded=dict(made.group.excluded),
        adopted=True,
    )
    return (
        desk.draft(subject, claimed, id_, item.decision),
        desk.draft(subject, Submitted(run_id), id_, item.decision),
    )


def _known(state: LedgerState, where: WmsRef, run_id: str) -> Workflow | None:
    """Return the workflow that a run is of already, of whatever group, or None."""
    ours = (w for w in state.workflows() if w.claim is not None and w.claim.wms == where)
    return next((w for w in ours if run_id in w.runs), None)


def wms_named(text: str) -> WmsRef:
    """Return the workload system that a decision names: ``service``, or ``service@where``."""
    service, _, where = text.partition("@")
    return WmsRef(service, where)
