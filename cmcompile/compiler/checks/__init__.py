"""What is checked once all groups are compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmcompile.compiler.checks.carried import check_carried
from cmcompile.compiler.checks.coverage import Coverage
from cmcompile.compiler.checks.exclusions import check_exclusions
from cmcompile.compiler.checks.outputs import check_outputs
from cmcompile.compiler.checks.overrides import check_overrides
from cmcompile.compiler.checks.rules import RuleRunner
from cmcompile.compiler.checks.sent import check_sent
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
    by_step: dict[str, dict[str, CompiledGroup]] = {step.name: {} for step in spec.steps}
    for made in groups:
        by_step[made.group.step][made.group.id] = made
    runner = RuleRunner(spec, writer, findings)
    for step in spec.steps:
        made_groups = by_step[step.name]
        if step.engine == "bps":
            Coverage(spec, step, lists, steps[step.name].first, made_groups, findings).check()
            runner.check(step, shapes[step.name], list(made_groups.values()))
        check_overrides(steps[step.name], findings)
        check_carried(steps[step.name], findings)
    check_outputs(spec, groups, findings)
    check_exclusions(spec, steps, findings)
    check_sent(spec, sent, steps, by_step, findings)
