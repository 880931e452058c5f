"""Pages of a forge, found by the address of a git remote."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from cmcompile.site.model import ForgePages

#: ``git@github.com:owner/repository.git``
_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)/?(.+)\Z")
_KNOWN = ("github.com", "gitlab.com")
_SCHEMES = ("https", "http", "ssh", "git", "git+ssh")


def pages_of(remote: str, branch: str, named: str = "") -> ForgePages | None:
    """Return where a forge shows the repository of a remote; None: it is on none that is known.

    Parameters
    ----------
    remote
        The URL of the git remote. Users and passwords in it are dropped.
    branch
        The branch that specs and decisions are on.
    named
        What the setting ``cmcompile.forge`` says: the page of the repository on a forge of another name. One
        whose host has ``gitlab`` in its name is addressed as GitLab does, any other as GitHub does.
    """
    base = _page(named) if named else _page(remote)
    if base is None:
        return None
    host, path = base
    if not named and host not in _KNOWN:
        return None
    scheme = "http" if named.startswith("http://") else "https"
    url = f"{scheme}://{host}/{quote(path)}"
    inner, name = ("/-", "file_name") if "gitlab" in host else ("", "filename")
    at = quote(branch)
    return ForgePages(
        edit=f"{url}{inner}/edit/{at}/{{path}}",
        new=f"{url}{inner}/new/{at}?{name}={{path}}",
        commit=f"{url}{inner}/commit/{{commit}}",
    )


def _page(remote: str) -> tuple[str, str] | None:
    """Return host and path of a repository, as its page has them."""
    text = remote.strip()
    if "://" in text:
        parts = urlsplit(text)
        host, path = parts.hostname or "", parts.path
        if parts.scheme not in _SCHEMES:
            return None
        try:
            port = parts.port
        except ValueError:
            return None
        if parts.scheme in ("http", "https") and port:
            host = f"{host}:{port}"
    elif found := _SCP.match(text):
        host, path = found[1], found[2]
    else:
        return None
    path = path.strip("/").removesuffix(".git").rstrip("/")
    return (host.lower(), path) if host and path.count("/") >= 1 else None
