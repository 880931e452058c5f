"""Make iDDS's tables, and the one of PanDA's that the relay reads; run in the environment of the servers."""

from __future__ import annotations

import importlib
import sys

#: Whoever is banned; panda-server looks before it does anything.
_USERS = "create schema doma_pandameta; create table doma_pandameta.users (name text, status text)"


def main(schema: str) -> None:
    """Make them in an empty database, which `idds.cfg` names."""
    sqlalchemy = importlib.import_module("sqlalchemy")
    # Not iDDS's `build_database`: after the tables it wants a configuration of alembic.
    engine = importlib.import_module("idds.orm.base.session").get_engine(echo=False)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.schema.CreateSchema(schema))
        connection.execute(sqlalchemy.text(_USERS))
    importlib.import_module("idds.orm.base.models").register_models(engine)


if __name__ == "__main__":
    main(sys.argv[1])
