"""Saved plans and approvals: each is named after the digest of what it says."""

from __future__ import annotations

from collections.abc import Mapping

from cmcompile.ledger.named import document_digest
from cmcompile.ledger.paths import locate
from cmcompile.ledger.verify.values import Origins
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ledger import LedgerStore
from cmcompile.model.source import Span

ROOMS = ("plans/", "approvals/")
#: Files that are read at once.
CHUNK = 200


def check_documents(
    store: LedgerStore, files: Mapping[str, str], origins: Origins, findings: Findings
) -> None:
    """Report saved plans and approvals whose bytes are not those that their names stand for.

    Parameters
    ----------
    files
        Ids by path, of a whole tip.
    """
    paths = [path for path in sorted(files) if path.startswith(ROOMS) and locate(path) is not None]
    for start in range(0, len(paths), CHUNK):
        chunk = paths[start : start + CHUNK]
        data = store.read(dict.fromkeys(files[path] for path in chunk))
        for path in chunk:
            if why := _wrong(path, data[files[path]]):
                findings.add(
                    codes.DOCUMENT_DIFFERS,
                    Span(path, 1, 1),
                    f"{path}, added by {origins.of(path)}, is not what its name stands for: {why}",
                    "a saved plan or an approval is named after the digest of what it says",
                )


def _wrong(path: str, data: bytes) -> str:
    """Return why the bytes don't fit the name; empty where they do."""
    name = path.rpartition("/")[2].removesuffix(".json")
    try:
        found = document_digest(data)
    except ValueError as error:
        return str(error)
    return "" if found == name else f"what it says has the digest {found[:12]}"
