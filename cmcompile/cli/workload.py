"""Which workload system BPS gives a compiled group to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cmcompile.model.event import WmsRef

if TYPE_CHECKING:
    from cmcompile.bps.document import Document, Include
    from cmcompile.bps.resolve import Search
    from cmcompile.model.group import CompiledGroup, IncludeFile
    from cmcompile.model.source import Node

_KEY = "wmsServiceClass"
#: By the last part of the class: the key that names the server. Of other systems there is one only, as far as
#: a submit file tells.
_SERVER = {"PanDAService": "iddsServer", "EngineService": "runsHome", "ParslService": "runsHome"}


def wms_of(made: CompiledGroup, includes: Mapping[str, IncludeFile]) -> WmsRef | str:
    """Return the workload system of a compiled group, or why it can't be told.

    It is ``wmsServiceClass`` of the file or of what it includes, in the order in which BPS looks, else BPS's
    default. A variable of the environment is not asked: what is looked for later must stand in the spec.

    Parameters
    ----------
    includes
        The include files of the compilation, by path in its output.
    """
    from cmcompile.batch.document import is_document
    from cmcompile.bps.defaults import WMS_SERVICE_CLASS

    if is_document(made.data):
        return _batch_system(made.data)
    found, search = _read(made, includes)
    service = _text(search, _KEY)
    if not service:
        unread = [include.text for include in found.unreadable]
        if unread:
            return f"`{_KEY}` is not set, and {unread[0]}, which may set it, can't be read here: set it"
        service = WMS_SERVICE_CLASS
    if "{" in service or "$" in service:
        return f"`{_KEY}` is {service}, which only BPS can fill in: write the class itself"
    server = _SERVER.get(service.rpartition(".")[2], "")
    return WmsRef(service, _text(search, server) if server else "")


def _batch_system(data: bytes) -> WmsRef | str:
    """Return the batch system that a document of a batch step names."""
    from cmcompile.batch.document import read_document
    from cmcompile.batch.errors import BatchFileError

    try:
        found = read_document(data)
    except BatchFileError as error:
        return str(error)
    return WmsRef(f"batch.{found.system}", found.where)


def butler_of(made: CompiledGroup, includes: Mapping[str, IncludeFile]) -> str:
    """Return the Butler repository of a compiled group, as BPS fills it in; empty where it is not set."""
    from cmcompile.batch.document import is_document

    if is_document(made.data):
        return ""
    return _text(_read(made, includes)[1], "butlerConfig")


def texts_of(
    made: CompiledGroup, includes: Mapping[str, IncludeFile], names: Sequence[str]
) -> dict[str, str]:
    """Return what keys of a compiled group stand for as BPS fills them in; empty where they are not set."""
    search = _read(made, includes)[1]
    return {name: _text(search, name) for name in names}


def unread_of(made: CompiledGroup, includes: Mapping[str, IncludeFile]) -> tuple[str, ...]:
    """Return the include files of a group that only BPS can find, as they are written."""
    found = _read(made, includes)[0]
    return tuple(dict.fromkeys(include.text for include in found.unreadable))


def _read(made: CompiledGroup, includes: Mapping[str, IncludeFile]) -> tuple[Document, Search]:
    """Return a compiled file with all that it includes, and the search in it."""
    from cmcompile.bps.defaults import DEFAULTS
    from cmcompile.bps.document import document, merged
    from cmcompile.bps.resolve import NOTHING, Search

    found = document(NOTHING, (_include(made.path, made.path, made.data, includes),))
    return found, Search.of((merged(found), DEFAULTS))


def _text(search: Search, name: str) -> str:
    """Return what a name stands for as BPS fills it in; empty where it is not set."""
    from cmcompile.model.resolved import Leaf

    found = search.find(name)
    value = found.value if isinstance(found, Leaf) else None
    return search.fill(value, (name,)).text if isinstance(value, str) else ""


def _include(
    text: str, path: str, data: bytes | None, files: Mapping[str, IncludeFile], above: tuple[str, ...] = ()
) -> Include:
    """Return a file of the output with all that it includes, in the shape that BPS merges."""
    from cmcompile.bps.document import Include
    from cmcompile.model.diagnostic import Findings
    from cmcompile.spec.yaml.reader import read

    content = None if data is None else read(path, data, Findings())
    nested = tuple(
        _include(name, at, files[at].data if at in files else None, files, (*above, path))
        for name in _named(content)
        for at in [posixpath.normpath(posixpath.join(posixpath.dirname(path), name))]
        if at not in (*above, path)
    )
    return Include(text, None, path, content, nested)


def _named(content: Node | None) -> Iterator[str]:
    from cmcompile.bps.document import INCLUDE_KEY
    from cmcompile.model.source import Mapping as YamlMapping
    from cmcompile.model.source import Scalar
    from cmcompile.model.source import Sequence as YamlSequence

    for entry in content if isinstance(content, YamlMapping) else ():
        if entry.key == INCLUDE_KEY:
            items = tuple(entry.value) if isinstance(entry.value, YamlSequence) else (entry.value,)
            yield from (
                item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, str)
            )
