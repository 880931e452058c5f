"""What overlaps what on the sky, as it is stored beside a campaign: where it is, and what it answers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.sky import Sky, read_sky
from cmcompile.model.source import Span
from cmcompile.model.stored import OverlapQuery, digest_of, read_head

if TYPE_CHECKING:
    from cmcompile.model.campaign import Need, Spec, Step
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.group import Group
    from cmcompile.plan.overlapping import StoredOverlaps

FOLDER = "overlaps"
#: What a Butler can join on the sky, as far as groups are cut by it; tried in this order.
_POINTED, _SKY = ("visit", "exposure"), "tract"
_MEND = "`cmcompile lists update` asks the Butler: commit what it stores; until then groups wait for all"


@dataclass(slots=True)
class Wanted:
    """An overlap that steps of a campaign need.

    Attributes
    ----------
    query
        An instrument or skymap that no clause says outright is empty.
    path
        Where the answer is stored, relative to the root of the repository.
    groups
        All groups whose ids it is asked for.
    span
        The first need of it.
    """

    query: OverlapQuery
    path: str
    groups: list[Group]
    span: Span


def wanted_overlaps(spec: Spec, groups: Sequence[Group], findings: Findings) -> list[Wanted]:
    """Return what must be stored for the needs of a campaign; what no Butler can tell is a finding."""
    found: dict[str, Wanted] = {}
    by_step: dict[str, list[Group]] = {}
    for group in groups:
        by_step.setdefault(group.step, []).append(group)
    for step, need in overlap_needs(spec):
        other = spec.step(need.step)
        query = None if other is None else _query(spec, (step, other), by_step)
        if other is None or query is None:
            what = f"what {step.name} overlaps of {need.step} can't be asked: its groups wait for all"
            mend = f"cut one of them by {_SKY}, and the other by {' or '.join(_POINTED)}"
            findings.add(codes.stored.OVERLAP_UNKNOWN, need.span, what, mend)
            continue
        name = f"{query.dimension}-{query.sky}.txt"
        path = posixpath.join(posixpath.dirname(spec.path), FOLDER, name)
        one = found.setdefault(path, Wanted(query, path, [], need.span))
        both = [*by_step.get(step.name, ()), *by_step.get(other.name, ())]
        one.groups = list({(g.step, g.id): g for g in (*one.groups, *both)}.values())
    return list(found.values())


def stored_overlaps(
    spec: Spec, groups: Sequence[Group]
) -> tuple[StoredOverlaps | None, tuple[Diagnostic, ...]]:
    """Return what says which groups overlap, and what is to be said of the stored files.

    Returns
    -------
    answer, findings
        No answer where no step needs one, or nothing usable is stored: groups wait for all then.
    """
    if not any(overlap_needs(spec)):
        return None, ()
    from cmcompile.plan.overlapping import StoredOverlaps, unknown

    findings = Findings()
    skies: list[Sky] = []
    for one in wanted_overlaps(spec, groups, findings):
        sky = _read(spec, one, findings)
        if sky is None:
            continue
        skies.append(sky)
        for name, ids in unknown(sky, one.groups).items():
            what = f"{one.path} does not know {len(ids)} ids of {name}, such as {ids[0]}"
            findings.add(codes.stored.OVERLAP_UNKNOWN, one.span, what, _MEND)
    findings.allow("", spec.allow)
    return (StoredOverlaps(skies, groups) if skies else None), findings.sorted()


def ids_of(groups: Iterable[Group], dimension: str) -> frozenset[int]:
    """Return the whole numbers that groups have of a dimension, what ``exclude`` takes out among them."""
    found = (one for g in groups for p in g.parts if p.dimension == dimension for one in p.ids)
    return frozenset(one for one in found if isinstance(one, int))


def list_dates(spec: Spec) -> dict[str, str]:
    """Return when the lists last changed that an axis with ``close: {after: …}`` is cut from, by name."""
    found: dict[str, str] = {}
    axes = [a for step in spec.steps for a in step.split if a.close.startswith("after ")]
    for name in sorted({source.list or "" for axis in axes for source in axis.sources}):
        listed = spec.lists.get(name)
        text = None if listed is None else _text(spec, listed.file)
        head = None if text is None else read_head(text)[0]
        if head is not None:
            found[name] = head.date
    return found


def overlap_needs(spec: Spec) -> Iterator[tuple[Step, Need]]:
    """Yield the needs by overlap, with their steps."""
    for step in spec.steps:
        needs = (*step.needs, *(need for rescue in step.rescues for need in rescue.needs))
        yield from ((step, need) for need in needs if need.kind == "overlap")


def _query(spec: Spec, steps: Sequence[Step], groups: dict[str, list[Group]]) -> OverlapQuery | None:
    from cmcompile.compiler.governors import governor

    cuts = [_cuts(groups.get(step.name, ())) for step in steps]
    for mine, other in (cuts, cuts[::-1]):
        pointed = next((name for name in _POINTED if name in other), None)
        if _SKY in mine and pointed is not None:
            instrument, skymap = (
                next(filter(None, (governor(spec, step, name) for step in steps)), "")
                for name in ("instrument", "skymap")
            )
            return OverlapQuery(pointed, _SKY, instrument, skymap)
    return None


def _cuts(groups: Iterable[Group]) -> set[str | None]:
    return {part.dimension for group in groups for part in group.parts}


def _read(spec: Spec, one: Wanted, findings: Findings) -> Sky | None:
    """Return what a stored file says; None: it can't be relied on, and a finding says why."""
    text = _text(spec, one.path)
    if text is None:
        what = f"{one.path} is not there: what overlaps on the sky is not known"
        findings.add(codes.stored.OVERLAP_UNKNOWN, one.span, what, _MEND)
        return None
    head, rows = read_head(text)
    if head is None or head.digest != digest_of(rows):
        findings.add(codes.stored.EDITED, Span(one.path, 1, 1), f"{one.path} is not as it was stored", _MEND)
        return None
    if head.query != one.query.canonical():
        what = f"{one.path} was stored for another query"
        findings.add(codes.stored.STALE, Span(one.path, 2, 1), what, _MEND)
        return None
    return read_sky(rows, one.query.dimension, one.query.sky)


def _text(spec: Spec, path: str) -> str | None:
    try:
        return spec.files.read(path).decode()
    except (SourceError, UnicodeDecodeError):
        return None
