"""Errors of the YAML parser in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Code, Related
from cmcompile.spec.yaml.source import Document, shown
from cmcompile.spec.yaml.tabs import report_tab, report_tabs

_QUOTE = "put quotes around a text that holds ': ' or ' #', or starts with one of [ ] { } , & * ! | > % @ `"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a problem of libyaml means; ``at_context`` where its cause stands at the context's mark."""

    problem: str
    message: str
    hint: str
    context: str = ""
    at_context: bool = False
    code: Code = reading.SYNTAX


_RULES = (
    _Rule(
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "put quotes around a value that holds ': ', or indent the line like the other keys of its mapping",
    ),
    _Rule(
        "could not find expected ':'",
        "this line is neither 'key: value' nor part of the value above",
        "write ': ' after the key, or indent the line deeper than the key that it belongs to",
        at_context=True,
    ),
    _Rule(
        "did not find expected key",
        "this is no 'key: value' of the mapping that is open here",
        "indent it like the other keys; where quotes or brackets close before it, quote the whole value",
        context="block mapping",
    ),
    _Rule(
        "did not find expected '-' indicator",
        "an item '- …' of the list is expected here",
        "indent the line like what it belongs to",
    ),
    _Rule(
        "did not find expected ',' or ']'",
        "a ',' or the closing ']' of a list is missing",
        "close the list; put quotes around an item that holds one of [ ] { } , such as '${{ x }}'",
    ),
    _Rule(
        "did not find expected ',' or '}'",
        "a ',' or the closing '}' of a mapping is missing",
        "close the mapping; put quotes around a value that holds one of [ ] { } , such as '${{ x }}'",
    ),
    _Rule(
        "found unexpected end of stream",
        "the quote that opens here is never closed",
        "close it; between single quotes an apostrophe is written twice",
        context="quoted scalar",
        at_context=True,
    ),
    _Rule(
        "found unexpected document indicator",
        "the quote that opens here is not closed before a line '---' or '...'",
        "close it; between single quotes an apostrophe is written twice",
        at_context=True,
    ),
    _Rule(
        "found unknown escape character",
        "a backslash is not followed by an escape that double quotes know",
        "use single quotes, in which a backslash is a backslash, or write two backslashes",
    ),
    _Rule(
        "found invalid Unicode character escape",
        "an escape makes a character that does not exist",
        "correct the number, or write the character itself",
    ),
    _Rule(
        "did not find expected hexdecimal number",
        r"an escape \x, \u or \U lacks its hexadecimal digits",
        "use single quotes, in which a backslash is a backslash, or write two backslashes",
    ),
    _Rule(
        "did not find expected alphabetic or numeric character",
        "'*' at the start of a value is an alias, and no name follows",
        "put quotes around a text that starts with '*'",
        context="alias",
        at_context=True,
    ),
    _Rule(
        "did not find expected alphabetic or numeric character",
        "'&' at the start of a value is an anchor, and no name follows",
        "put quotes around a text that starts with '&'",
        context="anchor",
        at_context=True,
    ),
    _Rule(
        "block sequence entries are not allowed",
        "a list can't start on the line of its key",
        "start it on a line of its own, or put quotes around a text that starts with '- '",
    ),
    _Rule("did not find expected node content", "a value is missing here", _QUOTE),
    _Rule(
        "did not find expected <document start>",
        "the document has ended before this",
        "look at the indentation; where quotes or brackets close before it, quote the whole value",
    ),
    _Rule(
        "found incompatible YAML document",
        "the %YAML directive names an unknown version",
        "remove the line",
    ),
    _Rule("", "a line can't start with '%'", "put quotes around the text", context="directive"),
    _Rule("tag", "a tag is not accepted", "remove it; " + _QUOTE, at_context=True, code=reading.TAG),
    _Rule(
        "", "a tag is not accepted", "remove it; " + _QUOTE, context="tag", at_context=True, code=reading.TAG
    ),
    _Rule(
        "did not find expected comment or line break",
        "the text of '|' or '>' must start on the next line",
        "start a new line; " + _QUOTE,
    ),
    _Rule(
        "found character that cannot start any token",
        "a value can't start with <char>",
        "put quotes around the text",
    ),
)


def report_syntax(document: Document, error: yaml.YAMLError, blocks: list[tuple[int, int]]) -> None:
    """Report an error of the parser, in plain words and where its cause stands.

    A tab in the indentation before or at the error is reported in its place.
    """
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    mark = getattr(error, "problem_mark", None)
    other = getattr(error, "context_mark", None)
    index = mark.index if mark is not None else 0
    last = document.text.find("\n", index)
    if report_tabs(document, blocks, last if last >= 0 else len(document.text)):
        return
    place = document.at(index)
    if document.text[index : index + 1] == "\t" and ("tab" in problem or "start any token" in problem):
        report_tab(document, place)
        return
    rule = next((r for r in _RULES if r.problem in problem and r.context in context), None)
    if rule is None:
        message, hint = f"not YAML: {shown(problem)}", _QUOTE
        document.report(reading.SYNTAX, place, message, hint)
        return
    related: tuple[Related, ...] = ()
    if rule.at_context and other is not None:
        place = document.at(other.index)
    elif other is not None and other.index != index:
        related = (Related(document.at(other.index), "it starts here"),)
    message = rule.message.replace("<char>", f"'{shown(document.text[index : index + 1])}'")
    document.report(rule.code, place, message, rule.hint, related)
