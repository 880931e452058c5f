"""The tables of a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import MetaData

#: Goes up when the tables change so that an older cmcompile can't use them.
VERSION = 1
OUTPUTS, ABOUT, FILLED = "cmcompile_outputs", "cmcompile_catalog", "cmcompile_filled"


def tables() -> MetaData:
    """Return the tables; their names begin with ``cmcompile_``, as a database may hold others."""
    from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text

    found = MetaData()
    Table(ABOUT, found, Column("version", Integer, primary_key=True))
    # Output runs that had ended when what their jobs told was taken in: there is no more to come.
    Table(FILLED, found, Column("campaign", Text, primary_key=True), Column("run", Text, primary_key=True))
    outputs = Table(
        OUTPUTS,
        found,
        # A digest, since a database bounds the length of what it indexes, and not that of a path.
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("path", Text, nullable=False),
        Column("campaign", Text, nullable=False),
        Column("step", Text, nullable=False),
        Column("group_id", Text, nullable=False),
        Column("workflow", Text, nullable=False),
        Column("run", Text, nullable=False),
        Column("job", BigInteger, nullable=False),
        Column("data_id", Text, nullable=False),
        Column("size", BigInteger),
        Column("checksum", Text, nullable=False),
        Column("events", BigInteger),
        Column("at", Double, nullable=False),
        Column("source", Text, nullable=False),
    )
    Index("cmcompile_outputs_name", outputs.c.name)
    Index("cmcompile_outputs_step", outputs.c.campaign, outputs.c.step, outputs.c.group_id)
    return found
