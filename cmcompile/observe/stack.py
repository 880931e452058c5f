"""What the installed LSST stack says about a data query; lsst is imported inside the functions only.

All of it works offline: the real parser, and the default dimension universe that daf_butler ships. The
answers are texts of the stack, so they are shown to people and never compared.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib.util import find_spec
from typing import Any


def available() -> bool:
    """Tell whether daf_butler can be imported, without importing it."""
    try:
        return find_spec("lsst.daf.butler") is not None
    except ModuleNotFoundError:
        return False


def parse_error(text: str) -> str | None:
    """Return what the real parser says against a query, or None when it reads it.

    Raises
    ------
    ModuleNotFoundError
        Where daf_butler is not installed; ask `available` first.
    """
    from lsst.daf.butler.queries.expressions.parser import parse_expression

    try:
        parse_expression(text)
    except Exception as error:  # the parser has no common base: its own errors, ValueError, TypeError
        return _said(error)
    return None


def check_with_universe(
    text: str, dimensions: Collection[str] = (), *, governors: bool = True
) -> tuple[str, ...]:
    """Return what a Butler query with this ``where`` would be rejected for, in the stack's own words.

    Some queries make the real conversion use up all memory; ``bps.query.growth.parts`` tells them beforehand.

    Parameters
    ----------
    text
        The query.
    dimensions
        Names of the dimensions of the query; they decide what a field without its dimension means.
    governors
        Whether a missing instrument or skymap counts. A Butler fills them in where all its input
        collections have the same one, which can't be known offline.

    Raises
    ------
    ModuleNotFoundError
        Where daf_butler is not installed; ask `available` first.
    """
    from lsst.daf.butler import DataCoordinate
    from lsst.daf.butler.queries.convert_args import convert_where_args
    from lsst.daf.butler.queries.predicate_constraints_summary import PredicateConstraintsSummary

    universe = _universe()
    try:
        group = universe.conform(dimensions)
        predicate = convert_where_args(group, set(), text)
        if governors:
            PredicateConstraintsSummary(predicate).apply_default_data_id(
                DataCoordinate.make_empty(universe), group, validate_governor_constraints=True
            )
    except Exception as error:  # InvalidQueryError, and AssertionError or ValueError for odd expressions
        cause = error.__cause__
        return (_said(error),) if cause is None else (_said(error), _said(cause))
    return ()


def universe_json() -> str:
    """Return what ``cmcompile/bps/query/universe.json`` should hold: the real dimensions, as text."""
    universe = _universe()
    skypix = set(universe.skypix_dimensions.names)
    levels: dict[str, list[int]] = {}
    for dimension in (universe.dimensions[name] for name in sorted(skypix & set(universe.dimensions.names))):
        levels.setdefault(dimension.system.name, []).append(dimension.level)
    systems = {name: [min(found), max(found)] for name, found in sorted(levels.items())}
    elements = {e.name: _element(e) for e in universe.elements if e.name not in skypix}
    head = {"namespace": universe.namespace, "version": universe.version, "skypix": systems}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    rows = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in sorted(elements.items())]
    return "{\n" + "\n".join(lines) + '\n "elements": {\n' + ",\n".join(rows) + "\n }\n}\n"


def _element(element: Any) -> dict[str, Any]:
    """Return one row of the table; absent keys are empty."""
    key = getattr(element, "primary_key", None)
    row = {
        "key": [key.name, key.type] if key is not None else None,
        "governor": element.governor.name if element.governor is not None else None,
        "required": [name for name in element.required.names if name != element.name],
        "implied": list(element.implied.names),
        "alternates": list(element.alternate_keys.names) if key is not None else [],
        "fields": {column.name: column.type for column in element.schema.remainder},
        "joined": bool(element.defines_relationships) and key is None,
    }
    return {name: value for name, value in row.items() if value}


def _universe() -> Any:
    from lsst.daf.butler import DimensionUniverse

    return DimensionUniverse()


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
