"""Pages for people from other systems: ``python -m cmcompile.report.coming_from docs/coming-from``.

Each page is a table of what that system has, and of the command or field that does it here, or why there is
none. It is written from the YAML file beside it; a test runs the commands and looks for the fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["command", "field", "column", "not"]

KINDS: tuple[Kind, ...] = ("command", "field", "column", "not")


@dataclass(frozen=True, slots=True)
class Answer:
    """What does it here, or why there is none.

    Attributes
    ----------
    what
        A command line without ``cmcompile``; a field with dots between keys, where ``NAME`` is one's own
        name; a column of a table; or the reason why there is none.
    of
        Of a column: the command whose table has it.
    say
        What is to be known of it, as Markdown.
    """

    kind: Kind
    what: str
    of: str = ""
    say: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the other system has.

    Attributes
    ----------
    key
        Names the row, for whoever counts them.
    there
        What it is called there, as Markdown.
    """

    key: str
    there: str
    does: str
    here: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a page."""

    title: str
    rows: tuple[Row, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes
    ----------
    system
        The other system.
    about
        What stands above the tables, as Markdown.
    """

    system: str
    about: str
    parts: tuple[Part, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all tables."""
        return tuple(row for part in self.parts for row in part.rows)


def page_of(data: Mapping[str, object]) -> Page:
    """Return a page from plain values.

    Raises
    ------
    ValueError
        When something is missing, or is there and has no meaning.
    """
    found = _fields(data, "system", "about", "parts")
    return Page(found["system"], found["about"], tuple(_part(part) for part in _list(data["parts"])))


def _part(data: Mapping[str, object]) -> Part:
    found = _fields(data, "title", "rows", about="")
    return Part(found["title"], tuple(_row(row) for row in _list(data["rows"])), found["about"])


def _row(data: Mapping[str, object]) -> Row:
    found = _fields(data, "key", "there", "here", does="")
    here = tuple(_answer(answer) for answer in _list(data["here"]))
    if not here:
        raise ValueError(f"{found['key']}: nothing is said of what is here")
    return Row(found["key"], found["there"], found["does"], here)


def _answer(data: Mapping[str, object]) -> Answer:
    kinds = [kind for kind in KINDS if kind in data]
    if len(kinds) != 1:
        raise ValueError(f"one of {', '.join(KINDS)} must be there: {dict(data)}")
    found = _fields(data, kinds[0], of="", say="")
    return Answer(kinds[0], found[kinds[0]], found["of"], found["say"])


def _fields(data: Mapping[str, object], *wanted: str, **otherwise: str) -> dict[str, str]:
    """Return texts by their keys.

    Raises
    ------
    ValueError
        When one is missing, or there is one of another name.
    """
    wrong = {*wanted, *otherwise} ^ ({*data} | {*otherwise})
    if wrong:
        raise ValueError(f"{', '.join(sorted(wrong))}: missing, or without a meaning: {dict(data)}")
    return {key: str(data.get(key, otherwise.get(key, ""))) for key in (*wanted, *otherwise)}


def _list(data: object) -> list[Mapping[str, object]]:
    if not isinstance(data, list) or not all(isinstance(item, Mapping) for item in data):
        raise ValueError(f"a list of mappings is wanted: {data!r}")
    return data


def render(page: Page) -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield f"# Coming from {page.system}"
    yield ""
    yield from wrap(page.about, 120, break_long_words=False, break_on_hyphens=False)
    for part in page.parts:
        yield from ("", f"## {part.title}", "")
        if part.about:
            yield from (part.about.strip(), "")
        does = any(row.does for row in part.rows)
        yield f"| {page.system} |{' What it does |' if does else ''} Here |"
        yield f"| --- |{' --- |' if does else ''} --- |"
        for row in part.rows:
            middle = f" {_cell(row.does)} |" if does else ""
            yield f"| {_cell(row.there)} |{middle} {'<br>'.join(_here(answer) for answer in row.here)} |"


def _here(answer: Answer) -> str:
    said = _cell(answer.say)
    if answer.kind == "not":
        return f"*not here* · {_cell(answer.what)}"
    what = {
        "command": f"`cmcompile {answer.what}`",
        "field": f"`{answer.what}`",
        "column": f"column `{answer.what}` of `cmcompile {answer.of}`",
    }[answer.kind]
    return f"{_cell(what)} · {said}" if said else _cell(what)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _main() -> None:
    import sys
    from pathlib import Path

    import yaml

    for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
        page = page_of(yaml.safe_load(path.read_text(encoding="utf-8")))
        path.with_suffix(".md").write_text(render(page), encoding="utf-8")


if __name__ == "__main__":
    _main()
