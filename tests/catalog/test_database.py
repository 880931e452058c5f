"""A catalog keeps what it was told, in SQLite and in PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from postgres_server import Postgres

from cmcompile.catalog.address import file_address, shown
from cmcompile.catalog.database import Catalog
from cmcompile.catalog.errors import CatalogError
from cmcompile.model.catalog import Output, held

ONE = Output(
    "calor-22000-1.root", "/out/calor-22000-1.root", "one", "calor", "1", "w00", "calor/1/w00-00ff00", 1,
    "run=22000, segment=1", 1000, "md5:00ff", 5, 100.25,
)  # fmt: skip


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=[pytest.mark.service("postgres"), pytest.mark.xdist_group("sites")]),
    ]
)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a new database of each kind."""
    if request.param == "sqlite":
        yield file_address(tmp_path / "a b%2F" / "catalog.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.new_database()
    yield f"postgresql://{server.user}:secret@127.0.0.1:{server.port}/{name}"
    server.drop(name)


def test_what_was_put_is_there(address: str) -> None:
    odd = replace(
        ONE,
        name="ü %_'\\\"; drop table x; --",
        path="/" + "p" * 4000,
        group="rescue.2",
        size=None,
        events=None,
    )
    with Catalog(address, make=True) as catalog:
        assert catalog.put([ONE, odd]) == 2
    with Catalog(address) as catalog:
        assert list(catalog.outputs()) == [ONE, odd]
        assert catalog.named([odd.name, "no"]) == {odd.name: [odd]}
        assert list(catalog.outputs("one", {("calor", "1")})) == [ONE]
        assert list(catalog.outputs("two")) == []
        catalog.fill("one", [ONE.run, ONE.run])
        catalog.fill("one", [ONE.run])
        catalog.fill("one", [])
        assert (catalog.filled("one"), catalog.filled("two")) == (frozenset([ONE.run]), frozenset())
        assert list(catalog.outputs(name="calor-*-?.root")) == [ONE]
        assert list(catalog.outputs(name="*%_'\\*")) == [odd]
        assert list(catalog.outputs(name="calor-*-1_root")) == []
        assert list(catalog.outputs(name="CALOR-*")) == []
        assert list(catalog.outputs(name="[c]alor-*")) == []


def test_what_is_told_again_is_one(address: str) -> None:
    seen = replace(ONE, checksum="", events=None, at=200.0, source="scan")
    other = replace(ONE, size=900, checksum="", events=None, at=300.0, source="scan")
    late = replace(ONE, size=1, at=50.0)
    with Catalog(address, make=True) as catalog:
        catalog.put([ONE])
        assert catalog.put([seen]) == 0
        # The same bytes, as far as can be told: what the job said of them still holds.
        assert list(catalog.outputs()) == [replace(ONE, at=200.0, source="scan")]
        catalog.put([other])
        assert list(catalog.outputs()) == [other]
        catalog.put([late])
        assert list(catalog.outputs()) == [other]
        # In one go, in any order.
        assert catalog.put([other, ONE, late, seen]) == 0
        assert list(catalog.outputs()) == [other]


def test_the_last_one_wins_and_both_are_shown(address: str) -> None:
    again = replace(ONE, workflow="w01", run="calor/1/w01-00ff01", at=300.0)
    elsewhere = replace(ONE, path="/tape/calor-22000-1.root", at=200.0, source="scan")
    with Catalog(address, make=True) as catalog:
        catalog.put([again, ONE, elsewhere])
        found = held(catalog.outputs())
        assert catalog.named([ONE.name], "one")[ONE.name] == [again, elsewhere, ONE]
    assert [(h.last, h.others) for h in found] == [(again, (elsewhere, ONE))]


def test_many_at_once(address: str) -> None:
    many = [replace(ONE, name=f"{n}.root", job=n) for n in range(1, 2502)]
    with Catalog(address, make=True) as catalog:
        assert catalog.put(many) == 2501
        assert len(catalog.named([o.name for o in many])) == 2501
        assert sum(1 for _ in catalog.outputs()) == 2501


def test_two_fill_at_once(address: str) -> None:
    def fill(first: int) -> None:
        with Catalog(address, make=True) as catalog:
            catalog.put(replace(ONE, name=f"{n}.root", at=first) for n in range(first, first + 300))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fill, (0, 100, 200, 300)))
    with Catalog(address) as catalog:
        assert sum(1 for _ in catalog.outputs()) == 600
        assert {o.at for o in catalog.outputs(name="250.root")} == {200.0}


def test_a_catalog_is_made_on_request_only(address: str) -> None:
    with pytest.raises(CatalogError, match="there is no catalog"):
        Catalog(address)
    Catalog(address, make=True)
    Catalog(address)


def test_another_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    Catalog(file_address(path), make=True)
    with sqlite3.connect(path) as connection:
        connection.execute("update cmcompile_catalog set version = 2")
    with pytest.raises(CatalogError, match="another version"):
        Catalog(file_address(path))


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    path.write_bytes(b"this is no database, whatever it says" * 99)
    with pytest.raises(CatalogError, match="not a database"):
        Catalog(file_address(path), make=True)


@pytest.mark.service("postgres")
@pytest.mark.xdist_group("sites")
def test_a_password_is_never_shown(postgres: Postgres) -> None:
    address = f"postgresql://nobody:hunter2@127.0.0.1:{postgres.port}/nowhere?application_name=hunter2"
    with pytest.raises(CatalogError) as caught:
        Catalog(address)
    assert "hunter2" not in str(caught.value)
    assert "nobody:***@127.0.0.1" in str(caught.value)
    assert 'role "nobody" does not exist' in str(caught.value)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense:hunter2", "can't be read"),
        ("mysql://u:hunter2@h/db", "'mysql'"),
        ("sqlite:///relative.db", "whole path"),
        ("sqlite://", "whole path"),
        ("postgresql://u:hunter2@h", "no database"),
    ],
)
def test_an_address_that_can_not_be_used(address: str, why: str) -> None:
    with pytest.raises(CatalogError, match=why) as caught:
        Catalog(address, make=True)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_is_named_with_its_whole_path(tmp_path: Path) -> None:
    assert shown(file_address(tmp_path / "catalog.db")) == f"sqlite:///{tmp_path}/catalog.db"
