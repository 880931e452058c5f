"""``cmcompile accept``, ``reject``, ``retry``, …: decisions, written into ``decisions.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from cmcompile.cli.decided import Subjects, look
from cmcompile.cli.deciding import Said, sort
from cmcompile.cli.exit import Exit
from cmcompile.cli.from_file import ABOUT, with_files
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.targets import read_selectors, subjects
from cmcompile.cli.written import Edit, Message, names, person, write
from cmcompile.model.decision import Decision, Verb
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.stamp import stamp

#: More entries than this are counted, not shown, unless nothing is written.
_SHOWN = 10
_HEAD = "# Decisions about this campaign, in order; `cmcompile retry`, `accept`, … add to it.\n"


def now() -> str:
    """Return the time, in UTC."""
    return stamp(datetime.now(UTC))


def decide(verb: Verb, selectors: Sequence[str], options: dict[str, Any]) -> int:
    """Write decisions about all that selectors mean; returns the exit code."""
    selectors = with_files(selectors, options["files"])
    if not selectors:
        raise click.UsageError("name groups, or a file of selectors with --from")
    because = options["because"].strip()
    if not because:
        raise click.UsageError("--because is empty: say why, for those who read it years later")
    wanted = read_selectors(selectors)
    about = look(wanted.place)
    extra: dict[str, str] = {key: options[key] for key in ("run", "wms", "output") if key in options}
    by = options["by"] or person(wanted.place.root)
    said = Said(verb, by, now(), because, extra, tuple(options.get("gate", ())))
    sorted_ = sort(subjects(verb, wanted, about), said, about)
    for line in [*sorted_.there, *sorted_.refused]:
        click.echo(line, err=True)
    if sorted_.refused and not options.get("skip_illegal"):
        one = len(sorted_.refused) == 1
        rest = f"; --skip-illegal leaves {'it' if one else 'them'} out" if sorted_.fresh else ""
        raise CmcompileError(f"{len(sorted_.refused)} refused, and nothing was written{rest}")
    if not sorted_.fresh:
        click.echo("nothing to write", err=True)
        return Exit.ERROR if sorted_.refused else Exit.OK
    edit = edited(about, sorted_.fresh)
    _show(edit, sorted_.fresh, everything=options["dry_run"])
    if not options["dry_run"]:
        write(edit, message(about, sorted_.fresh), commit=options["commit"])
    return Exit.OK


def entries(decisions: Sequence[Decision]) -> list[dict[str, object]]:
    """Return decisions as they stand in the file."""
    from cmcompile.spec.decisions import OWN, WHOLE

    found: list[dict[str, object]] = []
    for decision in decisions:
        subject = WHOLE if decision.subject is None else str(decision.subject)
        own = {key: value for key in OWN if (value := getattr(decision, key))}
        said = {"by": decision.by, "at": decision.at, "because": decision.because}
        found.append({decision.verb.value: subject, **own, **said})
    return found


def edited(about: Subjects, fresh: Sequence[Decision]) -> Edit:
    """Return the file with the new entries; it has been read again, and says what is meant.

    Raises
    ------
    InputError
        When an entry is not one that may stand in the file.
    """
    from cmcompile.cli.templates import Overlay
    from cmcompile.model.diagnostic import errors_in
    from cmcompile.spec.decisions import decisions_path, load_decisions
    from cmcompile.spec.edit.insert import append
    from cmcompile.spec.files import WorkingTree

    place = about.place
    path = decisions_path(place.path)
    tree = WorkingTree(place.root)
    before = tree.read(path) if tree.exists(path) else None
    after = append(path, before if before is not None else _HEAD.encode(), entries(fresh))
    found, findings = load_decisions(Overlay({path: after}, tree), place.path)
    if any(errors_in(findings)):
        raise InputError(findings)
    if [d.id for d in found[-len(fresh) :]] != [d.id for d in fresh]:
        raise CmcompileError(f"{path} would say something else; nothing was written")
    return Edit(place.root, path, before, after)


def _show(edit: Edit, fresh: Sequence[Decision], *, everything: bool) -> None:
    from cmcompile.spec.edit.write import block

    shown = entries(fresh if everything else fresh[:_SHOWN])
    click.echo(f"{edit.path}:" if everything else f"{edit.path}, added:")
    for entry in shown:
        first, *others = block(entry, 2)
        click.echo("\n".join([f"- {first[2:]}", *others]))
    if len(fresh) > len(shown):
        click.echo(f"… and {len(fresh) - len(shown)} more like these")


def message(about: Subjects, fresh: Sequence[Decision]) -> Message:
    """Return the message of the commit that adds entries."""
    first = fresh[0]
    every = ["all" if d.subject is None else str(d.subject) for d in fresh]
    if len(fresh) == 1:
        return Message(f"{about.place.name}: {first.verb.value} {every[0]}", first.because)
    steps = list(dict.fromkeys(d.subject.step for d in fresh if d.subject is not None))
    where = f" of {steps[0]}" if len(steps) == 1 else ""
    subject = f"{about.place.name}: {first.verb.value} {len(fresh)} groups{where}"
    return Message(subject, f"{first.because}\n\n{names(every)}")


_OPTIONS = (
    click.Option(["--from", "files"], multiple=True, metavar="FILE", help=ABOUT),
    click.Option(["--because", "-m"], metavar="WHY", required=True, help="Why; it stays in the history."),
    click.Option(["--by"], metavar="WHO", help="Who decides; by default what git knows of you."),
    click.Option(["--dry-run"], is_flag=True, help="Show the entries, and write nothing."),
    click.Option(["--commit"], is_flag=True, help="Commit the file, and nothing else."),
)
_SKIP = click.Option(["--skip-illegal"], is_flag=True, help="Leave out what is not possible.")
_GATE = click.Option(
    ["--gate"], multiple=True, metavar="ID", help="The gate's id, where nobody can be asked."
)
_ADOPT = (
    click.Option(["--run"], required=True, metavar="ID", help="The id that the workload system gave it."),
    click.Option(["--wms"], required=True, metavar="CLASS[@WHERE]", help="The BPS plugin that has it."),
    click.Option(["--output"], required=True, metavar="RUN", help="The RUN collection that it writes."),
)
_SELECTING = """

