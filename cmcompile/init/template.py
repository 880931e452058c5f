"""Files that come with the package as templates: read as they are, with what was chosen filled in."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable

#: Names that the package can't give a file itself: git, and tools that look at such files, would take it.
NAMES = {
    "gitignore.txt": ".gitignore",
    "quick_tasks.py.txt": "quick_tasks.py",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "vscode": ".vscode",
    "github": ".github",
}


def tree(folder: Traversable, above: str = "") -> dict[str, bytes]:
    """Return the files below a folder by path, each with the name that it gets."""
    found: dict[str, bytes] = {}
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        path = above + NAMES.get(entry.name, entry.name)
        if entry.is_dir():
            found |= tree(entry, f"{path}/") if entry.name != "__pycache__" else {}
        else:
            found[path] = entry.read_bytes()
    return found


def filled(data: bytes, values: Mapping[str, str]) -> bytes:
    """Return a file with each ``@NAME@`` replaced by its value."""
    text = data.decode()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()
