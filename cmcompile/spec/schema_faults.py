"""What a validator complains about, reduced to the complaints that help.

Where a value may have several forms, the form that its author meant is chosen by the kind of the value,
and only what is wrong with that form is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

#: Of several complaints about one value the first of these is kept.
_ABOUT_VALUE = (
    "type",
    "const",
    "enum",
    "pattern",
    "minimum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "uniqueItems",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One complaint.

    Attributes
    ----------
    path
        Keys and indices that lead to the value.
    keyword
        The keyword of the schema that was broken; ``choice`` where one of several keys must be given.
    limit
        What the keyword says.
    value
        The value that broke it.
    schema
        The part of the schema that holds the keyword.
    is_key
        Whether ``value`` is a key of the mapping at ``path``.
    """

    path: tuple[str | int, ...]
    keyword: str
    limit: Any
    value: Any
    schema: dict[str, Any]
    is_key: bool = False


def faults(errors: Iterable[ValidationError]) -> tuple[Fault, ...]:
    """Reduce the errors of a validator to one complaint per mistake, in no certain order."""
    kept: dict[object, Fault] = {}
    for number, error in enumerate(errors):
        for place, fault in enumerate(_flatten(error)):
            if fault.keyword not in _ABOUT_VALUE:
                kept[(number, place)] = fault
                continue
            where = (fault.path, fault.value if fault.is_key else None)
            other = kept.get(where)
            if other is None or _rank(fault) < _rank(other):
                kept[where] = fault
    return tuple(kept.values())


def _rank(fault: Fault) -> int:
    return _ABOUT_VALUE.index(fault.keyword)


def _flatten(error: ValidationError) -> Iterator[Fault]:
    """Yield the complaints of an error, those of the meant form where there are several forms."""
    if error.validator != "anyOf":
        yield _fault(error, str(error.validator), error.validator_value)
        return
    forms: dict[object, list[ValidationError]] = {}
    for inner in error.context or ():
        forms.setdefault(inner.relative_schema_path[0], []).append(inner)
    if all(inner.validator == "required" for inners in forms.values() for inner in inners):
        choice = [key for form in _schema(error)["anyOf"] for key in form["required"]]
        yield _fault(error, "choice", choice)
        return
    meant = next((inners for inners in forms.values() if all(_fits(inner) for inner in inners)), None)
    if meant is None:
        yield _fault(error, "type", None)
        return
    for inner in meant:
        yield from _flatten(inner)


def _fits(error: ValidationError) -> bool:
    """Tell whether the value has the right kind for the form that complains."""
    if error.relative_path:
        return True
    if error.validator == "anyOf":
        return any(_fits(inner) for inner in error.context or ())
    return error.validator != "type"


def _fault(error: ValidationError, keyword: str, limit: Any) -> Fault:
    is_key = "propertyNames" in error.absolute_schema_path and error.validator != "not"
    return Fault(tuple(error.absolute_path), keyword, limit, error.instance, _schema(error), is_key)


def _schema(error: ValidationError) -> dict[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}
