"""What is kept beside the clone: what it saves, and that a bad file changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from kept_worlds import PATH, World

from cmcompile.compiler.groups import first_pass
from cmcompile.compiler.writer import GroupWriter
from cmcompile.model.body import SpecRef
from cmcompile.model.campaign import ListData
from cmcompile.spec.lists import read_list
from cmcompile.version import EMIT, VERSION

SPEC = """\
cmcompile: 1
campaign: c
lists: {visits: {file: visits.txt}}
where: instrument='X' and skymap='s'
inputs: [X/raw]
bps: {pipelineYaml: /p/x.yaml, project: p, payload: {payloadName: pn, butlerConfig: /repo}}
step_defaults: {collect: "u/${{ step.name }}"}
steps:
  one:
    split: [{by: visit, list: visits, size: 5}]
    vars: {memory: 1}
    bps: {requestMemory: "${{ memory }}"}
    overrides:
    - {groups: [3], because: b, bps: {requestMemory: 7}}
  two:
    needs: one
    split: [{by: tract, values: 1..4}]
"""


class Counted:
    """Counts the calls of what would be done without what is kept."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.written: list[str] = []
        self.cut: list[str] = []
        self.lists: list[str] = []
        write = GroupWriter.write

        def counted(writer: GroupWriter, group, shapes):  # type: ignore[no-untyped-def]
            self.written.append(f"{group.step}/{group.id}")
            return write(writer, group, shapes)

        def cut(step, *rest):  # type: ignore[no-untyped-def]
            self.cut.append(step.name)
            return first_pass(step, *rest)

        def listed(documents, name, *rest):  # type: ignore[no-untyped-def]
            self.lists.append(name)
            return read_list(documents, name, *rest)

        patch.setattr(GroupWriter, "write", counted)
        patch.setattr("cmcompile.compiler.step.first_pass", cut)
        patch.setattr("cmcompile.spec.lists.read_list", listed)
        patch.setattr("cmcompile.spec.late.read_list", listed)

    def of(self, world: World, *, files: bool = True) -> tuple[list[str], list[str], list[str]]:
        """Return what was written, cut and read for one look."""
        self.__dict__.update(written=[], cut=[], lists=[])
        world.write()
        world.told(files=files)
        return self.written, self.cut, self.lists


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a campaign that was planned once."""
    made = World(tmp_path, lambda: SPEC, {"visits.txt": "".join(f"{n}\n" for n in range(100, 130))})
    made.write()
    made.told(files=True)
    return made


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Return what counts calls."""
    return Counted(monkeypatch)


NOTHING: tuple[list[str], list[str], list[str]] = ([], [], [])


def test_nothing_new_costs_nothing(world: World, counted: Counted) -> None:
    assert counted.of(world) == NOTHING
    assert counted.of(world, files=False) == NOTHING


def test_groups_that_are_sent_as_they_are_cost_nothing(world: World, counted: Counted) -> None:
    world.send(world.compiled()[2:4])
    assert counted.of(world) == NOTHING
    world.send(world.compiled()[5:8])
    assert counted.of(world) == NOTHING
    assert counted.of(world, files=False) == NOTHING


def test_an_edit_of_one_group_costs_one_group(world: World, counted: Counted) -> None:
    more = "    - {groups: [2], because: b, bps: {requestMemory: 9}}\n"
    world.text = lambda: SPEC.replace("  two:\n", more + "  two:\n")
    assert counted.of(world) == (["one/2"], [], [])


def test_an_edit_above_costs_nothing(world: World, counted: Counted) -> None:
    world.text = lambda: "# one\n# two\n" + SPEC
    assert counted.of(world) == NOTHING


def test_a_predicate_that_changes_costs_its_step(world: World, counted: Counted) -> None:
    more = "    - {groups: [2], because: b, where: detector != 3}\n"
    world.text = lambda: SPEC.replace("  two:\n", more + "  two:\n")
    written, cut, lists = counted.of(world)
    # The proof of coverage needs the predicates of all.
    assert set(written) == {f"one/{n}" for n in range(1, 7)}
    assert cut == []
    assert lists == ["visits"]


