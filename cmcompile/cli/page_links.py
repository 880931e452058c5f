"""Where the page of a ledger sends its reader: the spec on the forge, and the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place

if TYPE_CHECKING:
    from pathlib import Path

    from cmcompile.report.status.ledger_page import Links
    from cmcompile.site.model import ForgePages

#: Names the address at which the site of the repository's campaigns stands.
SITE = "cmcompile.site"
_FORGE = "cmcompile.forge"


def page_links(place: Place) -> Links:
    """Return what git's settings tell; what they do not tell is left out of the page."""
    from urllib.parse import quote

    from cmcompile.git.errors import GitError
    from cmcompile.git.tracked import tracked
    from cmcompile.report.status.ledger_page import Links

    spec_at = ""
    try:
        branch = tracked(place.root)
        if branch is not None and branch.remote:
            name = branch.name
            forge = forge_pages(place.root, branch.remote, name)
            if forge is not None:
                base = forge.commit.removesuffix("/commit/{commit}")
                spec_at = f"{base}/blob/{quote(name)}/{quote(place.path)}"
        return Links(place.path, spec_at, site=_asked(place.root, "config", "--get", SITE))
    except GitError:
        return Links(place.path)


def forge_pages(root: Path, remote: str, branch: str) -> ForgePages | None:
    """Return where a forge shows a branch of a remote; None: it is on none that is known."""
    from cmcompile.site.forge import pages_of

    return pages_of(
        _asked(root, "remote", "get-url", remote), branch, _asked(root, "config", "--get", _FORGE)
    )


def _asked(root: Path, *words: str) -> str:
    from cmcompile.git.run import run

    return run(root, *words).out.decode("utf-8", "replace").strip()
