"""A tree of submit files to a campaign that compiles to the same, with the proof that it does."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.bps.same import Comparison
from cmcompile.imports.bps.compose import Campaign
from cmcompile.imports.bps.cuts import GivenList
from cmcompile.imports.bps.draft import Draft
from cmcompile.imports.bps.fit import Fitted, Fitter
from cmcompile.imports.bps.links import link
from cmcompile.imports.bps.lists import ListFile, given_lists
from cmcompile.imports.bps.loose import read_loosely
from cmcompile.imports.bps.passes import Row
from cmcompile.imports.bps.read import Found, include_at, read_tree
from cmcompile.imports.bps.report import notes_of
from cmcompile.imports.bps.steps import drafts
from cmcompile.imports.imported import Note
from cmcompile.model.errors import CmcompileError

#: So often steps that do not fit are listed group by group instead.
_TRIES = 4
#: More faults than this are counted.
_SHOWN = 6


class CantImportError(CmcompileError):
    """A tree that no campaign can give."""


@dataclass(frozen=True, slots=True)
class StepCount:
    """What became a step.

    Attributes
    ----------
    groups, rescued
        Groups of the first pass, and of its rescues.
    overrides
        How many overrides it has, those of rescues included.
    explicit
        Whether its groups are listed one by one.
    """

    name: str
    groups: int
    rescued: int
    rescues: tuple[str, ...]
    overrides: int
    extra: int
    explicit: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A campaign that gives the files of a tree.

    Attributes
    ----------
    files
        Those of the campaign by their path in the repository.
    compared
        The submit files that were compared, all the same.
    """

    name: str
    text: str
    files: Mapping[str, bytes] = field(repr=False)
    steps: tuple[StepCount, ...]
    compared: tuple[str, ...]
    notes: tuple[Note, ...]


def import_bps(
    name: str,
    files: Mapping[str, bytes],
    lists: Sequence[ListFile] = (),
    left_out: frozenset[str] = frozenset(),
    asked: frozenset[str] | None = None,
) -> Result:
    """Return the campaign that compiles to some submit files.

    Parameters
    ----------
    name
        The name of the campaign.
    files
        All YAML files of the tree, by path.
    lists
        Ids that the files may have been cut from.
    left_out
        Paths of submit files that are not to be imported.
    asked
        Paths of those that are; others may be included by them. None: all.

    Raises
    ------
    CantImportError
        When there are none, or no campaign gives them.
    InputError
        When a list can't be read.
    """
    found = read_tree(files, left_out, asked)
    if found.faults:
        faults = list(dict.fromkeys(found.faults))
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise CantImportError(
            f"nothing was imported: {'; '.join(faults[:_SHOWN])}{more}; correct that, or pass over a file "
            "with --leave-out"
        )
    if not found.rows:
        raise CantImportError(
            "there is no BPS submit file: a YAML file with pipelineYaml, qgraphFile or payload"
        )
    given = given_lists(lists)
    campaign, fitted = _fitted(name, found, given)
    _prove(fitted, found.rows, files)
    notes = dict.fromkeys([*notes_of(campaign, given), *found.notes])
    steps = tuple(_count(step) for step in campaign.steps)
    compared = tuple(sorted(row.path for row in found.rows))
    return Result(name, fitted.text, fitted.files, steps, compared, tuple(notes))


def _fitted(name: str, found: Found, given: Sequence[GivenList]) -> tuple[Campaign, Fitted]:
    explicit: frozenset[str] = frozenset()
    every = frozenset(row.path for row in found.rows)
    why: tuple[str, ...] = ()
    for attempt in range(_TRIES):
        campaign = Campaign(name, drafts(found.rows, given, explicit), given)
        fitted = Fitter(campaign, found.beside).run()
        if isinstance(fitted, Fitted):
            return _linked(campaign, fitted, found)
        why = fitted.why
        if explicit == every:
            break
        bad = {path for step in campaign.steps if step.name in fitted.steps for path in _paths(step)}
        is_last = attempt >= _TRIES - 2 or not bad - explicit
        explicit = every if is_last else explicit | bad
    raise CantImportError(f"no campaign gives these files: {'; '.join(why[:5])}")


def _linked(campaign: Campaign, fitted: Fitted, found: Found) -> tuple[Campaign, Fitted]:
    """Return a campaign whose steps name each other, where it then still gives the same."""
    linked = campaign.copy()
    if link(linked, fitted.result):
        again = Fitter(linked, found.beside).run()
        if isinstance(again, Fitted):
            return linked, again
    return campaign, fitted


def _paths(step: Draft) -> list[str]:
    return [row.path for d in (step, *step.rescues) for row in d.wanted.values()]


def _prove(fitted: Fitted, rows: Sequence[Row], files: Mapping[str, bytes]) -> None:
    """Compare what was compiled with what was read; from the bytes of both, as BPS would read them.

    Raises
    ------
    CantImportError
        When they differ: a fault of the import, which must not become one of a campaign.
    """
    made = {group.path: group.data for group in fitted.result.groups}
    beside = {path: file.data for path, file in fitted.result.includes.items()}
    wanted = {row.path for row in rows}
    wrong = [f"{path} is missing" for path in sorted(wanted - made.keys())]
    wrong += [f"{path} is too many" for path in sorted(made.keys() - wanted)]
    ours, theirs = _Files({**beside, **made}, above=False), _Files(files, above=True)
    comparison = Comparison(theirs.open, ours.open)
    for path in sorted(wanted & made.keys()):
        one, other = (path, theirs.content(path)), (path, ours.content(path))
        wrong += [f"{path}: {key}" for key in comparison.differences(one, other)]
    if wrong:
        raise CantImportError(f"the campaign would not give the same files: {'; '.join(wrong[:8])}")


class _Files:
    """Files as BPS finds them."""

    def __init__(self, files: Mapping[str, bytes], *, above: bool) -> None:
        self._files = files
        self._above = above
        self._known: dict[str, object] = {}

    def content(self, path: str) -> object:
        if path not in self._known:
            self._known[path] = read_loosely(path, self._files[path]).content
        return self._known[path]

    def open(self, path: str, name: str) -> tuple[str, object] | None:
        folder = posixpath.dirname(path)
        beside = posixpath.normpath(posixpath.join(folder, name))
        at = include_at(folder, name, self._files) if self._above else beside
        return None if at not in self._files or at is None else (at, self.content(at))


def _count(step: Draft) -> StepCount:
    rescued = sum(len(r.wanted) for r in step.rescues)
    overrides = len(step.overrides) + sum(len(r.overrides) for r in step.rescues)
    names = tuple(r.name for r in step.rescues)
    return StepCount(step.name, len(step.wanted), rescued, names, overrides, len(step.extra), step.explicit)
