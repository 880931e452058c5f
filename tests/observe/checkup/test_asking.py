"""Questions put to a process: each bounded, none asked twice, and whatever is odd is no answer."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from cmcompile.model.checkup import Question
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.checkup.asking import Environment, ask

#: Answers each question with its own text; some do something else.
SERVE = """\
import json, os, sys, time
print("noise", file=sys.stderr, flush=True)
for number, line in enumerate(sys.stdin):
    about = json.loads(line)["about"][0]
    open(LOG, "a").write(about + "\\n")
    print(json.dumps({"at": number}), flush=True)
    if about == "hangs":
        os.system("sleep 300")
    if about == "ends":
        os._exit(3)
    if about == "rubbish":
        print("no JSON", flush=True)
        time.sleep(300)
    elif about == "fails":
        print(json.dumps({"n": number, "why": "it is broken"}), flush=True)
    else:
        print(json.dumps({"n": number, "reply": {"text": about}}), flush=True)
"""


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    log = tmp_path / "asked"
    return Environment((sys.executable, "-c", f"LOG = {str(log)!r}\n{SERVE}"), {})


def questions(*texts: str) -> list[Question]:
    return [Question("kind", "here", (text,)) for text in texts]


def asked(tmp_path: Path) -> list[str]:
    return (tmp_path / "asked").read_text().split()


def test_each_question_is_answered_by_one_process(environment: Environment, tmp_path: Path) -> None:
    told: list[Question] = []
    one, two, three = questions("one", "two", "fails")
    answers = ask(environment, [one, two, three], told.append)
    assert answers == {one: {"text": "one"}, two: {"text": "two"}, three: NoAnswer("it is broken")}
    assert told == [one, two, three]
    assert asked(tmp_path) == ["one", "two", "fails"]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ("hangs", "no answer within 1 s; its last words: noise"),
        ("ends", "the process that was asked has ended; its last words: noise"),
        ("rubbish", "the process that was asked says what is no answer; its last words: noise"),
    ],
)
def test_those_after_an_odd_one_are_put_to_another_process(
    odd: str, why: str, environment: Environment, tmp_path: Path
) -> None:
    begun = time.monotonic()
    before, mad, after = questions("before", odd, "after")
    answers = ask(environment, [before, mad, after], seconds=1, starting=30)
    assert answers == {before: {"text": "before"}, mad: NoAnswer(why), after: {"text": "after"}}
    assert asked(tmp_path) == ["before", odd, "after"]
    assert time.monotonic() - begun < 30


def test_it_is_not_tried_for_ever(environment: Environment, tmp_path: Path) -> None:
    several = [Question("kind", str(number), ("ends",)) for number in range(9)]
    answers = ask(environment, several)
    assert all(isinstance(answer, NoAnswer) for answer in answers.values())
    assert len(answers) == 9
    assert len(asked(tmp_path)) == 4


@pytest.mark.parametrize("code", ["import time; time.sleep(300)", "", "print(7)", "print('{\"at\": 9}')"])
def test_a_process_that_never_asks_is_started_once(code: str, tmp_path: Path) -> None:
    log = tmp_path / "started"
    start = f"open({str(log)!r}, 'a').write('x'); {code}"
    answers = ask(
        Environment((sys.executable, "-c", start), {}), questions("a", "b"), seconds=0.5, starting=1
    )
    assert all(isinstance(answer, NoAnswer) for answer in answers.values())
    assert len(answers) == 2
    assert log.read_text() == "x"


def test_a_broken_set_up_is_told_once_and_stands_before_the_rest() -> None:
    life, other = Question("setup", "here"), Question("data", "here", ("x",))
    answers = ask(
        Environment(("echo", '{"broken": "`source x` failed"}'), {"PATH": "/bin:/usr/bin"}), [life, other]
    )
    assert answers == {life: {"broken": "`source x` failed"}, other: NoAnswer("`source x` failed")}
