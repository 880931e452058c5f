"""Campaigns for the forecast: read from text, and random ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.errors import SourceError
from cmcompile.model.states import NOTHING, LedgerState
from cmcompile.plan.declared import Declared
from cmcompile.plan.inputs import Facts, Inputs
from cmcompile.sim.forecast.spread import Between, always
from cmcompile.sim.forecast.times import Kind, Mix, Then, Times
from cmcompile.sim.forecast.variant import Overlaps
from cmcompile.spec.load import load

PATH = "campaigns/c/campaign.yaml"
HEAD = """\
cmcompile: 1
campaign: c
where: instrument='HSC' and skymap='hsc'
bps:
  pipelineYaml: p.yaml#x
  payload: {butlerConfig: /repo/main, payloadName: p, inCollection: HSC/raw}
"""
OUT = "step_defaults: {bps: {payload: {output: 'u/${{ step.name }}/${{ group.id }}'}}}\n"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Memory:
    """Files that are nowhere on disk."""

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


@dataclass(frozen=True, slots=True)
class Made:
    """A campaign that was compiled.

    Attributes
    ----------
    text, files
        Its file, and the others of its repository.
    """

    result: Compilation
    declared: tuple[Declared, ...]
    text: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def inputs(
        self, state: LedgerState = NOTHING, now: datetime = START, times: Times | None = None
    ) -> Inputs:
        """Return what a plan is made from, overlaps told by shared ids."""
        found = Inputs(self.result.spec, self.declared, state, (), Facts(now), self.result.collects)
        oracle = Overlaps(found, {} if times is None else times.overlaps)
        return Inputs(
            found.spec, found.declared, state, (), Facts(now, overlaps=oracle), self.result.collects
        )


def made(text: str, files: Mapping[str, str] | None = None) -> Made:
    """Read and compile a campaign."""
    whole = HEAD + ("" if "step_defaults" in text else OUT) + text
    beside = {f"campaigns/c/{name}": content for name, content in (files or {}).items()}
    spec, findings = load(Memory({PATH: whole, **beside}), PATH)
    assert spec is not None, findings
    result = compile_spec(spec)
    assert not result.failed, result.findings
    return Made(result, declared_in(result), whole, beside)


def declared_in(result: Compilation) -> tuple[Declared, ...]:
    """Return the groups of a campaign, as plans are given them."""
    written = {(g.group.step, g.group.id): g for g in result.groups}
    declared = []
    for step in result.steps.values():
        for group in step.all():
            one = written.get((group.step, group.id))
            about = ("", "", None) if one is None else (one.digest, one.output, one.site)
            declared.append(Declared(group, *about, step.step.span))
    return tuple(declared)


def random_campaign(random: Random, policy: str = "") -> str:
    """Return the text of a campaign of two to five steps, with needs, limits and rescues of all sorts.

    With a policy, some steps declare no rescue.
    """
    lines: list[str] = [f"policy: {policy}"] if policy else []
    names: list[str] = []
    if random.random() < 0.8:
        submitting = f", submitting: {random.randint(1, 4)}" if random.random() < 0.4 else ""
        lines.append(f"limits: {{running: {random.randint(2, 12)}{submitting}}}")
    if random.random() < 0.4:
        lines.append("collect: u/all")
    if random.random() < 0.4:
        output = "u/${{ step.name }}/${{ group.id }}"
        shared = "u/shared" if random.random() < 0.3 else output
        lines.append(
            f"step_defaults: {{collect: 'u/${{{{ step.name }}}}', bps: {{payload: {{output: '{shared}'}}}}}}"
        )
    lines.append("steps:")
    rescued: list[str] = []
    for number in range(random.randint(2, 5)):
        name = f"s{number}"
        lines += [f"  {name}:", *_step(random, names, rescued, name, bare=bool(policy))]
        names.append(name)
    return "\n".join(lines) + "\n"


def _step(
    random: Random, before: list[str], rescued: list[str], name: str, *, bare: bool = False
) -> list[str]:
    ids, size = random.randint(8, 60), random.randint(2, 8)
    lines = [f"    split: [{{by: visit, values: 1..{ids}, size: {size}}}]"]
    needs = [_need(random, other) for other in before if random.random() < 0.6]
    if rescued and random.random() < 0.3:
        needs.append(f"{random.choice(rescued)}: all")
    if needs:
        lines.append(f"    needs: {{{', '.join(needs)}}}")
    if random.random() < 0.3:
        lines.append(f"    limits: {{running: {random.randint(1, 6)}}}")
    if random.random() < 0.3:
        lines.append(f"    priority: {random.randint(1, 3)}")
    if random.random() < 0.3:
        lines.append("    accept: {failed: 1%}")
    # A rescue of all groups each, or cut anew so that one covers parts of several; the last mends all.
    if bare and random.random() < 0.6:
        return lines
    lines.append("    rescues:")
    for rescue in ("a", "b")[: random.randint(1, 2)]:
        cut = f"split: [{{by: visit, size: {random.randint(2, 16)}}}], " if random.random() < 0.5 else ""
        more = f"limits: {{running: {random.randint(1, 3)}}}, " if random.random() < 0.3 else ""
        lines.append(f"      {rescue}: {{{cut}{more}because: x}}")
        rescued.append(f"{name}/{rescue}")
    return lines


def _need(random: Random, other: str) -> str:
    kind = random.choice(["all", "same", "overlap", "{accepted: 70%}"])
    return f"{other}: {kind}"


POLICY = """\
cmcompile: 1
budgets: {group: {retries: RETRIES, rescues: RESCUES}STEP}
rules:
- {name: locked, match: {message: 'database is locked'}, class: transient, action: retry, because: x}
- {name: killed, match: {message: 'killed for its memory'}, class: memory, action: more_memory, cap: 65536,
   directly: true, because: x}
"""
#: What a bad run says, by what is done about it.
SAYS = {
    Then.RETRY: "sqlite3.OperationalError: database is locked",
    Then.RESCUE: "killed for its memory",
    Then.PERSON: "RuntimeError: odd",
}


def random_policy(random: Random) -> dict[str, str]:
    """Return a policy with budgets of all sorts, by its path."""
    step = f", step: {{retries: {random.randint(1, 4)}}}" if random.random() < 0.3 else ""
    text = POLICY.replace("RETRIES", str(random.randint(0, 2))).replace("STEP", step)
    return {"policies/careful.yaml": text.replace("RESCUES", str(random.randint(0, 3)))}


def policed(times: Times) -> Times:
    """Return durations where most failures are such as a policy knows, and rescues fail too."""
    mix = Mix(0.4, 0.5)
    first = {
        step: replace(kind, mix=mix, failures=max(0.2, kind.failures)) for step, kind in times.first.items()
    }
    rescue = {step: replace(kind, mix=mix, failures=0.4) for step, kind in times.rescue.items()}
    return replace(times, first=first, rescue=rescue)


def random_times(random: Random, steps: list[str]) -> Times:
    """Return durations from an hour to a day, some always the same."""
    first, rescue = {}, {}
    for step in steps:
        likely = random.uniform(1, 24) * 3600
        spread = always(likely) if random.random() < 0.3 else Between(likely / 2, likely, likely * 2)
        preparation = always(random.uniform(60, 2400))
        first[step] = Kind(spread, preparation, random.choice([0.0, 0.1, 0.4]), "declared")
        rescue[step] = Kind(always(likely / 4), preparation, random.choice([0.0, 0.0, 0.3]), "declared")
    return Times(first, rescue, every=random.choice([300.0, 900.0, 3600.0]), person=None)
