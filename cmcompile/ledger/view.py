"""What a ledger says at one of its tips; read as far as it differs from what is known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cmcompile.ledger.cache import Cache, Part, key_of
from cmcompile.ledger.codec.quick import QuickReader
from cmcompile.ledger.event_files import Directory, event_files
from cmcompile.ledger.trees import WHOLE
from cmcompile.model.approval import Approvals
from cmcompile.model.collector import paused_collector
from cmcompile.model.event import Event, Unreadable
from cmcompile.model.ledger import LedgerStore, Tip
from cmcompile.model.ports import Folding
from cmcompile.model.states import GroupRecord, LedgerState

_FOREIGN = "nothing that cmcompile writes stands at this path"
#: The cache is written anew when more shards than this differ from it, and more than this part of all.
_FEW_SHARDS, _SMALL_PART = 8, 1 / 32


@dataclass(frozen=True, slots=True)
class View:
    """A tip of the ledger, and what it says.

    Attributes
    ----------
    tip
        None: there is no ledger yet.
    parts
        What was folded, by shard: what the next view need not read.
    approvals
        The id of the tree of approvals that was read; empty: there is none.
    """

    tip: Tip | None
    state: LedgerState
    parts: Mapping[str, Part] = field(default_factory=dict, repr=False)
    approvals: str = ""


@dataclass(slots=True)
class _Read:
    """What was found below the trees of one part: by step and group, None standing for the step as such."""

    events: dict[tuple[str, str | None], list[Event]] = field(default_factory=dict)
    unreadable: dict[tuple[str, str | None], list[Unreadable]] = field(default_factory=dict)
    faults: list[Unreadable] = field(default_factory=list)

    def part(self, key: str, trees: tuple[str, ...], folding: Folding) -> Part:
        groups: list[GroupRecord] = []
        steps = []
        names = {*self.events, *self.unreadable}
        for step, group in sorted(names, key=lambda name: (name[0], name[1] or "")):
            events = self.events.get((step, group), ())
            unreadable = self.unreadable.get((step, group), ())
            if group is None:
                steps.append(folding.step(step, events, unreadable))
            else:
                groups.append(folding.group(step, group, events, unreadable))
        return Part(key, trees, tuple(groups), tuple(steps), tuple(self.faults))


def read_view(
    store: LedgerStore,
    tip: Tip | None,
    folding: Folding,
    cache: Cache | None = None,
    former: View | None = None,
) -> View:
    """Return what the ledger says at a tip.

    The answer is the same with any former view, any cache, or none: they only save reading.

    Parameters
    ----------
    former
        An earlier view of the same ledger.

    Raises
    ------
    LedgerError
        When the files of the tip can't be read.
    """
    if tip is None:
        return View(None, folding.assemble((), (), ()))
    if former is not None and former.tip is not None and former.tip.tree == tip.tree:
        return View(tip, former.state, former.parts, former.approvals)
    shards = dict(store.shards(tip))
    approvals = shards.pop(WHOLE, "")
    trees = _trees(shards)
    known: Mapping[str, Part] = former.parts if former is not None else {}
    key = None
    if cache is not None and not known:
        key = key_of(folding)
        known = cache.load(key)
    with paused_collector():
        parts = _parts(store, tip, folding, trees, known)
        state = _state(folding, parts)
        if approvals:
            state = replace(state, approvals=_approvals(store, tip, approvals, former))
    if cache is not None and key is not None and _worth_keeping(trees, known):
        cache.store(key, parts)
    return View(tip, state, parts, approvals)


def _approvals(store: LedgerStore, tip: Tip, tree: str, former: View | None) -> Approvals:
    if former is not None and former.approvals == tree:
        return former.state.approvals
    from cmcompile.ledger.approvals import read_approvals

    return read_approvals(store, tip)


def _trees(shards: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the paths and ids of trees by the part that they make up, in order."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(shards):
        found.setdefault(path.partition("/")[2], {})[path] = shards[path]
    return dict(sorted(found.items()))


def _differing(trees: Mapping[str, Mapping[str, str]], known: Mapping[str, Part]) -> list[str]:
    return [key for key, ids in trees.items() if key not in known or known[key].trees != _names(ids)]


def _names(ids: Mapping[str, str]) -> tuple[str, ...]:
    """Return ids with their rooms: the same tree says other things below ``runs`` than below ``groups``."""
    return tuple(f"{path.partition('/')[0]}:{tree}" for path, tree in ids.items())


def _parts(
    store: LedgerStore,
    tip: Tip,
    folding: Folding,
    trees: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Part],
) -> dict[str, Part]:
    new = _differing(trees, known)
    if not new:
        return {key: known[key] for key in trees}
    files = _files(store, tip, {path: key for key in new for path in trees[key]})
    reader = QuickReader()
    # Each part is folded as soon as it is read, while it is at hand.
    fresh = {key: files.read(key, reader).part(key, _names(trees[key]), folding) for key in new}
    return {key: fresh[key] if key in fresh else known[key] for key in trees}


@dataclass(frozen=True, slots=True)
class _Files:
    """Event files and foreign paths by part, and the bytes of the events by id; as-run files are left out."""

    directories: Mapping[str, list[Directory]]
    foreign: Mapping[str, list[str]]
    contents: Mapping[str, bytes]

    def read(self, key: str, reader: QuickReader) -> _Read:
        """Read the events of one part."""
        found = _Read()
        found.faults.extend(Unreadable(path, None, _FOREIGN) for path in self.foreign.get(key, ()))
        for directory in self.directories.get(key, ()):
            subject = directory.subject
            name = subject.step, subject.group
            for path, oid, number, kind in directory.files:
                event = reader.read(path, subject, number, kind, self.contents[oid])
                if isinstance(event, Event):
                    found.events.setdefault(name, []).append(event)
                else:
                    found.unreadable.setdefault(name, []).append(event)
                    found.faults.append(event)
        return found


def _files(store: LedgerStore, tip: Tip, part_of: Mapping[str, str]) -> _Files:
    directories: dict[str, list[Directory]] = {}
    foreign: dict[str, list[str]] = {}
    found, others = event_files(store.files(tip, list(part_of)))
    for directory in found:
        directories.setdefault(part_of[_shard_path(directory.path)], []).append(directory)
    for path in others:
        foreign.setdefault(part_of[_shard_path(path)], []).append(path)
    contents = store.read(dict.fromkeys(file[1] for directory in found for file in directory.files))
    return _Files(directories, foreign, contents)


def _shard_path(path: str) -> str:
    """Return the tree, as the store names it, that a path stands in."""
    return "/".join(path.split("/", 3)[: 2 if path.startswith("steps/") else 3])


def _state(folding: Folding, parts: Mapping[str, Part]) -> LedgerState:
    return folding.assemble(
        (group for part in parts.values() for group in part.groups),
        (step for part in parts.values() for step in part.steps),
        (fault for part in parts.values() for fault in part.faults),
    )


def _worth_keeping(trees: Mapping[str, Mapping[str, str]], known: Mapping[str, Part]) -> bool:
    """Tell whether what was read is more than the next reader may be asked to read again."""
    new = len(_differing(trees, known))
    return new > _FEW_SHARDS and new > _SMALL_PART * len(trees)