\b
Selectors are those of `list`, and also:
  dp02/step1/3@w00            a certain workflow; without it the newest is meant
  state:failed                groups in that state; also reason:over_limits
  workflow:partial            groups whose newest workflow is in that state

Each group gets an entry of its own in decisions.yaml; what is not possible is refused before anything is
written. Merging the file is the approval: the next pass then does what it says."""


def _made(verb: Verb, short: str, about: str, *options: click.Option) -> click.Command:
    """Return the command of a verb."""

    def callback(selectors: tuple[str, ...], **given: Any) -> int:
        return decide(verb, selectors, given)

    argument = click.Argument(
        ["selectors"],
        nargs=-1,
        type=SelectorType(ledger=True),
        metavar="CAMPAIGN/STEP/GROUP...",
    )
    return click.Command(
        verb.value,
        callback=callback,
        params=[argument, *options, *_OPTIONS],
        help=about + _SELECTING,
        short_help=short,
    )


accept = _made(
    Verb.ACCEPT,
    "Decide that groups are good.",
    "Accept groups whatever failed in them: what needs them may go on, and collections take them in.",
    _SKIP,
)
reject = _made(
    Verb.REJECT,
    "Decide that groups are bad.",
    "Reject groups: no collection takes them in, and what used their outputs is looked at again.",
    _SKIP,
)
retry = _made(
    Verb.RETRY,
    "Decide to send groups again.",
    "Send groups again, each as a new workflow, though the spec did not change.",
    _SKIP,
)
restart = _made(
    Verb.RESTART,
    "Decide to restart runs.",
    "Restart runs in the workload system, each as the same workflow.",
    _SKIP,
)
abandon = _made(
    Verb.ABANDON,
    "Decide that a submission came to nothing.",
    "Give up submissions of which nobody knows whether their run exists. What is known is shown; look in the"
    " workload system first: were the run there, the group would be processed twice.",
    _GATE,
    _SKIP,
)
adopt = _made(
    Verb.ADOPT,
    "Decide to take over a run.",
    "Take a run that was started by hand over as the next workflow of a group.",
    *_ADOPT,
)
cancel = _made(
    Verb.CANCEL,
    "Decide to cancel runs.",
    "Cancel runs in the workload system.",
    _SKIP,
)
retire = _made(
    Verb.RETIRE,
    "Decide to remove outputs.",
    "Remove the outputs of workflows, or of a step as a whole. This can't be undone.",
    _SKIP,
)
hold = _made(
    Verb.HOLD,
    "Decide that nothing more is sent.",
    "Hold groups, a step or a campaign: nothing more of it is sent until it is released.",
)
release = _made(
    Verb.RELEASE,
    "Decide that sending goes on.",
    "Release groups, a step or a campaign that a decision holds.",
)
supersede = _made(
    Verb.SUPERSEDE,
    "Decide that workflows count no more.",
    "Let the workflows of groups count no more, so that the spec may alter them and they are sent anew.",
    _SKIP,
)
