"""What make-prod-groups would write, to be held against what a spec gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmcompile.imports.foreign import documents
from cmcompile.imports.prodstatus.groups import Request
from cmcompile.imports.prodstatus.rows import read_rows
from cmcompile.imports.prodstatus.template import LATER, stem_of
from cmcompile.imports.tree import popped, same


def written(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the files of make-prod-groups by name: the tokens replaced in the text, nothing else.

    What is set at submission is left out of them, as an import leaves it out.
    """
    rows = read_rows(request.list_name, request.rows).of(request.band)
    every = -(-len(rows) // request.size)
    last = every if request.count is None else min(every, request.skip + request.count)
    for name, data in request.templates.items():
        text = data.decode()
        for number in range(request.skip, last):
            ids = [row.id for row in rows[number * request.size : (number + 1) * request.size]]
            made = text.replace("GNUM", str(number + 1)).replace("BAND", request.band)
            made = made.replace("LOWEXP", str(ids[0])).replace("HIGHEXP", str(ids[-1]))
            file = f"{stem_of(name)}_{request.band}_{number + 1}.yaml"
            found, _ = documents(file, made.encode())
            tree = dict(found[0]) if isinstance(found[0], dict) else {}
            for path in LATER:
                popped(tree, path)
            yield file, tree


def unlike(request: Request, made: Mapping[str, bytes]) -> list[str]:
    """Return the names of files that a spec does not give as make-prod-groups does; none is as it should be.

    Parameters
    ----------
    made
        What the spec gives, by name.
    """
    wanted = dict(written(request))
    bad = [name for name in made if name not in wanted]
    for name, tree in wanted.items():
        found = documents(name, made[name])[0] if name in made else [None]
        if not same(_sorted(found[0]), _sorted(tree)):
            bad.append(name)
    return bad


def _sorted(value: object) -> object:
    """Return a tree with its keys in order, and as texts: the order of keys says nothing to BPS."""
    if isinstance(value, dict):
        return {str(key): _sorted(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
