"""What is taken out of texts of others before they are written into a ledger, or told."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from urllib.parse import quote

#: Longer texts are cut.
LONGEST = 500
#: Shorter values stand in too many words that tell nothing of them.
_SHORTEST = 6
_SECRET = (
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "KEY",
    "AUTH",
    "COOKIE",
    "PROXY",
)
#: Where a shell, a virtual environment or a CI system works: paths, which people must be able to read.
_PLACES = ("PWD", "OLDPWD", "VIRTUAL_ENV", "GITHUB_WORKSPACE", "WORKSPACE", "RUNNER_TEMP", "CMCOMPILE_*")
#: Names of hosts, in spite of how they are called.
_HOSTS = ("NO_PROXY", "no_proxy")
#: In an address: who asks for it, and with which password.
_USER = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s]*@")


def cleaner(environ: Mapping[str, str], allowed: Collection[str]) -> Callable[[str], str]:
    """Return what makes a text of a child, a workload system or an error fit to be read by everybody.

    In place of the value of a variable its name is written, ``[API_TOKEN]``; users and passwords are taken
    out of addresses; what is too long is cut.

    Parameters
    ----------
    environ
        Of this process.
    allowed
        Names of the variables that a child may read, so that their values are no secrets; ``*`` stands for
        any text. One whose name looks like that of a secret is one all the same.
    """
    values = dict(_values(environ, allowed))
    # The longest first: one secret may be the beginning of another.
    ordered = sorted(values, key=lambda value: (-len(value), value))
    pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def clean(text: str) -> str:
        found = text if pattern is None else pattern.sub(lambda match: f"[{values[match[0]]}]", text)
        found = _USER.sub(r"\1", found)
        return found if len(found) <= LONGEST else f"{found[: LONGEST - 1]}…"

    return clean


def _values(environ: Mapping[str, str], allowed: Collection[str]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        known = any(fnmatchcase(name, pattern) for pattern in (*allowed, *_PLACES))
        if name in _HOSTS or (known and not any(word in name.upper() for word in _SECRET)):
            continue
        # A key of several lines is shown line by line, and what stands in an address is written otherwise.
        for part in (value, *value.splitlines()):
            for written in (part.strip(), quote(part.strip(), safe="")):
                if len(written) >= _SHORTEST:
                    yield written, name
