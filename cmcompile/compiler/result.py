"""What compiling gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmcompile.compiler.kept.form import Row
from cmcompile.compiler.step import MadeGroups, StepGroups, StepShapes
from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Diagnostic, errors_in
from cmcompile.model.group import CompiledGroup, IncludeFile
from cmcompile.model.tagged import NO_TAGS, TaggedInputs


@dataclass(frozen=True, slots=True)
class Made:
    """How the groups of a step were made.

    Attributes
    ----------
    findings
        Of making them; those of overrides are not among them.
    settled
        Whether no axis was cut anew around parts that were sent.
    again
        Whether they were taken from a former compilation.
    """

    groups: MadeGroups
    findings: tuple[Diagnostic, ...]
    settled: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """The groups of a campaign, without files.

    Attributes
    ----------
    steps
        By name, in order.
    collects
        As of a `Compilation`, without those that BPS keeps by itself as the output of the step's groups.
    made
        By step.
    tagged
        The tagged inputs, and who reads them.
    """

    spec: Spec
    steps: Mapping[str, StepGroups]
    collects: Mapping[str, str]
    findings: tuple[Diagnostic, ...]
    made: Mapping[str, Made] = field(default_factory=dict)
    tagged: TaggedInputs = NO_TAGS


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
    made
        By step.
    written
        The findings of writing files and of looking at them, as they are before any is allowed.
    rows
        The groups whose files were not written again, by step and id: they have no bytes and no predicate.
    tagged
        The tagged inputs, and who reads them.
    """

    spec: Spec
    groups: tuple[CompiledGroup, ...]
    includes: Mapping[str, IncludeFile]
    findings: tuple[Diagnostic, ...]
    steps: Mapping[str, StepGroups]
    shapes: Mapping[str, StepShapes]
    collects: Mapping[str, str]
    made: Mapping[str, Made] = field(default_factory=dict)
    written: tuple[Diagnostic, ...] = ()
    rows: Mapping[tuple[str, str], Row] = field(default_factory=dict)
    tagged: TaggedInputs = NO_TAGS

    @property
    def failed(self) -> bool:
        """Whether a finding forbids to use the result."""
        return any(errors_in(self.findings))

    def group(self, step: str, group_id: str) -> CompiledGroup | None:
        """Return a compiled group."""
        return next((g for g in self.groups if (g.group.step, g.group.id) == (step, group_id)), None)
