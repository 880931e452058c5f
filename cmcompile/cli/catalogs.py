"""Which catalog a campaign uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place
from cmcompile.cli.setting import setting

if TYPE_CHECKING:
    from cmcompile.catalog.database import Catalog
    from cmcompile.model.campaign import Spec

#: git's setting, and the variable that goes before it; both go before what the campaign says.
SETTING, VARIABLE = "cmcompile.catalog", "CMCOMPILE_CATALOG"


def address_of(place: Place, spec: Spec, given: str | None = None) -> str:
    """Return where the catalog of a campaign is: as given, as set here, as its spec says, or in a file."""
    from cmcompile.model.campaign import highest
    from cmcompile.spec.values import text

    found = given or setting(place.root, SETTING, VARIABLE) or text(highest(spec.layers, "catalog"))
    if found:
        return found
    from cmcompile.catalog.address import file_address

    return file_address(own_file(place.root, spec.name))


def asked_of(place: Place) -> str:
    """Return the catalog that says which jobs need not run; empty: none is set, and none was made."""
    found = setting(place.root, SETTING, VARIABLE) or _written(place)
    if found:
        return found
    own = own_file(place.root, place.name)
    if not own.exists():
        return ""
    from cmcompile.catalog.address import file_address

    return file_address(own)


def own_file(root: Path, campaign: str) -> Path:
    """Return the file of a campaign that names no catalog."""
    return root / ".git" / "cmcompile" / campaign / "catalog.db"


def _written(place: Place) -> str:
    """Return what the campaign, or what it extends, says; nothing of it is checked."""
    from cmcompile.model.campaign import highest
    from cmcompile.model.diagnostic import Findings
    from cmcompile.spec.documents import RepositoryDocuments
    from cmcompile.spec.extend import read_files
    from cmcompile.spec.files import WorkingTree
    from cmcompile.spec.values import text

    files = read_files(RepositoryDocuments(WorkingTree(place.root)), place.path, Findings())
    return text(highest([file.layer for file in files], "catalog")) or ""


def opened(place: Place, spec: Spec, given: str | None = None, *, make: bool = False) -> Catalog:
    """Open the catalog of a campaign.

    Raises
    ------
    CatalogError
        As `Catalog`.
    """
    from cmcompile.catalog.database import Catalog

    return Catalog(address_of(place, spec, given), make=make)
