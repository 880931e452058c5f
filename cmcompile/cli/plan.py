"""``cmcompile plan``: what would be done, in which order, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, Address, whole
from cmcompile.cli.exit import Exit
from cmcompile.cli.from_file import from_option, with_files
from cmcompile.cli.ledgers import look
from cmcompile.cli.output import current, echo_findings, format_option, screen
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.situation import Situation, situation
from cmcompile.model.errors import InputError
from cmcompile.model.stopping import stops

if TYPE_CHECKING:
    from cmcompile.model.plan import Plan, PlanSource


@click.command("plan", short_help="Say what would be done, in which order, and why.", epilog=SYNTAX)
@click.argument("selectors", nargs=-1, type=SelectorType(ledger=True), metavar="[SELECTOR]...")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Submit at most N groups.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Keep the plan in a file, for apply."
)
@click.option("--explain", is_flag=True, help="Show every item with all that is known of it.")
@click.option(
    "--detailed-exitcode", is_flag=True, help="End with 2 when something would be done, 3 for a person."
)
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@click.option(
    "--doctor", is_flag=True, help="Look too for what would stop it, as far as that is quick; see `doctor`."
)
@from_option
@format_option("text", "json", "markdown")
def command(
    selectors: tuple[str, ...],
    limit: int | None,
    out: Path | None,
    explain: bool,
    detailed_exitcode: bool,
    offline: bool,
    doctor: bool,
    files: tuple[str, ...],
    format_: str,
) -> int:
    """Say what would be done with a campaign, or with the groups that SELECTOR means. Nothing is done.

    The same spec, decisions and ledger give the same plan, byte for byte; a plan that is kept is checked item
    by item when it is applied.
    """
    from cmcompile.cli.ending import worst

    selectors = with_files(selectors, files)
    addresses = whole(selectors)
    places = list(dict.fromkeys(a.place for a in addresses))
    if len(places) != 1:
        names = ", ".join(place.name for place in places)
        raise click.UsageError(f"a plan is for one campaign, and these are {len(places)}: {names}")
    now = situation(places[0], look(places[0], offline=offline), files=True)
    _stop_at_errors(now)
    plan = planned(now, addresses, selectors, limit)
    if out is not None:
        out.write_text(_document(plan), encoding="utf-8")
    _echo(plan, format_, explain=explain, out=out)
    code = _exit(plan, detailed=detailed_exitcode)
    return worst([code, _examined(now)]) if doctor else code


def _examined(now: Situation) -> Exit:
    """Say on stderr what quick checks find; return what that comes to."""
    from cmcompile.cli.doctor import examined, exit_of
    from cmcompile.report.doctor import render_doctor

    results = examined(now.place, quick=True, known=now)
    click.echo(render_doctor(now.place.name, results, "text", screen()), nl=False, err=True)
    return exit_of(results)


def planned(
    now: Situation, addresses: Sequence[Address], selectors: tuple[str, ...], limit: int | None
) -> Plan:
    """Return the plan for the groups that selectors mean."""
    from cmcompile.plan.make import make_plan

    chosen = now.chosen(addresses)
    source = _source(now, selectors if chosen else (), limit)
    return make_plan(now.inputs, source, chosen, already=now.judged)


def _source(now: Situation, selectors: tuple[str, ...], limit: int | None) -> PlanSource:
    from cmcompile.model.plan import PlanSource
    from cmcompile.version import EMIT, VERSION

    tip, inputs = now.look.view.tip, _inputs(now)
    return PlanSource(
        campaign=now.spec.name,
        spec=now.spec.path,
        commit=_commit(now, inputs),
        inputs=inputs,
        ledger="" if tip is None else tip.commit,
        version=VERSION,
        emit=EMIT,
        selectors=selectors,
        limit=limit,
    )


def _inputs(now: Situation) -> dict[str, str]:
    """Return the digests of all files that the plan was made from, the decisions among them."""
    from cmcompile.spec.decisions import decisions_path
    from cmcompile.spec.files import WorkingTree

    found = dict(now.spec.inputs)
    tree, path = WorkingTree(now.place.root), decisions_path(now.place.path)
    if tree.exists(path):
        found[path] = sha256(tree.read(path)).hexdigest()
    return dict(sorted(found.items()))


def _commit(now: Situation, paths: Iterable[str]) -> str:
    """Return the commit of the spec, where every file that was read is as committed; else an empty text."""
    from cmcompile.git.run import run

    top = run(now.place.root, "status", "--porcelain", "--untracked-files=all", "--", *paths)
    head = run(now.place.root, "rev-parse", "--verify", "--quiet", "HEAD")
    return head.out.decode().strip() if top.code == 0 and not top.out and head.code == 0 else ""


def _stop_at_errors(now: Situation) -> None:
    """Stop where the spec has errors."""
    from cmcompile.model.diagnostic import Severity

    if stops(now.findings):
        raise InputError(now.findings)
    told = [f for f in now.findings if f.severity is not Severity.NOTE and f.allowed is None]
    if told:
        echo_findings(told, err=True)


def _document(plan: Plan) -> str:
    from cmcompile.plan.document import to_document

    return json.dumps(to_document(plan), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _echo(plan: Plan, format_: str, *, explain: bool, out: Path | None) -> None:
    from cmcompile.report.plan import plan_markdown, plan_text

    if format_ == "json":
        click.echo(_document(plan), nl=False)
        return
    if format_ == "markdown":
        click.echo(plan_markdown(plan), nl=False)
        return
    text = plan_text(plan, screen(), explain=explain, next_command="" if explain else _next(plan, out))
    click.echo(text, nl=False, color=current().colour() or None)
    if out is not None:
        click.echo(f"kept in {out}")


def _next(plan: Plan, out: Path | None) -> str:
    """Return the command that carries a plan out; empty where something else comes first."""
    from shlex import join, quote

    from cmcompile.plan.make import attention, refused

    if not plan.acts or refused(plan) or attention(plan):
        return ""
    if out is not None:
        return f"cmcompile apply {quote(str(out))}"
    limit = "" if plan.source.limit is None else f" --limit {plan.source.limit}"
    return f"cmcompile apply {join(plan.source.selectors) or plan.source.campaign}{limit}"


def _exit(plan: Plan, *, detailed: bool) -> Exit:
    from cmcompile.plan.make import attention, changes, refused

    if refused(plan):
        return Exit.BLOCKED
    if detailed and attention(plan):
        return Exit.ATTENTION
    return Exit.CHANGES if detailed and changes(plan) else Exit.OK
