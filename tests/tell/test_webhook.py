"""What is told once, whatever goes wrong, and by whatever clone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import QUICK, Asked, Clock, Said, World, exchange, serving
from remembering import Branch

from cmcompile.model.alert import Alert
from cmcompile.model.ledger import LedgerError
from cmcompile.report.alerts import message
from cmcompile.tell.errors import NotAllowedError, RefusedError, SilentError, TellError, UnknownError
from cmcompile.tell.memory import FILE, MemoryFaultError, read_memory
from cmcompile.tell.webhook import Hook, Sent, Telling, hook

SECRET = "/services/T0SECRET/B0SECRET/xyzsecret"  # noqa: S105 - of no server


class Channel(World):
    """Takes messages; ``got`` are the alerts of each, by subject, those told again with a ``+``."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.got: list[list[str]] = []

    def answer(self, asked: Asked) -> Said:
        if asked.path != SECRET:
            return Said(404, {"message": f"no such hook: {asked.path}"})
        found = asked.json["alerts"]
        self.got.append([one["subject"] + "+" * one["again"] for one in found])
        return Said(200)

    def told(self) -> list[str]:
        return [subject for one in self.got for subject in one]


def alert(subject: str) -> Alert:
    return Alert("person", subject, "failed", "jobs failed", f"cmcompile retry c/{subject}")


class Clone:
    """One process after another, each with the same branch."""

    def __init__(self, channel: Channel, branch: Branch) -> None:
        self.channel, self.branch, self.runs = channel, branch, 0

    def tell(self, *subjects: str) -> Sent:
        self.runs += 1
        clock = self.channel.clock
        to = Hook("ops", self.channel.address + SECRET, clock, exchange=exchange())
        telling = Telling(
            self.branch, to, lambda some, again: message("c", some, again, "json"), clock, f"{self.runs:016x}"
        )
        return telling.tell([alert(subject) for subject in subjects])


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel(Clock())
    with serving(made):
        yield made


@pytest.fixture
def clone(channel: Channel) -> Clone:
    return Clone(channel, Branch())


def test_each_thing_is_told_once_and_again_when_it_came_back(clone: Clone, channel: Channel) -> None:
    assert clone.tell("a", "b").alerts == 2
    assert clone.tell("a", "b") == Sent()
    clone.tell("b", "c")
    assert clone.tell("b", "c") == Sent()
    clone.tell("a", "b", "c")
    assert channel.got == [["a", "b"], ["c"], ["a"]]


def test_nothing_is_written_where_nothing_changed(clone: Clone) -> None:
    clone.tell()
    assert clone.branch.commits == 0
    clone.tell("a")
    before = clone.branch.commits
    clone.tell("a")
    assert (before, clone.branch.commits) == (2, 2)


@pytest.mark.parametrize("fault", ["cut-after", "slow", "half", "500"])
def test_what_got_no_answer_is_told_once_more_and_marked(clone: Clone, channel: Channel, fault: str) -> None:
    channel.faults = [fault]
    with pytest.raises(UnknownError):
        clone.tell("a")
    assert clone.tell("a").waits
    channel.clock.sleep(3600)
    assert clone.tell("a", "b") == Sent(2, 1)
    assert clone.tell("a", "b") == Sent()
    assert channel.got[-1] == ["a+", "b"]
    assert len(channel.got) == (1 if fault == "500" else 2)


def test_it_is_told_twice_at_most(clone: Clone, channel: Channel) -> None:
    channel.faults = ["cut-after"] * 9
    for _ in range(6):
        with suppress(UnknownError):
            clone.tell("a")
        channel.clock.sleep(3600)
    assert channel.told() == ["a", "a+"]


@pytest.mark.parametrize(
    ("fault", "error"), [("403", NotAllowedError), ("404", TellError), ("400", RefusedError)]
)
def test_what_was_refused_is_told_by_the_next_pass(
    clone: Clone, channel: Channel, fault: str, error: type[TellError]
) -> None:
    channel.faults = [fault]
    with pytest.raises(error):
        clone.tell("a")
    assert clone.tell("a") == Sent(1)
    assert channel.told() == ["a"]


def test_nobody_listens(clone: Clone, channel: Channel) -> None:
    to = Hook("ops", "http://127.0.0.1:9" + SECRET, channel.clock, exchange=exchange())
    telling = Telling(clone.branch, to, lambda some, again: b"{}", channel.clock, "f" * 16)
    with pytest.raises(SilentError) as caught:
        telling.tell([alert("a")])
    assert "SECRET" not in str(caught.value)
    assert clone.tell("a") == Sent(1)


