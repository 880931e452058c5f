"""``compile(spec, sent)``: the same input gives the same bytes on any machine, in any order."""

from __future__ import annotations

from cmcompile.compiler.checks import check
from cmcompile.compiler.constants import Constants
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.paths import check_paths
from cmcompile.compiler.result import Compilation, Expansion
from cmcompile.compiler.step import StepGroups, StepShapes, expand
from cmcompile.compiler.writer import GroupWriter, quiet
from cmcompile.model import codes
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.collector import paused_collector
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import EMPTY, CompiledGroup, SentGroups

__all__ = ["compile_spec", "expand_spec"]


def compile_spec(spec: Spec, sent: SentGroups = EMPTY) -> Compilation:
    """Compile a campaign.

    Parameters
    ----------
    spec
        The campaign as written.
    sent
        The groups that were sent: they stay as they are, or an error says that an edit would alter them.

    Returns
    -------
    The groups with their bytes, and all findings, those of the checks included.
    """
    with paused_collector():
        return _Run(spec, sent).result()


def expand_spec(spec: Spec, sent: SentGroups = EMPTY) -> Expansion:
    """Make the groups of every step without writing or checking their files: what `status` needs."""
    with paused_collector():
        return _Run(spec, sent).expansion()


class _Run:
    """One compilation; steps are expanded when they are first asked for."""

    def __init__(self, spec: Spec, sent: SentGroups) -> None:
        self._spec = spec
        self._sent = sent
        self._findings = Findings()
        self._lists = Lists(spec.lists, spec.files)
        self._constants = Constants(spec, self._outputs, self._findings)
        self._steps: dict[str, StepGroups] = {}
        self._shapes: dict[str, StepShapes] = {}

    def result(self) -> Compilation:
        spec, findings = self._spec, self._findings
        writer = GroupWriter(spec, findings)
        compiled: list[CompiledGroup] = []
        for step in spec.steps:
            shapes = self._shapes_of(step.name)
            if step.engine == "bps":
                compiled += [writer.write(group, shapes) for group in self._steps[step.name].all()]
            else:
                self._not_written(step)
        collects = self._constants.collects()
        check_paths(spec, compiled, writer.includes.files, findings)
        check(spec, self._sent, self._lists, self._steps, self._shapes, compiled, writer, findings)
        for step in spec.steps:
            findings.allow(step.name, step.allow)
        findings.allow("", spec.allow)
        return Compilation(
            spec=spec,
            groups=tuple(compiled),
            includes=writer.includes.files,
            findings=findings.sorted(),
            steps=self._steps,
            shapes=self._shapes,
            collects=collects,
        )

    def expansion(self) -> Expansion:
        spec = self._spec
        for step in spec.steps:
            self._shapes_of(step.name)
        return Expansion(spec, self._steps, self._made_by_action(), self._findings.sorted())

    def _made_by_action(self) -> dict[str, str]:
        """Return the collections that BPS does not keep by itself, as the first group of each step tells."""
        collects = self._constants.collects()
        for name, step in self._steps.items():
            if name in collects and step.first:
                output = quiet(self._shapes[name].names(step.first[0]), "output")
                if output == collects[name]:
                    del collects[name]
        return collects

    def _not_written(self, step: Step) -> None:
        self._findings.add(
            codes.output.NOT_WRITTEN,
            step.span,
            f"no files are written for {step.name}: its engine is {step.engine}",
            "the groups are made and checked; so far files are written for `engine: bps` only",
            scope=step.name,
        )

    def _shapes_of(self, name: str) -> StepShapes:
        if name not in self._shapes:
            step = next(s for s in self._spec.steps if s.name == name)
            groups = expand(self._spec, step, self._lists, self._sent.of(name), self._findings)
            self._steps[name] = groups
            self._shapes[name] = StepShapes(self._spec, groups, self._constants, self._findings)
        return self._shapes[name]

    def _outputs(self, name: str) -> list[str]:
        shapes = self._shapes_of(name)
        found: dict[str, None] = {}
        for group in self._steps[name].first:
            found[str(shapes.names(group).look_up("output"))] = None
        return list(found)
