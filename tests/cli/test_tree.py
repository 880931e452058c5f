"""The output folder: atomic, minimal, and never somebody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cmcompile.cli import tree
from cmcompile.cli.tree import MANIFEST, OutputError, Written, write_tree

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/manifest-v1.schema.json").read_text())
FILES = {"step1/1.yaml": b"a\n", "step1/2.yaml": b"b\n", "step2/x/1.yaml": b"c\n", "top.yaml": b"d\n"}


def manifest(files: Iterable[str], campaign: str = "c") -> bytes:
    """Return a manifest that names files."""
    entry = {"kind": "include", "sha256": sha256(b"").hexdigest()}
    head = {"format": 1, "cmcompile": "0", "emit": 1, "campaign": campaign, "inputs": {}}
    return (json.dumps({**head, "outputs": dict.fromkeys(sorted(files), entry)}, indent=1) + "\n").encode()


def write(out: Path, files: Mapping[str, bytes] = FILES, *, prune: bool = False) -> Written:
    return write_tree(out, files, manifest(files), prune=prune)


def lying(out: Path) -> dict[str, bytes]:
    """Return the files of a folder but for the manifest."""
    paths = (p for p in sorted(out.rglob("*")) if p.is_file() and p.name != MANIFEST)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in paths}


def named(out: Path) -> list[str]:
    content = json.loads((out / MANIFEST).read_bytes())
    Draft202012Validator(SCHEMA).validate(content)
    return sorted(content["outputs"])


def failing_at(count: int, what: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    """Return a function that raises when it is called for the n-th time."""
    calls = 0

    def call(*args: Any, **keys: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            raise error
        return what(*args, **keys)

    return call


def test_a_new_folder_gets_the_files_and_the_manifest(tmp_path: Path) -> None:
    out = tmp_path / "a/b"
    done = write(out)
    assert lying(out) == FILES
    assert (out / MANIFEST).read_bytes() == manifest(FILES)
    assert done == Written(tuple(FILES), (), 0, (), (), ())


def test_an_unchanged_file_keeps_time_and_inode(tmp_path: Path) -> None:
    write(tmp_path)
    for path in (*FILES, MANIFEST):
        os.utime(tmp_path / path, ns=(1, 1))
    before = {p: (tmp_path / p).stat() for p in (*FILES, MANIFEST)}
    done = write(tmp_path)
    assert (done.new, done.changed, done.unchanged) == ((), (), 4)
    after = {p: (tmp_path / p).stat() for p in (*FILES, MANIFEST)}
    assert [(s.st_ino, s.st_mtime_ns) for s in after.values()] == [
        (s.st_ino, s.st_mtime_ns) for s in before.values()
    ]


@pytest.mark.parametrize("data", [b"", b"A\n", b"a\na", b"a", b"a\n" * 1000])
def test_a_changed_file_is_replaced_as_a_whole(tmp_path: Path, data: bytes) -> None:
    write(tmp_path)
    inode = (tmp_path / "step1/1.yaml").stat().st_ino
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.hardlink_to(tmp_path / "step1/1.yaml")
    done = write(tmp_path, {**FILES, "step1/1.yaml": data})
    assert (done.new, done.changed, done.unchanged) == ((), ("step1/1.yaml",), 3)
    assert (tmp_path / "step1/1.yaml").read_bytes() == data
    assert (tmp_path / "step1/1.yaml").stat().st_ino != inode
    assert link.read_bytes() == b"a\n"


def test_stale_files_are_told_kept_and_pruned(tmp_path: Path) -> None:
    write(tmp_path)
    fewer = {"step1/1.yaml": b"a\n", "step3/1.yaml": b"e\n"}
    done = write(tmp_path, fewer)
    stale = ("step1/2.yaml", "step2/x/1.yaml", "top.yaml")
    assert (done.new, done.stale, done.removed) == (("step3/1.yaml",), stale, ())
    assert lying(tmp_path) == {**FILES, **fewer}
    assert named(tmp_path) == sorted({*FILES, *fewer})
    again = write(tmp_path, fewer)
    assert (again.stale, again.unchanged) == (stale, 2)
    pruned = write(tmp_path, fewer, prune=True)
    assert (pruned.stale, pruned.removed) == (stale, stale)
    assert lying(tmp_path) == fewer
    assert named(tmp_path) == sorted(fewer)
    assert not (tmp_path / "step2").exists()


def test_files_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "step1/notes.txt").write_text("mine")
    (tmp_path / "step2/x/.hidden").write_text("mine")
    (tmp_path / "empty").mkdir()
    done = write(tmp_path, {"step1/1.yaml": b"a\n"}, prune=True)
    assert done.strange == ("step1/notes.txt", "step2/x/.hidden")
    assert set(lying(tmp_path)) == {"step1/1.yaml", "step1/notes.txt", "step2/x/.hidden"}
    assert (tmp_path / "empty").is_dir()
    assert named(tmp_path) == ["step1/1.yaml"]


@pytest.mark.parametrize("prune", [False, True])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, prune: bool) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(OutputError, match=r"holds files and no manifest.json"):
        write(tmp_path, prune=prune)
    assert lying(tmp_path) == {"thesis.tex": b"x"}


def test_a_folder_of_another_campaign_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.yaml": b"x"}, manifest(["a.yaml"], 'other "one"'), prune=False)
    with pytest.raises(OutputError, match='holds the campaign other "one"'):
        write(tmp_path, prune=True)
    assert lying(tmp_path) == {"a.yaml": b"x"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"outputs": 5, "campaign": "c"}', "\xff", "[" * 100_000])
def test_a_manifest_that_cannot_be_read_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="latin-1")
    with pytest.raises(OutputError, match=r"manifest.json can't be read"):
        write(tmp_path)
    assert lying(tmp_path) == {}


def test_no_folder_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(OutputError, match="is no folder"):
            write(out)
    assert (tmp_path / "file").read_text() == "x"


def test_a_file_where_a_folder_must_be(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": b"x"})
    (tmp_path / "step2").write_text("mine")
    with pytest.raises(OutputError, match=r"step2 is a file, and a folder must be there"):
        write(tmp_path)
    assert lying(tmp_path) == {"a.yaml": b"x", "step2": b"mine"}
    assert named(tmp_path) == ["a.yaml"]


def test_a_folder_where_a_file_must_be(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": b"x"})
    (tmp_path / "step2/x/1.yaml").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"step2/x/1.yaml is a folder, and a file must be there"):
        write(tmp_path)
    assert lying(tmp_path) == {"a.yaml": b"x"}


def test_nothing_is_written_through_a_link_to_a_folder(tmp_path: Path) -> None:
    out, away = tmp_path / "out", tmp_path / "away"
    write(out, {"a.yaml": b"x"})
    away.mkdir()
    (out / "step1").symlink_to(away)
    with pytest.raises(OutputError, match=r"step1 is a link, and a folder must be there"):
        write(out)
    assert list(away.iterdir()) == []


def test_a_link_to_a_file_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    out, away = tmp_path / "out", tmp_path / "away.yaml"
    write(out)
    away.write_bytes(b"a\n")
    (out / "step1/1.yaml").unlink()
    (out / "step1/1.yaml").symlink_to(away)
    done = write(out, {**FILES})
    assert done.changed == ("step1/1.yaml",)
    assert not (out / "step1/1.yaml").is_symlink()
    (out / "step1/1.yaml").unlink()
    (out / "step1/1.yaml").symlink_to(tmp_path / "nowhere")
    assert write(out, {**FILES, "step1/1.yaml": b"new"}).changed == ("step1/1.yaml",)
    assert away.read_bytes() == b"a\n"
    assert not (tmp_path / "nowhere").exists()


def test_a_pruned_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    out, away = tmp_path / "out", tmp_path / "away"
    write(out)
    away.mkdir()
    (away / "1.yaml").write_text("mine")
    (out / "step2/x/1.yaml").unlink()
    (out / "step2/x").rmdir()
    (out / "step2/x").symlink_to(away)
    done = write(out, {"step1/1.yaml": b"a\n"}, prune=True)
    assert "step2/x" in done.strange
    assert (away / "1.yaml").read_text() == "mine"


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "top.yaml").unlink()
    os.mkfifo(tmp_path / "top.yaml")
    assert write(tmp_path).changed == ("top.yaml",)
    assert (tmp_path / "top.yaml").read_bytes() == b"d\n"


def test_the_output_may_be_a_link_to_a_folder(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "build").symlink_to("scratch")
    write(tmp_path / "build")
    assert lying(tmp_path / "scratch") == FILES


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_run_that_is_cut_off_leaves_whole_files_and_the_next_one_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing_at(at, os.replace, error))
        with pytest.raises((OutputError, KeyboardInterrupt)):
            write(tmp_path)
    left = {p: d for p, d in lying(tmp_path).items() if not Path(p).name.startswith(".")}
    assert left == dict(list(FILES.items())[: at - 1])
    assert not (tmp_path / MANIFEST).exists()
    done = write(tmp_path)
    assert (done.unchanged, done.strange) == (at - 1, ())
    assert lying(tmp_path) == FILES
    assert named(tmp_path) == sorted(FILES)


def test_what_a_cut_off_run_wrote_is_known_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"top.yaml": b"d\n"})
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing_at(3, os.replace, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path)
    done = write(tmp_path, {"top.yaml": b"d\n"})
    assert (done.stale, done.strange) == (("step1/1.yaml", "step1/2.yaml"), ())
    assert named(tmp_path) == ["step1/1.yaml", "step1/2.yaml", "top.yaml"]
    assert write(tmp_path, {"top.yaml": b"d\n"}, prune=True).removed == ("step1/1.yaml", "step1/2.yaml")
    assert lying(tmp_path) == {"top.yaml": b"d\n"}


def test_a_half_written_file_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    big = {**FILES, "step1/2.yaml": b"x" * 100}
    full = OSError(28, "No space left on device")

    def few(handle: int, data: memoryview) -> int:
        if len(data) < 50:
            raise full
        return written(handle, data[:60])

    written = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", few)
        with pytest.raises(OutputError, match="No space left on device"):
            write(tmp_path, big)
    assert lying(tmp_path) == FILES
    assert named(tmp_path) == sorted(FILES)


def test_a_write_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, data: written(handle, data[:1]))
        write(tmp_path)
    assert lying(tmp_path) == FILES


def dead_process() -> int:
    """Return the id of a process that has ended."""
    return int(subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                              check=True, capture_output=True, text=True).stdout)  # fmt: skip


def test_files_of_a_killed_run_are_removed_and_those_of_a_living_one_are_not(tmp_path: Path) -> None:
    write(tmp_path)
    host = tree._host()
    dead, alive = f".cmcompile-{host}-{dead_process()}", f".cmcompile-{host}-{os.getppid()}"
    far, old = ".cmcompile-00000000-1", ".cmcompile-00000000-2"
    for name in (dead, alive, far, old):
        (tmp_path / "step1" / name).write_text("half")
    os.utime(tmp_path / "step1" / old, (0, 0))
    (tmp_path / f"{dead}.json").write_text('{"cut')
    done = write(tmp_path)
    assert sorted(p.name for p in (tmp_path / "step1").glob(".*")) == sorted((alive, far))
    assert [p.name for p in tmp_path.glob(".*")] == []
    assert (done.stale, done.strange) == ((), ())


def test_a_first_run_that_was_killed_does_not_lock_the_folder(tmp_path: Path) -> None:
    (tmp_path / "step1").mkdir()
    (tmp_path / "step1/1.yaml").write_bytes(b"a\n")
    journal = f".cmcompile-{tree._host()}-{dead_process()}.json"
    (tmp_path / journal).write_bytes(manifest([*FILES, "step9/1.yaml"]))
    done = write(tmp_path)
    assert (done.unchanged, len(done.new), done.strange) == (1, 3, ())
    assert [p.name for p in tmp_path.glob(".*")] == []


def test_two_compiles_at_once_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace
    started = False

    def other_run(source: str, target: str) -> None:
        nonlocal started
        if not started:
            started = True
            with monkeypatch.context() as patch:
                patch.setattr(tree, "_mark", lambda: f".cmcompile-{tree._host()}-{os.getppid()}")
                write(tmp_path, prune=True)
        replace(source, target)

    with monkeypatch.context() as patch:
        # The other run must see this one as another process that is alive.
        patch.setattr(tree, "_mark", lambda: f".cmcompile-{tree._host()}-1")
        patch.setattr(os, "kill", lambda *_: None)
        patch.setattr(os, "replace", other_run)
        write(tmp_path)
    assert lying(tmp_path) == FILES
    assert named(tmp_path) == sorted(FILES)


def test_a_folder_that_another_compile_removes_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = tree._make_folder

    def and_gone(target: str, made: set[str]) -> None:
        make(target, made)
        folder = Path(target).parent
        if folder != tmp_path and not any(folder.iterdir()):
            folder.rmdir()

    monkeypatch.setattr(tree, "_make_folder", and_gone)
    write(tmp_path)
    assert lying(tmp_path) == FILES


def test_many_processes_write_one_folder(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]; from pathlib import Path; import test_tree as t\n"
        "for n in range(15):\n"
        "    t.write(Path(sys.argv[1]), {f's{k}/{k}.yaml': b'%d' % n * 999 for k in range(9)})\n"
    )
    here = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    command = [sys.executable, "-c", code, str(tmp_path), *here]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[1] for process in running] == [b""] * 3
    assert set(lying(tmp_path).values()) == {b"14" * 999}
    assert len(named(tmp_path)) == 9


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refusing(path: str, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT and "/step1/" in path:
            raise PermissionError(13, "Permission denied", path)
        return opened(path, flags, *mode)

    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(OutputError, match=r"/step1/.* can't be written: Permission denied"):
        write(tmp_path)
    assert not (tmp_path / MANIFEST).exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="Permission denied"):
            write(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_new_file_is_not_pruned_under_its_old_name(tmp_path: Path) -> None:
    # Two names of one file, as on a file system on which case makes no difference.
    write(tmp_path, {"Step1.yaml": b"a\n"})
    (tmp_path / "step1.yaml").hardlink_to(tmp_path / "Step1.yaml")
    done = write(tmp_path, {"step1.yaml": b"a\n"}, prune=True)
    assert done.removed == ()
    assert (tmp_path / "step1.yaml").read_bytes() == b"a\n"
    apart = {"step1.yaml": b"a\n", "Other.yaml": b"x"}
    write(tmp_path, apart)
    done = write(tmp_path, {"step1.yaml": b"a\n", "other.yaml": b"y"}, prune=True)
    assert "Other.yaml" in done.removed


def test_only_what_the_manifest_names_is_pruned_whatever_it_names(tmp_path: Path) -> None:
    out, away = tmp_path / "out", tmp_path / "away.yaml"
    away.write_text("mine")
    write(out)
    (out / MANIFEST).write_bytes(manifest([*FILES, "../away.yaml", str(away), "step1", "."]))
    done = write(out, {"step1/1.yaml": b"a\n"}, prune=True)
    assert done.removed == ("step1/2.yaml", "step2/x/1.yaml", "top.yaml")
    assert away.read_text() == "mine"
