"""What the sources of a campaign's lists and overlaps say now, and writing it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cmcompile.cli.area import area_of
from cmcompile.cli.butlers import butler_of
from cmcompile.cli.campaigns import Place
from cmcompile.cli.output import use_sources
from cmcompile.model.diagnostic import Findings, errors_in
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.list_query import UrlQuery
from cmcompile.model.list_update import Left, ListUpdate, Updates
from cmcompile.model.stored import ListQuery, digest_of, read_head, stored
from cmcompile.model.wms import NoAnswer
from cmcompile.spec.lists import read_if_stored, read_list

if TYPE_CHECKING:
    from cmcompile.cli.list_rows import Layout
    from cmcompile.cli.list_sources import Mark
    from cmcompile.cli.overlaps import Wanted
    from cmcompile.model.campaign import ListData, Spec
    from cmcompile.model.ids import Id
    from cmcompile.model.list_query import AnyQuery
    from cmcompile.model.ports import Sources
    from cmcompile.model.sky import Sky
    from cmcompile.model.stored import OverlapQuery
    from cmcompile.spec.load import ListReader

#: Stands for what overlaps on the sky, where lists are named.
OVERLAPS = "overlaps"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stored file that is asked for: the question for the Butler, and what makes of its answer the rows.

    Attributes
    ----------
    heads
        Whether its first line names the columns.
    """

    name: str
    path: str
    query: str
    ask: Callable[[Any], str]
    heads: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """How lists are asked for.

    Attributes
    ----------
    sources
        The files of the campaign as they are now.
    names
        Of lists, or ``overlaps``; none: all.
    butler
        The repository; None: that of the campaign.
    allow_shrink
        Whether an answer that lacks stored rows is taken.
    """

    sources: Sources
    names: Sequence[str] = ()
    butler: str | None = None
    allow_shrink: bool = False


def updates(place: Place, asking: Asking) -> Updates:
    """Ask each source once for all that is named.

    Raises
    ------
    CmcompileError
        When the spec can't be used, or a name is that of no list with a query.
    """
    sources = asking.sources
    use_sources(sources)
    spec = _read(place, sources, read_if_stored)
    queries = _queries(spec, asking.names)
    asked = list(_lists(spec, queries, sources))
    results = _asked(place, asking, spec, asked)
    results += [_of_source(place, spec, name, query, sources) for name, query in _others(queries)]
    found = _sorted(results, queries, asking)
    if not asking.names or OVERLAPS in asking.names:
        # The groups are those that the new lists make.
        now = _Renewed(sources, {one.path: one.after for one in found.updates})
        try:
            spec = _read(place, now, read_list)
        except InputError:
            if found.left:  # a list that was never stored
                return found
            raise
        more = _sorted(_asked(place, asking, spec, list(_overlaps(spec))), {}, asking)
        found = Updates((*found.updates, *more.updates), (*found.left, *more.left))
    return found


def _sorted(results: Iterable[ListUpdate | Left], order: Iterable[str], asking: Asking) -> Updates:
    """Tell what is to be stored from what is not; what would shrink is not."""
    from cmcompile.report.lists import updates_text

    ranks = {name: n for n, name in enumerate(order)}
    found: list[ListUpdate] = []
    left: list[Left] = []
    for one in sorted(results, key=lambda r: ranks.get(r.name, 0)):
        if isinstance(one, Left):
            left.append(one)
        elif one.went and not asking.allow_shrink:
            told = updates_text([one]).rstrip()
            left.append(Left(one.name, f"rows that are stored are gone: {told}", known=True, shrinks=True))
        else:
            found.append(one)
    return Updates(tuple(found), tuple(left))


@dataclass(frozen=True, slots=True)
class _Renewed:
    """The files of a working tree, some of them with other bytes; implements ``Sources``."""

    tree: Sources
    files: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        """Return the bytes of a file; see ``Sources``."""
        return self.files[path] if path in self.files else self.tree.read(path)

    def exists(self, path: str) -> bool:
        """Tell whether there is a file; see ``Sources``."""
        return path in self.files or self.tree.exists(path)

    def below(self, path: str) -> tuple[str, ...]:
        """Return the files below a folder; see ``Folders``. Lists are no payload files."""
        from cmcompile.model.ports import files_below

        return files_below(self.tree, path)


