"""``cmcompile verify``: prove that a ledger is what cmcompile wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, docs_url, echo_findings, format_option
from cmcompile.cli.progress import progress
from cmcompile.model.campaign import ListData, Spec

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.ledger.book import Ledger
    from cmcompile.ledger.verify import Made, NotMade
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.event import SpecRef
    from cmcompile.model.group import CompiledGroup
    from cmcompile.model.ledger import Tip
    from cmcompile.model.states import LedgerState
    from cmcompile.model.verification import Verification


@click.command("verify", short_help="Prove that a ledger was not tampered with.")
@click.argument("campaign", type=CampaignName())
@click.option("--at", metavar="DATE|REV", help="Check the ledger as it was then.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched.")
@format_option("text", "json", "github", "sarif")
def command(campaign: str, at: str | None, offline: bool, format_: str) -> int:
    """Prove that the ledger of CAMPAIGN is what cmcompile wrote.

    Nothing in it was ever changed or removed; its events are whole and in order; and each as-run file is what
    the recorded spec commit, claim and includes compile to.

    Exit code 0: healthy; 1: something was found that cmcompile never does; 3: nothing wrong was found, but
    not all could be checked (a shallow clone, files that another version of cmcompile wrote).
    """
    from cmcompile.ledger.verify import verify

    place = find(campaign)
    ledger, tip = opened(place, offline=offline, at=at)
    with progress() as line:
        found = verify(
            ledger.store,
            tip,
            Compiler(place.root),
            campaign=place.name,
            folding=ledger.folding,
            progress=line,
        )
    _echo(found, format_)
    return Exit.ERROR if found.tampered else Exit.OK if found.healthy else Exit.ATTENTION


def _echo(found: Verification, format_: str) -> None:
    from cmcompile.report.verify import as_json, summary

    if format_ == "json":
        click.echo(as_json(found, docs_url), nl=False)
        return
    if found.findings or format_ != "text":
        current().source_line = None
        echo_findings(found.findings)
    # A program that reads annotations or SARIF finds nothing else on stdout.
    click.echo(summary(found), nl=False, err=format_ != "text")


def opened(place: Place, *, offline: bool, at: str | None) -> tuple[Ledger, Tip]:
    """Return the ledger of a campaign and its tip, now or at a moment, for whoever needs more than states.

    Raises
    ------
    LedgerError
        When there is no ledger, the remote can't be asked, or there was no such moment.
    """
    from cmcompile.cli.ledgers import open_ledger
    from cmcompile.cli.moments import tip_of
    from cmcompile.model.ledger import LedgerError

    ledger = open_ledger(place)
    tip = ledger.store.known() if offline else ledger.tip()
    if tip is None:
        raise LedgerError(f"no ledger of {place.name} was ever fetched: ask its remote, without --offline")
    return ledger, tip if at is None else tip_of(place, ledger, tip, at)


@dataclass(slots=True)
class Compiler:
    """Compiles a spec of the past as it was compiled then; what `verify` compares with.

    Attributes
    ----------
    root
        A directory in the repository of the spec.
    """

    root: Path
    _known: dict[tuple[str, str], Mapping[str, ListData] | None] = field(default_factory=dict)

    def __call__(self, spec: SpecRef, state: LedgerState) -> Made | NotMade:
        """Return the groups of a recorded spec, with those sent before as they were sent."""
        from cmcompile.compiler.compile import compile_spec
        from cmcompile.ledger.sent import sent_groups
        from cmcompile.model.codes.ledger import SENT_IDS_LOST
        from cmcompile.model.diagnostic import errors_in
        from cmcompile.version import EMIT

        found = self._load(spec.path, spec.commit)
        if isinstance(found, Spec):
            sent, about = sent_groups(state, found.lists, self._lists, EMIT)
            errors = list(errors_in(about))
            wrong = tuple(f for f in errors if f.code is not SENT_IDS_LOST)
            return made_of(compile_spec(found, sent), {f.scope: f.message for f in errors}, wrong)
        return found

    def _load(self, path: str, commit: str) -> Spec | NotMade:
        from cmcompile.git.errors import GitError
        from cmcompile.git.revision import Revision
        from cmcompile.ledger.verify import Lack, NotMade
        from cmcompile.model.codes.reading import FILE_UNREADABLE
        from cmcompile.model.diagnostic import errors_in
        from cmcompile.spec.load import load

        try:
            sources = Revision(self.root, commit)
        except GitError as error:
            return NotMade(Lack.NO_COMMIT, str(error))
        found, findings = load(sources, path)
        if found is not None:
            return found
        errors = list(errors_in(findings))
        # An object that is not there, as in a partial clone, can't be told from one that can't be read.
        lack = Lack.NO_COMMIT if any(f.code is FILE_UNREADABLE for f in errors) else Lack.NO_SPEC
        return NotMade(lack, f"{path} at {commit[:12]} can't be used: {errors[0].message}")

    def _lists(self, path: str, commit: str) -> Mapping[str, ListData] | None:
        if (path, commit) not in self._known:
            found = self._load(path, commit)
            self._known[path, commit] = found.lists if isinstance(found, Spec) else None
        return self._known[path, commit]


def made_of(
    result: Compilation, doubts: Mapping[str, str] | None = None, findings: tuple[Diagnostic, ...] = ()
) -> Made:
    """Return what a compilation gives, as `verify` compares it.

    Parameters
    ----------
    doubts, findings
        By step, and all that is wrong with the groups that had been sent before.
    """
    from functools import partial

    from cmcompile.ledger.listed import Columns
    from cmcompile.ledger.sent import resolved
    from cmcompile.ledger.verify import Expected, Made

    ids_of = partial(resolved, columns=Columns(result.spec.lists))
    groups = {
        (made.group.step, made.group.id): Expected(
            made.digest,
            made.path,
            made.output,
            partial(_as_run, result, made),
            made.group.parts,
            made.group.excluded,
            made.group.covers,
            ids_of,
        )
        for made in result.groups
    }
    whole = result.spec.pace.review
    asked = {
        step.name: tuple(rule for rule in (whole, step.pace.review) if rule is not None)
        for step in result.spec.steps
    }
    return Made(groups, doubts or {}, findings, asked)


def _as_run(
    result: Compilation, made: CompiledGroup, output_run: str, submit_path: str, builds_on: tuple[str, ...]
) -> dict[str, bytes]:
    """Return the as-run files of a group, from what its claim says."""
    from cmcompile.compiler.claim import as_run_files
    from cmcompile.compiler.prior import graph_options

    options = graph_options(result, made, builds_on)
    return as_run_files(made, result.includes, output_run, submit_path, options)
