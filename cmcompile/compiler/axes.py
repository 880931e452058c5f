"""Axes into parts, and parts into combinations: sent parts stay, the rest is cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from types import MappingProxyType

from cmcompile.compiler.cut import MAX_GROUPS, CutError, Piece, cut, slug
from cmcompile.compiler.ids import Lists, nested, sort_ids, sort_key, source_ids, weights
from cmcompile.compiler.sent import Pinned, Pins, Within
from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Cut, Source
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Part
from cmcompile.model.ids import Id, in_words, natural

NO_PARTS: Mapping[str, Part] = MappingProxyType({})


class Cutter:
    """Cuts the axes of one step or rescue.

    Parameters
    ----------
    only
        Per axis name: the ids that may be used (a rescue keeps those of the chosen groups).
    findings
        Takes what can't be cut.
    """

    def __init__(
        self,
        axes: tuple[Axis, ...],
        lists: Lists,
        pins: Pins,
        findings: Findings,
        only: Mapping[str, frozenset[Id]] | None = None,
    ) -> None:
        self._axes = axes
        self._lists = lists
        self._pins = pins
        self._findings = findings
        self._only = only or {}
        self._cache: dict[tuple[int, Within], list[Part]] = {}

    def combinations(self, fixed: Mapping[str, Part] = NO_PARTS) -> Iterator[tuple[Part, ...]]:
        """Yield one tuple of parts per group, in split order.

        Parameters
        ----------
        fixed
            The one part that is used of some axes, by name.
        """
        return iter(()) if self._too_many(fixed) else self._following((), fixed)

    def _too_many(self, fixed: Mapping[str, Part]) -> bool:
        """Tell whether a product would make too many groups, and report it."""
        count = 1
        for at, axis in enumerate(self._axes):
            if axis.name not in fixed and not any(nested(outer, axis) for outer in self._axes[:at]):
                count *= len(self._parts(at, ()))
        if count > MAX_GROUPS:
            self._findings.add(
                codes.splitting.BAD_AXIS,
                self._axes[0].span,
                f"{' times '.join(a.name for a in self._axes)} makes {count:,} groups, and at most "
                f"{MAX_GROUPS:,} are possible",
                "cut the axes into larger groups",
            )
        return count > MAX_GROUPS

    def _following(self, chosen: tuple[Part, ...], fixed: Mapping[str, Part]) -> Iterator[tuple[Part, ...]]:
        at = len(chosen)
        if at == len(self._axes):
            yield chosen
            return
        known = fixed.get(self._axes[at].name)
        for part in self._parts(at, chosen) if known is None else (known,):
            yield from self._following((*chosen, part), fixed)

    def _parts(self, at: int, chosen: tuple[Part, ...]) -> list[Part]:
        axis = self._axes[at]
        outer = [(a, p) for a, p in zip(self._axes, chosen, strict=False) if nested(a, axis)]
        within = tuple(part.key for _, part in outer)
        if (at, within) not in self._cache:
            pinned = self._pins.of(axis.name, within)
            only = self._only.get(axis.name)
            sources = self._pins.sources_of(axis.name, within)
            numbers = self._pins.numbers
            job = _AxisJob(axis, self._lists, outer, pinned, sources, numbers, self._findings, only)
            self._cache[at, within] = job.parts()
        return self._cache[at, within]


@dataclass(frozen=True, slots=True)
class _AxisJob:
    """One axis cut once, within its enclosing parts."""

    axis: Axis
    lists: Lists
    outer: list[tuple[Axis, Part]]
    pinned: Pinned
    pinned_sources: Mapping[str, int]
    taken: Set[int]
    findings: Findings
    only: frozenset[Id] | None

    def parts(self) -> list[Part]:
        try:
            ids = [source_ids(self.axis, s, self.lists, self.outer, self.only) for s in self.axis.sources]
            self._refuse_none(ids)
            self._refuse_mixed(ids)
            return self._mark_last(self._in_order(self._keep_or_recut(ids)))
        except CutError as error:
            span = error.span or self.axis.span
            self.findings.add(error.code, span, f"axis {self.axis.name}: {error}", error.hint)
            return []

    def _refuse_mixed(self, ids: list[tuple[Id, ...]]) -> None:
        """Raise where the ids of a dimension are of two types; numbers are sorted before texts."""
        ends = {type(i): i for some in ids for i in (*some[:1], *some[-1:])}
        if self.axis.dimension is not None and len(ends) > 1:
            shown = " and ".join(repr(i) for i in ends.values())
            raise CutError(f"its ids are numbers and texts, such as {shown}", "a dimension has one of them")

    def _refuse_none(self, ids: list[tuple[Id, ...]]) -> None:
        """Raise where there is nothing to cut; a growing list may start empty."""
        lists = [self.lists[s.list] for s in self.axis.sources if s.list is not None]
        if any(ids) or self.pinned or self.outer or self.only is not None:
            return
        if any(rows.growing for rows in lists):
            return
        what = ", ".join(dict.fromkeys(f"list {rows.name}" for rows in lists))
        kept = (
            "keeps no row after `only`" if any(rows.others != rows.columns for rows in lists) else "is empty"
        )
        raise CutError(f"there are no ids: {what} {kept}")

    def _keep_or_recut(self, ids: list[tuple[Id, ...]]) -> list[Part]:
        """While the list gives the sent parts as they were sent, all numbers stay as they are."""
        as_new = self._cut(ids, self.axis.first, {})
        given = {part.key: part.ids for part in as_new}
        same = all(given.get(key) == tuple(sent) for key, sent in self.pinned.items())
        if same and not any(part.n in self.taken for part in as_new):
            return self._limited(as_new)
        self.lists.around.add(self.axis.name)
        self._check_ranges(ids)
        taken = {i for sent in self.pinned.values() for i in sent}
        kept = [self._sent_part(key, sent, ids) for key, sent in self.pinned.items()]
        numbers = [*self.taken, *(p.n for p in kept if p.n is not None)]
        first = max([self.axis.first - 1, *numbers]) + 1
        rest = [tuple(i for i in some if i not in taken) for some in ids]
        return self._limited(kept + self._cut(rest, first, Counter(p.source for p in kept)))

    def _cut(self, ids: list[tuple[Id, ...]], first: int, used: Mapping[int, int]) -> list[Part]:
        parts: list[Part] = []
        seen: set[Id] = set()
        for number, (source, some) in enumerate(zip(self.axis.sources, ids, strict=True)):
            fresh = tuple(i for i in some if i not in seen) if seen else some
            how = source.cut
            if how.kind == "count":
                how = Cut("count", count=max(1, how.count - used.get(number, 0)), span=how.span)
            pieces = cut(fresh, how, weights(self.axis, source, self.lists, self.outer))
            parts += [self._part(number, source, piece, first) for piece in pieces if piece.ids]
            self._warn_empty(source, pieces)
            first += 1 + max((p.offset for p in pieces), default=-1)
            if len(ids) > 1:
                seen.update(some)
        return parts

    def _part(self, number: int, source: Source, piece: Piece, first: int) -> Part:
        axis = self.axis
        ids = tuple(reversed(piece.ids)) if axis.descending else piece.ids
        if source.cut.kind == "each":
            return Part(axis.name, axis.dimension, slug(ids[0]), None, ids, number)
        n = first + piece.offset
        return Part(axis.name, axis.dimension, str(n), n, ids, number, bounds=piece.bounds)

    def _sent_part(self, key: str, sent: tuple[Id, ...], ids: list[tuple[Id, ...]]) -> Part:
        """Make a part as it was sent; its source is the one that has its ids, or could have made its key."""
        is_value = len(sent) == 1 and slug(sent[0]) == key
        told = self.pinned_sources.get(key, -1)
        fits = [n for n, s in enumerate(self.axis.sources) if (s.cut.kind == "each") <= is_value]
        fits.sort(key=lambda n: (self.axis.sources[n].cut.kind == "each") != is_value)
        holding = [n for n in fits if not set(sent).isdisjoint(ids[n])]
        at = told if 0 <= told < len(ids) else next(iter(holding or fits), len(ids) - 1)
        how = self.axis.sources[at].cut
        n = int(key) if how.kind != "each" and key.isdigit() else None
        bounds: tuple[Id, Id] | None = None
        if how.kind == "ranges":
            bounds = next(((lo, hi) for lo, hi in how.ranges if all(_inside(i, lo, hi) for i in sent)), None)
        return Part(self.axis.name, self.axis.dimension, key, n, sent, at, bounds=bounds)

    def _check_ranges(self, ids: list[tuple[Id, ...]]) -> None:
        for source, some in zip(self.axis.sources, ids, strict=True):
            for lo, hi in source.cut.ranges:
                inside = {i for i in some if _inside(i, lo, hi)}
                for key, sent in self.pinned.items():
                    shared = inside.intersection(sent)
                    if shared and not inside.issubset(sent):
                        self.findings.add(
                            codes.sent.RANGE_OVER_SENT,
                            source.cut.span or source.span,
                            f"the range {lo}..{hi} of axis {self.axis.name} takes in "
                            f"{in_words(sort_ids(shared))}, already sent in part {key}",
                            "write a range for the new ids only",
                        )

    def _warn_empty(self, source: Source, pieces: list[Piece]) -> None:
        for piece in pieces:
            if not piece.ids and piece.bounds is not None and not self.pinned:
                lo, hi = piece.bounds
                self.findings.add(
                    codes.splitting.EMPTY_GROUP,
                    source.cut.span or source.span,
                    f"no id of axis {self.axis.name} is in the range {lo}..{hi}: no group is made for it",
                    "correct the range, or take it away",
                )

    def _limited(self, parts: list[Part]) -> list[Part]:
        limit = self.axis.limit
        if limit is None or len(parts) <= limit:
            return parts
        keep = [p for p in parts if p.key in self.pinned]
        rest = [p for p in parts if p.key not in self.pinned]
        return keep + rest[: max(0, limit - len(keep))]

    def _in_order(self, parts: list[Part]) -> list[Part]:
        if all(p.n is not None for p in parts):
            return sorted(parts, key=lambda p: p.n or 0)
        return sorted(parts, key=lambda p: natural(p.key), reverse=self.axis.descending)

    def _mark_last(self, parts: list[Part]) -> list[Part]:
        grows = any(s.list is not None and self.lists[s.list].growing for s in self.axis.sources)
        if grows and parts:
            top = max(range(len(parts)), key=lambda at: sort_key(parts[at].ids[-1]))
            parts[top] = replace(parts[top], last=True)
        return parts


def _inside(value: Id, lo: int, hi: int) -> bool:
    return isinstance(value, int) and lo <= value <= hi
