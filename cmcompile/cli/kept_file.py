"""The file of what is kept of a campaign's compilation.

It is a speed-up and never a source: when it is absent, damaged, someone else's, or made by other code, all is
compiled. See ``docs/adr/0013-kept-compilations.md``.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.version import EMIT, VERSION

if TYPE_CHECKING:
    from cmcompile.compiler.kept.form import Kept

_MAGIC = b"cmcompile compiled"
#: The rooms whose code has a say in what is kept; of this one, the modules about it.
_ROOMS = ("bps", "compiler", "git", "ledger", "model", "spec", "state")
_MODULES = "cli/kept*.py"


class KeptFile:
    """One file, whose first line holds a digest of the rest, and of the code that made it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, *, files: bool = True) -> Kept | None:
        """Return what the file holds, when it is whole, ours, and of this code; on demand without files."""
        from cmcompile.compiler.kept.packing import unpack
        from cmcompile.ledger.safe_file import read_own

        try:
            data = read_own(self._path)
        except OSError:
            return None
        first, _, rest = data.partition(b"\n")
        if first != _first_line(rest):
            return None
        try:
            return unpack(rest, files=files)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return None

    def store(self, kept: Kept) -> None:
        """Write the file in one step; does nothing where it can't be written."""
        from cmcompile.compiler.kept.packing import pack
        from cmcompile.ledger.safe_file import replace

        rest = pack(kept)
        try:
            replace(self._path, _first_line(rest) + b"\n" + rest, durable=False)
        except OSError:
            return


def _first_line(rest: bytes) -> bytes:
    return b" ".join((_MAGIC, _code().encode(), sha256(rest).hexdigest().encode()))


def _code() -> str:
    """Return a digest of the code itself, so that nobody has to remember to raise a number."""
    import jinja2
    import yaml

    from cmcompile import model

    versions = (VERSION, EMIT, sys.version, jinja2.__version__, yaml.__version__)
    digest = sha256(repr(versions).encode())
    root = Path(model.__file__).parent.parent
    for pattern in (*(f"{room}/**/*.py" for room in _ROOMS), _MODULES):
        for path in sorted(root.glob(pattern)):
            digest.update(f"{path.relative_to(root)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
