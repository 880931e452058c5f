"""What groups have beside the layers of their step, as few overrides as are needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cmcompile.bps.query.write import conjoin
from cmcompile.imports.bps.base import release_of, replaced
from cmcompile.imports.bps.draft import PATH, Draft, Patch
from cmcompile.imports.bps.passes import Row
from cmcompile.imports.bps.tree import (
    ABSENT,
    Absent,
    Path,
    Tree,
    appended,
    find,
    leaves,
    patch,
    put,
    written,
)
from cmcompile.imports.clauses import clauses
from cmcompile.imports.tree import NULL
from cmcompile.model.group import Group
from cmcompile.rescue.selector import selector

_QUERY = ("payload", "dataQuery")


def lacking(row: Row, path: str, made: Tree) -> dict[Path, object]:
    """Return what must be laid over a group so that its file is the one that was read.

    Parameters
    ----------
    path, made
        The file of the group as it is compiled now.
    """
    out: dict[Path, object] = {}
    if path != row.path:
        out["vars", "path"] = written(row.path)
    got, want, query = made, row.tree, find(made, _QUERY)
    # A query that is no text is a value like others.
    is_text = find(row.tree, _QUERY) is ABSENT
    payload = made.get("payload")
    if is_text and isinstance(payload, dict):
        got = {**made, "payload": {k: v for k, v in payload.items() if k != "dataQuery"}}
    for at, value in patch(got, want).items():
        if rest := appended(find(got, at), value):
            out["bps", *at[:-1], f"{at[-1]}+"] = written(rest)
        else:
            out["bps", *at] = written(value)
    if is_text and out.get(("bps", "payload"), "") is not None:
        out |= _query(row.query, query)
    return _by_release(out, got)


def _query(want: str | None, got: object) -> dict[Path, object]:
    if want is None:
        return {} if got is ABSENT else {("bps", *_QUERY): None}
    if got == want:
        return {}
    if isinstance(got, str) and want.startswith(f"{got} and "):
        rest = want.removeprefix(f"{got} and ")
        parts = clauses(rest)
        if parts is not None and conjoin(parts) == rest and conjoin([rest]) == rest:
            return {("where",): written(rest)}
    return {("bps", *_QUERY): written(want)}


def _by_release(found: dict[Path, object], got: Tree) -> dict[Path, object]:
    """Say another release by the var, where a text differs by nothing else."""
    for at, value in list(found.items()):
        if at[0] != "bps" or not isinstance(value, str) or value == NULL:
            continue
        there = find(got, at[1:])
        if not isinstance(there, str):
            continue
        before, after = release_of({at[-1]: there}), release_of({at[-1]: value})
        if before and after and replaced({"k": there}, before, "r") == replaced({"k": value}, after, "r"):
            del found[at]
            found["vars", "release"] = after
    return found


def unnamed(draft: Draft, key: str) -> dict[Path, object]:
    """Return what a group made by hand must say itself, as an expression of the step has no value in it."""
    row = draft.extra[key].row
    hard = (".value", "skip") if key.isdigit() else (".value", "skip", ".n ", ".n)")
    out: dict[Path, object] = {}
    for at, value in leaves(draft.tree):
        if isinstance(value, str) and _uses(value, hard):
            there = find(row.tree, at)
            out["bps", *at] = None if isinstance(there, Absent) else written(there)
    if _uses(draft.file, hard) or draft.file == PATH:
        out["vars", "path"] = written(row.path)
    return out


def _uses(text: str, names: Sequence[str]) -> bool:
    return any(name in said for said in re.findall(r"\$\{\{.*?\}\}", text) for name in names)


def nested(patches: Mapping[str, Patch]) -> dict[str, Tree]:
    """Return the patch of each group as mappings."""
    out: dict[str, Tree] = {}
    for key, found in patches.items():
        tree = out.setdefault(key, {})
        for at, value in found.items():
            put(tree, at, value)
    return out


def gathered(
    patches: Mapping[str, Patch], draft: Draft, groups: Mapping[str, Group]
) -> list[dict[str, object]]:
    """Return overrides that lay its patch over each group; what several groups have is said once.

    Parameters
    ----------
    patches
        By the group's own id.
    groups
        The groups of the step or rescue by their own id.
    """
    facts: dict[tuple[Path, str], tuple[object, list[str]]] = {}
    for key, found in patches.items():
        for path, value in found.items():
            facts.setdefault((path, repr(value)), (value, []))[1].append(key)
    by_groups: dict[tuple[str, ...], Tree] = {}
    for (path, _), (value, keys) in facts.items():
        put(by_groups.setdefault(tuple(keys), {}), path, value)
    order = {key: place for place, key in enumerate(groups)}
    axes = [axis.name for axis in draft.found.axes]
    out = []
    for some in sorted(by_groups, key=lambda some: (-len(some), order[some[0]])):
        chosen = [groups[key] for key in sorted(some, key=order.__getitem__)]
        out.append({"groups": _chosen(chosen, axes), **_ordered(by_groups[some])})
    return out


def _chosen(groups: Sequence[Group], axes: Sequence[str]) -> object:
    found = selector(groups, axes)
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def _ordered(body: Tree) -> Tree:
    return {key: body[key] for key in ("vars", "where", "bps") if key in body}
