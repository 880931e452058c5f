"""Where a catalog is: the address of a database, as it may be written and shown."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.catalog.errors import CatalogError

if TYPE_CHECKING:
    from sqlalchemy import URL

_HINT = "write sqlite:////a/path/catalog.db, or postgresql://USER@HOST/DATABASE"
#: By the kind of database: the package that speaks with it. It is named, as what SQLAlchemy takes by itself
#: differs from version to version.
_DRIVERS = {"postgresql": "psycopg2", "sqlite": ""}


def file_address(path: Path) -> str:
    """Return the address of a file of SQLite."""
    from sqlalchemy import URL

    return URL.create("sqlite", database=str(path.absolute())).render_as_string(hide_password=False)


def parsed(address: str) -> URL:
    """Return an address that can be used.

    Raises
    ------
    CatalogError
        When it is none, or of a kind of database that is not spoken with.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # What was written is not shown: there may be a password in it.
        raise CatalogError(f"the address of the catalog can't be read; {_HINT}") from None
    kind = url.get_backend_name()
    if kind not in _DRIVERS:
        raise CatalogError(f"a catalog can't be kept in {kind!r}; {_HINT}")
    if not url.database or (kind == "sqlite" and not Path(url.database).is_absolute()):
        raise CatalogError(f"the address of the catalog names no whole path, or no database; {_HINT}")
    driver = _DRIVERS[kind]
    if driver and url.drivername == kind:
        if importlib.util.find_spec(driver) is None:
            raise CatalogError(f"{driver} is not installed: `pip install 'cmcompile[postgres]'`")
        url = url.set(drivername=f"{kind}+{driver}")
    return url


def shown(address: str) -> str:
    """Return an address as it may be shown: without a password, also one that stands among its options."""
    url = parsed(address)
    return url.set(query={}).render_as_string(hide_password=True)
