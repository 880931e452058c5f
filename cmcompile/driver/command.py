"""The command line that starts a child in the environment of its campaign."""

from __future__ import annotations

import shlex
import sys
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
#: The pipe is out of the way while the set-up runs: what that prints goes to the log, and it reads nothing.
_ASIDE = "exec 3<&0 4>&1 </dev/null 1>&2"
_BACK = "exec 0<&3 1>&4 3<&- 4>&-"
#: With these the shell ends before the child is there.
_FAILED = 1


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
    return ["bash", "--noprofile", "--norc", "-c", script(order, area), "bash", *child]


def script(order: Order, area: Path) -> str:
    """Return what ``bash`` runs: the set-up commands, then the child with the arguments that it is given."""
    setting = order.setting
    variables = [f"export {name}={shlex.quote(value)}" for name, value in sorted(setting.variables.items())]
    log = ClaimFiles(area, order.claim).shown_log
    lines = [_ASIDE, *variables]
    for text in setting.setup:
        lines += ["{", text, "} || " + _refusal(order, f"`{text}` failed", log)]
    # Once more: a set-up command may set them too, and the spec has the last word.
    lines += variables
    lines.append("command -v python >/dev/null || " + _refusal(order, "its set-up gives no python", log))
    lines += [_BACK, 'exec python "$@"']
    return "\n".join(lines)


def _refusal(order: Order, why: str, log: str) -> str:
    """Return a command that says that preparing failed, in the child's place, and ends."""
    words = f"the environment {order.environment} can't be set up: {why}; all output: {log}"
    return f"{{ printf '%s\\n' {shlex.quote(encode(NotReady(words)).rstrip())} >&4; exit {_FAILED}; }}"


def _home() -> Path:
    """Return the directory that this package is imported from."""
    return Path(cmcompile.__file__).absolute().parents[1]