def test_a_process_that_died_while_it_told(clone: Clone, channel: Channel) -> None:
    clone.tell("a")
    clone.branch.faults = ["", "down"]
    with pytest.raises(TellError, match="could not be remembered"):
        clone.tell("a", "b")
    channel.clock.sleep(3600)
    assert clone.tell("a", "b") == Sent(1, 1)
    assert channel.got == [["a"], ["b"], ["b+"]]


def test_nothing_is_sent_that_could_not_be_remembered(clone: Clone, channel: Channel) -> None:
    clone.branch.faults = ["down"]
    with pytest.raises(LedgerError):
        clone.tell("a")
    clone.branch.faults = ["lost"]
    assert "others" in clone.tell("a").waits
    assert channel.got == []


def test_a_commit_that_landed_and_was_not_seen(clone: Clone, channel: Channel) -> None:
    clone.branch.faults = ["unseen"]
    assert clone.tell("a") == Sent(1)
    assert clone.tell("a") == Sent()
    assert channel.told() == ["a"]


def test_two_at_once(clone: Clone, channel: Channel) -> None:
    def other() -> None:
        clone.branch.before = lambda: None
        clone.tell("a")

    clone.branch.before = other
    clone.tell("a")
    assert channel.told() == ["a"]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"format": 2}', b"[]", b'{"format": 1, "webhooks": 3, "jira": 1}']
)
def test_a_memory_that_can_not_be_read_tells_nothing(clone: Clone, channel: Channel, data: bytes) -> None:
    clone.branch.files[FILE] = data
    with pytest.raises(MemoryFaultError):
        clone.tell("a")
    assert channel.asked == []


def test_another_address_is_told_all(clone: Clone, channel: Channel) -> None:
    clone.tell("a")
    to = Hook("second", channel.address + SECRET, channel.clock, exchange=exchange())
    telling = Telling(
        clone.branch, to, lambda some, again: message("c", some, again, "json"), channel.clock, "e" * 16
    )
    telling.tell([alert("a")])
    assert channel.told() == ["a", "a"]


@pytest.mark.parametrize(
    "address", ["", "http://hooks.test/x", "ftp://x", "https://", "secretword", "https://[", "https://a b"]
)
def test_an_address_that_is_none_is_not_shown(address: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        hook("ops", "SLACK_OPS", address, Clock())
    assert "SLACK_OPS" in str(caught.value)
    assert not address or address not in str(caught.value).replace("https://", "", 1)


@pytest.mark.parametrize(
    "fault", ["401", "403", "404", "422", "429", "500", "cut-after", "slow", "page", "away"]
)
def test_the_address_is_in_no_error_and_not_in_the_ledger(clone: Clone, channel: Channel, fault: str) -> None:
    channel.faults = [fault] * 9
    said = ""
    try:
        clone.tell("a")
    except TellError as error:
        said = f"{error} {error!r} {error.__cause__} {error.__context__}"
    assert "secret" not in said.lower()
    assert b"secret" not in b"".join(clone.branch.files.values()).lower()


PASSES = st.lists(
    st.tuples(
        st.sets(st.sampled_from("abc")),
        st.lists(st.sampled_from(["", *QUICK, "403", "404"]), max_size=3),
        st.lists(st.sampled_from(["", "", "unseen", "lost", "down"]), max_size=2),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=100)
@given(passes=PASSES)
def test_nothing_is_lost_and_nothing_is_told_more_than_twice(
    passes: list[tuple[set[str], list[str], list[str]]],
) -> None:
    clock = Clock()
    channel = Channel(clock)
    branch = Branch()
    clone = Clone(channel, branch)
    told = dict.fromkeys("abc", 0)
    unknown: list[str] = []
    with serving(channel):
        for subjects, faults, trouble in passes:
            gone = {s for s in "abc" if s not in subjects}
            channel.faults, branch.faults = list(faults), list(trouble)
            try:
                clone.tell(*sorted(subjects))
            except UnknownError:
                unknown += [*subjects]
            except (TellError, LedgerError):
                # That it was refused could perhaps not be remembered.
                unknown += [*subjects] if trouble else []
            clock.sleep(3600)
            memory = read_memory(branch.files.get(FILE)).webhooks.get("ops")
            for subject in gone:
                # What is over is forgotten, unless that could not be written.
                if memory is None or alert(subject).key not in memory.told:
                    told[subject] = len([s for s in channel.told() if s.rstrip("+") == subject])
            for subject in subjects:
                times = len([s for s in channel.told() if s.rstrip("+") == subject]) - told[subject]
                assert times <= 2
        channel.faults, branch.faults = [], []
        clone.tell("a", "b", "c")
        clock.sleep(3600)
        clone.tell("a", "b", "c")
        assert clone.tell("a", "b", "c") == Sent()
    # What got no answer twice, as far as is remembered, counts as told.
    assert {s.rstrip("+") for s in channel.told()} >= {s for s in "abc" if unknown.count(s) < 2}
