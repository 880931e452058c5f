"""What a submission to PanDA needs, asked before anything is claimed: no token, no claim."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place

if TYPE_CHECKING:
    from cmcompile.cli.branch import Compiled
    from cmcompile.doctor.case import Case
    from cmcompile.model.child import Setting

#: Checks of `doctor`; others are of the Butler, or of what BPS itself finds while it prepares.
CHECKS = ("secrets", "setup", "credentials", "plugin")
#: Hours that credentials must last: preparing takes up to one.
HOURS = 2.0
#: Seconds for one question; an environment that takes longer is found out by the submission itself.
_PATIENCE = 60.0


class Needs:
    """Asks each environment from which groups go to PanDA once; of other systems nothing is asked.

    Parameters
    ----------
    declaration
        What the spec branch declares.
    """

    def __init__(self, place: Place, declaration: Compiled) -> None:
        self._place = place
        self._declaration = declaration
        self._known: dict[str, str] = {}

    def lacking(self, step: str, group: str) -> str:
        """Return why a group must not be claimed now, with what helps; empty: nothing is known to stop it.

        What could not be asked stops nothing.
        """
        from cmcompile.cli.doctor_case import key_of
        from cmcompile.observe.panda.idds import is_panda

        if not self._is_any:
            return ""
        found = self._declaration.sendable(step, group)
        if found is None or not is_panda(found.wms):
            return ""
        key = key_of(found.environment, found.setting)
        if key not in self._known:
            self._known[key] = self._asked(key)
        return self._known[key]

    @cached_property
    def _is_any(self) -> bool:
        """Whether any group goes to a real PanDA."""
        from cmcompile.cli.outside import simulated
        from cmcompile.observe.panda.idds import is_panda

        return not simulated(self._place.root) and any(is_panda(w) for w, _, _ in self._declaration.systems())

    @cached_property
    def _case(self) -> tuple[Case, dict[str, Setting]]:
        from cmcompile.cli.doctor_case import case_of

        return case_of(self._place, (), None, HOURS, self._declaration.now)

    def _asked(self, key: str) -> str:
        from cmcompile.cli.doctor_asking import Asking
        from cmcompile.cli.progress import progress
        from cmcompile.doctor.run import chosen, judged, questions
        from cmcompile.observe.panda.idds import is_panda
        from cmcompile.report.doctor import faults

        every, settings = self._case
        uses = tuple(u for u in every.uses if u.environment == key and u.wms is not None and is_panda(u.wms))
        environments = {key: every.environments[key]} if key in every.environments else {}
        case, checks = replace(every, uses=uses, environments=environments), chosen(CHECKS)
        with progress() as line:
            asked = Asking(self._place, case, settings, _PATIENCE, line).answers(questions(checks, case))
        wrong = faults(judged(checks, case, asked))
        if not wrong:
            return ""
        first, names = wrong[0], ",".join(dict.fromkeys(one.check for one in wrong))
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        command = f"`cmcompile doctor {every.campaign} --only {names}` says more"
        return "; ".join(filter(None, (f"{first.said}{more}", first.fix, command)))
