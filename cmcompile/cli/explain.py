"""``cmcompile explain``: where each value of a group comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, NoGroupError, address_of, parse
from cmcompile.cli.campaigns import compiled
from cmcompile.cli.choose import select
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import echo_findings, format_option
from cmcompile.cli.selector import KeyType, SelectorType

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.explanation import Explanation
    from cmcompile.model.group import CompiledGroup

_KEYS = """\b
Keys:
  payload.dataQuery           any key of the document, as a dotted path; bps. may stand before it
  vars.release                a var; `vars` alone: all of them
  where                       the clauses of the query, in order
  file, output, ids, covers, site, environment
  inputs, tract.lo, ...       any other name that ${{ }} may use"""


@click.command(
    "explain", short_help="Say where each value of a group comes from.", epilog=f"{_KEYS}\n\n{SYNTAX}"
)
@click.argument("group", type=SelectorType())
@click.argument("key", type=KeyType(), default="")
@format_option("text", "json")
def command(group: str, key: str, format_: str) -> int:
    """Say who set KEY of GROUP, at which file, line and column, and what that hid.

    Without KEY the whole document is shown, with the origin of every value. A selector of several groups
    is answered when the answer is the same for all of them. With errors in the spec they are shown too,
    and the command ends with 1.
    """
    from cmcompile.report.explanation import explanation_json, explanation_text

    addresses = parse([group])
    compilation, findings = compiled(addresses[0].place)
    _echo_errors(findings)
    groups = select(addresses, compilation)
    found = _same(compilation, groups, key)
    names = [address_of(compilation.spec.name, made.group) for made in groups]
    render = explanation_json if format_ == "json" else explanation_text
    click.echo(render(names, found), nl=False)
    return Exit.ERROR if compilation.failed else Exit.OK


def _echo_errors(findings: Sequence[Diagnostic]) -> None:
    from cmcompile.model.diagnostic import errors_in

    errors = list(errors_in(findings))
    if errors:
        echo_findings(errors, err=True)


def _same(compilation: Compilation, groups: Sequence[CompiledGroup], key: str) -> Explanation:
    """Return the answer that all groups share.

    Raises
    ------
    NoGroupError
        When their answers differ.
    """
    from cmcompile.compiler.explain import explain

    first = explain(compilation, groups[0], key)
    for other in groups[1:]:
        if explain(compilation, other, key) != first:
            one, two = (address_of(compilation.spec.name, g.group) for g in (groups[0], other))
            what = key or "the document"
            raise NoGroupError(
                f"{what} is not the same for the {len(groups)} groups: name one, such as {one} or {two}"
            )
    return first
