"""A Butler repository, asked in the environment of a campaign before anything is written to it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cmcompile.observe.butler.open import located
from cmcompile.observe.butler.said import said
from cmcompile.observe.checkup.machine import room
from cmcompile.observe.checkup.pipelines import part_of

#: Seconds after which PostgreSQL's client gives a server up, where the environment does not say.
_CONNECT = ("PGCONNECT_TIMEOUT", "20")
#: Of names that stand for several collections.
_SIGNS = "*?["


class Repositories:
    """Repositories, each opened once and for reading.

    Parameters
    ----------
    area
        What a relative path begins at.
    """

    def __init__(self, area: Path) -> None:
        self._area = area
        self._open: dict[str, Any] = {}

    def opened(self, config: str) -> Mapping[str, object]:
        """Open a repository.

        Returns
        -------
        reply
            ``fault``: ``absent`` or ``error``, and ``words``; else ``universe``, the version of its
            dimensions, and by directory of its files on this machine ``roots``: the room there
            (`machine.room`), and whether it is ``writable``.
        """
        try:
            butler = self._butler(config)
            butler.collections.query("*", flatten_chains=False)
        except ModuleNotFoundError:
            raise  # nobody can say anything of the repository
        except FileNotFoundError as error:
            return {"fault": "absent", "words": said(error)}
        except Exception as error:  # the stack, SQLAlchemy and drivers have no common base
            return {"fault": "error", "words": said(error)}
        universe = butler.dimensions
        return {"universe": f"{universe.namespace} {universe.version}", "roots": _roots(butler)}

    def collections(self, config: str, names: Sequence[str]) -> Mapping[str, object]:
        """Return by name what collections are there.

        Returns
        -------
        reply
            Under ``found`` of each that is there its ``type``, ``children``, all ``members`` of a chain,
            flattened, and whether it is ``empty``.
        """
        each = {name: _collection(self._butler(config), name) for name in names}
        return {"found": {name: one for name, one in each.items() if one is not None}}

    def runs(self, config: str, prefixes: Sequence[str]) -> Mapping[str, object]:
        """Return under ``found`` by prefix the collections whose names begin with it."""
        butler = self._butler(config)
        found = {
            prefix: sorted(butler.collections.query(f"{_plain(prefix)}*", flatten_chains=False))
            for prefix in prefixes
        }
        return {"found": found}

    def data(self, config: str, pipeline: str, where: str, inputs: Sequence[str]) -> Mapping[str, object]:
        """Tell whether anything fits a data query, as the making of a quantum graph begins.

        All datasets must be there together that the part of the pipeline reads from outside and that its
        graph is constrained by; prerequisites are not looked for.

        Returns
        -------
        reply
            ``any``; where there is nothing ``lacking``, the dataset types that nothing fits alone, and
            ``words``.
            ``absent``: input collections that are not there; ``invalid``: why the Butler refuses the query.
        """
        from lsst.daf.butler import InvalidQueryError

        butler = self._butler(config)
        if absent := [name for name in inputs if _collection(butler, name) is None]:
            return {"absent": absent}
        graph = part_of(pipeline, self._area)
        graph.resolve(butler.registry)
        kinds = sorted(
            name
            for name, node in graph.iter_overall_inputs()
            if not node.is_prerequisite and node.is_initial_query_constraint and node.dimensions
        )
        try:
            found, words = _any(butler, kinds, where, inputs)
            if found:
                return {"any": True, "types": kinds}
            lacking = [kind for kind in kinds if not _any(butler, [kind], where, inputs)[0]]
        except InvalidQueryError as error:
            return {"invalid": said(error)}
        return {"any": False, "types": kinds, "lacking": lacking, "words": words}

    def _butler(self, config: str) -> Any:
        if config not in self._open:
            from lsst.daf.butler import Butler

            os.environ.setdefault(*_CONNECT)
            self._open[config] = Butler.from_config(located(config, self._area), writeable=False)
        return self._open[config]


def _any(butler: Any, kinds: Sequence[str], where: str, inputs: Sequence[str]) -> tuple[bool, str]:
    from lsst.daf.butler import MissingDatasetTypeError

    with butler.query() as asked:
        found = asked
        try:
            for kind in kinds:
                found = found.join_dataset_search(kind, collections=list(inputs))
        except MissingDatasetTypeError as error:
            return False, said(error)
        if where:
            found = found.where(where)
        if found.any(execute=True, exact=False):
            return True, ""
        return False, "; ".join(" ".join(str(line).split()) for line in found.explain_no_results())


def _collection(butler: Any, name: str) -> Mapping[str, object] | None:
    from lsst.daf.butler import MissingCollectionError

    if any(sign in name for sign in _SIGNS):
        members = list(butler.collections.query(name, flatten_chains=True))
        return (
            {"type": "CHAINED", "children": members, "members": members, "empty": not members}
            if members
            else None
        )
    try:
        info = butler.collections.get_info(name, include_summary=True)
    except MissingCollectionError:
        return None
    members = list(butler.collections.query(name, flatten_chains=True))
    return {
        "type": str(info.type.name),
        "children": list(info.children),
        "members": members,
        "empty": not info.dataset_types,
    }


def _plain(text: str) -> str:
    """Return a text without what a search for collections takes for a sign of its own."""
    return "".join(f"[{c}]" if c in _SIGNS else c for c in text)


def _roots(butler: Any) -> Mapping[str, Mapping[str, object]]:
    try:
        found = butler.get_datastore_roots().values()
    except (AttributeError, NotImplementedError):
        return {}
    places = sorted({root.ospath for root in found if root is not None and root.isLocal})
    return {place: {**room(place), "writable": os.access(place, os.W_OK | os.X_OK)} for place in places}
