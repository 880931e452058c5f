"""What a CI system says is taken for what it is, and nothing else."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from actions_world import git
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.cli.ci import steps
from cmcompile.cli.ci.clone import numbered, settings, settled
from cmcompile.cli.ci.ends import WORDS, FailOn, gravest, outcome
from cmcompile.cli.ci.surroundings import Surroundings, surroundings
from cmcompile.cli.ci.telling import Ended, annotate, put_out, tell
from cmcompile.cli.ci.variables import VARIABLES, variables
from cmcompile.cli.exit import Exit
from cmcompile.model.errors import CmcompileError

KEYS = st.sampled_from(
    [
        "pull_request",
        "workflow_run",
        "merge_group",
        "repository",
        "head",
        "base",
        "sha",
        "number",
        "full_name",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("a" * 40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def read(path: Path, event: object, **more: str) -> Surroundings:
    file = path / "event.json"
    file.write_text(json.dumps(event))
    return surroundings({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file), **more})


def test_elsewhere_nothing_is_said() -> None:
    assert surroundings({"CI": "true", "GITHUB_REF": "refs/heads/main"}) == Surroundings()


@given(event=JSON)
def test_any_event_is_read(event: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = read(tmp_path_factory.mktemp("event"), event)
    assert found.commands
    for commit in (found.base, found.head):
        assert commit in ("", "a" * 40)
    assert found.pull is None or found.pull > 0


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_an_event_that_is_no_json_stops_the_job(text: str, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(text)
    with pytest.raises(CmcompileError, match="can't be read"):
        surroundings({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file)})


@pytest.mark.parametrize("sha", ["main", "a" * 39, "a" * 41, "A" * 40, "--upload-pack=x", 1, None])
def test_a_commit_is_a_commit(sha: object, tmp_path: Path) -> None:
    assert read(tmp_path, {"pull_request": {"base": {"sha": sha}}}).base == ""


def test_a_tag_is_no_branch(tmp_path: Path) -> None:
    assert read(tmp_path, {}, GITHUB_REF="refs/tags/main").branch == ""
    assert read(tmp_path, {}, GITHUB_REF="refs/heads/a/b").branch == "a/b"


def test_git_is_told_by_the_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_TOKEN", "ghx-secret")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://forge.test")
    before = (tmp_path / ".git/config").read_bytes()
    with settled(os.environ):
        header = git(tmp_path, "config", "--get", "http.https://forge.test/.extraheader")
        assert git(tmp_path, "config", "--get", "user.name") == "github-actions[bot]"
    word = base64.b64encode(b"x-access-token:ghx-secret").decode()
    # `git` of these tests has another token in its environment, and the header was made before.
    assert header == f"AUTHORIZATION: basic {word}"
    assert (tmp_path / ".git/config").read_bytes() == before
    assert not [name for name in os.environ if name.startswith("GIT_CONFIG_KEY")]


@pytest.mark.parametrize("server", ["", "http://forge.test", "file:///x"])
def test_a_token_goes_over_https_only(server: str, tmp_path: Path) -> None:
    found = settings({"GITHUB_TOKEN": "x", "GITHUB_SERVER_URL": server}, tmp_path)
    assert not [name for name in found if name.startswith("http.")]


def test_settings_come_after_those_that_are_there() -> None:
    environ = {"GIT_CONFIG_COUNT": "2"}
    assert numbered({"a.b": "c"}, environ) == {
        "GIT_CONFIG_COUNT": "3",
        "GIT_CONFIG_KEY_2": "a.b",
        "GIT_CONFIG_VALUE_2": "c",
    }
    assert numbered({}, environ) == {}


def test_variables_are_there_while_a_command_runs_and_gone_after_it() -> None:
    environ = {VARIABLES: "# tokens\nPANDA_AUTH_ID_TOKEN = abc=def\n\n", "X": "1"}
    with settled(environ):
        assert environ == {"PANDA_AUTH_ID_TOKEN": "abc=def", "X": "1"}
    assert environ == {VARIABLES: "# tokens\nPANDA_AUTH_ID_TOKEN = abc=def\n\n", "X": "1"}


@pytest.mark.parametrize(
    "text", ["secret", "=secret", "A B=secret", "PATH=secret", "LD_PRELOAD=secret", "GIT_DIR=secret"]
)
def test_what_is_no_variable_of_a_campaign_is_refused_unseen(text: str) -> None:
    with pytest.raises(CmcompileError) as caught:
        variables(f"A=1\n{text}\n")
    assert "line 2" in str(caught.value)
    assert "secret" not in str(caught.value)


def failing(words: str) -> frozenset[Exit]:
    return FailOn().convert(words, None, None)


def test_an_error_fails_whatever_is_chosen() -> None:
    always = frozenset(Exit) - frozenset(WORDS.values()) - {Exit.OK}
    assert failing("") == always
    assert failing("attention, unknown") == always | {Exit.ATTENTION, Exit.UNKNOWN}
    assert Exit.OK not in failing(",".join(WORDS))


@given(codes=st.lists(st.sampled_from(list(Exit))), words=st.lists(st.sampled_from(list(WORDS))))
def test_a_job_ends_with_the_gravest_code_that_makes_it_fail(codes: list[Exit], words: list[str]) -> None:
    chosen = failing(",".join(words))
    code = outcome(codes, chosen)
    assert (code is Exit.OK) == (not chosen & set(codes))
    assert code is Exit.OK or code in codes
    assert gravest(reversed(codes)) is gravest(codes)


@given(name=st.text(max_size=30), about=st.text(max_size=30))
def test_no_text_gives_commands_or_markup(
    name: str, about: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = tmp_path_factory.mktemp("page") / "page"
    around = Surroundings(summary=page, output=page.with_name("out"))
    tell(around, "apply", [Ended(name, Exit.ERROR, about)], failing(""))
    put_out(around, campaigns=name)
    lines = page.read_text().splitlines()
    assert len(lines) == 5
    assert (page.with_name("out")).read_text().count("\n") == 1


def test_an_annotation_is_one_command(capsys: pytest.CaptureFixture[str]) -> None:
    annotate(Surroundings(commands=True), "error", "a,b:c\n::error::x", "100% \r\n::set-output name=a::b")
    out = capsys.readouterr().out
    assert out == "::error title=a%2Cb%3Ac\\x0a%3A%3Aerror%3A%3Ax::100%25 \\x0d\\x0a::set-output name=a::b\n"


@pytest.mark.parametrize(
    ("codes", "ends", "times"),
    [
        ([Exit.BLOCKED, Exit.OK], Exit.OK, 2),
        ([Exit.LOST, Exit.ATTENTION], Exit.ATTENTION, 2),
        ([Exit.BLOCKED, Exit.BLOCKED], Exit.BLOCKED, 2),
        ([Exit.UNKNOWN], Exit.UNKNOWN, 1),
        ([Exit.ERROR], Exit.ERROR, 1),
        ([Exit.PARTIAL], Exit.PARTIAL, 1),
    ],
)
def test_what_others_were_faster_with_is_tried_once_more(
    codes: list[Exit], ends: Exit, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def step(*args: str) -> Exit:
        asked.append(args)
        return codes[len(asked) - 1]

    monkeypatch.setattr(steps, "step", step)
    assert steps.settled_step("apply", "c") is ends
    assert asked == [("apply", "c")] * times
