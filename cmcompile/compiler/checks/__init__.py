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
from cmcompile.compiler.step import StepGroups
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup

__all__ = ["Coverage", "RuleRunner", "check_groups", "check_sent"]


def check_groups(
    spec: Spec, steps: Mapping[str, StepGroups], groups: Sequence[CompiledGroup], findings: Findings
) -> None:
    """Run every check that needs no look into the files."""
    for step in spec.steps:
        check_overrides(steps[step.name], findings)
        check_carried(steps[step.name], findings)
    check_outputs(spec, groups, findings)
    check_exclusions(spec, steps, findings)
