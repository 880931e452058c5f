"""The manual of the campaign language, made from its schema, so that editor and manual say the same.

``python -m cmcompile.report.reference < schemas/campaign-v1.schema.json > docs/language.md``
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_INTRO = """\
# The campaign language

A campaign is a complete processing of some data, written as one YAML file in git. This page first says how
the parts work together, then lists every key. It is generated from `schemas/campaign-v1.schema.json`, which
editors read as well: change it there, and make the page anew with
`python -m cmcompile.report.reference < schemas/campaign-v1.schema.json > docs/language.md`.
"""
_LIBRARY = """\
Library files have the same keys but for `campaign`, and none of them is required.
"""


def language_reference(schema: Schema) -> str:
    """Return the manual of the language as markdown.

    Parameters
    ----------
    schema
        The schema of a campaign: descriptions, defaults and examples give the tables, ``x-guide`` the
        chapters before them.
    """
    book = _Book(schema)
    return "\n".join([_INTRO, *book.contents(), *book.guide(), *book.objects()])


class _Book:
    """The schema, with the places that its parts get in the page."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._chapters = schema.get("x-guide", [])
        self._titled = list(self._walk())
        self._chapter_of = {key: _anchor(c["title"]) for c in self._chapters for key in c["keys"]}

    def contents(self) -> Iterator[str]:
        """Yield the table of contents."""
        yield from (f"- [{c['title']}](#{_anchor(c['title'])})" for c in self._chapters)
        links = (f"[{s['title']}](#{_anchor(s['title'])})" for s in self._titled)
        yield f"- [Keys](#keys): {', '.join(links)}\n"

    def guide(self) -> Iterator[str]:
        """Yield the chapters that tell how the parts work together."""
        for chapter in self._chapters:
            yield f"## {chapter['title']}\n"
            yield "\n".join(chapter["text"]) + "\n"

    def objects(self) -> Iterator[str]:
        """Yield the tables of keys, one per object."""
        yield "## Keys\n"
        yield "Names of BPS's own keys, under `bps`, are not listed here: cmcompile hands them on.\n"
        for schema in self._titled:
            yield f"### {schema['title']}\n"
            yield f"{schema['description']}\n"
            if schema is self._schema:
                yield _LIBRARY
            yield "| key | form | default | meaning |\n| --- | --- | --- | --- |"
            yield from (self._row(schema, key, value) for key, value in schema["properties"].items())
            if "x-additional" in schema:
                key, meaning, _ = schema["x-additional"]
                form = _cell(str(self._say(schema["additionalProperties"], "x-form")))
                yield f"| `{key}` | {form} |  | {meaning} |"
            yield from self._examples(schema)

    def _row(self, owner: Schema, key: str, value: Schema) -> str:
        of_a_layer = owner is self._schema or value.get("$ref", "").startswith("#/$defs/key_")
        chapter = self._chapter_of.get(key) if of_a_layer else None
        name = f"[`{key}`](#{chapter})" if chapter else f"`{key}`"
        form = _cell(str(self._say(value, "x-form")))
        links = [f"[{s['title']}](#{_anchor(s['title'])})" for s in self._objects(value)]
        form += f" → {', '.join(links)}" if links else ""
        default = self._say(value, "default")
        said = "" if default is None else default if isinstance(default, str) else _flow(default)
        if said:
            said = f"`{said}`" if " " not in said or said.startswith("<") else said
        if key in owner.get("required", ()):
            said = "required"
        return f"| {name} | {form} | {_cell(said)} | {_cell(str(self._say(value, 'description')))} |"

    def _examples(self, schema: Schema) -> Iterator[str]:
        lines = [
            f"{key}: {_flow(example)}"
            for key, value in schema["properties"].items()
            for example in self._say(value, "examples") or ()
        ]
        if "x-additional" in schema:
            lines += [f"{key}: {_flow(value)}" for key, value in schema["x-additional"][2].items()]
        yield "\nExamples, one per line:\n\n```yaml\n" + "\n".join(lines) + "\n```\n"

    def _say(self, schema: Schema, keyword: str) -> Any:
        """Return a keyword of the schema, or of what it refers to."""
        while keyword not in schema and "$ref" in schema:
            schema = self._target(schema)
        return schema.get(keyword)

    def _target(self, schema: Schema) -> Schema:
        found: Schema = self._schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return found

    def _objects(self, schema: Schema) -> Iterator[Schema]:
        """Yield the objects with keys of their own that a value may hold."""
        if "title" in schema and schema.get("properties"):
            yield schema
            return
        inner = [self._target(schema)] if "$ref" in schema else []
        inner += [schema[k] for k in ("items", "additionalProperties") if isinstance(schema.get(k), dict)]
        for form in inner + schema.get("anyOf", []):
            yield from self._objects(form)

    def _walk(self) -> Iterator[Schema]:
        """Yield the objects, those nearest to the top of a campaign first."""
        waiting, seen = [self._schema], {self._schema["title"]}
        while waiting:
            schema = waiting.pop(0)
            yield schema
            for value in schema["properties"].values():
                for found in self._objects(value):
                    if found["title"] not in seen:
                        seen.add(found["title"])
                        waiting.append(found)


def _anchor(title: str) -> str:
    """Return the anchor that a heading gets on GitHub."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _flow(value: object) -> str:
    """Return a value as YAML on one line."""
    import yaml

    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")


def _main() -> None:
    import json
    import sys

    sys.stdout.write(language_reference(json.load(sys.stdin)))


if __name__ == "__main__":
    _main()
