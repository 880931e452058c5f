"""What is said of a campaign that was made again: what was proved, what was left out, what is other since."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cmcompile.cli.again import Again, Wish, otherwise, read
from cmcompile.cli.campaigns import FILE, Place, usable
from cmcompile.cli.templates import Overlay
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.campaign import ListData
    from cmcompile.model.ids import Id
    from cmcompile.model.ports import Sources

#: So many ids are named.
_IDS = 6
_EDITS = 12


def told(asked: str, made: Again, new: Compilation, wish: Wish, now: Sources) -> Iterator[str]:
    """Yield lines for a person; ``asked`` is what it was made from, as it was written."""
    from cmcompile.report.screen import count

    commit = made.revision.commit[:12]
    said = (
        f"{count(made.proved, 'group')} {'compiles' if made.proved == 1 else 'compile'} to the bytes of then"
    )
    yield f"from {asked} ({commit}): proved: {said}, but for what the name gives"
    yield from _left_out(made, wish)
    if not wish.exact:
        yield "as asked, it differs from then in:"
        yield from list(_edits(made.old, new)) or ["  nothing that a file shows"]
    since = [
        *_pinned(made, new, wish, now),
        *_renewed(made),
        *_lists(made, wish, now),
        *_today(asked, made, now),
    ]
    if since:
        yield "since then:"
        yield from (f"  {line}" for line in since)


def _left_out(made: Again, wish: Wish) -> Iterator[str]:
    from cmcompile.report.screen import count
    from cmcompile.spec.decisions import decisions_path

    names = {(g.group.step, g.group.rescue) for g in made.old.groups if g.group.rescue is not None}
    said = []
    if names and not wish.rescues:
        groups = sum(g.group.rescue is not None for g in made.old.groups)
        said.append(
            f"{count(len(names), 'rescue')} with {count(groups, 'group')} (--with-rescues brings them)"
        )
    said += ["decisions"] if made.revision.exists(decisions_path(made.place.path)) else []
    if said:
        yield f"left out: {', '.join(said)}"


def _edits(old: Compilation, new: Compilation) -> Iterator[str]:
    """Yield what differs between the first passes, by edit."""
    from cmcompile.compiler.difference import difference
    from cmcompile.report.difference import SHORT, edit_values, runs_text

    found = difference(old, new)
    edits = [edit for edit in found.edits if not edit.key.startswith("rescues.")]
    for edit in edits[:_EDITS]:
        yield f"  {edit.key}: {edit_values(edit, SHORT)}  {runs_text(edit.runs, SHORT)}"
    if len(edits) > _EDITS:
        yield f"  and {len(edits) - _EDITS} more: `cmcompile compare` shows them"


def _pinned(made: Again, new: Compilation, wish: Wish, now: Sources) -> Iterator[str]:
    """Yield which libraries were kept as of then, and what those of now would change."""
    for path in made.pinned:
        there = read(now, path) is not None
        what = "is another file now" if there else "is gone"
        yield f"{path} {what}: as of then in the new folder" + (
            "; --libraries now takes today's" if there else ""
        )
    if not made.pinned:
        return
    try:
        libraries = Wish(wish.name, wish.values, rescues=wish.rescues, libraries="now", lists=wish.lists)
        path = f"campaigns/{wish.name}/{FILE}"
        files = otherwise(made, libraries, now)
        today = usable(Place(made.place.root, path), Overlay(files, now))
    except CmcompileError:
        yield "  with today's libraries it would not compile"
        return
    lines = list(_edits(new, today))
    yield "  with today's libraries it would differ in:" if lines else "  which makes no file another one"
    yield from lines


def _renewed(made: Again) -> Iterator[str]:
    for path in made.renewed:
        yield f"{path} is another file now, and that of now is taken"


def _lists(made: Again, wish: Wish, now: Sources) -> Iterator[str]:
    """Yield which ids came to the lists, and which went."""
    from cmcompile.model.ids import in_words
    from cmcompile.spec.load import load

    spec, _ = load(now, made.place.path) if now.exists(made.place.path) else (None, ())
    if spec is None:
        return
    for name, then in made.old.spec.lists.items():
        today = spec.lists.get(name)
        if today is None:
            yield f"list {name} is gone"
            continue
        come, gone = _sorted(_ids(today) - _ids(then)), _sorted(_ids(then) - _ids(today))
        if come or gone:
            said = [f"{len(come)} new ({in_words(come, _IDS)})"] if come else []
            said += [f"{len(gone)} gone ({in_words(gone, _IDS)})"] if gone else []
            taken = "taken" if wish.lists == "now" else "not taken; --lists now takes them"
            yield f"list {name} has other ids: {', '.join(said)}: {taken}"


def _sorted(ids: set[Id]) -> list[Id]:
    from cmcompile.model.ids import natural

    return sorted(ids, key=lambda one: natural(str(one)))


def _ids(found: ListData) -> set[Id]:
    """Return the ids of a list: of its first column."""
    return set(next(iter(found.columns.values()), ()))


def _today(asked: str, made: Again, now: Sources) -> Iterator[str]:
    """Yield what else the campaign of that name says in the working tree."""
    name = asked.partition("@")[0]
    if not now.exists(made.place.path):
        yield f"{name} is not in the working tree any more"
        return
    lists = {data.file for data in made.old.spec.lists.values()}
    folder = f"{posixpath.dirname(made.place.path)}/"
    mine = [path for path in made.old.spec.inputs if path.startswith(folder) and path not in lists]
    other = [path for path in mine if read(now, path) != made.revision.read(path)]
    if other:
        some = ", ".join(path.removeprefix(folder) for path in other[:_IDS])
        more = f" and {len(other) - _IDS} more" if len(other) > _IDS else ""
        told = f"{some}{more}; see `cmcompile compare {asked} {name}`"
        yield f"in the working tree {name} has other files: {told}"
    yield from _software(name, made)


def _software(name: str, made: Again) -> Iterator[str]:
    """Yield which other software the campaign names in the working tree."""
    from cmcompile.compiler.difference.software import software_of

    try:
        today = software_of(usable(made.place))
    except CmcompileError:
        yield f"{name} does not compile as it stands in the working tree"
        return
    found: dict[str, list[str]] = {}
    for step, texts in software_of(made.old).items():
        for what in dict.fromkeys([*today.get(step, {}), *texts]) if step in today else ():
            then, here = texts.get(what, ()), today[step].get(what, ())
            if then != here:
                line = f"{what} of {name}: {', '.join(then) or 'none'} → {', '.join(here) or 'none'}"
                found.setdefault(line, []).append(step)
    for line, steps in found.items():
        yield f"{line} (in the working tree, {', '.join(steps)})"
