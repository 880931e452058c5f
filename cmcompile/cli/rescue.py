"""``cmcompile rescue``: declare a rescue in ``campaign.yaml``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from cmcompile.cli.address import Address, NoGroupError, parse
from cmcompile.cli.campaigns import compiled
from cmcompile.cli.decided import Subjects, look
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import echo_findings
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.written import Edit, Message, write
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.rescue.selector import shortened

if TYPE_CHECKING:
    from cmcompile.cli.rescue_outcome import Asked
    from cmcompile.model.campaign import Step
    from cmcompile.model.group import Group

#: Keys of a rescue that `--set` may not name: they have options of their own.
_OWN = ("groups", "because")


@click.command("rescue", short_help="Declare a rescue of some groups.")
@click.argument("step", type=SelectorType(), metavar="CAMPAIGN/STEP")
@click.argument("name", required=False)
@click.option("--from-outcome", is_flag=True, help="Find the rescues: the smallest for what has no outputs.")
@click.option(
    "--groups",
    multiple=True,
    metavar="WHICH",
    help="Ids, ranges, patterns, or conditions such as state:failed; may be repeated, and adds up.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="What the rescue does differently, such as bps.requestMemory=8192 or vars.x=1.",
)
@click.option("--because", "-m", metavar="WHY", help="Why; it stays in the file.")
@click.option("--dry-run", is_flag=True, help="Show the groups and the edit, and write nothing.")
@click.option("--commit", is_flag=True, help="Commit the file, and nothing else.")
@click.option(
    "--branch",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="Propose what --from-outcome finds on a branch, rescue/CAMPAIGN/STEP, and push it.",
)
@click.option("--pull", is_flag=True, help="Open a pull request of the branch too, or bring it up to date.")
def command(
    step: str,
    name: str | None,
    from_outcome: bool,
    groups: tuple[str, ...],
    settings: tuple[str, ...],
    because: str | None,
    dry_run: bool,
    commit: bool,
    branch: str | None,
    pull: bool,
) -> int:
    """Add the rescue NAME to a step in campaign.yaml, for some of its groups.

    With --from-outcome the rescues are found: those that run the fewest quanta and make good all outputs that
    are not there, named by the recovery of the step. Without --groups it looks at all groups.

    The file is compiled with the edit before it is written: what does not validate is not written. Nothing
    outside of the new lines is changed.

    With --branch the reviewed branch is read, not the working tree, and the rescues are one commit on a
    branch of their own. Where that is there already, only what it lacks is added; it is never rewritten.
    """
    address = parse([step])[0]
    _check_options(name, from_outcome=from_outcome, commit=commit, branch=branch, pull=pull)
    if from_outcome:

        def asked(about: Subjects) -> tuple[Step, Asked]:
            return _asked(address, about, groups, settings, because, dry_run=dry_run, commit=commit)

        return _from_outcome(address, asked, branch, pull=pull)
    about = look(address.place)
    found = _step(address, about)
    if name is None:
        raise click.UsageError("name the rescue, or let --from-outcome find what is to be rescued")
    if not groups:
        raise click.UsageError("say with --groups which groups it is for")
    body = _body(_chosen(found, groups, about), settings, because)
    if any(rescue.name == name for rescue in found.rescues):
        raise CmcompileError(f"{found.name} has a rescue {name} already: choose another name")
    edit, made = _edited(about, found.name, name, body)
    for group in made:
        click.echo(f"{group.step}/{group.id} covers {', '.join(group.covers)}")
    if dry_run:
        _show(found.name, name, body)
        return Exit.OK
    write(edit, Message(f"{address.place.name}: rescue {name} of {found.name}", because or ""), commit=commit)
    return Exit.OK


def _check_options(
    name: str | None, *, from_outcome: bool, commit: bool, branch: str | None, pull: bool
) -> None:
    if from_outcome and name is not None:
        raise click.UsageError(
            "--from-outcome names its rescues: set `name` in `recovery`, or leave NAME out"
        )
    if branch is not None and not from_outcome:
        raise click.UsageError("--branch proposes what --from-outcome finds: add that")
    if branch is not None and commit:
        raise click.UsageError("--branch makes its own commit: leave --commit out")
    if pull and branch is None:
        raise click.UsageError("--pull is for a branch: add --branch")


def _from_outcome(
    address: Address, asked: Callable[[Subjects], tuple[Step, Asked]], branch: str | None, *, pull: bool
) -> int:
    from cmcompile.cli.rescue_branch import propose
    from cmcompile.cli.rescue_branch_name import proposal
    from cmcompile.cli.rescue_outcome import from_outcome

    if branch is not None:
        return propose(proposal(address.place, branch, address.step or ""), asked, pull=pull)
    about = look(address.place)
    return from_outcome(about, *asked(about))


def _asked(
    address: Address,
    about: Subjects,
    groups: Sequence[str],
    settings: Sequence[str],
    because: str | None,
    *,
    dry_run: bool,
    commit: bool,
) -> tuple[Step, Asked]:
    from cmcompile.cli.rescue_outcome import Asked

    step = _step(address, about)
    chosen = frozenset(_chosen(step, groups, about)) if groups else None
    body = _body((), settings, None)
    del body["groups"]
    return step, Asked(chosen, body, because, dry_run, commit)


def _step(address: Address, about: Subjects) -> Step:
    if address.step is None or address.group is not None or address.condition is not None:
        raise click.UsageError(
            "a rescue is of one step: write CAMPAIGN/STEP, and name the groups with --groups"
        )
    found = about.spec.step(address.step)
    if found is None:
        there = ", ".join(s.name for s in about.spec.steps)
        raise NoGroupError(f"{about.place.name} has no step {address.step!r}; it has {there}")
    return found


def _chosen(step: Step, texts: Sequence[str], about: Subjects) -> list[str]:
    """Return the ids of the first-pass groups that are meant, in order."""
    from cmcompile.cli.choose import select_groups

    place, spec = about.place, about.spec
    groups = [g for g in about.every() if g.step == step.name and g.rescue is None]
    ids: dict[str, None] = {}
    for text in texts:
        addresses = parse([f"{place.path.rpartition('/')[0]}/{step.name}/{text}"])
        for group in select_groups(addresses, spec, groups, about.answers):
            ids[group.id] = None
    order = {g.id: n for n, g in enumerate(groups)}
    return sorted(ids, key=order.__getitem__)


def _body(ids: Sequence[str], settings: Iterable[str], because: str | None) -> dict[str, object]:
    body: dict[str, object] = {} if because is None else {"because": because.strip()}
    body["groups"] = shortened(ids)
    for setting in settings:
        key, equals, value = setting.partition("=")
        parts = key.split(".")
        if not equals or not all(parts):
            raise click.UsageError(f"--set {setting}: write KEY=VALUE, such as bps.requestMemory=8192")
        if parts[0] in _OWN:
            raise click.UsageError(f"--set {key}: use --{parts[0]}")
        _put(body, parts, _value(value), key)
    return body


def _put(body: dict[str, object], parts: Sequence[str], value: object, key: str) -> None:
    inner: Any = body
    for part in parts[:-1]:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            raise click.UsageError(f"--set {key}: {part} has a value already")
    if parts[-1] in inner:
        raise click.UsageError(f"--set {key} is given twice")
    inner[parts[-1]] = value


def _value(text: str) -> object:
    """Return what a text means in YAML, else the text."""
    from cmcompile.model.diagnostic import Findings
    from cmcompile.model.source import plain
    from cmcompile.spec.yaml import read

    node = read("--set", text.encode("utf-8", "replace"), Findings()) if text else None
    return text if node is None else plain(node)


def _edited(about: Subjects, step: str, name: str, body: dict[str, object]) -> tuple[Edit, list[Group]]:
    """Return the file with the rescue, and the rescue groups that it makes; tells new warnings.

    Raises
    ------
    InputError
        When the campaign does not validate with it.
    """
    from cmcompile.cli.templates import Overlay
    from cmcompile.model.diagnostic import Severity
    from cmcompile.spec.edit.insert import add_key
    from cmcompile.spec.files import WorkingTree

    place = about.place
    tree = WorkingTree(place.root)
    before = tree.read(place.path)
    after = add_key(place.path, before, ("steps", step, "rescues"), name, body)
    former = {(f.code, f.message) for f in compiled(place, tree)[1]}
    result, findings = compiled(place, Overlay({place.path: after}, tree))
    if result.failed:
        raise InputError(findings)
    fresh = [f for f in findings if f.severity is Severity.WARNING and (f.code, f.message) not in former]
    if fresh:
        echo_findings(fresh, err=True)
    made = [g.group for g in result.groups if g.group.step == step and g.group.rescue == name]
    return Edit(place.root, place.path, before, after), made


def _show(step: str, name: str, body: dict[str, object]) -> None:
    from cmcompile.spec.edit.write import block

    nested = {"steps": {step: {"rescues": {name: body}}}}
    click.echo("\n".join(block(nested, 0, deep=4)))
