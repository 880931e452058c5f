"""Params: what a library asks of the campaign that extends it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from datetime import date

from cmcompile.model import codes
from cmcompile.model.campaign import Layer, Spec
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Entry, Mapping, Node, Scalar, plain
from cmcompile.spec.extend import SpecFile
from cmcompile.spec.values import items, mapping, text

_TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "integer": int,
    "float": (int, float),
    "number": (int, float),
    "str": str,
    "string": str,
    "text": str,
    "bool": bool,
    "boolean": bool,
}


def param_defaults(files: Sequence[SpecFile]) -> tuple[Layer, ...]:
    """Return a layer below all others with the defaults of params."""
    entries = {}
    for file in files:
        for entry in mapping(file.layer.get("params")) or ():
            default = entry.value.get("default") if isinstance(entry.value, Mapping) else None
            if default is not None:
                entries[entry.key] = Entry(entry.key, entry.key_span, default)
    if not entries:
        return ()
    span = next(iter(entries.values())).key_span
    variables = Mapping(entries, span)
    return (Layer("param defaults", Mapping({"vars": Entry("vars", span, variables)}, span)),)


def check_params(files: Sequence[SpecFile], spec: Spec, findings: Findings) -> None:
    """Report params that are not set, and values that do not fit."""
    for file in files:
        for entry in mapping(file.layer.get("params")) or ():
            value = _value(spec.layers, entry.key)
            rule = mapping(entry.value)
            _check_pattern(entry.key, rule, findings)
            if value is None:
                findings.add(
                    codes.names.BAD_PARAM,
                    spec.span,
                    f"the param {entry.key} of {file.layer.name} is not set",
                    f"set it under `vars:`{_about(rule)}",
                )
            elif rule is not None and (problem := _problem(rule, value)):
                findings.add(
                    codes.names.BAD_PARAM,
                    value.span,
                    f"the param {entry.key} of {file.layer.name} {problem}",
                    f"correct it under `vars:`{_about(rule)}",
                )


def _check_pattern(name: str, rule: Mapping | None, findings: Findings) -> None:
    node = rule.get("match") if rule else None
    if node is not None and (pattern := text(node)) is not None and _compiled(pattern) is None:
        findings.add(
            codes.names.BAD_PARAM,
            node.span,
            f"`match` of the param {name} is no regular expression: {pattern}",
            r"put a backslash before signs that mean themselves: \[ \( \+ \.",
        )


def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a regular expression, with ``$`` at its end as the very end; None when it is none."""
    strict = pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of what a later release may read otherwise
            return re.compile(strict)
    except (re.error, OverflowError, RecursionError):
        return None


def _about(rule: Mapping | None) -> str:
    about = text(rule.get("about")) if rule else None
    return f": {about}" if about else ""


def _value(layers: Sequence[Layer], name: str) -> Node | None:
    for layer in reversed(layers):
        variables = mapping(layer.get("vars"))
        found = variables.get(name) if variables else None
        if found is not None:
            return None if isinstance(found, Scalar) and found.value is None else found
    return None


def _problem(rule: Mapping, node: Node) -> str | None:
    value = plain(node)
    if isinstance(value, str) and "${{" in value:
        return None
    allowed = [plain(n) for n in items(rule.get("enum"))]
    if allowed and value not in allowed:
        return f"is {value!r}; it must be one of {', '.join(map(str, allowed))}"
    pattern = text(rule.get("match"))
    compiled = None if pattern is None else _compiled(pattern)
    if compiled is not None and not compiled.search(str(value)):
        return f"is {value!r}, which does not match {pattern}"
    return _type_problem(text(rule.get("type")), value)


def _type_problem(kind: str | None, value: object) -> str | None:
    if kind == "day_obs":
        digits = str(value)
        try:
            date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except (ValueError, OverflowError):
            return f"is {value!r}; it must be a day such as 20260105"
        return None if len(digits) == 8 else f"is {value!r}; it must be a day such as 20260105"
    wanted = _TYPES.get(kind or "")
    if wanted is None:
        return None
    fits = isinstance(value, wanted) and (kind in ("bool", "boolean") or not isinstance(value, bool))
    return None if fits else f"is {value!r}; it must be of type {kind}"
