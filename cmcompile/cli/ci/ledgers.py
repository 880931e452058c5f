"""Which campaigns have a ledger: asked once for all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import remote_of
from cmcompile.model.ledger import UnreachableError

_HEADS = "refs/heads/cm/"


def with_ledger(root: Path) -> frozenset[str]:
    """Return the names of all campaigns that have a ledger.

    Raises
    ------
    LedgerError
        When the remote can't be asked: that a ledger was not seen then says nothing.
    """
    from cmcompile.git.network import ask_remote
    from cmcompile.git.run import run

    remote = remote_of(root)
    if remote is None:
        result = run(root, "for-each-ref", "--format=%(objectname)%09%(refname)", f"{_HEADS}*")
    else:
        result = ask_remote(root, "ls-remote", remote, f"{_HEADS}*")
    if result.code != 0:
        raise UnreachableError(f"{remote or 'git'} can't be asked which ledgers there are: {result.error}")
    lines = result.out.decode("utf-8", "replace").splitlines()
    return frozenset(line.partition("\t")[2].removeprefix(_HEADS) for line in lines)


def split(places: Iterable[Place]) -> tuple[list[Place], list[Place]]:
    """Return the campaigns that have a ledger, and those that have none."""
    every = list(places)
    known = with_ledger(every[0].root) if every else frozenset()
    return [p for p in every if p.name in known], [p for p in every if p.name not in known]
