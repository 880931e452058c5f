"""Spec blocks: each with what it includes laid below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmcompile.imports.cm_service.loading import Loaded
from cmcompile.imports.fields import list_of, mapping_of
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Note


@dataclass(frozen=True, slots=True)
class Blocks:
    """The spec blocks by name, and the names that a specification gives some of them."""

    bodies: Mapping[str, Mapping[str, Any]]
    aliases: Mapping[str, str]

    def find(self, name: str) -> dict[str, Any]:
        """Return a block by its name or its alias, with what it includes.

        Raises
        ------
        ForeignError
            When there is none, or blocks include each other in a circle.
        """
        return self._merged(self.aliases.get(name, name), ())

    def known(self, name: str) -> bool:
        """Tell whether there is a block of a name or alias."""
        return self.aliases.get(name, name) in self.bodies

    def _merged(self, name: str, above: tuple[str, ...]) -> dict[str, Any]:
        if name in above:
            raise ForeignError(f"spec blocks include each other: {' → '.join((*above, name))}")
        body = self.bodies.get(name)
        if body is None:
            by = f", which {above[-1]} includes" if above else ""
            raise ForeignError(f"there is no spec block {name}{by}; name the file that has it too")
        merged: dict[str, Any] = {}
        for included in list_of(body.get("includes")):
            laid_over(merged, self._merged(str(included), (*above, name)))
        laid_over(merged, body)
        merged.pop("includes", None)
        return merged


def laid_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    """Lay a mapping over another as cm-service does: mappings merge by one level, the rest is replaced."""
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(key), Mapping):
            below[key] = {**below[key], **value}
        else:
            below[key] = value


def read_blocks(loaded: Loaded, spec_name: str) -> tuple[Blocks, list[Note]]:
    """Return the blocks, and the aliases of one specification.

    Parameters
    ----------
    spec_name
        Which specification; empty where there is only one.

    Raises
    ------
    ForeignError
        When there is no such specification.
    """
    notes = []
    bodies: dict[str, Mapping[str, Any]] = {}
    for entry in loaded.of("SpecBlock"):
        name = str(entry.body.get("name"))
        if name in bodies and bodies[name] != entry.body:
            text = f"stands twice, with other contents; that of {entry.file} counts"
            notes.append(Note(Fate.DEFECT, f"spec block {name}", text))
        bodies[name] = entry.body
    listed = {
        str(e.body.get("name")): mapping_of(e.body.get("spec_aliases")) for e in loaded.of("Specification")
    }
    if not spec_name and len(listed) == 1:
        spec_name = next(iter(listed))
    if spec_name not in listed:
        known = ", ".join(listed) or "none"
        raise ForeignError(
            f"there is no specification {spec_name or 'named'}; there are {known}: --spec NAME"
        )
    aliases = {key: str(value) for key, value in listed[spec_name].items()}
    for other in listed:
        if other != spec_name:
            text = f"another choice than {spec_name}; --spec {other} imports it"
            notes.append(Note(Fate.LEFT, f"specification {other}", text))
    return Blocks(bodies, aliases), notes
