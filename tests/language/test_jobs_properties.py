"""Any list, cut in any way: each row is one job of one group, and the bytes follow from the spec alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from language_tools import Built, build_from, remember

from cmcompile.batch.table import Table, read_table
from cmcompile.model.diagnostic import Severity

ROWS = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 3), st.sampled_from(["a", "b"])), min_size=1, max_size=40
)
SPLITS = (
    "[{name: run, list: rows, size: 3}]",
    "[{name: run, list: rows, count: 2, order: descending}]",
    "[{name: run, list: rows}]",
    "[{name: run, list: rows, size: 2}, {name: stream, list: rows}]",
    "[{name: stream, list: rows}, {name: run, list: rows, size: 4}]",
    "[]",
)
SPEC = """\
batch: {{system: {system}}}
lists: {{rows: {{file: rows.txt, columns: [run, segment, stream]}}}}
steps:
  s:
    engine: batch
    collect: u/c/s
    split: {split}
    jobs:
      each: [run, segment, stream]
      command: ./run.sh ${{{{ job.run }}}} ${{{{ job.segment }}}} "$JOB_stream" ${{{{ group.id }}}}
      payload: run.sh
      outputs: /d/${{{{ job.stream }}}}-${{{{ job.run | pad(4) }}}}-${{{{ job.segment }}}}.root
"""


def built_of(rows: Sequence[tuple[object, ...]], split: str, system: str = "slurm") -> Built:
    text = "".join(" ".join(map(str, row)) + "\n" for row in rows)
    files = {"rows.txt": text, "run.sh": "#!/bin/bash\n"}
    built = build_from(remember(SPEC.format(split=split, system=system), files))
    assert built.found(Severity.ERROR) == []
    return built


def bytes_of(built: Built) -> dict[str, bytes]:
    assert built.compilation is not None
    files = {path: file.data for path, file in built.compilation.includes.items()}
    return files | {made.path: made.data for made in built.groups.values()}


def tables_of(built: Built) -> list[Table]:
    return [read_table(data) for path, data in sorted(bytes_of(built).items()) if path.endswith(".tsv")]


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, split=st.sampled_from(SPLITS))
def test_each_row_is_one_job_of_one_group(rows: list[tuple[int, int, str]], split: str) -> None:
    jobs = [job for table in tables_of(built_of(rows, split)) for job in table.jobs]
    assert sorted(job.values for job in jobs) == sorted({tuple(map(str, row)) for row in rows})
    outputs = [name for job in jobs for name in job.outputs]
    assert len(outputs) == len(set(outputs)) == len(jobs)
    assert all(job.command.split()[1:3] == list(job.values[:2]) for job in jobs)


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    split=st.sampled_from(SPLITS),
    system=st.sampled_from(["slurm", "htcondor"]),
    seed=st.integers(),
)
def test_the_order_of_a_list_makes_no_difference(
    rows: list[tuple[int, int, str]], split: str, system: str, seed: int
) -> None:
    shuffled = list(rows) + rows[:3]
    Random(seed).shuffle(shuffled)
    first, second = built_of(rows, split, system), built_of(shuffled, split, system)
    assert bytes_of(first) == bytes_of(second)
    assert bytes_of(first) == bytes_of(built_of(rows, split, system))
    digests = [{n: made.digest for n, made in one.groups.items()} for one in (first, second)]
    assert digests[0] == digests[1]


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, gone=st.sets(st.integers(1, 12), max_size=4))
def test_a_group_keeps_its_bytes_when_others_change(rows: list[tuple[int, int, str]], gone: set[int]) -> None:
    kept = [row for row in rows if row[0] not in gone]
    if not kept:
        return
    split = "[{name: run, list: rows}]"
    before, after = bytes_of(built_of(rows, split)), bytes_of(built_of(kept, split))
    assert {path: before[path] for path in after} == after


def test_a_job_costs_the_same_however_many_there_are() -> None:
    """Counted in calls of Python, which a busy machine does not change."""
    few, many = (
        _calls([(run, segment, "a") for run in range(runs) for segment in range(20)]) for runs in (100, 400)
    )
    assert many < 4.4 * few


def _calls(rows: Sequence[tuple[object, ...]]) -> int:
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        built_of(rows, "[{name: run, list: rows, size: 20}]")
    finally:
        sys.setprofile(None)
    return count
