"""One comment, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from github_world import TOKEN, GitHubWorld, github
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import QUICK, Clock, serving

from cmcompile.tell.errors import (
    GoneError,
    LaterError,
    NotAllowedError,
    RefusedError,
    SilentError,
    TellError,
    UnknownError,
)

MARKER = "cmcompile:report:v1"


def body(text: str) -> str:
    return f"<!-- {MARKER} -->\n{text}\n"


@pytest.fixture
def world() -> Iterator[GitHubWorld]:
    made = GitHubWorld(Clock())
    with serving(made):
        yield made


def test_it_is_made_once_and_then_changed(world: GitHubWorld) -> None:
    assert github(world).place_comment(7, MARKER, body("one")).done == "made"
    assert github(world).place_comment(7, MARKER, body("one")).done == "same"
    assert github(world).place_comment(7, MARKER, body("two")).done == "updated"
    assert [c["body"] for c in world.comments] == [body("two")]


def test_it_is_found_on_a_later_page(world: GitHubWorld) -> None:
    for number in range(5):
        world.comment(f"talk {number}", "ada")
    world.comment(body("old"))
    assert github(world).place_comment(7, MARKER, body("new")).done == "updated"
    assert len(world.comments) == 6


def test_one_of_somebody_else_with_the_marker_is_left_alone(world: GitHubWorld) -> None:
    world.comment(body("forged"), "mallory")
    world.comment(body("forged"), "campaign-bot2", "Bot")
    assert github(world).place_comment(7, MARKER, body("ours")).done == "made"
    assert [c["body"] for c in world.comments] == [body("forged"), body("forged"), body("ours")]


def test_of_two_the_older_is_kept_and_the_other_is_told(world: GitHubWorld) -> None:
    first, second = world.comment(body("a")), world.comment(body("b"))
    world.comments.reverse()
    placed = github(world).place_comment(7, MARKER, body("new"))
    assert (placed.done, placed.url, placed.others) == ("updated", first["html_url"], (second["html_url"],))
    assert second["body"] == body("b")


@pytest.mark.parametrize("login", ["github-actions", "github-actions[bot]"])
def test_an_app_that_may_not_ask_who_it_is(world: GitHubWorld, login: str) -> None:
    world.app, world.login, world.kind = True, login, "Bot"
    world.comment(body("a person's"), "github-actions" if login.endswith("]") else "ada", "User")
    world.comment(body("old"), "github-actions[bot]", "Bot")
    assert github(world).place_comment(7, MARKER, body("new")).done == "updated"
    assert [c["body"] for c in world.comments] == [body("a person's"), body("new")]


def test_one_that_was_deleted_meanwhile(world: GitHubWorld) -> None:
    world.comment(body("old"))
    forge = github(world, login=world.login)
    there = world._patched

    def gone(id_: int, text: str) -> object:
        world.comments.clear()
        return there(id_, text)

    world._patched = gone  # type: ignore[method-assign, assignment]
    with pytest.raises(GoneError):
        forge.place_comment(7, MARKER, body("new"))
    assert forge.place_comment(7, MARKER, body("new")).done == "made"


@pytest.mark.parametrize("fault", ["cut-after", "late", "page", "half", "slow", "502"])
def test_a_post_without_an_answer_is_looked_for(world: GitHubWorld, fault: str) -> None:
    world.faults, world.only = [fault], "POST"
    assert github(world).place_comment(7, MARKER, body("one")).done == "made"
    assert [c["body"] for c in world.comments] == [body("one")]


def test_a_post_that_never_arrived_is_sent_again_after_github_would_have_given_it_up(
    world: GitHubWorld,
) -> None:
    world.faults, world.only = ["cut-before"], "POST"
    assert github(world).place_comment(7, MARKER, body("one")).done == "made"
    assert sum(world.clock.slept) > 10
    assert len(world.comments) == 1


def test_what_stays_unknown_is_told_as_unknown(world: GitHubWorld) -> None:
    world.faults, world.only = ["cut-before"] * 9, "POST"
    with pytest.raises(UnknownError, match="not seen since"):
        github(world).place_comment(7, MARKER, body("one"))
    world.faults = []
    assert github(world).place_comment(7, MARKER, body("one")).done == "made"
    assert len(world.comments) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [("401", NotAllowedError), ("403", NotAllowedError), ("404", GoneError), ("422", RefusedError)],
)
def test_a_refusal_is_told_and_not_repeated(world: GitHubWorld, fault: str, error: type[TellError]) -> None:
    world.faults, world.only = [fault], "POST"
    with pytest.raises(error, match=f"answers {fault} to POST: said {fault}"):
        github(world).place_comment(7, MARKER, body("one"))
    assert len(world.effects()) == 1
    assert world.comments == []


@pytest.mark.parametrize(("fault", "seconds"), [("429", 3), ("limit", 7)])
def test_a_limit_is_waited_for(world: GitHubWorld, fault: str, seconds: float) -> None:
    world.faults = [fault]
    assert github(world).place_comment(7, MARKER, body("one")).done == "made"
    assert world.clock.slept == [seconds]


def test_a_limit_that_lasts_is_not_waited_for(world: GitHubWorld) -> None:
    from loopback import Said

    reset = str(int((world.clock.now() + timedelta(minutes=50)).timestamp()))
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    world.answer = lambda asked: Said(403, {"message": "API rate limit exceeded"}, headers)  # type: ignore[method-assign]
    with pytest.raises(LaterError, match="in 3,000 s"):
        github(world).place_comment(7, MARKER, body("one"))
    assert world.clock.slept == []


@pytest.mark.parametrize("fault", ["500", "cut-before", "half", "slow", "503"])
def test_questions_are_tried_again(world: GitHubWorld, fault: str) -> None:
    world.faults = [fault] * 3
    assert github(world).place_comment(7, MARKER, body("one")).done == "made"


def test_questions_are_not_tried_for_ever(world: GitHubWorld) -> None:
    world.faults = ["500"] * 50
    with pytest.raises(SilentError, match="answers 500"):
        github(world).place_comment(7, MARKER, body("one"))
    assert len(world.asked) == 4


def test_a_list_that_is_not_read_to_its_end_is_no_empty_list(world: GitHubWorld) -> None:
    for number in range(5):
        world.comment(f"talk {number}", "ada")
    world.comment(body("old"))
    github_ = github(world, login=world.login)
    world.faults = ["", "", *["500"] * 4]
    with pytest.raises(SilentError):
        github_.place_comment(7, MARKER, body("new"))
    assert world.effects() == []


def test_the_token_never_goes_to_another_host(world: GitHubWorld) -> None:
    world.faults = ["away"]
    with pytest.raises(RefusedError, match="another host"):
        github(world).place_comment(7, MARKER, body("one"))
    assert [a.path for a in world.asked] == ["/user"]


def test_a_server_that_says_the_token_is_not_repeated(world: GitHubWorld) -> None:
    from cmcompile.tell.github.forge import GitHub

    token = "wrong-" + TOKEN
    with pytest.raises(NotAllowedError) as caught:
        GitHub(world.address, "a/b", token, world.clock).place_comment(7, MARKER, body("one"))
    assert token not in str(caught.value)
    assert "Bad credentials Bearer ***" in str(caught.value)


def test_without_tls_no_token_is_sent(world: GitHubWorld) -> None:
    from cmcompile.tell.github.forge import GitHub

    with pytest.raises(NotAllowedError, match="without TLS"):
        GitHub("http://forge.test/api/v3", "a/b", TOKEN, world.clock)


@pytest.mark.parametrize("text", [MARKER + "x" * 65_536, "no marker"])
def test_a_body_that_can_not_stand_is_refused_before_it_is_sent(world: GitHubWorld, text: str) -> None:
    with pytest.raises(RefusedError):
        github(world).place_comment(7, MARKER, text)
    assert world.effects() == []


ROUNDS = st.lists(st.lists(st.sampled_from(["", *QUICK, "401", "404"]), max_size=9), min_size=1, max_size=4)


@settings(max_examples=100)
@given(rounds=ROUNDS, only=st.sampled_from(["", "POST", "PATCH", "GET"]))
def test_after_all_faults_there_is_one_comment_with_the_last_text(rounds: list[list[str]], only: str) -> None:
    clock = Clock()
    world = GitHubWorld(clock)
    with serving(world):
        for number, faults in enumerate(rounds):
            world.faults, world.only = list(faults), only
            with suppress(TellError):
                github(world).place_comment(7, MARKER, body(f"round {number}"))
            clock.sleep(60)
            assert len(world.ours(MARKER)) <= 1
        world.faults = []
        github(world).place_comment(7, MARKER, body("last"))
    assert [c["body"] for c in world.ours(MARKER)] == [body("last")]
