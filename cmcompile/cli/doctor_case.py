"""What `doctor` looks at in a campaign: taken from spec, plan and ledger."""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import NoGroupError, address_of
from cmcompile.cli.area import area_of
from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import Look, look, remote_of
from cmcompile.cli.setting import setting
from cmcompile.cli.situation import Situation, situation
from cmcompile.doctor.case import Case, Chain, Environment, Next, Use
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.ledger import LedgerError, UnreachableError
from cmcompile.model.stopping import stops

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.child import Setting
    from cmcompile.model.group import CompiledGroup
    from cmcompile.model.source import Span

#: How much room is wanted: git's setting, and the variable that goes before it.
SETTING, VARIABLE = "cmcompile.room", "CMCOMPILE_ROOM"
_ROOM = "10G"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGTP]?)i?B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
#: Of the groups of a step that would be sent next, so many are asked for in the Butler, spread over all.
_ASKED = 20
_KEYS = ("butlerConfig", "inCollection", "output", "pipelineYaml")
#: By what a span is asked for here: what `explain` calls it.
_EXPLAINED = {
    "butlerConfig": ("payload.butlerConfig", "butlerConfig"),
    "inputs": ("inputs", "payload.inCollection"),
    "pipelineYaml": ("pipelineYaml",),
    "wmsServiceClass": ("wmsServiceClass", "site"),
    "runsHome": ("runsHome",),
    "output": ("payload.output", "output"),
    "includeConfigs": ("includeConfigs",),
}


def case_of(
    place: Place, steps: Sequence[str], room: str | None, hours: float, known: Situation | None = None
) -> tuple[Case, dict[str, Setting]]:
    """Return what is looked at of a campaign, and by the key of each environment how it is set up.

    Parameters
    ----------
    steps
        Only what these need; none: all.
    room
        As ``--room``; None: as set, or the default.
    known
        The campaign, where it was read already.

    Raises
    ------
    InputError
        When the spec has errors.
    NoGroupError
        When there is no such step.
    """
    from cmcompile.ledger.book import beside_clone

    seen, silent = (known.look, "") if known is not None else _look(place)
    now = known or situation(place, seen, files=True)
    if stops(now.findings):
        raise InputError(now.findings)
    every = [step.name for step in now.spec.steps]
    if unknown := [step for step in steps if step not in every]:
        raise NoGroupError(f"{place.name} has no step {unknown[0]}: its steps are {', '.join(every)}")
    making = _Making(now, now.compiled(), frozenset(steps or every))
    next_, more = making.next()
    uses = tuple(making.uses())
    chains = tuple(making.chains(uses))
    case = Case(
        place.name,
        making.environments,
        uses,
        next_,
        more,
        making.own(),
        chains,
        str(area_of(place.root)),
        str(beside_clone(place.root, place.name) / "spool"),
        remote_of(place.root) or "",
        bytes_of(room or setting(place.root, SETTING, VARIABLE) or _ROOM),
        hours,
        time.time(),
        now.spec.allow,
        silent,
    )
    return case, making.settings


def _look(place: Place) -> tuple[Look, str]:
    """Read the ledger, or what was last seen of it; return also why the remote did not answer.

    Whatever else is wrong with the ledger is found by a check.
    """
    try:
        return look(place), ""
    except UnreachableError as error:
        return look(place, offline=True), str(error).partition("; --offline")[0]
    except LedgerError:
        return look(place, offline=True), ""


def key_of(name: str, setting: Setting) -> str:
    """Return what tells an environment from others, also from one of its name that is filled in otherwise."""
    return json.dumps([name, setting.setup, dict(setting.variables), setting.secrets])


