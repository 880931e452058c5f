"""Findings about the shape of a spec, in words that name the value, the place and the way out."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.codes import names, shape
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Node, Span, span_at
from cmcompile.spec.schema_faults import Fault
from cmcompile.spec.schema_phrases import (
    BPS_KEYS,
    bounds,
    close,
    flow,
    kind_of,
    label,
    listed,
    place,
    quotes_help,
    show,
)
from cmcompile.spec.schema_tree import SchemaTree


class Wording:
    """Turns complaints about a document into findings.

    Parameters
    ----------
    node
        The document.
    tree
        Its schema.
    """

    def __init__(self, node: Node, tree: SchemaTree) -> None:
        self._node = node
        self._tree = tree

    def report(self, fault: Fault, findings: Findings) -> None:
        """Record the findings of one complaint."""
        if fault.keyword == "additionalProperties":
            self._unknown_keys(fault, findings)
        elif fault.keyword in ("required", "choice", "dependentRequired", "not"):
            self._missing_key(fault, findings)
        elif (
            isinstance(fault.value, str)
            and "${{" in fault.value
            and fault.keyword in ("type", "enum", "pattern")
        ):
            self._not_static(fault, findings)
        elif fault.keyword == "type":
            self._wrong_type(fault, findings)
        elif fault.keyword == "const":
            self._other_version(fault, findings)
        elif fault.keyword == "enum":
            self._not_allowed(fault, findings)
        elif fault.keyword == "pattern":
            self._bad_text(fault, findings)
        elif fault.keyword == "uniqueItems":
            self._twice(fault, findings)
        else:
            message = f"`{label(fault.path)}` {bounds(fault)}"
            findings.add(shape.OUT_OF_BOUNDS, self._span(fault), message, self._example(fault))

    def _unknown_keys(self, fault: Fault, findings: Findings) -> None:
        known = list(fault.schema["properties"])
        noun = fault.schema["x-noun"]
        for key in fault.value:
            if key not in known:
                span = span_at(self._node, (*fault.path, key))
                message = f"`{show(key)}` is not a key of {noun}{place(fault.path)}"
                findings.add(shape.UNKNOWN_KEY, span, message, self._where_to(key, known, noun))

    def _where_to(self, key: str, known: list[str], noun: str) -> str:
        """Return what the author of an unknown key may have meant."""
        if key.endswith("+") and key[:-1] in known:
            return f"`+` appends only inside `bps`, `vars` and the lists of `jobs`: write `{key[:-1]}`"
        hints = []
        meant = close(key, known)
        if meant:
            hints.append(f"did you mean `{meant}`?")
        owners = [owner for owner in self._tree.owners(key) if owner != noun]
        if key.removesuffix("+") in BPS_KEYS and "bps" in known:
            hints.append(f"`{key}` is a key of BPS: write it under `bps`")
        elif owners:
            hints.append(f"`{key}` is a key of {listed(owners)}")
        return "; ".join(hints) or f"the keys of {noun} are: {', '.join(known)}"

    def _missing_key(self, fault: Fault, findings: Findings) -> None:
        properties = fault.schema.get("properties", {})
        unknown = [key for key in fault.value if key not in properties]
        closed = fault.schema.get("additionalProperties") is False
        for words, key, example in _missing(fault):
            typed = close(key, unknown) if key else ""
            if typed and closed and close(typed, properties) == key:
                continue  # the unknown key is reported, and says what it should be
            hint = self._example(fault, example) if example else ""
            if typed:
                hint = f"did you mean `{key}` where `{show(typed)}` stands?"
            message = f"{words} is missing{place(fault.path) or ' at the top of the file'}"
            findings.add(shape.MISSING_KEY, self._span(fault), message, hint)

    def _wrong_type(self, fault: Fault, findings: Findings) -> None:
        form = fault.schema["x-form"]
        name = label(fault.path)
        message = f"`{name}` must be {form}, not {kind_of(fault.value)}"
        hint = self._example(fault)
        if fault.value is None:
            message = f"`{name}` is empty: it must be {form}"
            if fault.schema.get("type") == "object":
                hint = "write `{}` where there is nothing to say, or take the key out"
        elif quotes_help(fault):
            shown = "" if fault.schema.get("x-secret") else f': `"{show(fault.value)}"`'
            hint = f"text that looks like something else needs quotes{shown}"
        findings.add(shape.WRONG_TYPE, self._span(fault), message, hint)

    def _not_static(self, fault: Fault, findings: Findings) -> None:
        where = f"a key{place(fault.path)}" if fault.is_key else f"`{label(fault.path)}`"
        findings.add(
            names.STATIC_PLACE,
            self._span(fault),
            f"`${{{{ }}}}` can't stand in {where}, which must be {fault.schema['x-form']}",
            "write the value itself: what groups there are is fixed before anything is worked out",
        )

    def _other_version(self, fault: Fault, findings: Findings) -> None:
        findings.add(
            shape.OTHER_VERSION,
            self._span(fault),
            f"the file is written in version {show(fault.value)} of the language, and this cmcompile reads"
            f" version {fault.limit}",
            f"install a cmcompile that reads it, or write `cmcompile: {fault.limit}`",
        )

    def _not_allowed(self, fault: Fault, findings: Findings) -> None:
        message = f"`{label(fault.path)}` must be {fault.schema['x-form']}, not `{show(fault.value)}`"
        meant = close(fault.value, fault.limit) if isinstance(fault.value, str) else ""
        hint = f"did you mean `{meant}`?" if meant else self._example(fault)
        findings.add(shape.NOT_ALLOWED, self._span(fault), message, hint)

    def _bad_text(self, fault: Fault, findings: Findings) -> None:
        form = fault.schema["x-form"]
        shown = f"`{show(fault.value)}`" if fault.value else "empty text"
        if fault.schema.get("x-secret"):
            shown = "the text there"
        if fault.is_key:
            message = f"{shown} can't be a key{place(fault.path)}: it must be {form}"
            hint = ""
        else:
            message = f"`{label(fault.path)}` must be {form}, not {shown}"
            hint = self._example(fault)
        if isinstance(fault.value, str) and fault.value.endswith("\n"):
            hint = "take out the line break at its end: `|` and `>` keep one, `|-` and `>-` do not"
        findings.add(shape.BAD_TEXT, self._span(fault), message, hint)

    def _twice(self, fault: Fault, findings: Findings) -> None:
        for index, item in enumerate(fault.value):
            if item in fault.value[:index]:
                span = span_at(self._node, (*fault.path, index))
                message = f"`{label(fault.path)}` has `{show(item)}` twice"
                findings.add(shape.TWICE, span, message, "take one of them out")

    def _span(self, fault: Fault) -> Span:
        path = (*fault.path, str(fault.value)) if fault.is_key else fault.path
        return span_at(self._node, path)

    def _example(self, fault: Fault, key: str = "") -> str:
        path = (*fault.path, key) if key else fault.path
        while path and isinstance(path[-1], int):
            path = path[:-1]
        example = self._tree.example(path) if path else None
        return "" if example is None else f"for example `{path[-1]}: {flow(example)}`"


def _missing(fault: Fault) -> Iterator[tuple[str, str, str]]:
    """Yield what is missing: in words, the key where it is one key, and the key to give as an example."""
    if fault.keyword == "not":
        yield fault.schema["x-few"], "", ""
    elif fault.keyword == "choice":
        yield " or ".join(f"`{key}`" for key in fault.limit), "", fault.limit[0]
    elif fault.keyword == "dependentRequired":
        for given, keys in fault.limit.items():
            for key in keys:
                if given in fault.value and key not in fault.value:
                    yield f"`{key}`, which `{given}` needs,", key, key
    else:
        for key in fault.limit:
            if key not in fault.value:
                yield f"`{key}`", key, key
