"""``cmcompile rescue --from-outcome``: rescues made from what became of groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cmcompile.cli.exit import Exit
from cmcompile.cli.output import echo_findings
from cmcompile.cli.written import Edit, Message, write

if TYPE_CHECKING:
    from cmcompile.cli.decided import Subjects
    from cmcompile.model.campaign import Step
    from cmcompile.model.ports import Sources
    from cmcompile.reconcile.rescues import Found
    from cmcompile.rescue.case import Entry, Proposal
    from cmcompile.rescue.ground import Told
    from cmcompile.rescue.known import Known


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says.

    Attributes
    ----------
    chosen
        Ids of first-pass groups; None: all of the step.
    settings
        Keys that every rescue sets.
    """

    chosen: Collection[str] | None
    settings: Mapping[str, object]
    because: str | None
    dry_run: bool
    commit: bool


@dataclass(frozen=True, slots=True)
class Rescues:
    """The rescues that a step needs.

    Attributes
    ----------
    apart
        What is said of groups and ids for which none can be made.
    """

    campaign: str
    step: str
    found: Found
    apart: tuple[str, ...]

    @property
    def code(self) -> Exit:
        """The exit code of a command that looked for them."""
        return Exit.ATTENTION if any(one.person for one in self.found.proposal.passed) else Exit.OK

    @property
    def any(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.found.proposal.entries or self.found.proposal.excludes)

    def message(self, because: str | None, *, whole: bool = False) -> Message:
        """Return the message of the commit that writes them.

        Parameters
        ----------
        whole
            Whether all that is said of them is said there too.
        """
        from cmcompile.report.terminal import visible

        entries = self.found.proposal.entries
        names = ", ".join(entry.name for entry in entries) or "ids in quarantine"
        lines = list(map(visible, told(self))) if whole else []
        why = [because] if because else [] if whole else [_why(entries)]
        return Message(f"{self.campaign}: rescues of {self.step}: {names}", "\n".join((*why, *lines)))


def from_outcome(about: Subjects, step: Step, asked: Asked) -> int:
    """Write the rescues that a step needs, and say what they are for; returns the exit code."""
    from cmcompile.spec.files import WorkingTree

    rescues = rescues_of(about, step, asked, WorkingTree(about.place.root))
    if not say(rescues, dry_run=asked.dry_run) or asked.dry_run:
        return rescues.code
    place, found = about.place, rescues.found
    edit = Edit(place.root, place.path, found.before, found.after)
    write(edit, rescues.message(asked.because), commit=asked.commit)
    return rescues.code


def rescues_of(about: Subjects, step: Step, asked: Asked, tree: Sources) -> Rescues:
    """Return the rescues that a step needs, in the file as it is there."""
    from cmcompile.rescue.known import outcomes

    known, apart = outcomes(_known(about), step, asked.chosen)
    found, later = _proposed(about, step, known, asked, tree)
    return Rescues(about.place.name, step.name, found, (*apart, *later))


def say(rescues: Rescues, *, dry_run: bool) -> bool:
    """Print what rescues are for; tells whether there are any.

    Parameters
    ----------
    dry_run
        Whether they are printed as they would stand in the file.
    """
    found = rescues.found
    for line in (*told(rescues), *rescues.apart):
        click.echo(line)
    if not rescues.any:
        click.echo(f"nothing is written: {rescues.step} needs no rescue that is not there")
        return False
    if found.fresh:
        echo_findings(found.fresh, err=True)
    if dry_run:
        _show(rescues.step, found.proposal)
    return True


def _known(about: Subjects) -> Known:
    from cmcompile.rescue.known import Known

    return Known(about.spec, about.groups, about.state, about.standings)


def _proposed(
    about: Subjects, step: Step, known: Mapping[str, Told], asked: Asked, tree: Sources
) -> tuple[Found, tuple[str, ...]]:
    """Return rescues with the file as it is with them, and what is said of ids that came later.

    See `cmcompile.reconcile.rescues`.
    """
    from cmcompile.cli.situation import compiled_with
    from cmcompile.cli.templates import Overlay
    from cmcompile.reconcile.rescues import Rescuer, Wish
    from cmcompile.rescue.later import with_added

    place, state = about.place, about.state
    rescuer = Rescuer(
        place.path,
        tree.read(place.path),
        step.name,
        state,
        lambda text: compiled_with(place, Overlay({place.path: text}, tree), state),
    )
    every, later = with_added(_known(about), rescuer.ground, known, asked.chosen)
    return rescuer.proposed(every, Wish(asked.settings, asked.because)), later


def _why(entries: Iterable[Entry]) -> str:
    return "\n".join(f"{entry.name}: {entry.why[0]}" for entry in entries if entry.why)


def told(rescues: Rescues) -> Iterator[str]:
    """Yield in lines what rescues are for, and what is left alone."""
    step, proposal = rescues.step, rescues.found.proposal
    for entry in proposal.entries:
        beside = f", and {entry.beside} that need not" if entry.beside else ""
        quanta = f"{entry.wanted:,} {'quantum' if entry.wanted == 1 else 'quanta'} to run{beside}; "
        # Of ids that came later nobody knows the quanta.
        yield f"{step}/{entry.name}: {quanta if entry.wanted else ''}{entry.why[0]}"
        for name, covered in rescues.found.covers:
            if name.startswith(f"{entry.name}."):
                yield f"  {step}/{name} covers {', '.join(covered)}"
    for one in proposal.excludes:
        name, ids = next(iter(one.items()))
        ticket = f" ({one['ticket']})" if "ticket" in one else ""
        yield f"excluded: {name} {ids}{ticket}"
    for passed in proposal.passed:
        yield f"{step}/{passed.group}: {passed.why}"


def _show(step: str, proposal: Proposal) -> None:
    from cmcompile.spec.edit.write import block

    shown: dict[str, object] = {"exclude": list(proposal.excludes)} if proposal.excludes else {}
    if proposal.entries:
        entries = {entry.name: entry.body for entry in proposal.entries}
        shown["steps"] = {step: {"rescues": entries}}
    click.echo("\n".join(block(shown, 0, deep=4)))
