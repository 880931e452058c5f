"""``cmcompile sql``: the ledgers as tables, and queries of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import NoCampaignError, Place, every, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import format_option, warn
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.cli.ledgers import Look
    from cmcompile.cli.sql_base import Answer
    from cmcompile.report.sql.rows import FiledEvent, Source
    from cmcompile.report.table import TableFormat

#: What a query begins with; any other argument names a campaign.
_QUERY = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|with|values)\b[\s(*'\"]", re.IGNORECASE)
#: So many files are read at once: all events of a large campaign need not be in memory together.
_AT_ONCE = 20_000
_ROWS, _SECONDS = 1_000_000, 60.0


@click.command("sql", short_help="Ask the ledgers in SQL.")
@click.argument("arguments", nargs=-1, metavar="[QUERY] [CAMPAIGN]...")
@click.option(
    "-o", "--output", "out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Keep the tables in this file of SQLite.",
)  # fmt: skip
@click.option("--tables", is_flag=True, help="List the tables and their columns.")
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), default=_SECONDS, show_default=True, metavar="N",
    help="For so long the query may run.",
)  # fmt: skip
@click.option(
    "--rows", "most", type=click.IntRange(1), default=_ROWS, show_default=True, metavar="N",
    help="At most so many rows.",
)  # fmt: skip
@click.option("--offline", is_flag=True, help="Take the ledgers as they were last fetched; ask nobody.")
@format_option("text", "csv", "json")
def command(
    arguments: tuple[str, ...],
    out: Path | None,
    tables: bool,
    seconds: float,
    most: int,
    offline: bool,
    format_: TableFormat,
) -> int:
    """Ask the ledgers of CAMPAIGN, or of all campaigns, with QUERY in SQL, as SQLite understands it.

    The tables are made in memory from the branches; a query can read them, and nothing else. QUERY may be -
    for standard input. With -o they are kept, for any program that reads SQLite.

    Exit code 3: the ledger of a campaign could not be read, and is not among the rows.
    """
    if tables:
        click.echo(_tables(format_), nl=False)
        return Exit.OK
    query, names = _split(arguments)
    if not query and out is None:
        raise click.UsageError("name a query that begins with SELECT or WITH, or a file with -o, or --tables")
    from cmcompile.cli.sql_base import answer, ask_file, keep

    sources, lost = _sources(names, offline=offline)
    if out is not None:
        keep(out, sources)
        click.echo(f"{out}: {len(sources)} campaign{'' if len(sources) == 1 else 's'}", err=bool(query))
    if query:
        _echo(ask_file(out, query, seconds, most) if out else answer(sources, query, seconds, most), format_)
    return Exit.ATTENTION if lost else Exit.OK


def _split(arguments: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the query, or empty, and the names of campaigns."""
    if arguments and arguments[0] == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace"), arguments[1:]
    if arguments and _QUERY.match(arguments[0]):
        return arguments[0], arguments[1:]
    if spaced := next((a for a in arguments if re.search(r"\s", a.strip()) and not Path(a).exists()), ""):
        raise click.UsageError(f"{spaced!r} is no query: one begins with SELECT or WITH, and only reads")
    return "", arguments


def _tables(format_: TableFormat) -> str:
    from cmcompile.report.groups import render_rows
    from cmcompile.report.sql.schema import TABLES

    rows = [[t.name, c.name, c.kind.lower(), c.about] for t in TABLES for c in t.columns]
    return render_rows(("table", "column", "type", "meaning"), rows, format_)


def _echo(found: Answer, format_: TableFormat) -> None:
    from cmcompile.report.groups import render_rows
    from cmcompile.report.sql.cells import distinct, plain

    rows = [[plain(cell) for cell in row] for row in found.rows]
    click.echo(render_rows(distinct(found.columns), rows, format_), nl=False)
    if found.more:
        warn(f"there are more than {len(rows):,} rows: --rows shows more")


def _sources(names: Sequence[str], *, offline: bool) -> tuple[list[Source], bool]:
    """Return the ledgers, and whether one of several could not be read."""
    places = [find(name) for name in names] or every()
    if not places:
        raise NoCampaignError(
            "there is no campaign here: name one, or go to a repository that has campaigns/"
        )
    found: list[Source] = []
    silent: set[str] = set()
    lost = False
    for place in dict.fromkeys(places):
        try:
            found.append(_source(place, silent, offline=offline))
        except CmcompileError as error:
            if len(places) == 1:
                raise
            warn(f"{place.name} is left out: {error}")
            lost = True
    names_ = [source.campaign for source in found]
    if twins := sorted({name for name in names_ if names_.count(name) > 1}):
        raise CmcompileError(f"two campaigns are called {', '.join(twins)}: name one of them")
    return found, lost


def _source(place: Place, silent: set[str], *, offline: bool) -> Source:
    from cmcompile.cli.ledgers import look
    from cmcompile.report.sql.rows import Source
    from cmcompile.spec.decisions import load_decisions
    from cmcompile.spec.files import WorkingTree

    seen = look(place, offline=offline, degrade=True, silent=silent)
    decisions, about = load_decisions(WorkingTree(place.root), place.path)
    if about:
        warn(f"{place.name}: decisions.yaml has findings: `cmcompile validate {place.name}` says which")
    tip, store = seen.view.tip, seen.ledger.store
    return Source(
        place.name,
        place.path,
        seen.seen(),
        seen.view.state,
        decisions,
        complete=tip is None or store.complete(tip),
        events=_events(seen),
        history=lambda: () if tip is None else store.history(tip),
    )


def _events(seen: Look) -> Callable[[frozenset[str] | None], Iterable[FiledEvent]]:
    """Return what reads events; those that can't be read are among the faults of the campaign."""

    def read(kinds: frozenset[str] | None) -> Iterator[FiledEvent]:
        from cmcompile.ledger.codec.quick import QuickReader
        from cmcompile.ledger.event_files import event_files
        from cmcompile.model.event import Event
        from cmcompile.report.sql.rows import FiledEvent

        tip, store = seen.view.tip, seen.ledger.store
        if tip is None:
            return
        directories, _ = event_files(store.files(tip))
        wanted = [
            (d.subject, file) for d in directories for file in d.files if kinds is None or file[3] in kinds
        ]
        reader = QuickReader()
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            contents = store.read(dict.fromkeys(file[1] for _, file in some))
            for subject, (path, oid, number, kind) in some:
                event = reader.read(path, subject, number, kind, contents[oid])
                if isinstance(event, Event):
                    yield FiledEvent(event, path, oid)

    return read
