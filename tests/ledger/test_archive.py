"""The archive is whole or not there, says what each file was, and nobody can write to it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from ledger_builder import Builder, make_specs

from cmcompile.ledger.archive import ArchiveError, Exported, export, remove
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.view import read_view
from cmcompile.model.event import Abandoned
from cmcompile.model.states import Workflow
from cmcompile.state.fold import LedgerFolding


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Make a ledger of two submissions, and of a claim that was given up."""
    root = tmp_path_factory.mktemp("specs") / "repository"
    specs = make_specs(root)
    builder = Builder(root, "c").begin()
    builder.submit("10", specs["small"])
    builder.submit("2", specs["small"])
    given_up = builder.make("3", specs["small"])
    builder.commits += [
        builder.event(given_up, given_up.claim),
        builder.event(given_up, Abandoned(None, "x")),
    ]
    builder.plant()
    return builder


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "archive"
    remove(tmp_path / "archive")


def everything(workflow: Workflow) -> bool:
    del workflow
    return True


def exported(
    builder: Builder,
    out: Path,
    chosen: Callable[[Workflow], bool] = everything,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Exported:
    store = GitStore(builder.root, "c", None)
    tip = store.tip()
    assert tip is not None
    state = read_view(store, tip, LedgerFolding()).state
    return export(store, tip, state, "c", chosen, out, selectors=["c"], progress=progress)


def names(out: Path) -> list[str]:
    return sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())


def test_files_are_those_of_the_ledger(planted: Builder, out: Path) -> None:
    done = exported(planted, out)
    assert names(out) == [
        "archive.json",
        "step1/10/w00/include/memory.yaml",
        "step1/10/w00/submit.yaml",
        "step1/2/w00/include/memory.yaml",
        "step1/2/w00/submit.yaml",
    ]
    path = next(p for p in planted.commits[1] if p.endswith("submit.yaml"))
    data = (out / "step1/10/w00/submit.yaml").read_bytes()
    assert data == planted.commits[1][path]
    assert (done.workflows, done.files, done.without) == (2, 4, ("step1/3@w00",))
    assert done.bytes == sum((out / n).stat().st_size for n in names(out)[1:])


def test_the_index_says_what_each_was(planted: Builder, out: Path) -> None:
    exported(planted, out)
    index = json.loads((out / "archive.json").read_text())
    tip = GitStore(planted.root, "c", None).tip()
    assert tip is not None
    assert (index["format"], index["campaign"], index["ledger"]) == (1, "c", tip.commit)
    assert index["without_files"] == ["step1/3@w00"]
    assert [w["path"] for w in index["workflows"]] == ["step1/2/w00", "step1/10/w00"]
    entry = index["workflows"][1]
    claim = json.loads(next(d for p, d in planted.commits[1].items() if p.endswith("claimed.json")) or b"")
    assert entry["run"] == claim["output_run"]
    assert entry["claim"] == claim["claim"]
    assert entry["run_id"] == claim["claim"][:6]
    assert entry["spec"]["commit"] == claim["spec"]["commit"]
    assert entry["definition"] == claim["definition"]
    assert entry["state"] == "succeeded"
    for name, digest in entry["files"].items():
        assert sha256((out / entry["path"] / name).read_bytes()).hexdigest() == digest


def test_nobody_can_write_to_it(planted: Builder, out: Path) -> None:
    exported(planted, out)
    for path in (out, *out.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o555 if path.is_dir() else 0o444), path
    assert [p.name for p in out.parent.iterdir()] == ["archive"]


def test_the_same_ledger_gives_the_same_bytes(planted: Builder, out: Path, tmp_path: Path) -> None:
    exported(planted, out)
    exported(planted, tmp_path / "again")
    assert names(out) == names(tmp_path / "again")
    for name in names(out):
        assert (out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    remove(tmp_path / "again")


def test_some_of_it(planted: Builder, out: Path) -> None:
    exported(planted, out, lambda workflow: workflow.group == "2")
    assert {n.split("/")[1] for n in names(out)[1:]} == {"2"}


def test_nothing_chosen(planted: Builder, out: Path) -> None:
    with pytest.raises(ArchiveError, match="no submission that was selected"):
        exported(planted, out, lambda workflow: workflow.group == "9")
    assert not out.exists()


@pytest.mark.parametrize("kind", ["directory", "file", "dead link"])
def test_what_is_there_is_left_alone(planted: Builder, out: Path, kind: str) -> None:
    if kind == "directory":
        out.mkdir()
    elif kind == "file":
        out.write_text("mine")
    else:
        out.symlink_to("nowhere")
    with pytest.raises(ArchiveError, match="never written over"):
        exported(planted, out)
    assert [p.name for p in out.parent.iterdir()] == ["archive"]
    if kind != "directory":
        out.unlink()


def test_what_is_made_meanwhile_is_left_alone(planted: Builder, out: Path) -> None:
    def make(done: int, total: int) -> None:
        del total
        if done == 1:
            out.mkdir()

    with pytest.raises(ArchiveError, match="meanwhile"):
        exported(planted, out, progress=make)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interruption_leaves_nothing(planted: Builder, out: Path, error: type[BaseException]) -> None:
    def interrupt(done: int, total: int) -> None:
        del total
        if done == 2:
            assert any(p.is_file() for p in out.parent.rglob("*"))
            raise error

    with pytest.raises(error):
        exported(planted, out, progress=interrupt)
    assert list(out.parent.iterdir()) == []
    exported(planted, out)


def test_folders_above_are_made(planted: Builder, tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    exported(planted, target)
    assert os.access(target / "archive.json", os.R_OK)
    remove(target)
    assert not target.exists()
