"""``--from FILE``: selectors that another command has written, one per line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from cmcompile.model.errors import CmcompileError

_F = TypeVar("_F", bound=Callable[..., object])
#: More than so many bytes are no list of selectors.
_MOST = 64 * 2**20
ABOUT = "Selectors from a file, one per line; - is standard input."


def from_option(function: _F) -> _F:
    """Add ``--from FILE`` to a command, as its parameter ``files``."""
    kind = click.Path(allow_dash=True)
    return click.option("--from", "files", multiple=True, type=kind, metavar="FILE", help=ABOUT)(function)


def with_files(selectors: Sequence[str], files: Sequence[str]) -> tuple[str, ...]:
    """Return selectors, and those of some files; empty lines and what stands behind a ``#`` are passed over.

    Raises
    ------
    CmcompileError
        When a file can't be read, or names nothing: that must not be taken for everything.
    """
    found = list(selectors)
    for name in files:
        here = [word for line in _text(name).splitlines() if (word := line.partition("#")[0].strip())]
        if not here:
            raise CmcompileError(f"{_shown(name)} names nothing, so there is nothing to do")
        found += here
    return tuple(dict.fromkeys(found))


def _text(name: str) -> str:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(_MOST + 1)
        if len(data) > _MOST:
            raise CmcompileError(f"{_shown(name)} is too long for a list of selectors")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CmcompileError(f"{_shown(name)} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CmcompileError(f"{_shown(name)} is not UTF-8") from None


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name
