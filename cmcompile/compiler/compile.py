"""``compile(spec, sent)``: the same input gives the same bytes on any machine, in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from cmcompile.compiler.checks.groups import check_groups
from cmcompile.compiler.checks.jobs import check_engines, check_outputs_once
from cmcompile.compiler.checks.sent import check_sent
from cmcompile.compiler.constants import Constants
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.kept.again import Again, InDoubtError, Written
from cmcompile.compiler.kept.form import Former, KeptStep
from cmcompile.compiler.kept.keys import groups_key
from cmcompile.compiler.links import check_links
from cmcompile.compiler.paths import check_paths
from cmcompile.compiler.result import Compilation, Expansion, Made
from cmcompile.compiler.step import StepGroups, StepShapes, make_groups, overridden
from cmcompile.compiler.tagged import has_tagged, tagged_inputs
from cmcompile.compiler.writer import GroupWriter, quiet
from cmcompile.model import codes
from cmcompile.model.campaign import Spec, Step
from cmcompile.model.collector import paused_collector
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import EMPTY, CompiledGroup, SentGroups
from cmcompile.model.tagged import NO_TAGS, TaggedInputs

__all__ = ["compile_again", "compile_spec", "expand_again", "expand_spec"]


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
        return _Run(spec, lambda: sent).result()


def expand_spec(spec: Spec, sent: SentGroups = EMPTY) -> Expansion:
    """Make the groups of every step without writing or checking their files: what `status` needs."""
    with paused_collector():
        return _Run(spec, lambda: sent).expansion()


def compile_again(spec: Spec, sent: Callable[[], SentGroups], former: Former | None) -> Compilation:
    """Compile a campaign, with the help of a former compilation of it.

    Groups, digests and findings are those of `compile_spec`; groups that were not written again have no bytes
    and no predicate.

    Parameters
    ----------
    sent
        Returns the groups that were sent; asked only where the former compilation does not tell enough.
    """
    with paused_collector():
        try:
            return _Run(spec, sent, former).result()
        except InDoubtError:
            return _Run(spec, sent).result()


def expand_again(spec: Spec, sent: Callable[[], SentGroups], former: Former | None) -> Expansion:
    """Make the groups of every step, with the help of a former compilation; as `expand_spec` does."""
    with paused_collector():
        return _Run(spec, sent, former).expansion()


class _Run:
    """One compilation; steps are expanded when they are first asked for.

    What is found in groups and steps, and what in the files that are written of them, is kept apart: files
    that are taken from a former compilation are not looked at again.
    """

    def __init__(self, spec: Spec, sent: Callable[[], SentGroups], former: Former | None = None) -> None:
        self._spec = spec
        self._sent = sent
        self._former = former
        self._findings = Findings()
        self._written = Findings()
        self._lists = Lists(spec.lists, spec.files)
        self._constants = Constants(spec, self._outputs, self._findings)
        self._steps: dict[str, StepGroups] = {}
        self._shapes: dict[str, StepShapes] = {}
        self._made: dict[str, Made] = {}
        self._collects: Mapping[str, str] | None = None

    def result(self) -> Compilation:
        spec, findings = self._spec, self._findings
        for step in spec.steps:
            self._shapes_of(step.name)
        again = Again(spec, self._former if self._may_take_files() else None, self._collections)
        writer = GroupWriter(spec, self._lists, self._written)
        compiled = self._compiled(again, writer)
        collects = self._collections()
        includes = writer.includes.files
        for file in again.needed():
            if includes.setdefault(file.path, file).data != file.data:
                raise InDoubtError
        check_paths(spec, compiled, includes, findings)
        check_groups(spec, self._steps, compiled, findings)
        check_links(spec, self._steps, self._shapes, findings)
        tagged = self._tagged(compiled)
        self._check_sent(compiled)
        if again.rows:
            self._refuse_doubt()
        written = tuple(self._written)
        every = self._all_findings()
        for step in spec.steps:
            every.allow(step.name, step.allow)
        every.allow("", spec.allow)
        return Compilation(
            spec=spec,
            groups=tuple(compiled),
            includes=includes,
            findings=every.sorted(),
            steps=self._steps,
            shapes=self._shapes,
            collects=collects,
            made=self._made,
            written=written,
            rows=again.rows,
            tagged=tagged,
        )

    def expansion(self) -> Expansion:
        spec = self._spec
        for step in spec.steps:
            self._shapes_of(step.name)
        collects = self._made_by_action()
        tagged = self._tagged(None)
        return Expansion(spec, self._steps, collects, self._all_findings().sorted(), self._made, tagged)

    def _tagged(self, compiled: Sequence[CompiledGroup] | None) -> TaggedInputs:
        """Return the tagged inputs; what groups write is worked out where they were not compiled."""
        if not has_tagged(self._spec):
            return NO_TAGS
        written: dict[str, dict[str, None]] = {}
        for step, collection in self._collections().items():
            written.setdefault(collection, {})[step] = None
        for name, groups in self._steps.items() if compiled is None else ():
            for output in {quiet(self._shapes[name].names(group), "output") for group in groups.all()}:
                written.setdefault(output or "", {})[name] = None
        for made in compiled or ():
            written.setdefault(made.output, {})[made.group.step] = None
        written.pop("", None)
        makers = {collection: tuple(steps) for collection, steps in written.items()}
        return tagged_inputs(self._spec, self._steps, self._shapes, makers, self._findings)

    def _all_findings(self) -> Findings:
        """Return all findings; of two that differ in their scope only, the first is shown."""
        every = Findings()
        every.extend(self._written)
        every.extend(self._findings)
        return every

    def _compiled(self, again: Again, writer: GroupWriter) -> list[CompiledGroup]:
        written: list[tuple[Step, Written]] = []
        for step in self._spec.steps:
            shapes, groups = self._shapes[step.name], self._steps[step.name]
            write = partial(writer.write, shapes=shapes)
            made = again.step(step, groups.all(), shapes, self._made[step.name].again, write)
            written.append((step, made))
        check_engines(self._spec, self._findings)
        if any(made.fresh or made.covers for _, made in written):
            self._check_files(written, writer)
        if any(made.fresh for step, made in written if step.engine == "batch"):
            check_outputs_once(self._spec, self._steps, self._shapes, writer, self._written)
        return [group for _, made in written for group in made.groups]

    def _check_files(self, written: Sequence[tuple[Step, Written]], writer: GroupWriter) -> None:
        """Look into the files that were written now."""
        # Imported here: a third of the compiler, and of no use where all files are taken from before.
        from cmcompile.compiler.checks.added import check_added
        from cmcompile.compiler.checks.coverage import Coverage
        from cmcompile.compiler.checks.rules import RuleRunner

        runner = RuleRunner(self._spec, writer, self._written)
        for step, made in written:
            if step.engine != "bps":
                continue
            if made.covers:
                groups = {group.group.id: group for group in made.groups}
                of_step = self._steps[step.name]
                Coverage(self._spec, step, self._lists, of_step.first, groups, self._written).check()
                check_added(self._spec, of_step, groups, self._written)
            runner.check(step, self._shapes[step.name], made.fresh)

    def _may_take_files(self) -> bool:
        """Tell whether files may be taken: where they gave findings, only if nothing at all is new."""
        former = self._former
        if former is None or former.written is None:
            return False
        return not former.written or (former.same and all(made.again for made in self._made.values()))

    def _refuse_doubt(self) -> None:
        """Refuse what is new and gives findings, since what was taken may have a part in them."""
        known = () if self._former is None else self._former.written or ()
        if any(found not in known for found in self._written):
            raise InDoubtError
        if any(found.code is codes.output.PATH_COLLISION for found in self._findings):
            raise InDoubtError
        # In their order: of two that differ in their scope only, the first is shown.
        self._written = Findings()
        self._written.extend(known)

    def _check_sent(self, compiled: Sequence[CompiledGroup]) -> None:
        spec = self._spec
        by_step: dict[str, dict[str, CompiledGroup]] = {step.name: {} for step in spec.steps}
        for made in compiled:
            by_step[made.group.step][made.group.id] = made
        former = self._former
        if former is not None and all(made.again for made in self._made.values()):
            now = {(name, id_): made.digest for name, some in by_step.items() for id_, made in some.items()}
            if all(key in now and digest in ("", now[key]) for key, digest in former.sent.items()):
                return
            check_sent(spec, former.sent_groups(), self._steps, by_step, self._findings)
            return
        check_sent(spec, self._sent(), self._steps, by_step, self._findings)

    def _collections(self) -> Mapping[str, str]:
        if self._collects is None:
            self._collects = self._constants.collects()
        return self._collects

    def _made_by_action(self) -> dict[str, str]:
        """Return the collections that BPS does not keep by itself, as the first group of each step tells."""
        collects = dict(self._collections())
        for name, step in self._steps.items():
            if name in collects and step.first:
                output = quiet(self._shapes[name].names(step.first[0]), "output")
                if output == collects[name]:
                    del collects[name]
        return collects

    def _shapes_of(self, name: str) -> StepShapes:
        if name not in self._shapes:
            step = next(s for s in self._spec.steps if s.name == name)
            made = self._made[name] = self._groups(step)
            self._findings.extend(made.findings)
            groups = self._steps[name] = overridden(step, made.groups, self._findings)
            self._shapes[name] = StepShapes(self._spec, groups, self._constants, self._written)
        return self._shapes[name]

    def _groups(self, step: Step) -> Made:
        kept = self._kept(step)
        if kept is not None:
            return Made(kept.groups, kept.findings, kept.settled, again=True)
        findings = Findings()
        self._lists.around.clear()
        groups = make_groups(self._spec, step, self._lists, self._sent().of(step.name), findings)
        return Made(groups, tuple(findings), not self._lists.around)

    def _kept(self, step: Step) -> KeptStep | None:
        """Return what is kept of a step, where its groups are made from the same."""
        former = self._former
        kept = None if former is None else former.steps.get(step.name)
        if former is None or kept is None or kept.key != groups_key(self._spec, step, former.lists):
            return None
        return kept if former.same or not kept.findings else None

    def _outputs(self, name: str) -> list[str]:
        shapes = self._shapes_of(name)
        found: dict[str, None] = {}
        for group in self._steps[name].first:
            found[str(shapes.names(group).look_up("output"))] = None
        return list(found)
