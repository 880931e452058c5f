"""Tabs in the indentation: some parsers take them, some don't, and editors show them at any width."""

from __future__ import annotations

import re

from cmcompile.model.codes import reading
from cmcompile.model.source import Span
from cmcompile.spec.yaml.source import Document

_INDENT = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)
HINT = "indent with spaces only"


def report_tabs(document: Document, blocks: list[tuple[int, int]], before: int | None = None) -> int:
    """Report each line whose indentation holds a tab, and return how many there are.

    Parameters
    ----------
    document
        The document.
    blocks
        First and last character of the block scalars (``|``, ``>``): in these, tabs are text.
    before
        Where a parser gave up; what comes after isn't known to be indentation. None for all.
    """
    if "\t" not in document.text:
        return 0
    found = 0
    end = len(document.text) if before is None else before
    rest = iter([*blocks, (end + 1, end + 1)])
    first, last = next(rest)
    for match in _INDENT.finditer(document.text):
        tab = match.group().index("\t") + match.start()
        while last <= tab and last <= end:
            first, last = next(rest)
        if match.start() > end:
            break
        if not first <= tab < last:
            found += 1
            place = document.at(tab)
            document.report(reading.TAB, place, "a tab stands in the indentation", HINT)
    return found


def report_tab(document: Document, place: Span) -> None:
    """Report one tab that the parser couldn't take."""
    document.report(reading.TAB, place, "a tab stands where only spaces may", HINT)
