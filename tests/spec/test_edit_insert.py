"""Edits of YAML texts: the new entry is there, and every byte outside of it stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import InputError
from cmcompile.model.source import plain
from cmcompile.spec.edit.insert import add_key, append
from cmcompile.spec.edit.layout import EditError
from cmcompile.spec.yaml import read

ROOT = Path(__file__).parents[2]
ENTRY = {"retry": "step1/3@w00", "because": "a node died: 12 jobs # lost"}
RESCUE = {"because": "more memory", "groups": [1, "2..3"], "bps": {"requestMemory": 8192}}


def value(data: bytes) -> Any:
    findings = Findings()
    node = read("x.yaml", data, findings)
    assert node is not None, findings.sorted()
    return plain(node)


def outside(old: bytes, new: bytes) -> bytes:
    """Return what was put in; fails unless the old bytes stand around it."""
    head = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    # The cut may be read at several places where the text repeats itself.
    for cut in range(head, -1, -1):
        if new.endswith(old[cut:]):
            return new[cut : len(new) - len(old) + cut]
    raise AssertionError("something else was changed")


LISTS = [
    "",
    "# only a comment",
    "# only\n# comments\n\n",
    "---\n",
    "--- # start\n# more\n",
    "- a: 1\n",
    "- a: 1",
    "-  a: 1   # why\n   b: 2\n# the end\n",
    "---\n- a: 1\n  # deep\n\n# low\n\n\n",
    "  - a: 1\n  # level\n# low\n",
    "    # before\n    - a: 1\n    -   a: 2 #\tx\n",
    "- a: 1\r\n  b: 2\r\n# end\r\n",
    "- a: 1\r\n- b: 2",
    "# a\ttab\n- a: x\t# tab\tin comment\t\n",
    "[]",
    "[ ] # none yet\n",
    "[{a: 1}]\n",
    "[{a: 1}, {b: 2} # last\n]\n",
    "[\n  {a: 1},\n  {b: 2},  # last\n  # more\n]\n# end\n",
    "- {a: 1,\n   b: [2, 3]}\n",
    "- a: |\n    text\n\n    more\n\n\n# end\n",
    "- a: |+\n    kept\n\n\n",
    "- a: >-\n    text\n    more\n- b: |2-\n      in\n",
    "- a: |\n    text\n   # no text\n- &x b\n- *x\n",
    "- a: first\n    second\n    third  # why\n",
    "- a: 'it''s\n\n    long'\n",
    '- a: "x\\\n    y"\n',
    "- a: &k {b: 1}\n- a: *k\n",
    "- - a\n  - b\n",
    "- a: 1\n...\n",
    "- a: 1\n... # over\n",
    "# café 🔭\n- a: ☃\n# 🔭\n",
    "\ufeff- a: 1\n",
    "- a:\n",
    "-\n",
    "- a\n\n# c\n-  # nothing - yet\n",
    "- a:\n  -\n  -\n# c\n",
    "- a:   # nothing\n",
    "- a: {}\n- b: []\n",
    "- a:\n  - 1\n  -  2 # two\n",
]


@pytest.mark.parametrize("text", LISTS)
def test_an_entry_is_appended_and_nothing_else_is_touched(text: str) -> None:
    old = text.encode()
    new = append("x.yaml", old, [ENTRY])
    assert value(new) == [*(value(old) or []), ENTRY]
    put = outside(old, new)
    assert b"step1/3@w00" in put
    assert put.count(b"\n") <= 3
    again = append("x.yaml", new, [ENTRY, ENTRY])
    assert value(again) == [*(value(old) or []), ENTRY, ENTRY, ENTRY]


def test_nothing_to_append_changes_nothing() -> None:
    assert append("x.yaml", b"- a: 1", []) == b"- a: 1"


def test_where_an_entry_stands() -> None:
    old = b"# head\n- a: 1   # one\n  # of a\n\n# end\n"
    new = append("x.yaml", old, [{"b": 2, "because": "so"}])
    assert new == old + b"- b: 2\n  because: so\n"
    crlf = append("x.yaml", b"- a: 1\r\n", [{"b": 2, "c": 3}])
    assert crlf == b"- a: 1\r\n- b: 2\r\n  c: 3\r\n"
    assert append("x.yaml", b"  - a: 1\n# low\n\n", [{"b": 2}]) == b"  - a: 1\n# low\n  - b: 2\n\n"
    assert append("x.yaml", b"- a: 1\n...\n", [{"b": 2}]) == b"- a: 1\n- b: 2\n...\n"
    assert append("x.yaml", b"[{a: 1} # x\n]\n", [{"b": 2}]) == b"[{a: 1}, {b: 2} # x\n]\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: 1\n", EditError),
        ("text\n", EditError),
        ("null\n", EditError),
        ("- a: |\n    cut off", EditError),
        ("- a: [\n", InputError),
        ("- a: no\n", InputError),
        ("- a\n---\n- b\n", InputError),
        ("- !x a\n", InputError),
    ],
)
def test_what_can_not_be_added_to_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        append("x.yaml", text.encode(), [ENTRY])


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=60),
    st.sampled_from(LISTS),
)
def test_any_text_is_written_so_that_it_is_read_back(text: str, file: str) -> None:
    findings = Findings()
    if read("x", b'"' + "".join(f"\\U{ord(c):08x}" for c in text).encode() + b'"', findings) is None:
        return  # characters that no spec may hold
    new = append("x.yaml", file.encode(), [{"because": text}])
    assert value(new)[-1] == {"because": text}


LEAVES = st.one_of(st.text("ab #:-'\"{}[],&*\n", max_size=8), st.integers(-9, 9), st.booleans(), st.none())
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text("xyz", min_size=1), VALUES, min_size=1), max_size=3), st.data())
def test_lists_as_ruamel_writes_them(entries: list[dict[str, Any]], data: st.DataObject) -> None:
    import io

    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.default_flow_style = data.draw(st.sampled_from([False, True, None]))
    yaml.indent(mapping=data.draw(st.integers(2, 4)), sequence=4, offset=data.draw(st.integers(0, 2)))
    stream = io.StringIO()
    yaml.dump(entries, stream)
    old = stream.getvalue()
    if data.draw(st.booleans()):
        old = old.replace("\n", "\r\n")
    try:
        before = value(old.encode())
    except AssertionError:
        return  # something that only ruamel reads
    new = append("x.yaml", old.encode(), [ENTRY])
    assert value(new) == [*(before or []), ENTRY]
    outside(old.encode(), new)


CAMPAIGNS = sorted(ROOT.glob("campaigns/*/campaign.yaml")) + sorted(
    ROOT.glob("tests/cases/*/given/**/campaign.yaml")
)


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_rescue_is_added_to_every_campaign_of_the_repository(path: Path) -> None:
    for old in (
        path.read_bytes(),
        path.read_bytes().rstrip(b"\n"),
        path.read_bytes().replace(b"\n", b"\r\n"),
    ):
        try:
            before = value(old)
        except AssertionError:
            return
        if not isinstance(before, dict) or not isinstance(before.get("steps") or {}, dict):
            return
        for step in (*(before.get("steps") or {}), "brand-new"):
            below = (before.get("steps") or {}).get(step) or {}
            if not isinstance(below, dict):
                continue
            new = add_key("c.yaml", old, ("steps", step, "rescues"), "zz-more", RESCUE)
            put = outside(old, new) if b"null" not in old else new
            assert b"zz-more" in put
            found = value(new)
            assert found["steps"][step]["rescues"].pop("zz-more") == RESCUE
            if not found["steps"][step]["rescues"]:
                assert not below.get("rescues")


MAPS = [
    ("steps:\n  step1:\n    rescues:\n      a: {}\n      # of a\n    # of step1\n  step2: {}\n", 1),
    ("steps: {step1: {rescues: {a: {}}}}\n", 1),
    ("steps: {step1: {rescues: {}}}  # c\n", 1),
    ("steps: {step1: {split: []}}\n", 1),
    ("steps: {step1: }\n", 1),
    ("steps: {step1}\n", 0),
    ("steps: {}\n", 1),
    ("steps:\n", 1),
    ("steps: # all\n  # none yet\nafter: 1\n", 1),
    ("steps:\n  step1:   # one\n  step2: {}\n", 1),
    ("steps:\n  step1: null\n", 1),
    ("steps:\n  step1:\n    rescues:  # none\n    split: []\n", 1),
    ("steps:\n    step1:\n        split: []\n        # deep\n\n    # low\n    step2: {}", 1),
    ('steps:\n  "step1":\n    where: >\n      a\n      b\n\n\n  step2: {}\n', 1),
    ("a: 1\r\nsteps:\r\n  step1:\r\n    a: 1", 1),
    ("# nothing yet\n", 1),
    ("", 1),
    ("--- # start\n...\n", 1),
    ("a: &x {}\nsteps: {step1: *x}\n", 0),
    ("steps:\n  step1: &x {}\n  step2: *x\n", 0),
    ("steps: [step1]\n", 0),
    ("steps: {step1: {rescues: {new: {}}}}\n", 0),
]


@pytest.mark.parametrize(("text", "fine"), MAPS)
def test_a_key_is_added_where_it_belongs(text: str, fine: int) -> None:
    old = text.encode()
    if not fine:
        with pytest.raises(EditError):
            add_key("c.yaml", old, ("steps", "step1", "rescues"), "new", RESCUE)
        return
    new = add_key("c.yaml", old, ("steps", "step1", "rescues"), "new", RESCUE)
    if "null" not in text:
        outside(old, new)
    found = value(new)
    assert found["steps"]["step1"]["rescues"].pop("new") == RESCUE


def test_a_rescue_reads_well() -> None:
    old = b"steps:\n  step1:   # one\n    split: []\n  step2: {}\n"
    new = add_key("c.yaml", old, ("steps", "step1", "rescues"), "more", RESCUE)
    assert new.decode() == (
        "steps:\n  step1:   # one\n    split: []\n    rescues:\n      more:\n        because: more memory\n"
        "        groups: [1, 2..3]\n        bps: {requestMemory: 8192}\n  step2: {}\n"
    )


def test_comments_stay_with_what_they_are_about() -> None:
    head = "steps:\n  step1:\n    rescues:\n      a: {}\n      # of a\n\n      # of a too\n"
    tail = "\n    # of step1\n  # of step2\n  step2: {}\n"
    new = add_key("c.yaml", (head + tail).encode(), ("steps", "step1", "rescues"), "b", {"groups": [1]})
    assert new.decode() == head + "      b:\n        groups: [1]\n" + tail


def test_long_lists_are_broken() -> None:
    groups = [f"2026010{n % 10}-{n}" for n in range(60)]
    new = add_key("c.yaml", b"", ("steps", "s", "rescues"), "r", {"groups": groups})
    assert max(map(len, new.decode().splitlines())) <= 110
    assert value(new)["steps"]["s"]["rescues"]["r"]["groups"] == groups
