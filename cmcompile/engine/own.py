"""How the Python of another environment finds this package, and nothing that is installed beside it."""

from __future__ import annotations

from pathlib import Path

import cmcompile

#: Begins the code that such a Python is given; the first argument is what `home` returns. The folder is not
#: put on the path: where this package is installed, a whole stack may lie beside it, and be taken for the one
#: that the environment does not have.
FIND = (
    "import sys; from importlib.machinery import PathFinder; root = sys.argv.pop(1); "
    "sys.meta_path.append(type('Own', (), {'find_spec': staticmethod(lambda name, path=None, target=None: "
    "PathFinder.find_spec(name, [root]) if name == 'cmcompile' else None)})); "
)


def home() -> str:
    """Return the directory that this package is imported from."""
    return str(Path(cmcompile.__file__).absolute().parents[1])
