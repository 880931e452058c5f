"""Jobs are left out when what they would make is there, and never on half a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from sent_world import Submitted, table

from cmcompile.batch.run_files import WORK
from cmcompile.catalog.existing import existing
from cmcompile.catalog.former import read_former
from cmcompile.model.catalog import Output
from cmcompile.model.signal import SignalKind


class Names:
    """A catalog that holds some outputs."""

    def __init__(self, *outputs: Output) -> None:
        self._outputs = outputs

    def named(self, names: Collection[str], campaign: str | None = None) -> Mapping[str, Sequence[Output]]:
        assert campaign == "one"
        return {name: [o for o in self._outputs if o.name == name] for name in names}


def listed(name: str, path: str, job: int = 1, step: str = "calor") -> Output:
    data_id = f"run=22000, segment={job}"
    return Output(name, path, "one", step, "1", "w00", "calor/1/w00-00ff00", job, data_id, at=1.0)


def test_all_outputs_must_be_there(tmp_path: Path) -> None:
    one, two, empty = (tmp_path / name for name in ("one.root", "two.root", "empty.root"))
    one.write_bytes(b"x")
    two.write_bytes(b"x")
    empty.touch()
    jobs = table([str(one)], [str(one), str(two)], [str(one), str(tmp_path / "no.root")], [str(empty)], [])

    found = existing(jobs)

    assert found == {1: f"{one} is there", 2: f"{one} is there and 1 more"}


def test_the_same_job_of_a_former_workflow_left_them(tmp_path: Path) -> None:
    jobs = table(["a.root"], ["a.root"], ["a.root"], ["a.root"])
    former = Submitted(tmp_path, jobs)
    for number in (1, 2, 3):
        former.wrote(number, "a.root")
    former.ended(1)
    former.ended(2, exit_=1)
    former.said(3, SignalKind.BEGUN)

    found = existing(jobs, formers=[former.former()])

    assert found == {1: f"{former.directory / WORK / '1' / 'a.root'} is there"}
    assert not existing(jobs)


def test_half_a_file_is_none(tmp_path: Path) -> None:
    jobs = table([str(tmp_path / "a.root")], [str(tmp_path / "b.root")], [str(tmp_path / "c.root")])
    for name in "abc":
        (tmp_path / f"{name}.root").write_bytes(b"half")
    former = Submitted(tmp_path / "submit", jobs)
    former.ended(1, exit_=1)
    former.said(2, SignalKind.BEGUN, 5)

    assert list(existing(jobs, formers=[former.former()])) == [3]

    again = Submitted(tmp_path / "submit", jobs, "w01")
    again.ended(1, second=30)
    found = existing(jobs, formers=[former.former(), again.former()])
    assert list(found) == [1, 3]
    assert existing(jobs, formers=[again.former(), former.former()]) == found


def test_what_counts_no_more_is_made_again(tmp_path: Path) -> None:
    jobs = table([str(tmp_path / "a.root")], ["b.root"])
    (tmp_path / "a.root").write_bytes(b"bad")
    former = Submitted(tmp_path / "submit", jobs)
    former.wrote(2, "b.root")
    former.ended(1)
    former.ended(2)

    assert list(existing(jobs, formers=[former.former()])) == [1, 2]
    assert not existing(jobs, void=[former.former()])


def test_the_catalog_is_believed_where_nobody_can_look(tmp_path: Path) -> None:
    there = tmp_path / "there.root"
    there.write_bytes(b"x")
    jobs = table(["a"], ["b"], ["c"], ["d"])
    names = Names(
        listed("a", str(there)),
        listed("b", str(tmp_path / "gone.root"), 2),
        listed("c", "/nobody/mounted/this/c.root", 3),
        listed("d", "", 4),
    )

    found = existing(jobs, catalog=names, campaign="one")

    assert found == {
        1: f"{there} is in the catalog, by calor/1/w00-00ff00",
        3: "/nobody/mounted/this/c.root is in the catalog, by calor/1/w00-00ff00",
    }


def test_the_catalog_does_not_save_half_a_file(tmp_path: Path) -> None:
    jobs = table(["a.root"])
    former = Submitted(tmp_path, jobs)
    path = former.wrote(1, "a.root")
    former.ended(1, exit_=1)
    names = Names(listed("a.root", str(path)))

    assert not existing(jobs, formers=[former.former()], catalog=names, campaign="one")


def test_the_catalog_does_not_give_a_job_the_file_of_another(tmp_path: Path) -> None:
    there = tmp_path / "there.root"
    there.write_bytes(b"x")
    jobs = table(["out.root"], ["out.root"])
    names = Names(listed("out.root", str(there), 1), listed("out.root", str(there), 2, step="other"))

    assert list(existing(jobs, catalog=names, campaign="one", step="calor")) == [1]


def test_a_path_that_is_written_in_another_way_is_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "a.root"
    path.write_bytes(b"half")
    declared = f"{tmp_path}//a.root"
    jobs = table([declared])
    former = Submitted(tmp_path / "submit", jobs)
    former.ended(1, exit_=1)
    # As it is filled: the path in its usual form.
    names = Names(listed(declared, str(path)))

    assert not existing(jobs, formers=[former.former()], catalog=names, campaign="one")


def test_what_the_payload_says_alone_is_no_end(tmp_path: Path) -> None:
    path = tmp_path / "a.root"
    path.write_bytes(b"half")
    jobs = table([str(path)])
    former = Submitted(tmp_path / "submit", jobs)
    former.said(1, SignalKind.BEGUN, 1)
    former.said(1, SignalKind.FINISHED, 2, exit_=0)

    assert not existing(jobs, formers=[former.former()])


def test_what_a_workflow_left_out_it_did_not_spoil(tmp_path: Path) -> None:
    (tmp_path / "a.root").write_bytes(b"x")
    jobs = table([str(tmp_path / "a.root")])
    former = Submitted(tmp_path / "submit", jobs)
    (former.directory / "skipped.tsv").write_text("job\treason\n1\tthere\n")
    former.ended(1, exit_=1)

    assert list(existing(jobs, formers=[former.former()])) == [1]


def test_a_directory_without_jobs_is_no_former(tmp_path: Path) -> None:
    assert read_former(tmp_path) is None
