"""The schemas of spec files: loading them, and checking a document against one.

The schemas are JSON Schema 2020-12 and serve editors as they stand, so every property has a description.
Their own keywords start with ``x-``: ``x-form`` says in words what a value looks like, ``x-few`` what is
missing where too little is given, ``x-secret`` that a value must never be shown.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from cmcompile.model.diagnostic import Findings
from cmcompile.model.schemas import SchemaKind
from cmcompile.model.source import Node, plain
from cmcompile.spec.schema_faults import faults
from cmcompile.spec.schema_tree import SchemaTree
from cmcompile.spec.schema_words import Wording

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

SpecKind: TypeAlias = Literal["campaign", "library", "decisions", "durations", "policy", "samples"]


def schema_text(kind: SchemaKind) -> str:
    """Return the text of a schema file.

    Parameters
    ----------
    kind
        What the schema describes.

    Returns
    -------
    str
        The file as shipped: package data of an installed cmcompile, else the ``schemas`` folder of the
        repository.
    """
    name = f"{kind}-v1.schema.json"
    shipped = files("cmcompile") / "schemas" / name
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "schemas" / name).read_text(encoding="utf-8")


def schema(kind: SchemaKind) -> dict[str, Any]:
    """Return a schema as plain values."""
    loaded: dict[str, Any] = json.loads(schema_text(kind))
    return loaded


def check(node: Node, kind: SpecKind, findings: Findings) -> bool:
    """Check a document against the schema of its kind.

    Parameters
    ----------
    node
        The document, with positions.
    kind
        Of which sort it is; ``library`` is for what campaigns extend, ``samples`` for ``policy test``.
    findings
        Takes what is wrong, each at the place where it was written.

    Returns
    -------
    bool
        Whether nothing is wrong.
    """
    root = schema(kind)
    shared = schema("campaign") if kind == "library" else root
    found = faults(_validator(root, shared).iter_errors(cast("Any", plain(node))))
    if found:
        wording = Wording(node, SchemaTree(root, shared))
        for fault in found:
            wording.report(fault, findings)
    return not found


def _validator(root: dict[str, Any], shared: dict[str, Any]) -> Validator:
    """Build a validator; the metaschema is not consulted, a test has done that."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    # To JSON Schema 1.0 is a whole number; in a spec it is a slip.
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole)
    registry: Registry[Any] = Registry().with_resources(
        [(part["$id"], DRAFT202012.create_resource(part)) for part in (root, shared)]
    )
    strict: type[Validator] = extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    return strict(root, registry=registry)


def _is_whole(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
