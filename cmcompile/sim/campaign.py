"""Small campaigns: their specs in memory, compiled once per process by the real loader and compiler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial

from cmcompile.apply.declaration import Sendable
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.prior import PRIOR, graph_options, skipped_in
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.sent import rescue_axes
from cmcompile.ledger.sent import members_of
from cmcompile.model.campaign import Axis
from cmcompile.model.diagnostic import Diagnostic, errors_in
from cmcompile.model.errors import InputError, SourceError
from cmcompile.model.event import SpecRef, Subject, WmsRef
from cmcompile.model.group import CompiledGroup
from cmcompile.model.outcome import Quantum
from cmcompile.model.plan import PlanSource
from cmcompile.plan.declared import Declared
from cmcompile.sim.far.quanta import usual
from cmcompile.spec.load import load
from cmcompile.version import EMIT, VERSION

NAME = "c"
PATH = "campaigns/c/campaign.yaml"
#: The workload systems that the campaigns use.
PANDA, CONDOR = WmsRef("sim.PandaService"), WmsRef("sim.HTCondorService", "schedd01")

#: What all specs begin with.
HEAD = """\
cmcompile: 1
campaign: c
where: instrument='HSC' and skymap='hsc'
vars: {out: "u/${{ step.name }}/${{ group.id }}"}
bps:
  pipelineYaml: p.yaml#x
  payload: {butlerConfig: /repo/main, payloadName: p, inCollection: HSC/raw, output: "${{ out }}"}
"""
#: What the repository holds before any run, by collection: types and data ids of datasets.
STORED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "HSC/raw": tuple(("raw", f"detector={n}, exposure={n}, instrument=HSC") for n in range(4)),
}
_SHARED = HEAD.replace("${{ step.name }}/${{ group.id }}", "all")
_READING = (
    _SHARED.replace("inCollection: HSC/raw, ", "")
    + "inputs: [HSC/calib, {tagged: u/good, from: HSC/raw, datasets: raw, where: CHOSEN}]\n"
    + "steps: {a: {collect: u/a, split: [{by: tract, values: 1..2}]},"
    + " b: {needs: a, inputs: {tagged: u/better, from: u/a, datasets: [isrOut, isr_log]}}}\n"
)
_WHERE = "\"instrument='HSC' and exposure in ({})\""

#: Each a sequence of specs, of which a later one is an edit of the former: a rescue is declared.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "one": (HEAD + "steps: {a: {}}\n",),
    "two": (HEAD + "steps: {a: {}, b: {needs: a}}\n",),
    "rescue": (
        HEAD + "steps: {a: {split: [{by: tract, values: 1..2, size: 2}]}, b: {needs: a}, d: {needs: b}}\n",
        HEAD
        + "steps: {a: {split: [{by: tract, values: 1..2, size: 2}],"
        + " rescues: {r: {because: failures}}}, b: {needs: a}, d: {needs: b}}\n",
    ),
    "covering": (
        HEAD + "limits: {running: 2}\nsteps: {a: {split: [{by: tract, values: 1..2}]}}\n",
        HEAD
        + "limits: {running: 2}\nsteps: {a: {split: [{by: tract, values: 1..2}],"
        + " rescues: {r: {split: [{by: tract, values: 1..2, size: 2}], because: failures}}}}\n",
    ),
    "collected": (
        _SHARED
        + "limits: {submitting: 1}\n"
        + "steps: {a: {collect: u/a, split: [{by: tract, values: 1..2}]}, b: {collect: u/b, needs: a}}\n",
    ),
    "tagged": (_READING.replace("CHOSEN", _WHERE.format("1, 2")),),
    "retagged": tuple(_READING.replace("CHOSEN", _WHERE.format(some)) for some in ("1, 2", "2, 3")),
    "approved": tuple(
        HEAD + f"review: {{approvals: 2}}\nsteps: {{a: {{split: [{{by: tract, values: 1..2}}]{more}}}}}\n"
        for more in ("", ", overrides: [{groups: [1], bps: {requestMemory: 4096}, because: more}]", "")
    ),
}
NAMES = tuple(_TEXTS)


class Memory:
    """Files that are nowhere on disk; implements ``Sources``."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {name: text.encode() for name, text in files.items()}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        if path not in self._files:
            raise SourceError(path, "absent", "does not exist")
        return self._files[path]

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self._files


