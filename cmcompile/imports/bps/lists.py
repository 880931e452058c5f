"""Lists that are given with a tree of submit files."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from cmcompile.imports.bps.cuts import GivenList
from cmcompile.imports.memory import MemoryFiles
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import InputError
from cmcompile.model.source import Entry, Mapping, Scalar, Sequence, Span
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


def given_list(file: ListFile) -> GivenList:
    """Return a list with its ids.

    Raises
    ------
    InputError
        When it can't be read.
    """
    base = posixpath.basename(file.path)
    span = Span(f"campaign/{base}", 1, 1)
    entries = {"file": Entry("file", span, Scalar(base, span))}
    if file.columns:
        names = Sequence(tuple(Scalar(c, span) for c in file.columns), span)
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
    return GivenList(file.name, f"lists/{base}", file.data, file.columns, columns)
