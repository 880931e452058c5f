"""What compiling gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmcompile.compiler.step import StepGroups, StepShapes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.model.group import CompiledGroup, IncludeFile


@dataclass(frozen=True, slots=True)
class Expansion:
    """The groups of a campaign, without files.

    Attributes
    ----------
    steps
        By name, in order.
    collects
        As of a `Compilation`, without those that BPS keeps by itself as the output of the step's groups.
    """

    spec: Spec
    steps: Mapping[str, StepGroups]
    collects: Mapping[str, str]
    findings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Compilation:
    """A compiled campaign.

    Attributes
    ----------
    groups
        In step order, first pass before rescues.
    includes
        Include files of the output, by path.
    findings
        In a stable order.
    steps, shapes
        The expanded steps, and the shapes of their groups, for those who explain.
    collects
        The chained collection of each step that has one, by its name; of the campaign under an empty name.
    """

    spec: Spec
    groups: tuple[CompiledGroup, ...]
    includes: Mapping[str, IncludeFile]
    findings: tuple[Diagnostic, ...]
    steps: Mapping[str, StepGroups]
    shapes: Mapping[str, StepShapes]
    collects: Mapping[str, str]

    @property
    def failed(self) -> bool:
        """Whether a finding forbids to use the result."""
        return any(f.severity is Severity.ERROR and f.allowed is None for f in self.findings)

    def group(self, step: str, group_id: str) -> CompiledGroup | None:
        """Return a compiled group."""
        return next((g for g in self.groups if (g.group.step, g.group.id) == (step, group_id)), None)
