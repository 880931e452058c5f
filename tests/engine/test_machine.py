"""Shares of the machine, locks, and the commands of jobs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cmcompile.engine.command import environment_of, filled, seen_through
from cmcompile.engine.lock import is_locked, lock, unlock
from cmcompile.engine.machine import Machine, Share, cores_here, memory_here
from cmcompile.engine.workflow import FILE, Job, Workflow, WorkflowError


def test_a_share_counts_until_its_last_holder_ends(tmp_path: Path) -> None:
    one, other = Machine(tmp_path, 2, 1000), Machine(tmp_path, 2, 1000)
    first = one.take(Share(1, 100))
    second = other.take(Share(1, 100))
    assert first is not None
    assert second is not None
    assert one.take(Share(1, 100)) is None
    os.close(second)
    assert one.take(Share(1, 100)) is not None


def test_who_waits_is_not_passed(tmp_path: Path) -> None:
    large, small = Machine(tmp_path, 2, 1000), Machine(tmp_path, 2, 1000)
    held = small.take(Share(1, 100))
    assert held is not None
    assert large.take(Share(2, 100)) is None
    # There is a free core, but it is kept for who asked first.
    assert small.take(Share(1, 100)) is None
    os.close(held)
    assert large.take(Share(2, 100)) is not None


def test_who_gives_way_is_passed(tmp_path: Path) -> None:
    large, small = Machine(tmp_path, 2, 1000), Machine(tmp_path, 2, 1000)
    assert small.take(Share(1, 100)) is not None
    assert large.take(Share(2, 100)) is None
    large.give_way()
    assert small.take(Share(1, 100)) is not None


def test_a_limit_stands_in_nobody_elses_way(tmp_path: Path) -> None:
    one, other = Machine(tmp_path, 4, 1000), Machine(tmp_path, 4, 1000)
    held = one.take(Share(1, 1, "db"))
    assert held is not None
    assert other.take(Share(1, 1, "db")) is None
    assert one.take(Share(1, 1)) is not None
    os.close(held)
    assert other.take(Share(1, 1, "db")) is not None


def test_the_machine_has_something() -> None:
    assert cores_here() >= 1
    assert memory_here() > 100


def test_a_lock_is_seen_and_not_taken_by_looking(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    one, other = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    look = os.open(path, os.O_RDONLY)
    assert not is_locked(look)
    assert lock(one)
    assert is_locked(look)
    assert not lock(other)
    unlock(one)
    assert lock(other)


_HEAD = "#!/bin/bash\n\nset -e\nset -x\nqgraphFile=$1\nbutlerConfig=$2\n"


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        (
            "${DIR}/bin/butler --x aggregate-graph ${qgraphFile} ${butlerConfig} -j 1 \n",
            ("/d/bin/butler", "--x", "aggregate-graph", "g", "b", "-j", "1"),
        ),
        ('butler "$qgraphFile" --label "a b"\n', ("butler", "g", "--label", "a b")),
        ("butler one\nbutler two\n", None),
        ("butler one | tee log\n", None),
        ("butler *.qg\n", None),
        ("butler $(date)\n", None),
        ("butler '$DIR'\n", None),
        ("butler ${BLANKS}\n", None),
        ("butler ${UNSET}\n", None),
        ("", None),
    ],
)
def test_a_script_of_one_plain_command_needs_no_shell(
    tmp_path: Path, text: str, argv: tuple[str, ...] | None
) -> None:
    script = tmp_path / "final_job.bash"
    script.write_text(_HEAD + text, encoding="utf-8")
    whole = (str(script), "g", "b")
    assert seen_through(whole, {"DIR": "/d", "BLANKS": "a b"}) == (argv or whole)


def test_other_scripts_are_left_alone(tmp_path: Path) -> None:
    script = tmp_path / "x.bash"
    script.write_text("#!/bin/bash\nset -u\nbutler x\n", encoding="utf-8")
    assert seen_through((str(script), "g", "b"), {}) == (str(script), "g", "b")
    assert seen_through(("/no/such.bash", "g", "b"), {}) == ("/no/such.bash", "g", "b")


def test_variables_are_put_in() -> None:
    assert filled("<ENV:A>/bin/<ENV:B>", {"A": "/a"}) == "/a/bin/"
    assert environment_of({"X": "<ENV:A>"}, {"A": "1"}) == {"A": "1", "X": "1"}


def test_a_workflow_is_read_as_it_was_written(tmp_path: Path) -> None:
    jobs = (
        Job("a", "l", ("x", "y"), no_retry=(1, 2), environment={"A": "1"}, abort_on=3, before=("z",)),
        Job("b", "l", parents=("a",), regardless=True),
    )
    workflow = Workflow("w", jobs, "b", "/d", "/g.qg", "u/x", 2, 100, {"operator": "me"})
    workflow.write(tmp_path)
    assert Workflow.read(tmp_path) == workflow


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 1, "name": "x"}'])
def test_a_workflow_that_can_not_be_read_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(WorkflowError):
        Workflow.read(tmp_path)
