"""The environment of a group, filled in with what the texts of the group may use."""

from __future__ import annotations

from cmcompile.compiler.expression import ExpressionError
from cmcompile.compiler.names import render_text
from cmcompile.compiler.result import Compilation
from cmcompile.model.child import Setting
from cmcompile.model.group import CompiledGroup
from cmcompile.model.source import Scalar


class _UnfilledError(Exception):
    """A text of an environment has no value for the group; it leaves this module as words only."""


def setting_of(compilation: Compilation, made: CompiledGroup) -> Setting | str:
    """Return how the environment of a group is set up, or why that can't be told.

    A group without an environment has none to set up.
    """
    environment = compilation.spec.environments.get(made.environment or "")
    if environment is None:
        return Setting()
    names = compilation.shapes[made.group.step].names(made.group)

    def filled(node: Scalar, where: str) -> str:
        try:
            return render_text(node.value, names.look_up)
        except ExpressionError as error:
            raise _UnfilledError(f"{where} of the environment {environment.name}: {error}") from None

    try:
        setup = tuple(filled(node, "a set-up command") for node in environment.setup)
        variables = {name: filled(node, name) for name, node in environment.env.items()}
    except _UnfilledError as error:
        return str(error)
    return Setting(tuple(text for text in setup if text.strip()), variables, environment.secrets)
