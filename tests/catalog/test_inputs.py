"""What is not there is known only where somebody can look."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cmcompile.batch.table import Job, Table
from cmcompile.catalog.inputs import lacking
from cmcompile.model.catalog import Output


class Names:
    """A catalog that holds some outputs, of any campaign."""

    def __init__(self, **paths: str) -> None:
        self._paths = paths

    def named(self, names: Collection[str], campaign: str | None = None) -> Mapping[str, Sequence[Output]]:
        assert campaign is None
        some = {name: path for name, path in self._paths.items() if name in names}
        return {n: [Output(n, path, "other", "event", "1", "w00", "r", 1)] for n, path in some.items()}


def table(*inputs: Sequence[str]) -> Table:
    jobs = (Job(at, ("run",), (str(at),), (), tuple(some)) for at, some in enumerate(inputs, 1))
    return Table(("run",), tuple(jobs))


def test_files_that_are_not_in_a_directory_that_is_there(tmp_path: Path) -> None:
    there = tmp_path / "there.root"
    there.touch()
    gone = str(tmp_path / "gone.root")
    jobs = table([str(there)], [str(there), gone], ["/nobody/mounted/this.root"], ["payload.txt"], [])

    assert lacking(jobs, range(1, 6)) == {2: gone}
    assert lacking(jobs, [1, 3]) == {}


def test_outputs_of_another_campaign_by_their_name(tmp_path: Path) -> None:
    there = tmp_path / "there.root"
    there.touch()
    names = Names(a=str(there), b=str(tmp_path / "gone.root"), c="/nobody/mounted/c.root", d="")

    assert lacking(table(["a"], ["b"], ["c"], ["d"], ["e"]), range(1, 6), names) == {2: "b"}
