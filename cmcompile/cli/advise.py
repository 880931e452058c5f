"""``cmcompile advise``: memory and sizes of groups that measured figures propose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, NoGroupError, parse
from cmcompile.cli.exit import Exit
from cmcompile.cli.ledgers import look
from cmcompile.cli.output import current, echo_findings, format_option, screen, warn
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.situation import Situation, situation
from cmcompile.cli.written import Edit, Message, write
from cmcompile.model.errors import InputError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.advice import Advice, Advised, Asked
    from cmcompile.model.campaign import Step
    from cmcompile.plan.advice import Ground
    from cmcompile.report.advice import AdviceFormat


@click.command("advise", short_help="Say what memory and size groups should have.", epilog=SYNTAX)
@click.argument("selector", metavar="CAMPAIGN[/STEP]", type=SelectorType())
@click.option("--margin", default=1.25, show_default=True, help="Memory: the highest peak, times this.")
@click.option(
    "--round", "round_to", default=256, show_default=True, help="Memory: a multiple of this, in MB."
)
@click.option("--hours", default=24.0, show_default=True, help="No group is to take longer.")
@click.option("--least", default=20, show_default=True, help="Less memory only by so many quanta of a task.")
@click.option("--write", "writes", is_flag=True, help="Write it to campaign.yaml, once that is validated.")
@click.option("--commit", is_flag=True, help="With --write: commit the file, and nothing else.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@format_option("text", "json")
def command(
    selector: str,
    margin: float,
    round_to: int,
    hours: float,
    least: int,
    writes: bool,
    commit: bool,
    offline: bool,
    format_: AdviceFormat,
) -> int:
    """Say what memory tasks should ask for, and of what size groups should be, by what was measured.

    Each value comes with its evidence. Nothing is written without --write; groups that were sent are never
    altered: where there are some, the new memory is an override of the others.
    """
    from cmcompile.model.advice import Terms
    from cmcompile.plan.advice import advise
    from cmcompile.report.advice import render_advice

    if margin < 1 or round_to < 1 or hours <= 0 or least < 1:
        raise click.UsageError("--margin is 1 or more, --round and --least are 1 or more, --hours is above 0")
    if commit and not writes:
        raise click.UsageError("--commit goes with --write")
    address = parse([selector])[0]
    if address.group is not None or address.condition is not None:
        raise click.UsageError("advice is for a campaign or a step: write CAMPAIGN or CAMPAIGN/STEP")
    now = situation(address.place, look(address.place, offline=offline, degrade=True))
    grounds = list(_grounds(now, now.compiled(), _steps(now, address.step)))
    found = advise(grounds, Terms(margin, round_to, hours, least))
    click.echo(
        render_advice(selector, found, format_, screen(everything=True)), nl=False, color=current().colour()
    )
    if writes:
        _write(now, found, commit=commit)
    return Exit.OK


def _steps(now: Situation, name: str | None) -> Sequence[Step]:
    chosen = [step for step in now.spec.steps if name in (None, step.name)]
    if not chosen:
        there = ", ".join(step.name for step in now.spec.steps)
        raise NoGroupError(f"{now.spec.name} has no step {name!r}; it has {there}")
    return chosen


def _grounds(now: Situation, made: Compilation, steps: Sequence[Step]) -> Iterator[Ground]:
    """Yield what is known of each step."""
    from cmcompile.cli.stats import ran
    from cmcompile.model.advice import Asked
    from cmcompile.plan.advice import Ground
    from cmcompile.rescue.memory import request

    state = now.inputs.state
    for step in steps:
        compiled = [one for one in made.groups if one.group.step == step.name]
        first = [one for one in compiled if one.group.rescue is None]
        unsent = tuple(one.group.id for one in first if (step.name, one.group.id) not in state.groups)
        # Of groups that differ, those that can still be altered count.
        shown = next((one for one in first if one.group.id in unsent[:1]), first[0] if first else None)

        def asked(task: str, shown: object = shown) -> Asked | None:
            found = None if shown is None else request(made, shown, task)  # type: ignore[arg-type]
            return None if found is None else Asked(found.path, found.now)

        cut = _cut(step)
        sizes = {one.group.id: len(one.group.parts[cut[2]].ids) if cut else 0 for one in first}
        keys = [key for key in state.groups if key[0] == step.name]
        size = (cut[0], cut[1]) if cut else None
        yield Ground(step.name, ran(now, keys), asked, sizes, size, unsent)


def _cut(step: Step) -> tuple[int, tuple[str | int, ...], int] | None:
    """Return the one size that a step is cut by, the keys that set it, and which axis it is of."""
    found = [
        (int(axis.sources[0].cut.size), ("split", number, "size"), number)
        for number, axis in enumerate(step.split)
        if len(axis.sources) == 1 and axis.sources[0].cut.kind == "size"
    ]
    return found[0] if len(found) == 1 else None


def _write(now: Situation, found: Advised, *, commit: bool) -> None:
    """Write what can be written, once the campaign validates with it.

    Raises
    ------
    InputError
        When it does not: nothing is written.
    """
    from cmcompile.cli.situation import compiled_with
    from cmcompile.cli.templates import Overlay
    from cmcompile.model.diagnostic import Severity, errors_in
    from cmcompile.model.stopping import stops
    from cmcompile.report.advice import key_of
    from cmcompile.spec.files import WorkingTree

    place, state = now.place, now.inputs.state
    tree = WorkingTree(place.root)
    before = tree.read(place.path)
    after, some = _edited(place.path, before, _writable(found))
    if not some:
        click.echo("nothing is written: there is no better value for groups that were not sent")
        return
    known = {(f.code, f.message) for f in compiled_with(place, tree, state)[1]}
    _, findings = compiled_with(place, Overlay({place.path: after}, tree), state)
    fresh = [f for f in findings if (f.code, f.message) not in known]
    if stops(findings) or any(errors_in(fresh)):
        raise InputError(findings)
    if warnings := [f for f in fresh if f.severity is Severity.WARNING]:
        echo_findings(warnings, err=True)
    body = "\n".join(f"{key_of(one)}: {one.now} -> {one.value}\n  {one.because}" for one in some)
    write(
        Edit(place.root, place.path, before, after),
        Message(f"{place.name}: measured values", body),
        commit=commit,
    )


def _writable(found: Advised) -> Sequence[Advice]:
    """Return what can be written: of a step whose groups are cut anew, nothing that names groups."""
    some = [one for one in found.advice if not one.none_left]
    cut = {one.step for one in some if one.keys[0] == "split"}
    for step in sorted({one.step for one in some if one.groups and one.step in cut}):
        click.echo(f"of {step} only the size is written: for the memory of its new groups, ask again then")
    return [one for one in some if not (one.groups and one.step in cut)]


def _edited(path: str, data: bytes, wanted: Sequence[Advice]) -> tuple[bytes, Sequence[Advice]]:
    """Return the file with new values, where they stand or as overrides, and which of them are in it.

    A value that is not written in a way that a program can change is left out, and said.
    """
    from cmcompile.rescue.selector import shortened
    from cmcompile.spec.edit.insert import add_item, set_value
    from cmcompile.spec.edit.layout import EditError

    overrides: dict[str, list[Advice]] = {}
    some = []
    for one in wanted:
        if one.groups:
            overrides.setdefault(one.step, []).append(one)
            some.append(one)
            continue
        try:
            data = set_value(path, data, ("steps", one.step, *one.keys), one.value)
            some.append(one)
        except EditError as error:
            warn(str(error))
    for step, values in overrides.items():
        entry: dict[str, object] = {"groups": shortened(values[0].groups)}
        entry["because"] = "; ".join(one.because for one in values)
        for one in values:
            _put(entry, one)
        data = add_item(path, data, "overrides", entry, "steps", step)
    return data, some


def _put(entry: dict[str, object], one: Advice) -> None:
    inner = entry
    for key in map(str, one.keys[:-1]):
        below = inner.setdefault(key, {})
        inner = below if isinstance(below, dict) else {}
    inner[str(one.keys[-1])] = one.value
