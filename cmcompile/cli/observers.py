"""How the process is started that asks a workload system: in the environment of the campaign that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.child import Setting
    from cmcompile.model.group import CompiledGroup
    from cmcompile.observe.wms.observer import Starting

_SERVE = "from cmcompile.observe.wms.serve import main; main()"

_EXEC = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"

#: A workload system, and the environment that groups submit to it from: its name, and how it is set up.
Used = tuple[WmsRef, str, "Setting"]


def used_by(compilation: Compilation) -> Iterator[Used]:
    """Return the workload systems of a compiled campaign, with the first environment that each is used from.

    One group stands for all of a step that have the same site and environment.
    """
    from cmcompile.cli.workload import wms_of
    from cmcompile.compiler.environment import setting_of
    from cmcompile.model.child import Setting

    kinds: dict[tuple[str, str | None, str | None], CompiledGroup] = {}
    for made in compilation.groups:
        kinds.setdefault((made.group.step, made.site, made.environment), made)
    told = set()
    for made in kinds.values():
        wms, setting = wms_of(made, compilation.includes), setting_of(compilation, made)
        if isinstance(wms, WmsRef) and isinstance(setting, Setting) and wms not in told:
            told.add(wms)
            yield wms, made.environment or "", setting


class Observers:
    """Says how each workload system is asked.

    It is asked in the environment that groups are given to it from, the first in the order of the spec where
    there are several: what a plugin shows does not hang on who asks. One that no group goes to any more is
    asked as another system of the same plugin, else in the environment of all groups where they have one.

    Parameters
    ----------
    used
        Returns what the spec says now; asked once, when a plugin is needed.
    environ
        The variables of this process.
    area
        Where the commands that set an environment up are run.
    """

    def __init__(self, used: Callable[[], Sequence[Used]], environ: Mapping[str, str], area: Path) -> None:
        self._used = used
        self._environ = environ
        self._area = area
        self._known: tuple[Used, ...] = ()

    def __call__(self, where: WmsRef) -> Starting | NoAnswer:
        """Return how it is started, or why that can't be."""
        from cmcompile.observe.wms.observer import Starting
        from cmcompile.observe.wms.systems import HERE

        found = self._setting(where)
        if found is None or isinstance(found, NoAnswer):
            return found or Starting(HERE, None)
        name, setting = found
        return Starting(_command(name, setting, self._area), _variables(setting, self._environ))

    def running(self, where: WmsRef, command: Sequence[str]) -> Starting | NoAnswer:
        """Return how a command is run that asks a workload system, or why that can't be."""
        from cmcompile.observe.wms.observer import Starting

        found = self._setting(where)
        if found is None or isinstance(found, NoAnswer):
            return found or Starting(tuple(command), None)
        name, setting = found
        line = _program(name, setting, self._area, command)
        return Starting(line, _variables(setting, self._environ))

    def _setting(self, where: WmsRef) -> tuple[str, Setting] | NoAnswer | None:
        """Return the environment that a workload system is asked in; None: in this one."""
        self._known = self._known or tuple(self._used())
        found = self._of(where)
        if found is None or not found[0]:
            return None
        name, setting = found
        lacking = [secret for secret in setting.secrets if not self._environ.get(secret)]
        if lacking:
            return NoAnswer(f"the environment {name} names the secret {lacking[0]}, which is not set here")
        return found

    def _of(self, where: WmsRef) -> tuple[str, Setting] | None:
        same = [used for used in self._known if used[0] == where]
        alike = [used for used in self._known if used[0].service == where.service]
        any_ = self._known if len({name for _, name, _ in self._known}) == 1 else ()
        return next(((name, setting) for _, name, setting in (*same, *alike, *any_)), None)


def _command(name: str, setting: Setting, area: Path) -> tuple[str, ...]:
    from cmcompile.driver.command import BASH, set_up
    from cmcompile.engine.own import FIND, home
    from cmcompile.observe.wms.lines import reply_line

    def refused(why: str) -> str:
        return reply_line(1, NoAnswer(why)).decode()

    program = ["-P", "-c", f"{FIND}{_SERVE}", home()]
    return (*BASH, set_up(name, setting, program, area, refused, asked=True))


def _program(name: str, setting: Setting, area: Path, command: Sequence[str]) -> tuple[str, ...]:
    """Return what runs a command in an environment; where that can't be set up, it says why, and fails."""
    from cmcompile.driver.command import BASH, set_up

    return (*BASH, set_up(name, setting, ["-P", "-c", _EXEC, *command], area, lambda why: f"{{{why}}}"))


def _variables(setting: Setting, environ: Mapping[str, str]) -> dict[str, str]:
    from cmcompile.apply.child.launch import ALLOWED, environment

    secrets = {name: environ[name] for name in setting.secrets}
    return {**environment(environ, ALLOWED), **setting.variables, **secrets}
