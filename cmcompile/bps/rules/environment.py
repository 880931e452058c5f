"""Rule 7: variables of the environment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmcompile.bps.keys import nearest
from cmcompile.bps.view import Text, View
from cmcompile.model.codes import bps as codes

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)\}")
_GLUED = re.compile(r"\$\{(\w+_DIR)\}([A-Za-z0-9]\w*)")
_ALWAYS = frozenset({"HOME", "USER", "PWD", "PATH", "HOSTNAME", "LOGNAME", "SHELL", "TMPDIR", "LANG"})


def check(view: View) -> None:
    """Report variables that the environment doesn't declare, and paths glued to a variable."""
    for text in _texts(view):
        if "$" not in text.value:
            continue
        for name, rest in _GLUED.findall(text.value):
            message = f"`{text.name}`: `${{{name}}}{rest}` has no slash after the variable"
            view.report(codes.MISSING_SLASH, text.span, message, f"write `${{{name}}}/{rest}`")
        if view.document.variables is not None and not text.is_command:
            _undeclared(view, text, view.document.variables)


def _undeclared(view: View, text: Text, declared: frozenset[str]) -> None:
    for name in dict.fromkeys(_VARIABLE.findall(text.value)):
        # `setup` of a product sets its _DIR, so those are never declared by hand.
        if name in declared or name in _ALWAYS or name.endswith("_DIR"):
            continue
        near = nearest(name, declared)
        hint = (
            f"did you mean ${{{near}}}?" if near else f"add {name} to `env` or `secrets` of the environment"
        )
        message = f"`{text.name}` uses ${{{name}}}, which the environment of this step doesn't declare"
        view.report(codes.UNDECLARED_VARIABLE, text.span, message, hint)


def _texts(view: View) -> Iterator[Text]:
    for include in view.document.includes:
        yield Text((*include.at, "includeConfigs"), include.text, include.span)
    yield from view.texts
