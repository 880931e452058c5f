"""Rules 8, 9, 10: keys that BPS never reads, doesn't know, or reads before all others."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.bps.keys import (
    CLUSTER_KEYS,
    JOB_KEYS,
    PAYLOAD_DEFAULTS,
    PAYLOAD_KEYS,
    PLUGIN_KEYS,
    ROOT_KEYS,
    SECTION_NAMES,
    nearest,
    right_spelling,
)
from cmcompile.bps.view import Path, View, entries, places
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Branch, Tree

_KNOWN = frozenset({*ROOT_KEYS, *JOB_KEYS, *PAYLOAD_KEYS, *PLUGIN_KEYS, "bps_defined"})
_JOB_WORDS = frozenset(JOB_KEYS)
#: The old name of outputRun: an error of its own.
_TOLD_ELSEWHERE = frozenset({"outCollection"})


def check(view: View) -> None:
    """Report dead spellings, unknown keys, and keys in a place where they surprise."""
    for path, node in (*places(view), *_misnamed(view)):
        for key, value in entries(node):
            right = right_spelling(key)
            if right is not None and key not in view.used:
                name = ".".join((*path, key))
                message = f"`{name}` is never read: BPS reads `{right}`"
                view.report(codes.WRONG_SPELLING, value, message, f"write `{right}`")
    _root(view)
    _cluster_words(view)
    _task_words(view)
    payload = view.tree.get("payload")
    for key, value in entries(payload) if isinstance(payload, Branch) else ():
        if key in JOB_KEYS:
            message = f"`payload.{key}` beats the {key} of every task, cluster and site"
            view.report(
                codes.JOB_KEY_UNDER_PAYLOAD, value, message, f"write `{key}` at root, where tasks may differ"
            )
        else:
            _unknown(view, "payload.", key, value)


def _root(view: View) -> None:
    for key, value in entries(view.tree):
        if key in SECTION_NAMES and isinstance(value, Branch):
            right = SECTION_NAMES[key]
            message = f"section `{key}` is never read: BPS reads `{right}`"
            view.report(codes.WRONG_SPELLING, value, message, f"write `{right}`")
        elif key in PAYLOAD_DEFAULTS - {"outputRun"}:
            message = f"`{key}` at root has no effect: BPS finds `payload.{key}` first"
            view.report(codes.HIDDEN_BY_DEFAULT, value, message, "write it under `payload`")
        else:
            _unknown(view, "", key, value)


def _unknown(view: View, where: str, key: str, value: Tree) -> None:
    if key in _KNOWN | _TOLD_ELSEWHERE or key in view.used or right_spelling(key) is not None:
        return
    near = nearest(key, _KNOWN)
    if near is None and view.unreadable:
        return  # an include that can't be read may use it as {x}
    message = f"BPS doesn't know `{where}{key}`, and no text here uses {{{key}}}"
    hint = f"did you mean `{near}`?" if near else "remove it, or use it in a text"
    view.report(codes.UNKNOWN_ROOT_KEY, value, message, hint)


def _cluster_words(view: View) -> None:
    for label, body in view.bodies("cluster"):
        if not isinstance(body, Branch):
            continue
        for key, value in entries(body):
            if key in CLUSTER_KEYS or key in JOB_KEYS or key in view.used or right_spelling(key) is not None:
                continue
            near = nearest(key, frozenset(CLUSTER_KEYS))
            if near is not None:
                message = f"`cluster.{label}.{key}` is never read: BPS reads `{near}`"
                view.report(codes.WRONG_SPELLING, value, message, f"write `{near}`")


def _task_words(view: View) -> None:
    """Report keys of tasks and sites that look like a job key; others may be of a plugin or of a text."""
    for path, body in places(view):
        if path[:1] not in (("pipetask",), ("site",), ("cloud",)):
            continue
        for key, value in entries(body):
            if key in _KNOWN or key in view.used or right_spelling(key) is not None:
                continue
            near = nearest(key, _JOB_WORDS)
            if near is not None:
                message = f"BPS doesn't know `{'.'.join((*path, key))}`, and no text here uses {{{key}}}"
                view.report(codes.UNKNOWN_ROOT_KEY, value, message, f"did you mean `{near}`?")


def _misnamed(view: View) -> Iterator[tuple[Path, Branch]]:
    for key, node in entries(view.tree):
        if key in SECTION_NAMES and isinstance(node, Branch):
            for label, body in entries(node):
                if isinstance(body, Branch):
                    yield (key, label), body
