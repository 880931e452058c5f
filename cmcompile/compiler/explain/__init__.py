"""Explaining a group: for every value who set it, where, and what that hid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches

from cmcompile.compiler.explain.about import (
    explain_choice,
    explain_covers,
    explain_file,
    explain_ids,
    explain_output,
)
from cmcompile.compiler.explain.below import below
from cmcompile.compiler.explain.builtins import BuiltIns
from cmcompile.compiler.explain.scope import of_group
from cmcompile.compiler.explain.subject import Subject, subject
from cmcompile.compiler.explain.values import Explainer
from cmcompile.compiler.explain.where import explain_where
from cmcompile.compiler.result import Compilation
from cmcompile.model.errors import CmcompileError
from cmcompile.model.explanation import BUILT_IN, Explanation, Setting
from cmcompile.model.group import CompiledGroup
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree

__all__ = ["ABOUT", "UnknownKeyError", "explain", "known_keys", "plain_value_at"]

#: What can be asked of a group beside its document and its vars.
ABOUT = ("where", "file", "output", "ids", "covers", "site", "environment")

#: What the document of a batch step is made from; the keys of layers are the first ones of its tree.
_OF_JOBS = ("jobs", "batch")
_BUILT_IN_TEXTS = {"inCollection": "${{ inputs }}", "dataQuery": "${{ where }}"}


class UnknownKeyError(CmcompileError):
    """Nothing of a group has the name that was asked for."""


def explain(compilation: Compilation, made: CompiledGroup, key: str = "") -> Explanation:
    """Explain a value of a group.

    Parameters
    ----------
    key
        A dotted path in the document (``payload.dataQuery``; ``bps.`` may stand before it), ``vars.NAME``,
        one of `ABOUT`, or a name that texts may use, such as ``inputs``; empty: the whole document.

    Raises
    ------
    UnknownKeyError
        When there is no such key; the message names the nearest.
    """
    return _Asked(subject(compilation, made)).answer(key)


def known_keys(compilation: Compilation, made: CompiledGroup) -> tuple[str, ...]:
    """Return every key that can be asked of a group: document, vars, and the rest."""
    return tuple(_Asked(subject(compilation, made)).known())


def plain_value_at(compilation: Compilation, made: CompiledGroup, key: str) -> object:
    """Return the value of ``bps.KEY`` or ``vars.NAME`` for a group, as plain values.

    Null where the group has no such key, or where it can't be filled in.
    """
    about = subject(compilation, made)
    section, _, path = key.partition(".")
    segments = key.split(".") if section in _OF_JOBS else path.split(".")
    found = _find(about.shape.variables if section == "vars" else about.shape.tree, segments)
    return None if found is None else of_group(about.shape, about.names.look_up).plain(found[1])


class _Asked:
    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        built_ins = BuiltIns(subject)
        self._about: dict[str, Callable[[], Explanation]] = {
            "where": lambda: explain_where(subject, self._explainer),
            "file": lambda: explain_file(subject, self._explainer),
            "output": lambda: explain_output(subject, self._explainer),
            "ids": lambda: explain_ids(subject),
            "covers": lambda: explain_covers(subject),
            "site": lambda: explain_choice(subject, self._explainer, "site"),
            "environment": lambda: explain_choice(subject, self._explainer, "environment"),
        }
        specials = {**built_ins.names(), "where": self._about["where"], "output": self._about["output"]}
        self._names = specials
        scope = of_group(subject.shape, subject.names.look_up)
        self._explainer = Explainer(scope, specials, built_ins.axis)

    def answer(self, key: str) -> Explanation:
        if not key:
            return self._explainer.branch("", self._subject.shape.tree, "bps", ())
        if key in self._about:
            return self._with_document_note(key, self._about[key]())
        found = self._variable(key) if key == "vars" or key.startswith("vars.") else None
        found = found or self._document(key.removeprefix("bps."))
        if found is None and self._is_name(key):
            found = self._explainer.name(key)
        if found is None:
            raise self._unknown(key)
        return found

    def _with_document_note(self, key: str, found: Explanation) -> Explanation:
        if key not in self._subject.shape.tree.entries:
            return found
        return replace(
            found, notes=(*found.notes, f"the document has a key of this name too: ask for bps.{key}")
        )

    def _variable(self, key: str) -> Explanation | None:
        variables = self._subject.shape.variables
        if key == "vars":
            return self._explainer.branch("vars", variables, "vars", ())
        found = _find(variables, key.split(".")[1:])
        return None if found is None else self._explainer.tree(key, found[1], "vars", found[0])

    def _document(self, key: str) -> Explanation | None:
        found = _find(self._subject.shape.tree, key.split("."))
        if found is None and not self._subject.shape.frame.is_bps:
            return None
        if found is None:
            return below(self._subject).explanation(key, tuple(key.split(".")))
        path, tree = found
        if not self._subject.shape.frame.is_bps and path and path[0] in _OF_JOBS:
            return self._explainer.tree(".".join(path), tree, path[0], path[1:])
        explained = self._explainer.tree(".".join(path), tree, "bps", path)
        if isinstance(tree, Branch):
            return explained
        is_bps = self._subject.shape.frame.is_bps
        built_in = self._built_in(path, tree)
        low = below(self._subject).settings(path) if is_bps else ()
        if not isinstance(tree, Gone):
            return replace(explained, settings=(*explained.settings, *built_in, *low))
        settings = (*explained.settings, *built_in)
        if ".".join(path) != key:
            return replace(explained, settings=settings, notes=(f"{key} went with it",))
        # What stands below the file is not hidden any more: BPS finds it.
        return replace(explained, settings=settings, notes=tuple(_instead(s) for s in low[:1]))

    def _built_in(self, path: tuple[str, ...], tree: Tree) -> tuple[Setting, ...]:
        """Return the built-in value that a layer hides."""
        texts = dict(_BUILT_IN_TEXTS) if self._subject.shape.frame.is_bps else {}
        if self._subject.shape.frame.has_collect:
            texts["output"] = "${{ step.collect }}/${{ group.id }}"
        key = path[-1]
        if tree.origin.layer == BUILT_IN or path[:-1] != ("payload",) or key not in texts:
            return ()
        value, fault = self._explainer.scope.rendered(texts[key])
        return () if fault else (Setting("set", BUILT_IN, None, value, texts[key]),)

    def _is_name(self, key: str) -> bool:
        shape = self._subject.shape
        return key in self._names or (
            key.partition(".")[0] in shape.names.axes and key in shape.names.known()
        )

    def known(self) -> Iterator[str]:
        yield from _paths(self._subject.shape.tree, "")
        yield from _paths(self._subject.shape.variables, "vars.")
        yield from ABOUT
        yield from (name for name in self._subject.shape.names.known() if self._is_name(name))

    def _unknown(self, key: str) -> UnknownKeyError:
        known = list(dict.fromkeys(self.known()))
        near = get_close_matches(key, known, n=2, cutoff=0.7)
        last = key.rpartition(".")[2]
        ends = get_close_matches(last, [k.rpartition(".")[2] for k in known], n=1, cutoff=0.8)
        near += [k for k in known if k.rpartition(".")[2] in ends and k not in near][:2]
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else f"ask for vars.NAME, {', '.join(ABOUT)}, or a key"
        )
        return UnknownKeyError(f"{self._subject.address} has no key {key!r}; {hint}")


def _instead(setting: Setting) -> str:
    at = setting.layer if setting.span is None else setting.span
    return f"so BPS takes {setting.value}, from {at}"


def _find(tree: Branch, segments: list[str]) -> tuple[tuple[str, ...], Tree] | None:
    """Return what stands at a dotted path, and the path; a deleted key on the way ends it.

    A key may hold points itself: the longest key wins.
    """
    if not segments:
        return (), tree
    for most in range(len(segments), 0, -1):
        name = ".".join(segments[:most])
        value = tree.entries.get(name)
        if value is None:
            continue
        rest = segments[most:]
        if not rest or isinstance(value, Gone):
            return (name,), value
        found = _find_in(value, rest)
        if found is not None:
            return (name, *found[0]), found[1]
    return None


def _find_in(tree: Tree, segments: list[str]) -> tuple[tuple[str, ...], Tree] | None:
    if isinstance(tree, Branch):
        return _find(tree, segments)
    if isinstance(tree, Items) and segments[0].isdecimal() and int(segments[0]) < len(tree.items):
        item = tree.items[int(segments[0])]
        if len(segments) == 1:
            return (segments[0],), item
        found = _find_in(item, segments[1:])
        return None if found is None else ((segments[0], *found[0]), found[1])
    return None


def _paths(tree: Tree, prefix: str) -> Iterator[str]:
    if isinstance(tree, Branch):
        for key, value in tree.entries.items():
            yield prefix + key
            if not isinstance(value, Leaf):
                yield from _paths(value, f"{prefix}{key}.")