@dataclass(frozen=True)
class Variant:
    """One state of a spec, compiled.

    Attributes
    ----------
    number
        Its place in the sequence of edits.
    text, files
        Its file, and the others of its repository.
    """

    name: str
    number: int
    compilation: Compilation
    text: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def declared(self) -> tuple[Declared, ...]:
        """The groups, as plans are given them."""
        done = self.compilation
        written = {(g.group.step, g.group.id): g for g in done.groups}
        return tuple(
            Declared(group, made.digest, made.output, made.site, step.step.span)
            for step in done.steps.values()
            for group in step.all()
            if (made := written.get((group.step, group.id))) is not None
        )

    @cached_property
    def sendable(self) -> Mapping[tuple[str, str], Sendable]:
        """The groups, as they are claimed."""
        outputs = [made.output for made in self.compilation.groups]
        return {
            (made.group.step, made.group.id): Sendable(
                made,
                self.compilation.includes,
                self.wms(made.group.step),
                outputs.count(made.output) > 1,
                members_of(made.group, self._axes(made), self.compilation.spec.lists),
                takes_over=skipped_in(self.compilation, made) == PRIOR,
                graph_options=partial(graph_options, self.compilation, made),
            )
            for made in self.compilation.groups
        }

    @cached_property
    def ref(self) -> SpecRef:
        """Which state of the spec it is."""
        return SpecRef(PATH, f"{self.number + 1:040x}", VERSION, EMIT)

    @cached_property
    def source(self) -> PlanSource:
        """What plans are made from; the ledger's tip is to be filled in."""
        return PlanSource(NAME, PATH, self.ref.commit, {}, "", VERSION, EMIT)

    @cached_property
    def covers(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """What each rescue group covers, by step and id."""
        return {d.key: d.group.covers for d in self.declared if d.group.covers}

    def quanta(self, subject: Subject) -> tuple[Quantum, ...]:
        """Return what a run of a group is to make: its own quanta, or those of what it covers."""
        step, group = subject.step, subject.group or ""
        covered = self.covers.get((step, group), (group,))
        return tuple(quantum for name in covered for quantum in usual(f"{step}/{name}/run"))

    def wms(self, step: str) -> WmsRef:
        """Return the workload system of a step."""
        return CONDOR if step == "b" else PANDA

    def _axes(self, made: CompiledGroup) -> tuple[Axis, ...]:
        step = self.compilation.steps[made.group.step].step
        rescue = next((r for r in step.rescues if r.name == made.group.rescue), None)
        return step.split if rescue is None else rescue_axes(step, rescue)


@cache
def variants(name: str) -> tuple[Variant, ...]:
    """Return the states that the spec of a campaign goes through, compiled.

    Raises
    ------
    InputError
        When one of them has errors.
    """
    return tuple(Variant(name, number, _compiled(text), text) for number, text in enumerate(_TEXTS[name]))


def made(texts: Iterable[str], files: Mapping[str, str]) -> tuple[Variant, ...]:
    """Return the states of a spec that is none of the above, with other files of its repository.

    Raises
    ------
    InputError
        When one of them has errors.
    """
    return tuple(
        Variant("made", number, _compiled(HEAD + text, files), HEAD + text, files)
        for number, text in enumerate(texts)
    )


def edited(variant: Variant, text: str) -> Variant:
    """Return the state of a spec after an edit.

    Raises
    ------
    InputError
        When it has errors.
    """
    return replace(variant, number=variant.number + 1, compilation=_compiled(text, variant.files), text=text)


def compiled(text: str, files: Mapping[str, str]) -> tuple[Compilation, tuple[Diagnostic, ...]]:
    """Compile a text of the campaign's file, and say what is wrong with it.

    Raises
    ------
    InputError
        When it can't be read.
    """
    spec, findings = load(Memory({PATH: text, **files}), PATH)
    if spec is None:
        raise InputError(findings)
    done = compile_spec(spec)
    return done, done.findings


def _compiled(text: str, files: Mapping[str, str] | None = None) -> Compilation:
    done, _ = compiled(text, files or {})
    if any(errors_in(done.findings)):
        raise InputError(done.findings)
    return done
