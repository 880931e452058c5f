"""Many objects by one git, and git read while it runs."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from cmcompile.git.answer_file import answered
from cmcompile.git.errors import GitError
from cmcompile.git.objects import _blobs, blobs, opened, true_parents
from cmcompile.git.run import reading, run


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    run(root, "init", "--quiet", "--bare")
    return root


def written(root: Path, data: bytes) -> str:
    return run(root, "hash-object", "-w", "--stdin", stdin=data).out.decode().strip()


def test_blobs(repository: Path) -> None:
    contents = [b"", b"\n", b"a\n\nb", bytes(range(256)) * 9000, b"blob 3\nabc\n", b" missing\n"]
    ids = [written(repository, data) for data in contents]
    tree = run(repository, "mktree").out.decode().strip()
    asked = [ids[0], "1" * 40, *ids[1:], tree, ids[3], ids[3]]
    found = list(blobs(repository, asked))
    assert found == [
        (ids[0], b""),
        ("1" * 40, None),
        *zip(ids[1:], contents[1:], strict=True),
        (tree, None),
        (ids[3], contents[3]),
        (ids[3], contents[3]),
    ]
    assert list(blobs(repository, [])) == []


def test_more_blobs_than_a_pipe_holds(repository: Path) -> None:
    data = {written(repository, b"x" * n): n for n in (1, 1000)}
    asked = list(data) * 5000
    assert [len(found or b"") for _, found in blobs(repository, asked)] == [data[oid] for oid in asked]


@pytest.mark.parametrize("odd", ["HEAD", "", "a" * 39, "A" * 40, "a" * 40 + "\n", "ü" * 40, "--help"])
def test_what_is_no_id(repository: Path, odd: str) -> None:
    oid = written(repository, b"x")
    assert dict(blobs(repository, [oid, odd])) == {oid: b"x", odd: None}
    with pytest.raises(GitError), opened(repository) as objects:
        objects.subtrees([odd])


def test_two_ids_in_one_are_none(repository: Path) -> None:
    oid = written(repository, b"x")
    both = f"{oid}\n{oid}"
    assert dict(blobs(repository, [both, oid])) == {both: None, oid: b"x"}
    assert dict(blobs(repository, [both])) == {both: None}


def test_answers_by_way_of_a_file(repository: Path) -> None:
    with answered(repository, "rev-parse", "--is-bare-repository") as out:
        assert out.read() == b"true\n"
    with pytest.raises(GitError, match="nonsense"), answered(repository, "nonsense"):
        pass


@pytest.mark.parametrize("left", [0, 5, 9, 15, -1])
def test_an_answer_that_is_cut_off(left: int) -> None:
    """As by a disk that is full."""
    whole = b"blob 3\nabc\nblob 1000000\n" + b"x" * 1_000_000 + b"\n"
    assert list(_blobs(io.BytesIO(whole), 2)) == [b"abc", b"x" * 1_000_000]
    with pytest.raises(GitError, match="while an object was read"):
        list(_blobs(io.BytesIO(whole[:left]), 2))


def test_an_answer_that_is_none() -> None:
    for answer in (b"error: bad\n", b"\n"):
        with pytest.raises(GitError, match="can't read"):
            list(_blobs(io.BytesIO(answer), 1))


def test_leaving_early(repository: Path) -> None:
    oid = written(repository, b"x" * 100_000)
    found = blobs(repository, [oid] * 1000)
    assert next(found) == (oid, b"x" * 100_000)
    found.close()  # type: ignore[attr-defined]


def test_trees_in_turns(repository: Path) -> None:
    blob, empty = written(repository, b"x"), run(repository, "mktree").out.decode().strip()
    lines = f"040000 tree {empty}\tb a\n100644 blob {blob}\tfile\n040000 tree {empty}\tz\n".encode()
    tree = run(repository, "mktree", stdin=lines).out.decode().strip()
    with opened(repository) as objects:
        assert objects.subtrees([tree, empty]) == [{"b a": empty, "z": empty}, {}]
        assert objects.subtrees([]) == []
        assert len(objects.subtrees([tree] * 1000)) == 1000


@pytest.mark.parametrize("wrong", ["1" * 40, "blob"])
def test_an_absent_tree(repository: Path, wrong: str) -> None:
    oid = written(repository, b"x") if wrong == "blob" else wrong
    with pytest.raises(GitError, match=oid), opened(repository) as objects:
        objects.subtrees([oid])


def test_true_parents() -> None:
    commit = "tree 1\nparent 2\nparent 3\nauthor A <a@b> 1 +0000\n\nparent 4\n"
    assert true_parents(commit) == ("2", "3")
    assert true_parents("") == ()


def test_reading_tells_why_git_failed(repository: Path) -> None:
    with pytest.raises(GitError, match="nonsense"), reading(repository, "nonsense") as git:
        git.out.read()
    with pytest.raises(GitError, match="not a git repository"):
        list(blobs(repository.parent, ["1" * 40]))
    with pytest.raises(GitError), opened(repository.parent) as objects:
        objects.subtrees(["1" * 40])


def test_reading_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(GitError, match="not installed"), reading(repository, "version"):
        pass
    with pytest.raises(GitError, match="not installed"), answered(repository, "version"):
        pass


def test_no_git_is_left(repository: Path) -> None:
    """What is given up half-way leaves no process behind: Python would warn of one."""
    code = (
        "import sys, pathlib; from cmcompile.git.objects import blobs;"
        "found = blobs(pathlib.Path(sys.argv[1]), [sys.argv[2]] * 9999); next(found); del found"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(repository), written(repository, b"y" * 9999)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
