"""Rows of files on disk: which fit, and when there is no answer."""

from __future__ import annotations

import os
import re
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmcompile.model.list_query import Answer
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.lists import files
from cmcompile.observe.lists.cells import AskError
from cmcompile.observe.lists.files import ask_files

COLUMNS = r"run0*(?P<run>[0-9]+)/seg-0*(?P<segment>[0-9]+)[.]root$"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for run in (72500, 72501):
        for segment in range(2):
            put(tmp_path / f"run{run:08}" / f"seg-{segment:05}.root")
    put(tmp_path / "run00072500/seg-x.root")
    put(tmp_path / "run00072500/notes.txt")
    put(tmp_path / "run00072500/.seg-00009.root")
    put(tmp_path / "deep/er/run00072502/seg-00000.root")
    return tmp_path


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


def rows(found: Answer | NoAnswer) -> list[Any]:
    assert isinstance(found, Answer), found
    return sorted(found.rows)


def test_a_row_for_each_file(data: Path) -> None:
    found = ask_files(f"{data}/run*/seg-*.root", COLUMNS)
    assert rows(found) == [(72500, 0), (72500, 1), (72501, 0), (72501, 1)]
    assert isinstance(found, Answer)
    assert found.columns == ("run", "segment")
    assert found.passed_over == (f"`columns` does not fit {data}/run00072500/seg-x.root",)


def test_any_folders(data: Path) -> None:
    assert (72502, 0) in rows(ask_files(f"{data}/**/seg-*.root", COLUMNS))
    assert len(rows(ask_files(f"{data}/**", COLUMNS))) == 5
    assert rows(ask_files(f"{data}/deep/**/*.root", COLUMNS)) == [(72502, 0)]
    (data / "deep/loop").symlink_to(data)
    assert rows(ask_files(f"{data}/deep/**/*.root", COLUMNS)) == [(72502, 0)]


def test_folders_are_meant_with_a_slash(data: Path) -> None:
    assert rows(ask_files(f"{data}/run*/", r"run0*(?P<run>\d+)$")) == [(72500,), (72501,)]
    assert rows(ask_files(f"{data}/*/seg*/", COLUMNS)) == []


def test_one_file_by_its_name(data: Path) -> None:
    assert rows(ask_files(f"{data}/run00072500/seg-00001.root", COLUMNS)) == [(72500, 1)]
    assert rows(ask_files(f"{data}/run00072500/seg-00007.root", COLUMNS)) == []


def test_what_may_still_be_written_is_left_out(data: Path) -> None:
    pattern = f"{data}/run*/seg-0*.root"
    assert rows(ask_files(pattern, COLUMNS, settled=3600)) == []
    assert rows(ask_files(pattern, COLUMNS, settled=0)) != []
    time.sleep(1.1)
    put(data / "run00072501/seg-00001.root")
    assert rows(ask_files(pattern, COLUMNS, settled=1)) == [(72500, 0), (72500, 1), (72501, 0)]


def test_a_link_to_a_file_is_a_file(data: Path) -> None:
    (data / "run00072501/seg-00005.root").symlink_to(data / "run00072500/seg-00000.root")
    (data / "run00072501/seg-00006.root").symlink_to(data / "nowhere")
    assert [r for r in rows(ask_files(f"{data}/run00072501/*", COLUMNS)) if r[1] > 1] == [(72501, 5)]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_can_not_be_read_is_no_answer(data: Path) -> None:
    (data / "run00072501").chmod(0)
    assert isinstance(ask_files(f"{data}/run*/seg-*.root", COLUMNS), NoAnswer)


def test_a_folder_that_fails_is_no_answer(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.scandir

    def failing(path: str) -> object:
        if path.endswith("run00072501"):
            raise OSError(116, "Stale file handle")
        return original(path)

    monkeypatch.setattr(os, "scandir", failing)
    found = ask_files(f"{data}/run*/seg-*.root", COLUMNS)
    assert isinstance(found, NoAnswer)
    assert found.why == f"{data}/run00072501: Stale file handle"


def test_a_place_that_is_not_there_is_no_answer(data: Path) -> None:
    found = ask_files(f"{data}/none/run*", COLUMNS)
    assert isinstance(found, NoAnswer)
    assert found.why == f"{data}/none is not there, or no folder"


def test_a_group_without_a_name_may_be_lacking(data: Path) -> None:
    columns = r"/run0*(?P<run>\d+)(_part)?/seg-0*(?P<segment>\d+)\.root$"
    assert len(rows(ask_files(f"{data}/run*/seg-*.root", columns))) == 4
    left_out = ask_files(f"{data}/run*/seg-*.root", r"/run0*(?P<run>\d+)(?P<part>_part)?/")
    assert isinstance(left_out, Answer)
    assert left_out.rows == ()


def test_a_path_that_names_nothing(data: Path) -> None:
    for path in ("/", "//", "/./"):
        with pytest.raises(AskError, match="names no file"):
            ask_files(path, COLUMNS)


def test_bounds(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AskError, match="more than 3 files"):
        ask_files(f"{data}/**", COLUMNS, most=3)
    with pytest.raises(AskError, match="no whole path"):
        ask_files("run*/seg-*", COLUMNS)
    monkeypatch.setattr(files, "LOOKED_AT", 3)
    assert isinstance(ask_files(f"{data}/**", COLUMNS), NoAnswer)


def test_a_name_that_is_no_text_is_told(data: Path) -> None:
    os.close(os.open(os.fsencode(f"{data}/run00072500/") + b"seg-\xff.root", os.O_CREAT | os.O_WRONLY))
    found = ask_files(f"{data}/run*/seg-*.root", COLUMNS)
    assert isinstance(found, Answer)
    assert "seg-?.root" in found.passed_over[0]
    assert len(found.rows) == 4


NAMES = st.text("ab*?[].", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES), max_size=6), st.tuples(NAMES, NAMES))
def test_a_pattern_takes_what_the_names_fit(
    tmp_path_factory: pytest.TempPathFactory, paths: list[tuple[str, str]], pattern: tuple[str, str]
) -> None:
    root = tmp_path_factory.mktemp("files")
    for path in paths:
        put(root / path[0] / path[1])
    found = ask_files(f"{root}/{pattern[0]}/{pattern[1]}", r"/(?P<folder>[^/]+)/(?P<file>[^/]+)$")

    def fits(name: str, wanted: str) -> bool:
        if not re.search(r"[*?[]", wanted):
            return name == wanted
        return fnmatch(name, wanted) and name.startswith(".") <= wanted.startswith(".")

    expected = {path for path in paths if all(map(fits, path, pattern))}
    if isinstance(found, NoAnswer):
        assert not expected
    elif "**" not in pattern:
        assert set(found.rows) == expected
