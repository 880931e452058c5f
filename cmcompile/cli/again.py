"""An old campaign again: its files as a revision has them, under another name, proved to be the same."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from cmcompile.cli.again_text import Edits, edited, places_named
from cmcompile.cli.campaigns import Place, usable
from cmcompile.cli.templates import Overlay
from cmcompile.model.errors import CmcompileError, SourceError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.git.revision import Revision
    from cmcompile.model.ports import Sources

When: TypeAlias = Literal["then", "now"]

#: Where files from outside the campaign's folder are kept as of then.
PINNED = "pinned"
_POLICIES = "/library/policies/"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Attributes
    ----------
    values
        Vars, and keys of the top level, that are set.
    rescues
        Whether rescues come along.
    libraries, lists
        Whether library files, and lists, are those of then or of now.
    """

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    rescues: bool = False
    libraries: When = "then"
    lists: When = "then"

    @property
    def exact(self) -> bool:
        """Whether nothing is asked for but what was."""
        return not self.values and (self.libraries, self.lists) == ("then", "then")


@dataclass(frozen=True, slots=True)
class Again:
    """A campaign made again.

    Attributes
    ----------
    files
        By path.
    old
        As it was, with its rescues.
    proved
        How many groups have the bytes of then, but for what their names give.
    pinned
        Files from outside its folder that are kept as of then, because they are other files now.
    renewed
        Files that are taken as of now, and were others then.
    """

    files: Mapping[str, bytes]
    place: Place
    revision: Revision
    old: Compilation
    proved: int
    pinned: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()


class _Elsewhere:
    """The working tree without a folder: nothing that was not brought along is found by chance."""

    def __init__(self, below: Sources, folder: str) -> None:
        self._below = below
        self._folder = f"{folder}/"

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When there is none, or it is in the folder.
        """
        if path.startswith(self._folder):
            raise SourceError(path, "absent", "was not brought along")
        return self._below.read(path)

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file outside the folder."""
        return not path.startswith(self._folder) and self._below.exists(path)

    def below(self, path: str) -> tuple[str, ...]:
        """Return the files below a folder; see ``Folders``."""
        if f"{path}/".startswith(self._folder):
            raise SourceError(path, "absent", "was not brought along")
        from cmcompile.model.ports import files_below

        return files_below(self._below, path)


def again(place: Place, revision: Revision, wish: Wish, now: Sources) -> Again:
    """Make a campaign of a revision again.

    Parameters
    ----------
    now
        The files of the working tree.

    Raises
    ------
    InputError
        When it does not compile, as it was or again.
    CmcompileError
        When what was made would not compile to the files of then.
    """
    old = usable(place, revision)
    paths = _paths(old, place, revision, now, wish)
    exact = Wish(wish.name, rescues=wish.rescues)
    same = _files(old, place, revision, now, exact, _paths(old, place, revision, now, exact).new)
    # The same folder and name, so that the names make no difference: then the bytes must be the same.
    folder = posixpath.dirname(place.path)
    twin = {f"{folder}/{path}": data for path, data in same.items()}
    twin[place.path] = _with_name(twin[place.path], old.spec.name)
    remade = usable(place, Overlay(twin, _Elsewhere(now, folder)))
    proved = _proved(old, remade, rescues=wish.rescues)
    files = _new_files(old, place, revision, now, wish, paths)
    return Again(files, place, revision, old, proved, paths.pinned, paths.renewed)


def otherwise(made: Again, wish: Wish, now: Sources) -> Mapping[str, bytes]:
    """Return the files that a campaign made again would have by another wish; nothing is proved of them.

    Raises
    ------
    CmcompileError
        When they can't be made.
    """
    paths = _paths(made.old, made.place, made.revision, now, wish)
    return _new_files(made.old, made.place, made.revision, now, wish, paths)


@dataclass(frozen=True, slots=True)
class _Paths:
    """Where files go, below the folder of the new campaign, by where they were; the others stay."""

    new: Mapping[str, str]
    pinned: tuple[str, ...]
    renewed: tuple[str, ...]


def _paths(old: Compilation, place: Place, revision: Revision, now: Sources, wish: Wish) -> _Paths:
    folder = f"{posixpath.dirname(place.path)}/"
    every = [*old.spec.inputs, *_policies(old, place, revision)]
    inside = {path: path.removeprefix(folder) for path in every if path.startswith(folder)}
    outside = [path for path in every if path not in inside]
    other = tuple(path for path in outside if read(now, path) != revision.read(path))
    if wish.libraries == "now" or not (other or _holds_rescues(old, outside, revision, wish)):
        kept: dict[str, str] = {}
    else:
        # Files of a library name each other by where they are: if one is pinned, all are.
        kept = {path: _pinned(path) for path in outside}
    renewed = other if wish.libraries == "now" else ()
    if wish.lists == "now":
        lists = {data.file for data in old.spec.lists.values()} & inside.keys()
        renewed += tuple(p for p in sorted(lists) if read(now, p) not in (None, revision.read(p)))
    return _Paths({**inside, **kept}, other if kept else (), renewed)


