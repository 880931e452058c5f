"""Questions about a schema: what may stand at a place, and which objects have a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


class SchemaTree:
    """A schema with its references followed.

    Parameters
    ----------
    root
        The schema of the document.
    shared
        The schema that all references lead to.
    """

    def __init__(self, root: Schema, shared: Schema) -> None:
        self._root = root
        self._shared = shared

    def example(self, path: tuple[str | int, ...]) -> object | None:
        """Return the first example of the value at ``path``, or None when the schema has none."""
        for found in self._at(path):
            for schema in self._followed(found):
                if "examples" in schema:
                    first: object = schema["examples"][0]
                    return first
        return None

    def owners(self, key: str) -> tuple[str, ...]:
        """Return what the objects that have ``key`` are called, in the order of the schema."""
        objects = [self._shared, *self._shared["$defs"].values()]
        objects += [form for schema in objects for form in schema.get("anyOf", ())]
        nouns = [s["x-noun"] for s in objects if "x-noun" in s and key in s.get("properties", {})]
        return tuple(dict.fromkeys(nouns))

    def _at(self, path: tuple[str | int, ...]) -> list[Schema]:
        found = [self._root]
        for part in path:
            found = [inner for schema in found for inner in self._inside(schema, part)]
        return found

    def _inside(self, schema: Schema, part: str | int) -> Iterator[Schema]:
        for form in self._forms(schema):
            if isinstance(part, int):
                inner = form.get("items")
            else:
                inner = form.get("properties", {}).get(part, form.get("additionalProperties"))
            if isinstance(inner, dict):
                yield inner

    def _followed(self, schema: Schema) -> Iterator[Schema]:
        """Yield the schema and what it refers to."""
        yield schema
        if "$ref" in schema:
            target: Any = self._shared
            for part in schema["$ref"].partition("#/")[2].split("/"):
                target = target[part]
            yield from self._followed(target)

    def _forms(self, schema: Schema) -> Iterator[Schema]:
        """Yield the schema, what it refers to, and every form that it allows."""
        for followed in self._followed(schema):
            yield followed
            for form in followed.get("anyOf", ()):
                yield from self._forms(form)
