"""The key ``review``: what must be approved before it is submitted; to the model, and what makes no sense."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.approval import Above, Rule
from cmcompile.model.campaign import Spec
from cmcompile.model.codes import policy as codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Mapping, Node, Scalar
from cmcompile.spec.values import flag, mapping, number, text


def build_review(node: Node | None) -> Rule | None:
    """Return what a layer asks for; None: nothing."""
    if not isinstance(node, Mapping):
        return None
    above, budget = mapping(node.get("above")), mapping(node.get("budget"))
    return Rule(
        span=node.span,
        approvals=number(node.get("approvals"), 0),
        above=None if above is None else _above(above),
        unknown_below=text(node.get("unknown")) == "below",
        budget=None if budget is None else _hours(budget.get("core_hours")),
        not_author=flag(node.get("not_author"), default=False),
    )


def _above(node: Mapping) -> Above:
    return Above(_hours(node.get("core_hours")), number(node.get("approvals"), 1), node.span)


def _hours(node: Node | None) -> float:
    value = node.value if isinstance(node, Scalar) else None
    return float(value) if isinstance(value, (int, float)) else 0.0


def check_review(spec: Spec, findings: Findings) -> None:
    """Report what a ``review`` says that nobody can mean, or that changes nothing."""
    whole = spec.pace.review
    if whole is not None:
        _check(whole, "", None, findings)
    seen = {whole.span if whole is not None else None}
    for step in spec.steps:
        rule = step.pace.review
        if rule is not None and rule.span not in seen:
            seen.add(rule.span)
            _check(rule, f" of {step.name}", whole, findings)


def _check(rule: Rule, of: str, whole: Rule | None, findings: Findings) -> None:
    above = rule.above
    if not rule.approvals and above is None and rule.budget is None:
        findings.add(
            codes.BAD_REVIEW,
            rule.span,
            f"`review`{of} asks for no approval and sets no budget",
            "say `approvals`, `above` or `budget`, or take it out",
        )
    if above is not None and above.approvals <= rule.approvals:
        findings.add(
            codes.BAD_REVIEW,
            above.span,
            f"`above`{of} asks for {above.approvals} of what {rule.approvals} must approve at any cost",
            "ask for more approvals above that cost than below it",
        )
    for words, hint in _idle(rule, whole):
        findings.add(codes.IDLE_REVIEW, rule.span, f"`review`{of}: {words}", hint)


def _idle(rule: Rule, whole: Rule | None) -> Iterator[tuple[str, str]]:
    above, budget = rule.above, rule.budget
    if rule.not_author and not rule.approvals and above is None:
        yield "`not_author` without approvals", "say how many `approvals` are asked for"
    if rule.unknown_below and above is None:
        yield "`unknown` without `above`", "take it out, or say from which cost on more must approve"
    if above is not None and budget is not None and above.core_hours >= budget:
        yield "`above` begins beyond the budget", "let it begin at a cost that the budget allows"
    if whole is None:
        return
    if 0 < rule.approvals <= whole.approvals:
        yield "the campaign asks for as many approvals", "a step can only ask for more: take it out"
    if budget is not None and whole.budget is not None and budget >= whole.budget:
        yield "the campaign's budget is no larger", "a step can only narrow it: take it out"
