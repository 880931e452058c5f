"""The job table: what is written comes back, and what could not come back is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.batch.errors import BatchFileError
from cmcompile.batch.table import LAST, Job, Table, is_field, is_name, read_table, table_bytes

FIELDS = st.text(max_size=20).filter(is_field)
NAMES = st.text(min_size=1, max_size=20).filter(is_name)
COLUMNS = st.lists(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda c: c not in ("job", *LAST)),
    unique=True,
    max_size=4,
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = tuple(draw(COLUMNS))
    jobs = tuple(
        Job(
            number,
            columns,
            tuple(draw(FIELDS) for _ in columns),
            tuple(draw(st.lists(NAMES, max_size=3))),
            tuple(draw(st.lists(NAMES, max_size=3))),
            draw(FIELDS),
            draw(FIELDS),
        )
        for number in range(1, draw(st.integers(0, 4)) + 1)
    )
    return Table(columns, jobs)


@given(tables())
def test_a_table_comes_back_from_its_bytes(table: Table) -> None:
    data = table_bytes(table)
    assert read_table(data) == table
    # As a shell reads it: a line per row, a tab between fields.
    assert data.count(b"\n") == len(table.jobs) + 1
    assert {line.count(b"\t") for line in data.splitlines() if line} == {len(table.columns) + 4}


@given(tables(), st.data())
def test_a_table_that_was_cut_off_is_noticed(table: Table, data: st.DataObject) -> None:
    whole = table_bytes(table)
    at = data.draw(st.integers(0, len(whole) - 1))
    if whole[:at].endswith(b"\n"):
        # The number of jobs stands in the document: rows that are not there are not in the table.
        assert len(read_table(whole[:at]).jobs) < len(table.jobs)
    else:
        with pytest.raises(BatchFileError):
            read_table(whole[:at])


@given(st.binary(max_size=60))
def test_whatever_it_holds_reading_ends_in_a_table_or_in_words(data: bytes) -> None:
    with suppress(BatchFileError):
        table = read_table(b"job\trun\toutputs\tinputs\tlog\tcommand\n" + data)
        assert [job.number for job in table.jobs] == list(range(1, len(table.jobs) + 1))


@pytest.mark.parametrize("bad", ["a\tb", "a\nb", "a\rb", "\x00", "\x1b[31m", "\u2028", "\ud800"])
def test_a_field_that_would_break_the_table_is_refused(bad: str) -> None:
    assert not is_field(bad)
    with pytest.raises(ValueError, match="job 1"):
        table_bytes(Table(("run",), (Job(1, ("run",), ("1",), command=bad),)))


@pytest.mark.parametrize("bad", ["", "a b", "a\u00a0b", "a\u3000b", "a\tb"])
def test_a_name_with_white_space_is_refused(bad: str) -> None:
    assert not is_name(bad)
    with pytest.raises(ValueError, match="job 1"):
        table_bytes(Table((), (Job(1, (), (), outputs=(bad,)),)))


@pytest.mark.parametrize("columns", [("job",), ("log",), ("a", "a"), ("a-b",), ("1a",), ("",)])
def test_columns_that_mean_something_else_are_refused(columns: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="column"):
        table_bytes(Table(columns, ()))


def test_jobs_are_found_by_number_and_by_what_they_are_for() -> None:
    columns = ("segment", "run")
    table = Table(columns, (Job(1, columns, ("0", "22000")), Job(2, columns, ("1", "22000"))))
    assert table.jobs[1].data_id == "run=22000, segment=1"
    assert table.by_data_id()["run=22000, segment=0"] is table.job(1)
    assert table.job(0) is None
    assert table.job(3) is None
    assert table.jobs[0].ids == {"segment": "0", "run": "22000"}
