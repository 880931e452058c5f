"""The command line that starts a child in the environment of its campaign."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cmcompile.apply.child.messages import encode
from cmcompile.driver.files import ClaimFiles
from cmcompile.engine.own import FIND, home
from cmcompile.engine.record import home_of
from cmcompile.model.batch import is_batch
from cmcompile.model.child import NotReady, Order, Setting

#: Run by the environment's own Python, which need not have this package.
_START = f"{FIND}from cmcompile.driver.__main__ import main; sys.exit(main(sys.argv[1:]))"
#: Runs a script as it is, whoever calls it.
BASH = ("bash", "--noprofile", "--norc", "-c")
#: Around the set-up, which is in one piece: what it prints goes to the log, it reads nothing, and what it
#: starts gets no end of the pipe, which the shell keeps to itself meanwhile.
_BEGIN = "for _cmcompile in once; do"
_END = "done </dev/null 1>&2"
#: Set where the whole set-up was run; what it may have left that prints, or ignores signals, is taken back.
_THROUGH = (
    r"\builtin trap - DEBUG RETURN ERR EXIT HUP INT TERM PIPE",
    "_cmcompile=through",
)
_EXEC = r"\builtin exec python"
_READ = r"\builtin read -r"
#: Not prepared: said in the child's place, where it is known why.
_REFUSED = (
    r"""[[ "$_cmcompile" != "{"* ]] || \builtin printf '%s\n' "$_cmcompile" """.strip(),
    r"\builtin exit 1",
)


def command(order: Order, area: Path, spool: Path) -> list[str]:
    """Return the command line of the child for an order.

    Without an environment it is this very Python; with one it is the ``python`` that its set-up commands lead
    to, started by ``bash``.

    Parameters
    ----------
    area
        The directory that BPS runs in.
    spool
        The ledger's spool: a reply is kept there before it is reported.
    """
    child = _program(order, area, spool)
    if not order.environment:
        return [sys.executable, *child]
    return [*BASH, script(order, area, child)]


def server_command(order: Order, area: Path, spool: Path) -> list[str]:
    """Return the command line of the server that children in the environment of an order are forked from.

    It is the same for all orders of the same environment that go to BPS, and for those to batch systems.
    """
    server = [*_program(order, area, spool), "--forks"]
    if not order.environment:
        return [sys.executable, *server]
    # Where the set-up fails nobody is told here: each child is started by itself then, and tells.
    return [*BASH, set_up(order.environment, order.setting, server, area, lambda why: why)]


def _program(order: Order, area: Path, spool: Path) -> list[str]:
    """Return the arguments of ``python``."""
    # Where runs are looked for later is where this process would: no set-up may move the records.
    runs = ["--runs", str(home_of().absolute())]
    named = [*runs, "--spool", str(spool.absolute()), "--area", str(area.absolute())]
    if is_batch(order.wms.service):
        named.append("--batch")
    # -P: as a program that is started by its path, it imports nothing from where it is run.
    return ["-P", "-c", _START, home(), *named]


def script(order: Order, area: Path, child: Sequence[str]) -> str:
    """Return what ``bash`` runs: the set-up commands, then the child.

    Parameters
    ----------
    child
        The arguments of ``python``.
    """
    log = ClaimFiles(area, order.claim).shown_log

    def refused(why: str) -> str:
        return encode(NotReady(f"{why}; all output: {log}"))

    return set_up(order.environment, order.setting, child, area, refused)


def set_up(
    name: str,
    setting: Setting,
    program: Sequence[str],
    area: Path,
    refused: Callable[[str], str],
    *,
    asked: bool = False,
) -> str:
    """Return what ``bash`` runs: the set-up commands of an environment, then its Python.

    The script has no arguments of its own: a file that is sourced would take them for its own, or set others.
    The commands of bash itself are called as such, for a set-up may define functions of the same names.

    Parameters
    ----------
    program
        The arguments of ``python``.
    area
        Where the commands are run, wherever the caller stands.
    refused
        Returns the line that is said in its place, given why there is no such Python.
    asked
        Whether that answers a line, which is read first.
    """
    variables = [f"export {name}={shlex.quote(value)}" for name, value in sorted(setting.variables.items())]

    def broken(why: str) -> str:
        words = refused(f"the environment {name} can't be set up: {why}").rstrip()
        return f"{{ _cmcompile={shlex.quote(words)}; \\builtin break; }}"

    place = shlex.quote(str(area.absolute()))
    lines = [_BEGIN, *variables, rf"\builtin cd -- {place} || " + broken(f"there is no directory {area}")]
    for text in setting.setup:
        lines += ["{", text, "} || " + broken(f"`{text}` failed")]
    # Once more: a set-up command may set them too, and the spec has the last word.
    lines += variables
    lines.append(r"\builtin type -P python >/dev/null || " + broken("its set-up gives no python"))
    lines += [*_THROUGH, _END]
    lines.append(f'[[ "$_cmcompile" != through ]] || {_EXEC} {shlex.join(program)}')
    return "\n".join([*lines, *((_READ,) if asked else ()), *_REFUSED])
