"""What is checked once all groups are compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmcompile.compiler.ids import Lists
from cmcompile.compiler.step import StepGroups, StepShapes
from cmcompile.compiler.writer import GroupWriter
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup, SentGroups


def check(
    spec: Spec,
    sent: SentGroups,
    lists: Lists,
    steps: Mapping[str, StepGroups],
    shapes: Mapping[str, StepShapes],
    groups: Sequence[CompiledGroup],
    writer: GroupWriter,
    findings: Findings,
) -> None:
    """Run every check over a compiled campaign."""
