"""What the Butler says now of the lists and overlaps of a campaign, and writing it."""

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
from cmcompile.model.list_update import ListUpdate
from cmcompile.model.stored import read_head, stored
from cmcompile.model.wms import NoAnswer
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.lists import read_if_stored, read_list

if TYPE_CHECKING:
    from cmcompile.cli.list_rows import Layout
    from cmcompile.cli.overlaps import Wanted
    from cmcompile.model.campaign import Spec
    from cmcompile.model.ports import Sources
    from cmcompile.model.sky import Sky
    from cmcompile.model.stored import ListQuery, OverlapQuery
    from cmcompile.spec.load import ListReader

#: Stands for what overlaps on the sky, where lists are named.
OVERLAPS = "overlaps"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stored file that is asked for: the question for the Butler, and what makes of its answer the rows."""

    name: str
    path: str
    query: str
    ask: Callable[[Any], str]


def updates(
    place: Place, names: Sequence[str], butler: str | None, *, allow_shrink: bool
) -> list[ListUpdate] | str:
    """Ask the Butler once for all that is named.

    Parameters
    ----------
    names
        Of lists, or ``overlaps``; none: all.
    butler
        The repository; None: that of the campaign.

    Returns
    -------
    updates
        What changes, in order; or why the Butler gave no answer.

    Raises
    ------
    CmcompileError
        When the spec can't be used, an answer has no rows, or lacks stored ones although it must not.
    """
    sources = WorkingTree(place.root)
    use_sources(sources)
    spec = _read(place, sources, read_if_stored)
    asked = list(_lists(spec, names))
    found = _asked(place, spec, asked, butler)
    if isinstance(found, str):
        return found
    if not names or OVERLAPS in names:
        # The groups are those that the new lists make.
        spec = _read(place, _Renewed(sources, {one.path: one.after for one in found}), read_list)
        more = _asked(place, spec, list(_overlaps(spec)), butler)
        if isinstance(more, str):
            return more
        found = [*found, *more]
    _refuse_shrinking(found, allow_shrink=allow_shrink)
    return found


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


def _asked(place: Place, spec: Spec, asked: Sequence[_Asked], butler: str | None) -> list[ListUpdate] | str:
    """Ask the Butler once for all of some files; a text says why there is no answer."""
    from cmcompile.observe.butler.open import ask

    if not asked:
        return []
    config = butler or butler_of(spec)
    answers = ask(config, area_of(place.root), lambda opened: [_answer(one, opened) for one in asked])
    if isinstance(answers, NoAnswer):
        return answers.why
    wrong = [answer for answer in answers if isinstance(answer, CmcompileError)]
    if wrong:
        raise wrong[0]
    rows = [answer for answer in answers if isinstance(answer, str)]
    return [_update(place, one, text) for one, text in zip(asked, rows, strict=True)]


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


def _lists(spec: Spec, names: Sequence[str]) -> Iterator[_Asked]:
    from cmcompile.cli.address import nearest
    from cmcompile.cli.list_rows import filled_in, layout_of
    from cmcompile.spec.list_query import list_query

    queries = {n: q for n, data in spec.lists.items() if (q := list_query(data.query)) is not None}
    for name in names:
        if name not in (*queries, OVERLAPS):
            why = "has no query" if name in spec.lists else "is no list of this campaign"
            raise CmcompileError(f"{name} {why}{nearest(name, [*queries, OVERLAPS])}")
    for name, query in queries.items():
        if not names or name in names:
            data = spec.lists[name]
            work = partial(_rows, layout_of(spec, data, query), filled_in(spec, data, query))
            yield _Asked(name, data.file, query.canonical(), work)


def _rows(layout: Layout, query: ListQuery, butler: Any) -> str:
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
    return layout.text(found)


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


def _update(place: Place, one: _Asked, rows: str) -> ListUpdate:
    from datetime import UTC, datetime

    path = place.root / one.path
    before = path.read_bytes() if path.exists() else None
    old = None if before is None else before.decode("utf-8", "replace")
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    was, lines = _plain(read_head(old or "")[1]), _plain(rows)
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


def _refuse_shrinking(found: Iterable[ListUpdate], *, allow_shrink: bool) -> None:
    """Refuse an answer that lacks stored rows; of overlaps, one that lacks a known id or pair."""
    from cmcompile.report.lists import updates_text

    shrunk = [one for one in found if one.went]
    if shrunk and not allow_shrink:
        told = updates_text(shrunk).rstrip()
        raise CmcompileError(
            f"rows that are stored are gone: {told}; nothing was changed: --allow-shrink stores that too"
        )