def test_an_edit_of_one_step_leaves_the_others(world: World, counted: Counted) -> None:
    world.text = lambda: SPEC.replace("values: 1..4", "values: 1..5")
    written, cut, lists = counted.of(world)
    assert (set(written), cut, lists) == ({f"two/{n}" for n in range(1, 6)}, ["two"], [])


def test_a_list_that_grows_costs_its_steps(world: World, counted: Counted) -> None:
    world.files["visits.txt"] += "130\n"
    _, cut, lists = counted.of(world)
    assert (cut, lists) == (["one", "two"], ["visits"])
    assert counted.of(world) == NOTHING


def test_status_helps_a_plan_to_its_groups(world: World, counted: Counted) -> None:
    world.kept.unlink()
    counted.of(world, files=False)
    written, cut, lists = counted.of(world)
    assert (len(written), cut, lists) == (10, [], ["visits"])
    assert counted.of(world) == NOTHING


def test_status_leaves_the_files_of_a_plan(world: World, counted: Counted) -> None:
    world.send(world.compiled()[:3])
    counted.of(world, files=False)
    assert counted.of(world) == NOTHING


def test_a_step_that_is_gone_is_noticed(world: World) -> None:
    world.send(group for group in world.compiled() if group.group.step == "two")
    assert len(set(world.agrees(files=True))) == 1
    world.text = lambda: SPEC.partition("  two:\n")[0]
    with_kept, without = world.agrees(files=True)
    assert with_kept == without
    assert "CM061" in without


def test_a_commit_that_is_fetched_later_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.last is not None
    then = world.last.spec.lists
    dict(then["visits"].columns)[""]  # read while they are as they were
    there: list[Mapping[str, ListData]] = []
    asked = lambda *_: there[0] if there else None  # noqa: E731
    monkeypatch.setattr("cmcompile.cli.situation.at_commit", lambda _: asked)
    world.send(world.compiled()[:2], spec=SpecRef(PATH, "c" * 40, VERSION, EMIT))
    world.files["visits.txt"] = "".join(f"{n}\n" for n in range(100, 131) if n != 103)
    with_kept, without = world.agrees(files=True)
    assert with_kept == without
    assert "can't be had" in without
    there.append(then)
    with_kept, without = world.agrees(files=True)
    assert with_kept == without
    assert "can't be had" not in without


def _flip(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def _other_code(data: bytes) -> bytes:
    magic, kind, code, digest = data.partition(b"\n")[0].split(b" ")
    return b" ".join((magic, kind, code[::-1], digest)) + b"\n" + data.partition(b"\n")[2]


def _empty_object(_: bytes) -> bytes:
    from cmcompile.cli.kept_file import _first_line

    return _first_line(b"{}\n") + b"\n{}\n"


def _fewer_ids(data: bytes) -> bytes:
    from cmcompile.cli.kept_file import _first_line

    rest = data.partition(b"\n")[2][:-16]
    return _first_line(rest) + b"\n" + rest


@pytest.mark.parametrize(
    "spoil", [_flip, _other_code, _empty_object, _fewer_ids, lambda d: d[:100], lambda _: b""]
)
def test_a_bad_file_changes_nothing(world: World, spoil: Callable[[bytes], bytes], counted: Counted) -> None:
    good = world.told(files=True)
    data = world.kept.read_bytes()
    world.kept.write_bytes(spoil(data))
    assert world.told(files=True) == good
    assert len(counted.written) == 10
    assert world.kept.read_bytes() == data


def test_a_file_that_others_may_write_is_not_read(world: World, counted: Counted) -> None:
    world.kept.chmod(0o666)
    assert len(counted.of(world)[0]) == 10
    assert world.kept.stat().st_mode & 0o022 == 0


def test_a_file_that_cant_be_written_is_no_error(world: World) -> None:
    good = world.told(files=True)
    world.kept.unlink()
    world.kept.mkdir()
    assert world.told(files=True) == good
