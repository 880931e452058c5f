"""``cmcompile policy``: what a policy says of failures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, echo_findings, format_option, screen
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from cmcompile.model.cause import Cause
    from cmcompile.model.failures import Sample
    from cmcompile.model.policy import Policy
    from cmcompile.report.failures import FailuresFormat

_LIBRARY = "campaigns/library/policies"
#: Of a log only its end is read, in bytes.
_MOST = 4 * 2**20


@click.group("policy", short_help="Try what a policy says of failures.")
def group() -> None:
    """Look at policies: the rules that say what is done about failures."""


@group.command("test", short_help="Run the rules of a policy on logs and messages.")
@click.argument("policy", metavar="POLICY")
@click.argument(
    "logs", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="[LOG]..."
)
@click.option(
    "--message", "-m", "messages", multiple=True, metavar="TEXT", help="A message to try; repeatable."
)
@click.option("--source", metavar="NAME", help="Who told of it, such as pilot or transform.")
@click.option("--code", type=int, metavar="N", help="The code that the source gave.")
@click.option("--site", default="", metavar="NAME", help="Where the jobs ran.")
@click.option("--task", default="", metavar="LABEL", help="The task that they were of.")
@format_option("text", "json")
def test_command(
    policy: str,
    logs: tuple[Path, ...],
    messages: tuple[str, ...],
    source: str | None,
    code: int | None,
    site: str,
    task: str,
    format_: FailuresFormat,
) -> int:
    """Say which rule of POLICY matches each LOG, and why.

    POLICY is a file, or the name of one in campaigns/library/policies. Of a LOG the exception of its last
    traceback counts, or its last lines. A LOG whose name ends with .yaml or .json is a list of samples
    `{given, expect}` instead (`cmcompile schema samples`).

    Exits with 1 where a sample is not judged as it expects.
    """
    from cmcompile.model.cause import Cause
    from cmcompile.report.failures import render_tried
    from cmcompile.state.policy.trying import tried

    if (code is not None or site) and source is None:
        raise click.UsageError("--code and --site are told by a source: name it with --source")
    cause = None if source is None else Cause(source, code, site)
    found = opened(policy)
    samples = tuple(_samples(logs, messages, cause, task))
    if not samples:
        raise click.UsageError("there is nothing to try: name logs, or give a --message or a --source")
    results = tried(found, samples)
    text = render_tried(found.path, results, format_, screen(everything=True))
    click.echo(text, nl=False, color=current().colour() or None)
    return Exit.ERROR if any(one.wrong for one in results) else Exit.OK


def opened(policy: str) -> Policy:
    """Return a policy by its file, or by the name of one in the library; its warnings are shown.

    Raises
    ------
    CmcompileError
        When there is none.
    InputError
        When it has errors.
    """
    from cmcompile.model.diagnostic import Findings
    from cmcompile.spec.files import WorkingTree, find_root
    from cmcompile.spec.policies import read_policy

    root = find_root(Path.cwd())
    named = Path(policy)
    path = named if named.is_file() else root / _LIBRARY / f"{policy}.yaml"
    if not path.is_file():
        raise CmcompileError(f"there is no policy {policy}: name a file, or one of {_LIBRARY}")
    path = path.resolve()
    base = root if path.is_relative_to(root) else path.parent
    findings = Findings()
    found = read_policy(WorkingTree(base), path.relative_to(base).as_posix(), findings)
    if found is None:
        raise InputError(findings.sorted())
    if findings.sorted():
        echo_findings(findings.sorted(), err=True)
    return found


def _samples(
    logs: tuple[Path, ...], messages: tuple[str, ...], cause: Cause | None, task: str
) -> Iterator[Sample]:
    from cmcompile.spec.samples import sample_of, samples_in

    for number, message in enumerate(messages, 1):
        yield sample_of(f"message {number}", message, cause, task)
    for log in logs:
        yield from samples_in(str(log), _end_of(log), cause, task)
    if not logs and not messages and cause is not None:
        yield sample_of("the cause", "", cause, task)


def _end_of(log: Path) -> bytes:
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - _MOST, 0))
            return file.read(_MOST)
    except OSError as error:
        raise CmcompileError(f"{log} can't be read: {error.strerror}") from None
