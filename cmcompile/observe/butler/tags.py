"""Tagged collections: the datasets that are asked for, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmcompile.model.tagged import TagContent, content_of
from cmcompile.model.wms import NoAnswer


def tag(
    butler: Any, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
) -> TagContent | NoAnswer:
    """Let a tagged collection hold what a query finds; see `cmcompile.model.butler.Butler.tag`.

    Parameters
    ----------
    butler
        Open for writing.
    """
    kind = _kind(butler, collection)
    if kind not in (None, "TAGGED"):
        return NoAnswer(f"{collection} is a {kind} collection, and was left as it is")
    refused = _unusable(butler, collection, sources, datasets)
    if refused is not None:
        return refused
    wanted = {
        ref.id: ref
        for type_ in datasets
        for ref in butler.query_datasets(
            type_, collections=list(sources), where=where, limit=None, explain=False
        )
    }
    if not wanted:
        narrowed = f" where {where}" if where else ""
        return NoAnswer(
            f"no {' or '.join(datasets)} is in {', '.join(sources)}{narrowed}; {collection} was left as it is"
        )
    held = {} if kind is None else _held(butler, collection)
    _write(butler, collection, kind, wanted, held)
    return content_of(frozenset(map(str, wanted)))


def _write(
    butler: Any, collection: str, kind: str | None, wanted: dict[Any, Any], held: dict[Any, Any]
) -> None:
    """Change what differs, all of it or nothing; where nothing differs, nothing is written."""
    from lsst.daf.butler import CollectionType

    if kind is None:
        # Registering can't be part of a transaction; what is empty is filled when it is tried again.
        butler.collections.register(collection, CollectionType.TAGGED)
    new = [ref for id_, ref in wanted.items() if id_ not in held]
    old = [ref for id_, ref in held.items() if id_ not in wanted]
    if not new and not old:
        return
    with butler.transaction():
        # First: another dataset of the same data can't come in beside one that is there.
        if old:
            butler.registry.disassociate(collection, old)
        if new:
            butler.registry.associate(collection, new)


def _held(butler: Any, collection: str) -> dict[Any, Any]:
    """Return what a tagged collection holds, by id."""
    types = butler.collections.get_info(collection, include_summary=True).dataset_types
    return {
        ref.id: ref
        for type_ in sorted(types)
        for ref in butler.query_datasets(type_, collections=collection, limit=None, explain=False)
    }


def _unusable(
    butler: Any, collection: str, sources: Sequence[str], datasets: Sequence[str]
) -> NoAnswer | None:
    """Return why nothing can be chosen from some collections."""
    if lacking := [source for source in sources if _kind(butler, source) is None]:
        return NoAnswer(f"there is no collection {', '.join(lacking)}")
    found = butler.collections.query_info(list(sources), flatten_chains=True)
    if any(info.name == collection for info in found):
        return NoAnswer(f"{collection} can't be chosen from itself")
    certified = [info.name for info in found if info.type.name == "CALIBRATION"]
    for type_ in datasets if certified else ():
        if butler.get_dataset_type(type_).isCalibration():
            return NoAnswer(
                f"{type_} is certified in {', '.join(certified)}, and a tagged collection does not keep what "
                "it is valid for: name that collection beside the tagged one"
            )
    return None


def _kind(butler: Any, name: str) -> str | None:
    """Return the type of a collection; None: there is none."""
    from lsst.daf.butler import MissingCollectionError

    try:
        return str(butler.collections.get_info(name).type.name)
    except MissingCollectionError:
        return None
