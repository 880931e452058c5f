"""Sent groups must stay as they were sent."""

from __future__ import annotations

from collections.abc import Mapping

from cmcompile.model import codes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup, SentGroups
from cmcompile.model.source import Span

_WAYS_ON = "make a rescue for what shall differ, or record a `supersede` decision with a reason"


def check_sent(
    spec: Spec, sent: SentGroups, made: Mapping[str, Mapping[str, CompiledGroup]], findings: Findings
) -> None:
    """Report edits that would alter or remove a sent group."""
    for (step, group_id), group in sent.groups.items():
        now = made.get(step, {}).get(group_id)
        if now is None:
            findings.add(
                codes.sent.SENT_GONE,
                _span(spec, step),
                f"group {step}/{group_id} was sent, and the spec does not make it any more",
                f"take the edit back; {_WAYS_ON}",
                scope=step,
            )
        elif now.digest != group.digest:
            findings.add(
                codes.sent.SENT_CHANGED,
                _span(spec, step),
                f"group {step}/{group_id} was sent, and an edit would alter its file or an include",
                f"take the edit back (`cmcompile diff` shows it); {_WAYS_ON}",
                scope=step,
            )


def _span(spec: Spec, name: str) -> Span:
    step = spec.step(name)
    return spec.span if step is None else step.span
