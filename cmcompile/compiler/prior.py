"""Outputs of earlier runs that a rescue takes over: ``skip_existing_in``."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.compiler.result import Compilation
from cmcompile.model.group import CompiledGroup

#: Stands for the runs of the covered groups and of their earlier rescues.
PRIOR = "prior"
_KEY = "extraQgraphOptions"


def skipped_in(compilation: Compilation, made: CompiledGroup) -> str:
    """Return `PRIOR`, or the collections whose outputs a group takes over; empty: it takes over nothing."""
    step, name = compilation.spec.step(made.group.step), made.group.rescue
    rescue = None if step is None else next((r for r in step.rescues if r.name == name), None)
    return "" if rescue is None else (rescue.skip_existing_in or "").strip()


def graph_options(compilation: Compilation, made: CompiledGroup, builds_on: Iterable[str]) -> str:
    """Return the options for the graph of a group that takes over outputs; empty: none are added.

    Parameters
    ----------
    builds_on
        The runs that `PRIOR` stands for, newest first; with a group that names none itself those of its own
        former workflows, where it is sent for what is missing.
    """
    step = compilation.spec.step(made.group.step)
    if step is not None and step.engine != "bps":
        return ""  # what jobs there are stands in their table
    named = skipped_in(compilation, made)
    own = list(builds_on) if named in (PRIOR, "") else []
    runs = own or [name.strip() for name in named.split(",") if name.strip() and named != PRIOR]
    if not runs:
        return ""
    return " ".join(filter(None, (_own(compilation, made), f"--skip-existing-in {','.join(runs)}")))


def _own(compilation: Compilation, made: CompiledGroup) -> str:
    """Return the options as the group's file, or what it includes, sets them."""
    # Imported here: most groups take over nothing.
    from cmcompile.compiler.explain import UnknownKeyError, explain

    try:
        value = explain(compilation, made, f"bps.{_KEY}").value
    except UnknownKeyError:
        return ""
    return value.strip() if isinstance(value, str) else ""
