"""The SQL of a rule as the query of a list: kept as it is, but for what ``kaedama`` fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cmcompile.imports.tree import literal

_SLOT = re.compile(r"\{(\w+)\}")
#: Filled in from the command line of a pass; here the list has all rows.
CONDITIONS = ("run_condition", "seg_condition", "limit_condition")


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
        if found[1] in CONDITIONS:
            return ""
        unknown[found[1]] = None
        return f"${{{{ {found[1]} }}}}"

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
    return [rule for rule, base in outputs.items() if base and base in sql]
