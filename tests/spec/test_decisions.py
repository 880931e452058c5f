"""Reading decisions.yaml: strict, with positions, and the schema says the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cmcompile.model.decision import Decision, Verb
from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.errors import SourceError
from cmcompile.model.event import Subject
from cmcompile.model.source import Span
from cmcompile.spec.decisions import OWN, decision_id, load_decisions, targets
from cmcompile.spec.schema import schema

SPEC = "campaigns/c/campaign.yaml"
FILE = "campaigns/c/decisions.yaml"
TAIL = ", by: Ann <a@b.example>, at: 2026-11-20T08:00:00Z, because: seen"


class Files:
    """Sources of one file, or of none."""

    def __init__(self, data: bytes | None) -> None:
        self._data = data

    def read(self, path: str) -> bytes:
        if self._data is None or path != FILE:
            raise SourceError(path, "absent", "does not exist")
        return self._data

    def exists(self, path: str) -> bool:
        return self._data is not None and path == FILE


def load(text: str) -> tuple[tuple[Decision, ...], tuple[Diagnostic, ...]]:
    return load_decisions(Files(text.encode()), SPEC)


def told(text: str) -> list[str]:
    return [f"{d.span.line}:{d.span.column} {d.code.name}" for d in load(text)[1] if d.span]


def entry(verb: str, target: str, **more: str) -> str:
    own = "".join(f", {key}: {value}" for key, value in more.items())
    return f"- {{{verb}: {target}{own}{TAIL}}}\n"


def test_no_file_holds_no_decision() -> None:
    assert load_decisions(Files(None), SPEC) == ((), ())


@pytest.mark.parametrize("text", ["", "# none yet\n", "---\n", "[]\n"])
def test_an_empty_file_holds_no_decision(text: str) -> None:
    assert load(text) == ((), ())


def test_what_an_entry_says() -> None:
    text = (
        "# head\n- accept: step1/rescue.3@w00\n  by: Ann <a@b>\n  at: 2026-11-20T08:00:00Z\n"
        "  because: >-\n    two visits,\n    not needed\n"
    )
    (found,), findings = load(text)
    assert findings == ()
    assert found == Decision(
        id=found.id,
        verb=Verb.ACCEPT,
        subject=Subject("step1", "rescue.3", "w00"),
        by="Ann <a@b>",
        at="2026-11-20T08:00:00Z",
        because="two visits, not needed",
        span=Span(FILE, 2, 3),
    )
    assert re.fullmatch("[0-9a-f]{12}", found.id)


@pytest.mark.parametrize(
    ("verb", "target", "subject"),
    [
        ("hold", "all", None),
        ("release", "step1", Subject("step1")),
        ("hold", "step1/3-1", Subject("step1", "3-1")),
        ("retry", "s_1/rescue.3@w12", Subject("s_1", "rescue.3", "w12")),
        ("retire", "step1", Subject("step1")),
        ("retire", "step1/all@w00", Subject("step1", "all", "w00")),
        ("supersede", "step1/3@w100", Subject("step1", "3", "w100")),
    ],
)
def test_targets(verb: str, target: str, subject: Subject | None) -> None:
    (found,), findings = load(entry(verb, target))
    assert findings == ()
    assert found.subject == subject


def test_keys_of_one_verb() -> None:
    text = entry("abandon", "s/1@w00", gate="5d0f9c3a8e7b1246")
    text += entry("adopt", "s/1", run='"17"', wms="a.b.C@x1", output="u/x/r")
    (gone, taken), findings = load(text)
    assert findings == ()
    assert (gone.gate, gone.run) == ("5d0f9c3a8e7b1246", "")
    assert (taken.run, taken.wms, taken.output, taken.gate) == ("17", "a.b.C@x1", "u/x/r", "")


WRONG = [
    ("a: 1\n", ["1:1 CM030"]),
    ("- retry\n", ["1:3 CM080"]),
    (f"- {{{TAIL[2:]}}}\n", ["1:3 CM080"]),
    (entry("retyr", "s/1@w00"), ["1:4 CM080"]),
    (f"- {{retry: s/1@w00, accept: s/1@w00{TAIL}}}\n", ["1:20 CM080"]),
    (entry("retry", "s/1"), ["1:4 CM081"]),
    (entry("retry", "s"), ["1:4 CM081"]),
    (entry("retry", "all"), ["1:4 CM081"]),
    (entry("retry", "s/1-*@w00"), ["1:4 CM081"]),
    (entry("retry", '"s/1,2@w00"'), ["1:4 CM081"]),
    (entry("retry", "s/1@w0"), ["1:4 CM081"]),
    (entry("retry", "c/s/1@w00"), ["1:4 CM081"]),
    (entry("hold", "s/1@w00"), ["1:4 CM081"]),
    (entry("adopt", "s/1@w00", run="x", wms="a.B", output="o"), ["1:4 CM081"]),
    (entry("retry", "17"), ["1:4 CM030"]),
    (entry("retry", '""'), ["1:4 CM081"]),
    (entry("abandon", "s/1@w00"), ["1:3 CM032"]),
    (entry("abandon", "s/1@w00", gate="5d0f"), ["1:22 CM034"]),
    (entry("abandon", "s/1@w00", gate="1111111111111111"), ["1:22 CM030"]),
    (entry("accept", "s/1@w00", gate="5d0f9c3a8e7b1246"), ["1:21 CM085"]),
    (entry("adopt", "s/1", run="x", output="o"), ["1:3 CM032"]),
    (entry("adopt", "s/1", run="x", wms="no class", output="o"), ["1:24 CM034"]),
    (entry("retry", "s/1@w00", ticket="x"), ["1:20 CM031"]),
    ("- {retry: s/1@w00, by: x, at: 2026-11-20T08:00:00Z}\n", ["1:3 CM032"]),
    ("- {retry: s/1@w00, at: 2026-11-20T08:00:00Z, because: x}\n", ["1:3 CM032"]),
    ("- {retry: s/1@w00, by: x, because: x}\n", ["1:3 CM032"]),
    ('- {retry: s/1@w00, by: x, at: 2026-11-20T08:00:00Z, because: " "}\n', ["1:53 CM034"]),
    ("- {retry: s/1@w00, by: x, at: 2026-11-20, because: x}\n", ["1:27 CM034"]),
    ("- {retry: s/1@w00, by: x, at: 2026-11-20T08:00:00+01:00, because: x}\n", ["1:27 CM034"]),
    ("- {retry: s/1@w00, by: x, at: 2026-02-30T08:00:00Z, because: x}\n", ["1:27 CM034"]),
    (entry("retry", "s/1@w00") * 2, ["2:4 CM084"]),
    ("- [\n", ["2:1 CM005"]),
]


@pytest.mark.parametrize(("text", "wanted"), WRONG)
def test_what_is_wrong_is_told_at_its_place(text: str, wanted: list[str]) -> None:
    assert told(text) == wanted
    for found in load(text)[1]:
        assert found.message
        assert "x-form" not in found.message


def test_what_is_right_is_read_beside_what_is_wrong() -> None:
    text = entry("retry", "s/1") + entry("retry", "s/2@w00") + "- x\n" + "- {retry: s/4@w00}\n"
    found, findings = load(text + entry("retry", "s/5@w00"))
    assert [str(d.subject) for d in found] == ["s/2@w00", "s/5@w00"]
    assert [d.span.line for d in findings if d.span] == [1, 3, 4, 4, 4]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (entry("acept", "s/1@w00"), "did you mean `accept`?"),
        (entry("Retry", "s/1@w00"), "did you mean `retry`?"),
        (entry("retry", "s/1"), "`s/1@w00` is the first"),
        (entry("retry", "s/*@w00"), "`cmcompile retry` takes patterns"),
        (entry("abandon", "s/1@w00", gate="1111111111111111"), '"1111111111111111"'),
    ],
)
def test_hints(text: str, hint: str) -> None:
    assert hint in load(text)[1][0].hint


def test_the_id_covers_all_that_is_said() -> None:
    said = {"retry": "s/1@w00", "by": "x", "at": "2026-01-01T00:00:00Z", "because": "y"}
    assert decision_id(said) == decision_id(dict(reversed(said.items())))
    others = [decision_id({**said, key: value + "x"}) for key, value in said.items()]
    assert len({decision_id(said), *others, decision_id({**said, "gate": "1"})}) == 6
    # Pinned: events in ledgers name these ids.
    assert decision_id(said) == "0ab52f4857df"


LOADED = schema("decisions")


def examples() -> dict[str, Any]:
    return {key: part["examples"][0] for key, part in LOADED["$defs"]["decision"]["properties"].items()}


def valid(verb: Verb) -> dict[str, Any]:
    return {
        key: value
        for key, value in examples().items()
        if key == verb.value or OWN.get(key) is verb or key in ("by", "at", "because")
    }


@pytest.mark.parametrize("verb", Verb)
def test_the_schema_and_the_reader_have_the_same_verbs(verb: Verb) -> None:
    assert list(Draft202012Validator(LOADED).iter_errors([valid(verb)])) == []
    (found,), findings = load(json.dumps([valid(verb)]))
    assert (found.verb, findings) == (verb, ())


def test_every_property_has_a_description_and_good_examples() -> None:
    for key, part in LOADED["$defs"]["decision"]["properties"].items():
        assert part["description"].endswith("."), key
        for example in part["examples"]:
            rule = {**LOADED["$defs"][part["$ref"].rpartition("/")[2]]}
            assert list(Draft202012Validator(rule).iter_errors(example)) == [], (key, example)
    assert set(targets().forms) == set(Verb)


KEYS = [*(v.value for v in Verb), "by", "at", "because", *OWN, "odd"]
VALUES = st.sampled_from([*examples().values(), "x", "", None, 3, True, [], {}, "s/1@w00", "all", "s"])


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=7) | VALUES, max_size=3), st.data())
def test_the_schema_and_the_reader_agree(entries: list[Any], data: st.DataObject) -> None:
    for number, item in enumerate(entries):
        if isinstance(item, Mapping) and data.draw(st.booleans()):
            entries[number] = {
                **valid(data.draw(st.sampled_from(list(Verb)))),
                **dict(list(item.items())[:1]),
            }
    text = yaml.safe_dump(entries, default_flow_style=None)
    found, findings = load(text)
    assert all(d.span is not None and d.span.file == FILE for d in findings)
    assert all("None" not in d.message for d in findings)
    errors = [d for d in findings if d.code.severity.value == "error"]
    fine = not list(Draft202012Validator(LOADED).iter_errors(entries))
    if fine:
        assert errors == []
        assert len(found) == len(entries)
    else:
        assert errors


@given(st.binary(max_size=200) | st.text('-{}: ,arety/@w0\n#"', max_size=60).map(str.encode))
def test_any_bytes_are_answered(data: bytes) -> None:
    found, findings = load_decisions(Files(data), SPEC)
    assert found == () or findings == () or all(d.span for d in findings)


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    from cmcompile.spec.files import WorkingTree

    (tmp_path / FILE).mkdir(parents=True)
    found, findings = load_decisions(WorkingTree(tmp_path), SPEC)
    assert found == ()
    assert [(d.code.name, str(d.span)) for d in findings] == [("CM002", f"{FILE}:1:1")]
