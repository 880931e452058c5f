"""What git and campaigns need in a job, given by the environment alone: nothing is written to any file."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path

from cmcompile.cli.ci.variables import VARIABLES, variables

#: Who makes commits in GitHub Actions, as GitHub writes it.
_BOT = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
_COUNT, _KEY, _VALUE = "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_{}", "GIT_CONFIG_VALUE_{}"


@contextmanager
def settled(environ: MutableMapping[str, str]) -> Iterator[None]:
    """Let git know, while a command runs, who commits and how GitHub is reached; in GitHub Actions only.

    The clone needs no credentials then (``persist-credentials: false``), so no other step of the job finds
    any.
    """
    before = dict(environ)
    environ.update(variables(environ.pop(VARIABLES, "")))
    if environ.get("GITHUB_ACTIONS") == "true":
        environ.update(numbered(settings(environ, Path.cwd()), environ))
    try:
        yield
    finally:
        for name in environ.keys() - before.keys():
            del environ[name]
        environ.update(before)


def settings(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the settings that git lacks here."""
    from cmcompile.cli.tell_github import TOKENS

    found: dict[str, str] = {}
    if not (_known(folder, "user.name") and _known(folder, "user.email")):
        found |= {"user.name": _BOT[0], "user.email": _BOT[1]}
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
    token = next((value for name in TOKENS if (value := environ.get(name, "").strip())), "")
    header = f"http.{server}/.extraheader"
    if token and server.startswith("https://") and not _known(folder, header):
        word = base64.b64encode(f"x-access-token:{token}".encode()).decode("ascii")
        found[header] = f"AUTHORIZATION: basic {word}"
    return found


def numbered(wanted: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings as variables that git reads, after those that are there."""
    text = environ.get(_COUNT, "0")
    first = int(text) if text.isdecimal() else 0
    found = {_COUNT: str(first + len(wanted))} if wanted else {}
    for number, (name, value) in enumerate(wanted.items(), first):
        found |= {_KEY.format(number): name, _VALUE.format(number): value}
    return found


def _known(folder: Path, name: str) -> bool:
    from cmcompile.git.run import run

    return run(folder, "config", "--get-all", name).code == 0
