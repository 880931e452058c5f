"""The command line that starts a child in the environment of its campaign."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import cmcompile
from cmcompile.apply.child.messages import encode
from cmcompile.driver.files import ClaimFiles
from cmcompile.model.child import NotReady, Order

#: Run by the environment's own Python: it need not have this package, which comes last on its path.
_START = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from cmcompile.driver.__main__ import main; sys.exit(main(sys.argv[1:]))"
)
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
    named = ["--spool", str(spool.absolute()), "--area", str(area.absolute())]
    child = ["-c", _START, str(_home()), *named]
    if not order.environment:
        return [sys.executable, *child]
    return ["bash", "--noprofile", "--norc", "-c", script(order, area, child)]


def script(order: Order, area: Path, child: Sequence[str]) -> str:
    """Return what ``bash`` runs: the set-up commands, then the child.

    The script has no arguments of its own: a file that is sourced would take them for its own, or set others.
    The commands of bash itself are called as such, for a set-up may define functions of the same names.

    Parameters
    ----------
    child
        The arguments of ``python``.
    """
    setting = order.setting
    variables = [f"export {name}={shlex.quote(value)}" for name, value in sorted(setting.variables.items())]
    log = ClaimFiles(area, order.claim).shown_log
    lines = [_BEGIN, *variables]
    for text in setting.setup:
        lines += ["{", text, "} || " + _broken(order, f"`{text}` failed", log)]
    # Once more: a set-up command may set them too, and the spec has the last word.
    lines += variables
    lines.append(
        r"\builtin type -P python >/dev/null || " + _broken(order, "its set-up gives no python", log)
    )
    lines += [*_THROUGH, _END]
    lines.append(f'[[ "$_cmcompile" != through ]] || {_EXEC} {shlex.join(child)}')
    return "\n".join([*lines, *_REFUSED])


def _broken(order: Order, why: str, log: str) -> str:
    """Return a command that ends the set-up, and keeps what is to be said."""
    words = f"the environment {order.environment} can't be set up: {why}; all output: {log}"
    return f"{{ _cmcompile={shlex.quote(encode(NotReady(words)).rstrip())}; \\builtin break; }}"


def _home() -> Path:
    """Return the directory that this package is imported from."""
    return Path(cmcompile.__file__).absolute().parents[1]
