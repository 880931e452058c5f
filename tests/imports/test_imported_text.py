"""A spec that is written says what it was made from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.imports.text import spec_text
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import plain
from cmcompile.spec.yaml import read

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=150)
KEYS = st.from_regex(r"[A-Za-z_][\w+-]{0,20}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6))
def test_it_is_read_back_as_it_was(tree: dict[str, object]) -> None:
    findings = Findings()
    text = spec_text(tree)
    node = read("campaign.yaml", text.encode(), findings)
    assert node is not None, (findings.sorted(), text)
    assert plain(node) == tree


def test_a_text_of_several_lines_stays_readable() -> None:
    sql = "select 1\n  , 2\n\nfrom x"
    text = spec_text({"lists": {"a": {"query": {"sql": sql}}}})
    assert "      sql: |-\n        select 1\n          , 2\n\n        from x\n" in text


def test_a_remark_stands_above_its_key() -> None:
    text = spec_text({"steps": {"a": {"needs": "b"}}}, {("steps", "a"): "why\nso"})
    assert "steps:\n  # why\n  # so\n  a:\n    needs: b\n" in text
