"""What changes when and how groups are sent, and no file: needs, limits, acceptance, environment."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.compiler.difference.changes import ABSENT, Change, change, same
from cmcompile.compiler.difference.sides import Pass
from cmcompile.compiler.result import Compilation
from cmcompile.model.campaign import Environment, highest
from cmcompile.model.source import Mapping, Node, Span, plain

_KEYS = (
    *("needs", "limits", "priority", "pause", "policy", "review", "due", "accept", "skip_existing_in"),
    "engine",
)
_CHOICES = ("site", "environment")


def steering_changes(old: Pass, new: Pass, before: Compilation, after: Compilation) -> Iterator[Change]:
    """Yield what differs for the sending of a pass."""
    then, now = (*before.spec.layers, *old.layers), (*after.spec.layers, *new.layers)
    for key in (*_KEYS, *_CHOICES):
        yield from _of_nodes(key, highest(then, key), highest(now, key))
    sites = [_chosen(p, c, "site") for p, c in ((old, before), (new, after))]
    if sites[0] == sites[1] and sites[0] in before.spec.sites and sites[0] in after.spec.sites:
        name = sites[0]
        bodies = (before.spec.sites[name].get("limits"), after.spec.sites[name].get("limits"))
        yield from _of_nodes(f"sites.{name}.limits", *bodies)
    names = [_chosen(p, c, "environment") for p, c in ((old, before), (new, after))]
    if names[0] == names[1]:
        yield from _of_environments(
            before.spec.environments.get(names[0]), after.spec.environments.get(names[1])
        )


def _of_nodes(key: str, old: Node | None, new: Node | None) -> Iterator[Change]:
    before, after = _value(old), _value(new)
    if same(before, after):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*new.entries, *old.entries]):
            yield from _of_nodes(f"{key}.{name}", old.get(name), new.get(name))
        return
    # A site has BPS keys of its own.
    yield change(key, before, after, (_place(old), _place(new)), steering=key != "site")


def _value(node: Node | None) -> object:
    return ABSENT if node is None else plain(node)


def _place(node: Node | None) -> Span | None:
    return None if node is None else node.span


def _chosen(made: Pass, compilation: Compilation, key: str) -> str:
    if not made.groups:
        return ""
    stack = compilation.shapes[made.step.name].of(made.groups[0]).frame.stack
    return (stack.site if key == "site" else stack.environment) or ""


def _of_environments(old: Environment | None, new: Environment | None) -> Iterator[Change]:
    if old is None or new is None or old is new:
        return
    name = f"environments.{new.name}"
    values = [
        ("setup", [s.value for s in old.setup], [s.value for s in new.setup]),
        ("secrets", list(old.secrets), list(new.secrets)),
    ]
    for key, before, after in values:
        if not same(before, after):
            yield change(f"{name}.{key}", before, after, (old.span, new.span), steering=True)
    for key in dict.fromkeys([*new.env, *old.env]):
        then, now = old.env.get(key), new.env.get(key)
        if not same(then.value if then else ABSENT, now.value if now else ABSENT):
            places = (then.span if then else None, now.span if now else None)
            values_of = (then.value if then else ABSENT, now.value if now else ABSENT)
            yield change(f"{name}.env.{key}", *values_of, places, steering=True)
