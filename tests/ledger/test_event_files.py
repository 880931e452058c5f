"""Which files are events, told for many at once, is what is told of each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.ledger.event_files import event_files
from cmcompile.ledger.paths import locate, shard

_GROUPS = ("1", "2", "rescue.1", "-", "a b", "")
_SHARDS = st.sampled_from([*map(shard, _GROUPS), "00", "zz"])
_DIRECTORIES = st.one_of(
    st.builds(
        "{}/{}/{}/{}/{}".format,
        st.sampled_from(["runs", "groups"]),
        st.sampled_from(["step1", "9", "runs"]),
        _SHARDS,
        st.sampled_from(_GROUPS),
        st.sampled_from(["w00", "w01", "w1", "w00/include", "w00/.git", "w00/0001-claimed.json", "include"]),
    ),
    st.builds("groups/step1/{}/{}".format, _SHARDS, st.sampled_from(_GROUPS)),
    st.sampled_from(["steps/step1", "steps/_campaign", "steps/_other", "steps/step1/deep", "plans", "", "x"]),
)
_NAMES = st.sampled_from(
    [
        *(
            "0001-claimed.json",
            "0002-claimed.json",
            "0000-claimed.json",
            "10000-claimed.json",
            "00001-claimed.json",
        ),
        *(
            "0001-accepted.json",
            "0001-frobbed.json",
            "0001-Claimed.json",
            "1-claimed.json",
            "0001-event.json",
        ),
        *(
            "submit.yaml",
            "note\\n.txt",
            ".git",
            "..",
            ".",
            "",
            "ledger.json",
            "README.md",
            "a" * 64 + ".json",
        ),
    ]
)
_PATHS = st.one_of(st.builds("{}/{}".format, _DIRECTORIES, _NAMES), _NAMES, st.text(max_size=6))


@given(st.lists(_PATHS, max_size=30))
def test_each_file_is_what_its_path_says(paths: list[str]) -> None:
    directories, foreign = event_files({path: f"id of {path}" for path in paths})
    places = {path: locate(path) for path in sorted(set(paths))}
    assert foreign == [path for path, place in places.items() if place is None]
    found = [(file, directory.subject) for directory in directories for file in directory.files]
    assert found == [
        ((path, f"id of {path}", place.number, place.kind), place.subject)
        for path, place in places.items()
        if place is not None and not place.file
    ]
    for directory in directories:
        assert directory.files
        assert {file[0].rpartition("/")[0] for file in directory.files} == {directory.path}


def test_the_paths_of_the_other_test_are_of_all_sorts() -> None:
    paths = [
        f"runs/step1/{shard('1')}/1/w00/{name}"
        for name in ("0001-claimed.json", "submit.yaml", "a/b", ".git")
    ]
    directories, foreign = event_files(dict.fromkeys(paths, "x"))
    assert [len(directory.files) for directory in directories] == [1]
    assert foreign == paths[3:]
