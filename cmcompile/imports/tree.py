"""Trees of values that others wrote, such as the content of a BPS file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: What a spec says for a value that is null in a BPS file.
NULL = "${{ none }}"


def mapped(value: object, change: Callable[[str], str]) -> Any:
    """Return a tree with each text changed; keys stay."""
    if isinstance(value, Mapping):
        return {str(k): mapped(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [mapped(v, change) for v in value]
    if isinstance(value, str):
        return change(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)  # dates, bytes, sets: what str() says is what BPS makes of them


def kept_null(value: Any) -> Any:
    """Return a tree whose nulls are values of BPS: by itself a null deletes a key of a lower layer."""
    if isinstance(value, Mapping):
        return {k: NULL if v is None else kept_null(v) for k, v in value.items()}
    return value


def literal(text: str) -> str:
    """Return a text that gives itself when a spec is compiled: a ``${{`` in it is no expression."""
    return text.replace("${{", "${{ '$' }}{{")


def keys_with(value: object, words: tuple[str, ...]) -> list[str]:
    """Return the keys of a tree, at any depth, in which one of some words stands."""
    if isinstance(value, Mapping):
        here = [str(k) for k in value if any(word in str(k) for word in words)]
        return [*here, *(key for v in value.values() for key in keys_with(v, words))]
    if isinstance(value, list | tuple):
        return [key for v in value for key in keys_with(v, words)]
    return []


def popped(tree: dict[str, Any], path: tuple[str, ...]) -> object:
    """Take a value out of a tree, and mappings that are empty then; None where it is not there."""
    *heads, last = path
    inner: Any = tree
    for head in heads:
        inner = inner.get(head) if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or last not in inner:
        return None
    found = inner.pop(last)
    if not inner and heads:
        popped(tree, tuple(heads))
    return found


def common(trees: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what several mappings have alike, key by key to any depth, in the order of the first."""
    first, others = trees[0], trees[1:]
    found: dict[str, Any] = {}
    for key, value in first.items():
        if any(key not in other for other in others):
            continue
        if isinstance(value, dict) and all(isinstance(other[key], dict) for other in others):
            if inner := common([value, *(other[key] for other in others)]):
                found[key] = inner
        elif all(same(other[key], value) for other in others):
            found[key] = value
    return found


def usual(trees: list[dict[str, Any]]) -> dict[str, Any]:
    """Return of several mappings the value that most have, of each key that all have, to any depth."""
    found: dict[str, Any] = {}
    for key in trees[0]:
        values = [tree[key] for tree in trees if key in tree]
        if len(values) < len(trees):
            continue
        if all(isinstance(value, dict) for value in values):
            if inner := usual(values):
                found[key] = inner
            continue
        best = max(values, key=lambda value: sum(same(value, other) for other in values))
        if not isinstance(best, dict) and 2 * sum(same(best, v) for v in values) > len(values):
            found[key] = best
    return found


def without(tree: dict[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a mapping is not in a shared part of it."""
    left: dict[str, Any] = {}
    for key, value in tree.items():
        if key not in shared:
            left[key] = value
        elif isinstance(value, dict) and isinstance(shared[key], dict):
            if inner := without(value, shared[key]):
                left[key] = inner
        elif not same(value, shared[key]):
            left[key] = value
    return left


def same(left: object, right: object) -> bool:
    """Tell whether two values are the same, and of the same types: 1 is not true."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return list(left) == list(right) and all(same(v, right[k]) for k, v in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right
