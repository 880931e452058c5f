"""The checks that need no look into the files of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmcompile.compiler.checks.carried import check_carried
from cmcompile.compiler.checks.exclusions import check_exclusions
from cmcompile.compiler.checks.outputs import check_outputs
from cmcompile.compiler.checks.overrides import check_overrides
from cmcompile.compiler.step import StepGroups
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup


def check_groups(
    spec: Spec, steps: Mapping[str, StepGroups], groups: Sequence[CompiledGroup], findings: Findings
) -> None:
    """Run every check that needs no look into the files."""
    for step in spec.steps:
        check_overrides(steps[step.name], findings)
        check_carried(steps[step.name], findings)
    check_outputs(spec, groups, findings)
    check_exclusions(spec, steps, findings)