def _asked(place: Place, asking: Asking, spec: Spec, asked: Sequence[_Asked]) -> list[ListUpdate | Left]:
    """Ask the Butler once for all of some files."""
    from cmcompile.observe.butler.open import ask

    if not asked:
        return []
    config = asking.butler or butler_of(spec)
    answers = ask(config, area_of(place.root), lambda opened: [_answer(one, opened) for one in asked])
    if isinstance(answers, NoAnswer):
        return [Left(one.name, answers.why) for one in asked]
    return [
        Left(one.name, str(text), known=True)
        if isinstance(text, CmcompileError)
        else _update(asking.sources, one, text)
        for one, text in zip(asked, answers, strict=True)
    ]


def written(place: Place, found: Iterable[ListUpdate]) -> Iterator[str]:
    """Write what changes, each file at once; yields what to say of it."""
    from cmcompile.spec.edit.file import replace

    paths = []
    for one in found:
        if one.changes:
            path = place.root / one.path
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, one.before, one.after)
            paths.append(shlex.quote(one.path))
            yield f"wrote {one.path}"
    if paths:
        yield f"next:\n  git add {' '.join(paths)}\n  git commit -m 'Update lists' -- {' '.join(paths)}"


def _read(place: Place, sources: Sources, lists: ListReader) -> Spec:
    from cmcompile.spec.load import load

    spec, findings = load(sources, place.path, lists)
    if spec is None:
        raise InputError(findings)
    return spec


def _queries(spec: Spec, names: Sequence[str]) -> dict[str, AnyQuery]:
    """Return the queries of lists that are asked for."""
    from cmcompile.cli.address import nearest
    from cmcompile.spec.list_query import list_query

    queries = {n: q for n, data in spec.lists.items() if (q := list_query(data.query)) is not None}
    for name in names:
        if name not in (*queries, OVERLAPS):
            why = "has no query" if name in spec.lists else "is no list of this campaign"
            raise CmcompileError(f"{name} {why}{nearest(name, [*queries, OVERLAPS])}")
    return {name: query for name, query in queries.items() if not names or name in names}


def _others(queries: Mapping[str, AnyQuery]) -> Iterator[tuple[str, AnyQuery]]:
    yield from ((name, query) for name, query in queries.items() if not isinstance(query, ListQuery))


def _lists(spec: Spec, queries: Mapping[str, AnyQuery], sources: Sources) -> Iterator[_Asked]:
    """Yield what the Butler is asked for."""
    from cmcompile.cli.list_rows import filled_in, layout_for

    for name, query in queries.items():
        if isinstance(query, ListQuery):
            data = spec.lists[name]
            layout, filled = layout_for(spec, data, query.dimensions), filled_in(spec, data, query)
            work = partial(_rows, partial(_text, data, sources, layout), layout, filled)
            yield _Asked(name, data.file, query.canonical(), work, layout.heads)


def _of_source(place: Place, spec: Spec, name: str, query: AnyQuery, sources: Sources) -> ListUpdate | Left:
    """Ask another source than the Butler for a list."""
    from cmcompile.cli.list_rows import columns_of, filled_for, taken
    from cmcompile.cli.list_sources import ask_for

    data = spec.lists[name]
    columns, mark = columns_of(spec, name), None
    try:
        filled = filled_for(spec, data, query)
        if isinstance(filled, UrlQuery):
            made_by = " ".join((filled.canonical(), data.file, *columns))
            mark = _mark(place, data, query.canonical(), made_by, sources)
        found = ask_for(spec, data, filled, "" if mark is None else mark.known())
        if isinstance(found, NoAnswer):
            return Left(name, found.why)
        if found.layout is None:  # it is as it was
            _, rows = read_head(_before(sources, data.file) or "")
        else:
            rows = _text(data, sources, found.layout, taken(found.layout, found.answer))
    except CmcompileError as error:
        return Left(name, str(error), known=True)
    heads = data.file.endswith(".csv") and not columns
    update = _update(sources, _Asked(name, data.file, query.canonical(), str, heads), rows)
    if mark is not None and found.answer.mark:
        mark.keep(found.answer.mark, digest_of(rows))
    return update


def _mark(place: Place, data: ListData, query: str, made_by: str, sources: Sources) -> Mark:
    """Return what a server gave with its answer, of use where the stored rows are as they were stored."""
    from cmcompile.cli.list_sources import Mark
    from cmcompile.ledger.book import beside_clone

    head, rows = read_head(_before(sources, data.file) or "")
    is_sound = head is not None and head.query == query and head.digest == digest_of(rows)
    path = beside_clone(place.root, place.name) / "lists.json"
    return Mark(path, data.name, made_by, digest_of(rows) if is_sound else "")


