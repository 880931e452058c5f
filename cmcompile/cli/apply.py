"""``cmcompile apply``: carry out a plan, one that was kept or one that is made now."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX
from cmcompile.cli.ending import Around, exit_of
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, format_option, screen, warn
from cmcompile.cli.selector import PlanOrSelector
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.cli.applying import Task
    from cmcompile.model.plan import Plan

#: Above so many submissions the campaign's name is typed.
_MANY = 20


@click.command("apply", short_help="Carry out a plan.", epilog=SYNTAX)
@click.argument("targets", nargs=-1, type=PlanOrSelector(ledger=True), metavar="[PLAN.json | SELECTOR...]")
@click.option("--auto-approve", is_flag=True, help="Ask nobody; needed where no person sits at a terminal.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Submit at most N groups.")
@click.option(
    "--at-once", type=click.IntRange(1), default=4, show_default=True, metavar="N",
    help="Prepare at most N submissions at the same time.",
)  # fmt: skip
@click.option(
    "--allow-dirty", is_flag=True, help="Submit what the working tree says, not a commit; it is recorded."
)
@click.option("--allow-unpushed", is_flag=True, help="Submit a commit that others can't see; it is recorded.")
@click.option(
    "--reviewed",
    default="",
    metavar="DIGEST",
    help="Send nothing that was not in the plans with this digest.",
)
@format_option("text", "json")
def command(
    targets: tuple[str, ...],
    auto_approve: bool,
    limit: int | None,
    at_once: int,
    allow_dirty: bool,
    allow_unpushed: bool,
    reviewed: str,
    format_: str,
) -> int:
    """Carry out a plan: PLAN.json, which `cmcompile plan -o` kept, or one for SELECTOR that is made now.

    A plan that is made now is shown, and carried out after a literal "yes". Each item is judged again on the
    ledger that it is written to: one that does not hold any more is refused by itself. A plan that was
    interrupted goes on where it stopped when it is applied again. Nothing is ever submitted twice; what
    nobody knows is written down as not known, and `cmcompile reconcile` finds it out.

    The spec is taken from the branch that this one tracks, as it stands there now. ^C stops as soon as
    nothing is in doubt, a second ^C at once.

    Exit code 3: something needs a person; 4: refused; 5: done in part; 6: the outcome of a submission is not
    known, or a source gave no answer; 7: others were faster, run it again.
    """
    from cmcompile.cli.applying import prepare
    from cmcompile.cli.branch import Overrides

    kept = _plan_file(targets)
    _somebody_answers(kept, auto_approve, format_)
    task = prepare(kept, targets, limit, Overrides(allow_dirty, allow_unpushed), format_, reviewed)
    if format_ == "text":
        _show(task.plan, kept, asking=kept is None and not auto_approve)
    if not task.plan.acts:
        task.telling.begin(task.plan)
        return _end(task, Around(**task.around))
    task.check()
    if kept is None and not auto_approve and not _agreed(task.plan):
        click.echo("nothing was done")
        return Exit.ERROR
    return _run(task, at_once)


def _run(task: Task, at_once: int) -> int:
    from cmcompile.apply.child.interrupts import SignalInterrupts

    with SignalInterrupts() as interrupts:
        try:
            task.run(interrupts, at_once)
        except CmcompileError as error:
            code = _end(task, Around(interrupts.asked > 0, error=True, **task.around), str(error))
            if code is not Exit.INTERRUPTED:
                raise
            warn(str(error))
            return code
        return _end(task, Around(interrupted=interrupts.asked > 0, **task.around))


def _end(task: Task, around: Around, error: str = "") -> Exit:
    code = exit_of(task.telling.results, around)
    if task.plan.acts or task.telling.for_programs:
        task.telling.ended(task.telling.results, code, error)
    return code


def _plan_file(targets: tuple[str, ...]) -> Path | None:
    """Return the plan that is named; None: selectors are."""
    plans = [text for text in targets if text.endswith(".json")]
    if plans and len(targets) > 1:
        raise click.UsageError(
            f"{plans[0]} is a plan, and stands alone: selectors were given when it was made"
        )
    return Path(plans[0]) if plans else None


def _somebody_answers(kept: Path | None, auto_approve: bool, format_: str) -> None:
    """Stop before anything is asked for where a question could get no answer."""
    if auto_approve or kept is not None:
        return
    if format_ == "json":
        raise click.UsageError(
            "--format json asks nothing: say --auto-approve, or apply a plan that was kept"
        )
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError(
            "nobody can be asked here, since this is no terminal: say --auto-approve, or apply a plan that "
            "was kept with `cmcompile plan -o`"
        )


def _show(plan: Plan, kept: Path | None, *, asking: bool) -> None:
    from cmcompile.report.plan import plan_text

    if kept is None or not plan.acts:
        more = f"cmcompile plan {plan.source.campaign} --explain says more" if asking else None
        next_ = more if plan.acts else ""
        text = plan_text(plan, screen(), next_command=next_)
        click.echo(text, nl=False, color=current().colour() or None)


def _agreed(plan: Plan) -> bool:
    """Ask a person; nothing but the word that is asked for means yes."""
    from cmcompile.model.plan import GATED

    submissions = sum(item.action in GATED for item in plan.items())
    word = plan.source.campaign if submissions > _MANY else "yes"
    asked = f'to carry out this plan, type "{word}"'
    if submissions > _MANY:
        asked = f"this plan makes {submissions:,} submissions; {asked}"
    return str(click.prompt(asked, default="", show_default=False)) == word
