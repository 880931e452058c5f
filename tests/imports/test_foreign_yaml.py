"""YAML of others is read as their tools read it, within limits."""

from __future__ import annotations

import pytest

from cmcompile.imports.foreign import ForeignError, documents
from cmcompile.imports.imported import Fate


def test_documents_are_read_as_yaml_1_1_has_them() -> None:
    found, notes = documents("x.yaml", b"a: yes\nb: 010\n---\n- 1\n---\n")
    assert found == [{"a": True, "b": 8}, [1]]
    assert notes == ()


def test_a_key_that_stands_twice_is_named_with_its_line() -> None:
    found, notes = documents("x.yaml", b"rule: {p: 1}\nother: {p: 2, q: {p: 3}}\nrule: {p: 4}\n")
    assert found == [{"rule": {"p": 4}, "other": {"p": 2, "q": {"p": 3}}}]
    (note,) = notes
    assert note.fate is Fate.DEFECT
    assert note.subject == "x.yaml: rule"
    assert note.text.startswith("line 3")


def test_keys_of_mappings_with_lists_and_merges_are_told_apart() -> None:
    text = b"a: &a {x: 1, y: [x, x, {x: 2}]}\nb:\n  <<: *a\n  z: {x: 1}\nc: *a\n"
    _, notes = documents("x.yaml", text)
    assert notes == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a: [", "line 2: did not find"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "levels deep"),
        (b"a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        (b"a: 2026-13-45", "month"),
        (b"a: &a [*a]", "inside of itself"),
        (b"a: &a {b: {c: *a}}", "inside of itself"),
    ],
)
def test_what_can_t_be_read_is_an_error(data: bytes, why: str) -> None:
    with pytest.raises(ForeignError, match=why):
        documents("x.yaml", data)


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ForeignError, match="values"):
        documents("x.yaml", "\n".join(lines).encode())


def test_aliases_of_a_long_list_are_counted_with_its_values() -> None:
    text = f"a: &a [{', '.join(['x'] * 20_000)}]\nb: [{', '.join(['*a'] * 60)}]\n"
    with pytest.raises(ForeignError, match="values"):
        documents("x.yaml", text.encode())