def bytes_of(text: str) -> int:
    """Return the number of bytes that a size such as ``10G`` or ``1.5 TB`` means.

    Raises
    ------
    UsageError
        When it is none.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise click.UsageError(f"{text!r} is no size: write one such as 500G")
    return int(float(found[1]) * 1000 ** _POWERS[found[2].upper()])


class _Making:
    """Takes what bears on sending out of a compiled campaign.

    Attributes
    ----------
    environments, settings
        By key, as far as they were met.
    """

    def __init__(self, now: Situation, compilation: Compilation, steps: Collection[str]) -> None:
        self._now = now
        self._compilation = compilation
        bps = {step.name for step in compilation.spec.steps if step.engine == "bps"}
        self._groups = [made for made in compilation.groups if made.group.step in bps.intersection(steps)]
        self._steps = steps
        self._known: dict[tuple[str, str], Use] = {}
        self._outputs = Counter(made.output for made in compilation.groups)
        self.environments: dict[str, Environment] = {}
        self.settings: dict[str, Setting] = {}

    def uses(self) -> Iterator[Use]:
        """Yield what groups are sent with: of those that are sent alike one, and all that were met before."""
        kinds = {(m.group.step, m.group.rescue, m.site, m.environment): m for m in reversed(self._groups)}
        for made in reversed(kinds.values()):
            self._use(made)
        # Data and names differ between groups; what they are sent with seldom does.
        found: dict[object, Use] = {}
        for use in self._known.values():
            alike = (use.step, use.environment, use.butler, use.inputs, use.pipeline, use.wms, use.includes)
            found.setdefault(alike, use)
        yield from found.values()

    def next(self) -> tuple[tuple[Next, ...], int]:
        """Return the groups that would be sent next, of many of a step some, and the number of the others."""
        from cmcompile.model.plan import Action, PlanSource
        from cmcompile.plan.make import make_plan
        from cmcompile.version import EMIT, VERSION

        spec = self._now.spec
        source = PlanSource(spec.name, spec.path, "", {}, "", VERSION, EMIT)
        plan = make_plan(self._now.inputs, source, None, already=self._now.judged)
        sent = {Action.SUBMIT, Action.RESCUE}
        keys = {(i.subject.step, i.subject.group) for i in plan.items() if i.action in sent}
        by_step: dict[str, list[CompiledGroup]] = {}
        for made in self._groups:
            if (made.group.step, made.group.id) in keys:
                by_step.setdefault(made.group.step, []).append(made)
        some = [made for groups in by_step.values() for made in _spread(groups)]
        return tuple(map(self._next, some)), sum(map(len, by_step.values())) - len(some)

    def own(self) -> frozenset[str]:
        """Return the collections that the campaign makes itself."""
        inputs = self._now.inputs
        made = {declared.output for declared in inputs.declared} | set(inputs.collects.values())
        return frozenset(made | set(inputs.tagged.declared) - {""})

    def chains(self, uses: Iterable[Use]) -> Iterator[Chain]:
        """Yield the collections that cmcompile makes for steps and for the campaign."""
        from cmcompile.model.event import CAMPAIGN

        by_step = {use.step: use for use in reversed(list(uses))}
        chains = self._now.judged.chains
        for step in (*self._steps_in_order(), CAMPAIGN):
            use = by_step.get(step) or next(iter(by_step.values()), None)
            name = chains.name(step)
            if use is None or not name or (step != CAMPAIGN and not chains.made_here(step)):
                continue
            record = chains.record(step)
            # While it is being made, or is to be made anew, nobody knows what it holds.
            if not record.chaining and not record.retired and record.collection in ("", name):
                yield Chain(name, self._held(step, record.chained), use, _collect_span(self._now, step))

    def _steps_in_order(self) -> list[str]:
        return [step.name for step in self._now.spec.steps if step.name in self._steps]

    def _held(self, step: str, chained: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Return the collections that a chain holds, by what the ledger says: ``<group>@<workflow>``."""
        if chained is None:
            return None
        held = []
        for name in chained:
            group, sign, workflow = name.rpartition("@")
            record = self._now.inputs.state.groups.get((step, group)) if sign else None
            found = None if record is None else record.workflow(workflow)
            held.append(found.claim.output_run if found is not None and found.claim is not None else name)
        return tuple(held)

    def _next(self, made: CompiledGroup) -> Next:
        from cmcompile.model.naming import run_names

        group, use = made.group, self._use(made)
        shared = self._outputs[made.output] > 1
        names = run_names(made.output, group.step, group.id, "w00", "", shared=shared)
        record = self._now.inputs.state.groups.get((group.step, group.id))
        workflows = () if record is None else record.workflows
        known = frozenset(w.claim.output_run for w in workflows if w.claim is not None)
        spans = [clause.origin.span for clause in made.clauses if clause.kind != "layer"]
        spans += [clause.origin.span for clause in made.clauses]
        span = next((one for one in spans if one is not None), None)
        prefix = names.output_run.removesuffix("w00-") + "w"
        return Next(use.address, use, made.where, made.output, prefix, known, span)

    def _use(self, made: CompiledGroup) -> Use:
        key = (made.group.step, made.group.id)
        if key not in self._known:
            self._known[key] = self._made_use(made)
        return self._known[key]

    def _made_use(self, made: CompiledGroup) -> Use:
        from cmcompile.cli.workload import texts_of, unread_of, wms_of

        includes = self._compilation.includes
        texts, wms = texts_of(made, includes, _KEYS), wms_of(made, includes)
        inputs = tuple(name.strip() for name in texts["inCollection"].split(",") if name.strip())
        return Use(
            made.group.step,
            address_of(self._compilation.spec.name, made.group),
            self._environment(made),
            texts["butlerConfig"],
            inputs,
            texts["pipelineYaml"],
            None if isinstance(wms, str) else wms,
            wms if isinstance(wms, str) else "",
            unread_of(made, includes),
            self._spans(made),
        )

    def _environment(self, made: CompiledGroup) -> str:
        from cmcompile.compiler.environment import setting_of
        from cmcompile.model.child import Setting

        found = setting_of(self._compilation, made)
        if not isinstance(found, Setting):
            raise CmcompileError(f"{made.group.step}/{made.group.id}: {found}")
        name = made.environment or ""
        key = key_of(name, found)
        if key not in self.environments:
            declared = self._compilation.spec.environments.get(name)
            lacking = tuple(secret for secret in found.secrets if not os.environ.get(secret))
            span = None if declared is None else declared.span
            nodes = () if declared is None else declared.setup
            same = len(nodes) == len(found.setup)  # else some are empty for this group
            commands = tuple(zip(found.setup, (n.span for n in nodes), strict=True)) if same else ()
            self.environments[key] = Environment(key, name, found.secrets, lacking, span, commands)
            self.settings[key] = found
        return key

    def _spans(self, made: CompiledGroup) -> Mapping[str, Span | None]:
        return {key: _span(self._compilation, made, names) for key, names in _EXPLAINED.items()}


def _span(compilation: Compilation, made: CompiledGroup, names: Sequence[str]) -> Span | None:
    """Return where the spec sets a value; the first of some names that it sets."""
    from cmcompile.compiler.explain import UnknownKeyError, explain

    for name in names:
        try:
            found = explain(compilation, made, name)
        except UnknownKeyError:
            continue
        for one in (found, *found.parts):
            if span := next((setting.span for setting in one.settings if setting.span is not None), None):
                return span
    return None


def _collect_span(now: Situation, step: str) -> Span | None:
    from cmcompile.model.campaign import highest

    declared = now.spec.step(step)
    node = highest(now.spec.layers if declared is None else declared.layers, "collect")
    return None if node is None else node.span


def _spread(groups: Sequence[CompiledGroup]) -> Sequence[CompiledGroup]:
    """Return some groups, the first and the last among them."""
    if len(groups) <= _ASKED:
        return groups
    last = len(groups) - 1
    return [groups[round(number * last / (_ASKED - 1))] for number in range(_ASKED)]