def _text(data: ListData, sources: Sources, layout: Layout, rows: Sequence[tuple[Id, ...]]) -> str:
    """Return the rows of a file; those that are gone stay where the query says so."""
    from cmcompile.model.stored import in_order
    from cmcompile.spec.list_query import keeps_gone

    before = _before(sources, data.file)
    if before is not None and keeps_gone(data.query):
        rows = in_order([*rows, *layout.rows(read_head(before)[1])])
    return layout.text(rows)


def _before(sources: Sources, path: str) -> str | None:
    return sources.read(path).decode("utf-8", "replace") if sources.exists(path) else None


def _rows(
    text: Callable[[Sequence[tuple[Id, ...]]], str], layout: Layout, query: ListQuery, butler: Any
) -> str:
    from cmcompile.observe.butler.lists import ColumnError, rows_of, why_nothing

    try:
        found = rows_of(butler, query, layout.columns)
    except ColumnError as error:
        raise CmcompileError(f"list {layout.name}: {error}; correct `columns`") from None
    if not found:
        why = why_nothing(butler, query)
        raise CmcompileError(
            f"the Butler has no row for list {layout.name}{f' ({why})' if why else ''}: correct its query "
            "or wait for the data; nothing was changed"
        )
    return text(found)


def _overlaps(spec: Spec) -> Iterator[_Asked]:
    from cmcompile.cli.overlaps import overlap_needs, wanted_overlaps
    from cmcompile.compiler.compile import expand_spec

    if not any(overlap_needs(spec)):
        return
    made = expand_spec(spec)
    if any(errors_in(made.findings)):
        raise InputError(made.findings)
    groups = [group for step in made.steps.values() for group in step.all()]
    for one in wanted_overlaps(spec, groups, Findings()):
        missing = next((n for n in ("instrument", "skymap") if not getattr(one.query, n)), None)
        if missing is not None:
            raise CmcompileError(
                f"{one.span.file}:{one.span.line}: which {missing} the overlap is of is not said: write "
                f"{missing}='...' in `where` of the campaign, or of the step"
            )
        name = f"{OVERLAPS} {one.query.dimension}-{one.query.sky}"
        yield _Asked(name, one.path, one.query.canonical(), partial(_joined, one))


def _joined(one: Wanted, butler: Any) -> str:
    from cmcompile.cli.overlaps import ids_of
    from cmcompile.model.sky import Sky, sky_rows
    from cmcompile.observe.butler.overlaps import pairs_of, places_of

    query: OverlapQuery = one.query
    mine, there = ids_of(one.groups, query.dimension), ids_of(one.groups, query.sky)
    if not mine or not there:
        raise CmcompileError(
            f"{one.path}: no group has an id of {query.dimension if not mine else query.sky}"
        )
    places = (min(there), max(there))
    found = pairs_of(butler, query, (min(mine), max(mine)), places)
    known = places_of(butler, query, places) & there
    kept = {str(i): frozenset(str(p) for p in ps if p in there) for i, ps in found.items() if i in mine}
    sky: Sky = Sky(query.dimension, query.sky, kept, frozenset(map(str, known)))
    if not any(kept.values()):
        raise CmcompileError(
            f"the Butler knows no {query.dimension} of these groups that overlaps one of their {query.sky}s: "
            "are the regions defined there? nothing was changed"
        )
    return sky_rows(sky)


def _answer(one: _Asked, butler: Any) -> str | CmcompileError:
    try:
        return one.ask(butler)
    except CmcompileError as error:
        return error
    except Exception as error:
        from cmcompile.observe.butler.open import said

        return CmcompileError(
            f"the Butler refuses the query of {one.name}: {said(error)}; nothing was changed"
        )


def _update(sources: Sources, one: _Asked, rows: str) -> ListUpdate:
    from datetime import UTC, datetime

    before = sources.read(one.path) if sources.exists(one.path) else None
    old = None if before is None else before.decode("utf-8", "replace")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = int(one.heads)
    was, lines = _plain(read_head(old or "")[1])[first:], _plain(rows)[first:]
    came, went = set(was), set(lines)
    return ListUpdate(
        one.name,
        one.path,
        len(lines),
        tuple(line for line in lines if line not in came),
        tuple(line for line in was if line not in went),
        before,
        stored(one.query, rows, old, now).encode(),
    )


def _plain(rows: str) -> list[str]:
    return [line.strip() for line in rows.splitlines() if line.strip() and not line.lstrip().startswith("#")]
