"""An index of data ids: which groups hold a visit, a tract, or any other id that groups are cut by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cmcompile.model.ids import Id
from cmcompile.report.groups import left_ids
from cmcompile.site.model import Key, SiteCampaign
from cmcompile.site.shards import Json, slug

#: So many ids are told in one file.
IDS = 20_000


@dataclass(frozen=True, slots=True)
class Index:
    """The index of one dimension, or axis.

    Attributes
    ----------
    files
        Path and data of each.
    about
        What the campaign's page must know: the name, and of each file its path and its first id.
    """

    files: tuple[tuple[str, Json], ...]
    about: Json


def indexes(campaign: SiteCampaign, order: Mapping[Key, tuple[int, int]]) -> Iterator[Index]:
    """Yield the index of each dimension.

    Parameters
    ----------
    order
        Of each group: the place of its step, and its own within that.
    """
    found: dict[str, dict[Id, list[tuple[int, int]]]] = {}
    for key, group in campaign.groups.items():
        if key not in order:
            continue
        for part in group.parts:
            held = found.setdefault(part.dimension or part.axis, {})
            for id_ in left_ids(group, part):
                held.setdefault(id_, []).append(order[key])
    for name in sorted(found):
        yield _index(campaign.status.campaign, name, found[name])


def _index(campaign: str, name: str, held: Mapping[Id, list[tuple[int, int]]]) -> Index:
    numbers = sorted(id_ for id_ in held if isinstance(id_, int))
    texts = sorted(id_ for id_ in held if isinstance(id_, str))
    files: list[tuple[str, Json]] = []
    firsts: list[Json] = []
    for ids in (numbers, texts):
        for at in range(0, len(ids), IDS):
            some: Sequence[Id] = ids[at : at + IDS]
            path = f"data/{slug(campaign)}/ids/{slug(name)}-{len(files)}.js"
            files.append((path, _columns(some, held)))
            firsts.append([path, some[0], some[-1]])
    return Index(tuple(files), {"name": name, "files": firsts})


def _columns(ids: Sequence[Id], held: Mapping[Id, list[tuple[int, int]]]) -> Json:
    """Return ids with their groups: neighbours are mostly in the same ones, so these are counted in runs."""
    places: dict[tuple[tuple[int, int], ...], int] = {}
    runs: list[list[int]] = []
    for id_ in ids:
        place = places.setdefault(tuple(sorted(set(held[id_]))), len(places))
        if runs and runs[-1][1] == place:
            runs[-1][0] += 1
        else:
            runs.append([1, place])
    return {"ids": _steps(ids), "runs": runs, "groups": [[list(one) for one in some] for some in places]}


def _steps(ids: Sequence[Id]) -> Json:
    """Return numbers as the first one and the distances to the next; texts as they are."""
    numbers = [id_ for id_ in ids if isinstance(id_, int)]
    if len(numbers) != len(ids):
        return list(ids)
    if any(abs(number) > 2**53 for number in numbers):
        # A page counts in doubles.
        return [str(number) for number in numbers]
    return [numbers[0], *(b - a for a, b in pairwise(numbers))]
