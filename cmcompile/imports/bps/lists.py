"""Lists that are given with a tree of submit files."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count

from cmcompile.imports.bps.cuts import GivenList
from cmcompile.imports.memory import MemoryFiles
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import InputError
from cmcompile.model.source import Entry, Mapping, Scalar, Span
from cmcompile.model.source import Sequence as Items
from cmcompile.spec.documents import RepositoryDocuments
from cmcompile.spec.lists import read_list


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list as it was given.

    Attributes
    ----------
    path
        As the user wrote it, for messages.
    columns
        Names of its columns, in order; empty where the file has one column, or names them itself.
    """

    name: str
    path: str
    data: bytes
    columns: tuple[str, ...] = ()


def given_lists(files: Sequence[ListFile]) -> list[GivenList]:
    """Return lists with their ids, each with a file of its own in the campaign.

    Raises
    ------
    InputError
        When one can't be read.
    """
    out: list[GivenList] = []
    for file in files:
        base = posixpath.basename(file.path)
        stem, end = posixpath.splitext(base)
        taken = {rows.file.lower() for rows in out}
        names = chain([base], (f"{stem}-{n}{end}" for n in count(2)))
        free = next(name for name in (f"lists/{name}" for name in names) if name.lower() not in taken)
        out.append(_given(file, base, free))
    return out


def _given(file: ListFile, base: str, free: str) -> GivenList:
    span = Span(f"campaign/{base}", 1, 1)
    entries = {"file": Entry("file", span, Scalar(base, span))}
    if file.columns:
        names = Items(tuple(Scalar(c, span) for c in file.columns), span)
        entries["columns"] = Entry("columns", span, names)
    findings = Findings()
    documents = RepositoryDocuments(MemoryFiles({f"campaign/{base}": file.data}))
    rows = read_list(documents, file.name, Mapping(entries, span), findings)
    if findings.failed:
        raise InputError(findings.sorted())
    columns = {
        name: tuple(sorted({i for i in ids if type(i) is type(ids[0])}))
        for name, ids in rows.columns.items()
        if ids
    }
    return GivenList(file.name, free, file.data, file.columns, columns)
