"""The Butler repository that a spec names, before any group of it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmcompile.model.campaign import Layer, Spec
from cmcompile.model.errors import CmcompileError
from cmcompile.model.source import Mapping, Scalar

_ASK = "name it with --butler"


def butler_of(spec: Spec) -> str:
    """Return the one repository that the layers of a campaign set.

    Raises
    ------
    CmcompileError
        When they set none, several, or one that is only known for a group.
    """
    found = list(dict.fromkeys(_configs(spec)))
    if not found:
        raise CmcompileError(f"{spec.name} sets no `bps.payload.butlerConfig`: {_ASK}")
    if len(found) > 1:
        raise CmcompileError(f"{spec.name} names several Butler repositories, {', '.join(found)}: {_ASK}")
    return _filled_in(spec, found[0])


def _filled_in(spec: Spec, config: str) -> str:
    """Return a text of the campaign with ``${{ }}`` filled in.

    Raises
    ------
    CmcompileError
        When it takes a name that only a group has.
    """
    from cmcompile.compiler.constants import Constants
    from cmcompile.compiler.names import NameFaultError
    from cmcompile.compiler.plain import ExpressionError
    from cmcompile.model.diagnostic import Findings

    try:
        return Constants(spec, lambda _: (), Findings()).campaign_text(config)
    except (NameFaultError, ExpressionError) as error:
        raise CmcompileError(
            f"the Butler repository of {spec.name} is {config}, and {error}: {_ASK}"
        ) from None


def _configs(spec: Spec) -> Iterator[str]:
    """Yield the repository of each step, by its highest layer; that of the campaign where it has no step."""
    from cmcompile.compiler.stack import build_stack
    from cmcompile.model.diagnostic import Findings

    if not spec.steps:
        yield from _highest(spec.layers)
    for step in spec.steps:
        yield from _highest(build_stack(spec, step, (), None, (), (), Findings()).layers())


def _highest(layers: Iterable[Layer]) -> Iterator[str]:
    for layer in reversed(list(layers)):
        bps = layer.get("bps")
        for place in (bps.get("payload") if isinstance(bps, Mapping) else None, bps):
            node = place.get("butlerConfig") if isinstance(place, Mapping) else None
            if isinstance(node, Scalar) and node.value is not None:
                yield str(node.value)
                return
