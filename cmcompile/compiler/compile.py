"""``compile(spec, sent)``: the same input gives the same bytes on any machine, in any order."""

from __future__ import annotations

from cmcompile.compiler.checks import check
from cmcompile.compiler.constants import Constants
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.paths import check_paths
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.step import StepGroups, StepShapes, expand
from cmcompile.compiler.writer import GroupWriter
from cmcompile.model import codes
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.collector import paused_collector
from cmcompile.model.diagnostic import Diagnostic, Findings
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


def expand_spec(
    spec: Spec, sent: SentGroups = EMPTY
) -> tuple[dict[str, StepGroups], tuple[Diagnostic, ...]]:
    """Make the groups of every step without writing or checking their files: what `status` needs.

    Returns
    -------
    The steps by name, in order, and what was found on the way.
    """
    findings = Findings()
    with paused_collector():
        lists = Lists(spec.lists, spec.files)
        steps = {s.name: expand(spec, s, lists, sent.of(s.name), findings) for s in spec.steps}
    return steps, findings.sorted()


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
