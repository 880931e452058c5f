from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.ledger.paths import Located, directory, event_path, locate, shard
from cmcompile.model.event import CAMPAIGN, Subject

WORKFLOW = Subject("step1", "1-11", "w00")
GROUP = Subject("step1", "late.1-11")
STEP = Subject("step1")
TWO = shard("1-11")
DIGEST = "0" * 64

_names = st.from_regex(r"[A-Za-z0-9_-]{1,12}(\.[a-z0-9_-]{1,12})?", fullmatch=True)
_steps = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,12}", fullmatch=True)


def test_a_shard_is_fixed_for_ever() -> None:
    assert shard("all") == "5e"
    assert shard("1-11") == "c6"


def test_each_subject_has_its_directory() -> None:
    assert directory(WORKFLOW) == f"runs/step1/{TWO}/1-11/w00"
    assert directory(GROUP) == f"groups/step1/{shard('late.1-11')}/late.1-11"
    assert directory(STEP) == "steps/step1"
    assert directory(Subject(CAMPAIGN)) == "steps/_campaign"
    assert event_path(STEP, 7, "chained") == "steps/step1/0007-chained.json"
    assert event_path(STEP, 12345, "chained") == "steps/step1/12345-chained.json"


@pytest.mark.parametrize(
    "subject",
    [
        Subject("a/b"),
        Subject("..", "1", "w00"),
        Subject("step1", "../1", "w00"),
        Subject("step1", "a.b.c"),
        Subject("step1", "", "w00"),
        Subject("step1", None, "w00"),
        Subject("step1", "1", "w0/x"),
        Subject("step1", "1", "W00"),
        Subject("step1\n"),
        Subject(CAMPAIGN, "1"),
    ],
)
def test_a_name_that_the_language_forbids_has_no_directory(subject: Subject) -> None:
    with pytest.raises(ValueError, match="no name of a step"):
        directory(subject)


@given(_steps, _names, st.integers(0, 10**9 - 1), st.integers(1, 10**9 - 1))
def test_what_is_written_is_found_again(step: str, group: str, workflow: int, number: int) -> None:
    for subject, kind in (
        (Subject(step, group, f"w{workflow:02d}"), "claimed"),
        (Subject(step, group), "accepted"),
        (Subject(step), "chained"),
        (Subject(CAMPAIGN), "chained"),
    ):
        assert locate(event_path(subject, number, kind)) == Located(subject, number, kind)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        (f"runs/step1/{TWO}/1-11/w00/submit.yaml", "submit.yaml"),
        (f"runs/step1/{TWO}/1-11/w00/include/a b.yaml", "include/a b.yaml"),
        (f"runs/step1/{TWO}/1-11/w00/1-claimed.json", "1-claimed.json"),
        (f"runs/step1/{TWO}/1-11/w00/00001-claimed.json", "00001-claimed.json"),
        (f"runs/step1/{TWO}/1-11/w00/include/0001-claimed.json", "include/0001-claimed.json"),
    ],
)
def test_files_as_run_are_told_from_events(path: str, file: str) -> None:
    assert locate(path) == Located(WORKFLOW, file=file)


@pytest.mark.parametrize(
    "path", ["ledger.json", "README.md", "status.json", f"plans/{DIGEST}.json", f"approvals/{DIGEST}.json"]
)
def test_files_of_the_campaign(path: str) -> None:
    assert locate(path) == Located(None, file=path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "ledger.json\n",
        "x/ledger.json",
        "plans/abc.json",
        f"plans/{DIGEST}.json.bak",
        "runs",
        "runs/step1/00/1-11/w00/0001-claimed.json",
        f"runs/step1/{TWO.upper()}/1-11/w00/0001-claimed.json",
        f"runs/step1/{TWO}/1-11/w00/",
        f"runs/step1/{TWO}/1-11/w00",
        f"runs/step1/{TWO}/1-11/0001-claimed.json",
        f"runs/step1/{TWO}/1-11/w00/a/../b",
        f"runs/step1/{TWO}/1-11/w00/a//b",
        f"runs/step1/{TWO}/1-11/w00/.git/config",
        f"groups/step1/{TWO}/1-11/notes.txt",
        "groups/step1/00/1-11/0001-accepted.json",
        "steps/step1/0001-chained.json/x",
        "steps/step1/chained.json",
        "steps/1step/0001-chained.json",
        "steps/_other/0001-chained.json",
        "steps/step1/0001-chained.json\n",
    ],
)
def test_anything_else_is_foreign(path: str) -> None:
    assert locate(path) is None


@given(st.text())
def test_any_text_is_located_or_foreign(path: str) -> None:
    for text in (path, f"runs/step1/{TWO}/1-11/w00/{path}", f"steps/{path}/0001-chained.json"):
        found = locate(text)
        if found is not None and found.kind and found.subject is not None:
            assert event_path(found.subject, found.number, found.kind) == text