def _holds_rescues(old: Compilation, outside: Sequence[str], revision: Revision, wish: Wish) -> bool:
    """Tell whether a library file holds rescues that are to be left out: a copy of it can be without them."""
    layers = {layer.body.span.file for layer in old.spec.layers}
    texts = [
        revision.read(path).decode("utf-8-sig") for path in outside if path in layers and not wish.rescues
    ]
    return any(edited(text, Edits(rescues=False)) != text for text in texts)


def _policies(old: Compilation, place: Place, revision: Revision) -> Iterator[str]:
    """Yield the files of the policies that a campaign names: no file of a group holds anything of them."""
    from cmcompile.spec.policies import policy_paths

    for name in old.spec.policies:
        yield from [path for path in policy_paths(place.path, name) if revision.exists(path)][:1]


def _pinned(path: str) -> str:
    """Return where a file from outside is kept; a policy is looked for by its name in a folder."""
    if _POLICIES in f"/{path}":
        return f"policies/{posixpath.basename(path)}"
    return f"{PINNED}/{path.removeprefix('campaigns/')}"


def read(sources: Sources, path: str) -> bytes | None:
    """Return the bytes of a file; None: there is none."""
    try:
        return sources.read(path)
    except SourceError:
        return None


def _new_files(
    old: Compilation, place: Place, revision: Revision, now: Sources, wish: Wish, paths: _Paths
) -> dict[str, bytes]:
    """Return the files of the new campaign, by path."""
    made = _files(old, place, revision, now, wish, paths.new)
    return {f"campaigns/{wish.name}/{path}": data for path, data in made.items()}


def _files(
    old: Compilation, place: Place, revision: Revision, now: Sources, wish: Wish, paths: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the files of the new campaign, by their paths below its folder."""
    layers = {layer.body.span.file for layer in old.spec.layers}
    lists = {data.file for data in old.spec.lists.values()} if wish.lists == "now" else set()
    found: dict[str, bytes] = {}
    for path, target in paths.items():
        today = read(now, path) if path in lists else None
        data = revision.read(path) if today is None else today
        if path in layers:
            data = _layer(data.decode("utf-8-sig"), path, target, place, wish, paths).encode()
        if found.setdefault(target, data) != data:
            raise CmcompileError(f"two files would be {target} of {wish.name}: copy the campaign by hand")
    return found


def _layer(text: str, path: str, target: str, place: Place, wish: Wish, paths: Mapping[str, str]) -> str:
    """Return a spec file or a library file with the new places of what it names."""
    folder = posixpath.dirname(path)
    home = posixpath.dirname(f"campaigns/{wish.name}/{target}")
    places = {}
    for name in places_named(text):
        meant = posixpath.normpath(posixpath.join(folder, name))
        there = f"campaigns/{wish.name}/{paths[meant]}" if meant in paths else meant
        relative = posixpath.relpath(there, home)
        if relative != posixpath.normpath(name):
            places[name] = relative
    if path == place.path:
        return edited(text, Edits(wish.name, wish.values, places, wish.rescues))
    return edited(text, Edits(None, {}, places, wish.rescues))


def _with_name(data: bytes, name: str) -> bytes:
    return edited(data.decode(), Edits(name)).encode()


def _proved(old: Compilation, made: Compilation, *, rescues: bool) -> int:
    """Return how many groups there are, all of them the same.

    Raises
    ------
    CmcompileError
        When one is not.
    """
    wanted = digests(old, rescues=rescues)
    found = digests(made, rescues=True)
    keys = dict.fromkeys([*wanted, *found])
    other = [f"{step}/{id_}" for step, id_ in keys if wanted.get((step, id_)) != found.get((step, id_))]
    if other:
        more = f" and {len(other) - 1} more" if len(other) > 1 else ""
        hint = "" if rescues else "; --with-rescues brings what may be missing"
        raise CmcompileError(
            f"{old.spec.name} can't be made again: {other[0]}{more} would not have the bytes of then{hint}"
        )
    return len(wanted)


def digests(made: Compilation, *, rescues: bool) -> dict[tuple[str, str], str]:
    """Return what the bytes of each group come to, by step and id."""
    return {(g.group.step, g.group.id): g.digest for g in made.groups if rescues or g.group.rescue is None}
