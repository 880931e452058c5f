"""The SQL of a rule as the query of a list: kept as it is, but for what ``kaedama`` fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cmcompile.imports.names import var_name
from cmcompile.imports.tree import literal

_SLOT = re.compile(r"\{(\w+)\}")
#: Filled in from the command line of a pass; here the list has all rows.
_CONDITIONS = ("run_condition", "seg_condition", "limit_condition")


def sql_of(text: str, runs: tuple[int, int] | None, unknown: dict[str, None]) -> str:
    """Return the query of a rule.

    Parameters
    ----------
    runs
        The lowest and the highest run to ask for; None for all.
    unknown
        Gets the names of slots that are none of kaedama's: vars of the campaign fill them in.
    """
    within = "" if runs is None else f"and runnumber>={runs[0]} and runnumber<={runs[1]}"

    def one(found: re.Match[str]) -> str:
        if found[1] == "run_condition":
            return within
        if found[1] in _CONDITIONS:
            return ""
        name = var_name(found[1])
        unknown[name] = None
        return f"${{{{ {name} }}}}"

    made = _SLOT.sub(one, literal(text))
    lines = [line.rstrip() for line in made.strip().removesuffix(";").rstrip().expandtabs(4).split("\n")]
    return "\n".join(_once_empty(lines))


def _once_empty(lines: list[str]) -> list[str]:
    """Return lines without more than one empty one in a row."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept


def made_from(sql: str, outputs: Mapping[str, str]) -> list[str]:
    """Return the rules whose outputs a query looks for, by the names of these."""
    return [rule for rule, base in outputs.items() if base and _stands(base, sql)]


def _stands(base: str, sql: str) -> bool:
    """Tell whether a name stands in a query, and not as a part of a longer one: `t007` is not `t0071`."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(base)}(?![A-Za-z0-9])", sql) is not None
