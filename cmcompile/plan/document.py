"""A plan as a JSON document (``schemas/plan-v1.schema.json``) and back, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.model.errors import CmcompileError
from cmcompile.model.event import Subject
from cmcompile.model.plan import Action, Cost, Item, Plan, PlanSource, Stage, StageName
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import GroupState
from cmcompile.plan.items import digest

#: Of the document; a reader refuses another one.
FORMAT = 1
_REASONS = {reason.value: reason for reason in Reason}


class BadPlanError(CmcompileError):
    """A document is no plan that can be read."""


def plan_digest(plan: Plan) -> str:
    """Return the sha256 over the canonical JSON of a plan without its digest."""
    document = to_document(plan)
    del document["digest"]
    return digest(document)


def to_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values; what is empty, or as it is by default, is left out of items."""
    source = plan.source
    return {
        "format": FORMAT,
        "kind": "plan",
        "campaign": source.campaign,
        "digest": plan.digest,
        "source": {
            "spec": source.spec,
            "commit": source.commit,
            "inputs": dict(source.inputs),
            "ledger": source.ledger,
            "version": source.version,
            "emit": source.emit,
            "selectors": list(source.selectors),
            "limit": source.limit,
        },
        "stages": [
            {"name": stage.name.value, "items": [_item(item) for item in stage.items]}
            for stage in plan.stages
        ],
    }


def _item(item: Item) -> dict[str, Any]:
    subject = item.subject
    found: dict[str, Any] = {"action": item.action.value, "step": subject.step}
    if subject.group is not None:
        found["group"] = subject.group
    if subject.workflow is not None:
        found["workflow"] = subject.workflow
    found["reason"] = item.reason.value
    if item.state is not None:
        found["state"] = item.state.value
    if item.because is not None:
        span = item.because
        found["because"] = {"file": span.file, "line": span.line, "column": span.column}
    if item.cost is not None:
        cost = item.cost
        hours = None if cost.core_hours is None else list(cost.core_hours)
        found["cost"] = {"quanta": cost.quanta, "core_hours": hours, "source": cost.source}
    texts = {"detail": item.detail, "definition": item.definition, "decision": item.decision}
    found |= {key: text for key, text in (texts | {"next": item.next}).items() if text}
    if item.covers:
        found["covers"] = list(item.covers)
    if item.preconditions:
        found["preconditions"] = dict(item.preconditions)
    found["reversible"] = item.reversible
    found["digest"] = item.digest
    return found


def from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan that a document holds; unknown keys are passed over.

    Raises
    ------
    BadPlanError
        When it is of another format, or not as the schema says, or does not have the digest that it names.
    """
    try:
        plan = _plan(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPlanError(f"this is no plan that can be read: {type(error).__name__}: {error}") from error
    if plan.digest != plan_digest(plan):
        raise BadPlanError("the plan was altered: its digest is not that of what it says")
    return plan


def _plan(document: Mapping[str, Any]) -> Plan:
    if document.get("format") != FORMAT or document.get("kind") != "plan":
        raise BadPlanError(f"this is no plan of format {FORMAT}: make it anew with this cmcompile")
    source = document["source"]
    return Plan(
        PlanSource(
            campaign=str(document["campaign"]),
            spec=str(source["spec"]),
            commit=str(source["commit"]),
            inputs={str(k): str(v) for k, v in source["inputs"].items()},
            ledger=str(source["ledger"]),
            version=str(source["version"]),
            emit=int(source["emit"]),
            selectors=tuple(map(str, source["selectors"])),
            limit=None if source["limit"] is None else int(source["limit"]),
        ),
        tuple(
            Stage(StageName(stage["name"]), tuple(_read_item(i) for i in stage["items"]))
            for stage in document["stages"]
        ),
        str(document["digest"]),
    )


def _read_item(found: Mapping[str, Any]) -> Item:
    span, cost, state = found.get("because"), found.get("cost"), found.get("state")
    return Item(
        action=Action(found["action"]),
        subject=Subject(str(found["step"]), found.get("group"), found.get("workflow")),
        reason=_REASONS[found["reason"]],
        detail=str(found.get("detail", "")),
        state=None if state is None else GroupState(state),
        because=None if span is None else Span(str(span["file"]), int(span["line"]), int(span["column"])),
        definition=str(found.get("definition", "")),
        covers=tuple(map(str, found.get("covers", ()))),
        preconditions={str(k): str(v) for k, v in found.get("preconditions", {}).items()},
        cost=None if cost is None else _read_cost(cost),
        reversible=bool(found["reversible"]),
        decision=str(found.get("decision", "")),
        next=str(found.get("next", "")),
        digest=str(found["digest"]),
    )


def _read_cost(found: Mapping[str, Any]) -> Cost:
    hours = found["core_hours"]
    low_high = None if hours is None else (float(hours[0]), float(hours[1]))
    quanta = found["quanta"]
    return Cost(None if quanta is None else int(quanta), low_high, str(found["source"]))
