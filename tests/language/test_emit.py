"""What is emitted is read as the same data by PyYAML, by BPS and by the strict reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.compiler.emit import program, scalar
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Origin, Tree, tree_plain
from cmcompile.model.source import plain
from cmcompile.spec.yaml import read

ORIGIN = Origin("test", None)
#: Texts that YAML readers take for something else, and signs that mean something to YAML.
TRICKY = [
    "", " ", "a ", " a", "-", "- a", "? a", ": a", "a:", "a: b", "a #b", "#a", "a#b", "'", "\"", "''",
    "a'b", "a\"b", "\\", "a\\nb", "null", "Null", "~", "true", "False", "YES", "n", "y", "on", "0", "007",
    "0x1f", "0o7", "1_000", "1:30", "1e3", "1.5", ".5", ".inf", ".NaN", "-1", "+1", "2026-01-05",
    "2026-01-05T08:00:00Z", "<<", "=", "!tag", "&a", "*a", "@a", "`a", "%a", "|", ">", "[a]", "{a}", "a, b",
    "{x}", "${X}/y", "(a or b)", "/repo/main", "--- a", "...", "a\nb", "a\nb\n", "\n", "a\n\nb", "a\n\n",
    " a\nb", "a\n b", "a\t", "\ta", "a\tb", "é", "日本", "a\xa0b", "\u2028", "\ufeff", "\x85", "😀",
    "x" * 1500, "word " * 400, "visit in (1..3) and detector != 5",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.text("ab :#-'\"\\\n{}[],&*!|>%@`?\t", max_size=12),
    st.lists(st.sampled_from(["word", "a: b", "#x", "-", "x  "]), max_size=40).map(" ".join),
)
values = st.one_of(texts, st.booleans(), st.integers(-(2**63), 2**64), st.floats(allow_nan=False), st.none())
leaves = values.map(lambda v: Leaf(v, ORIGIN))
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: Items(tuple(items), ORIGIN)),
        st.dictionaries(texts, st.one_of(inner, st.just(Gone(ORIGIN))), max_size=4).map(Branch),
    ),
    max_leaves=12,
)
documents = st.dictionaries(texts, trees, max_size=5).map(Branch)


def emitted(tree: Branch, *, in_slots: bool = False) -> str:
    """Emit a tree; with slots each value is written as one that differs from group to group."""
    pieces = program(tree, lambda leaf, _: None if in_slots else (leaf.value,))
    return "".join(p if isinstance(p, str) else scalar(p.leaf.value, p.indent) for p in pieces)


@given(documents)
def test_pyyaml_reads_the_same(tree: Branch) -> None:
    text = emitted(tree)
    assert (yaml.safe_load(text) or {}) == tree_plain(tree)
    assert emitted(tree, in_slots=True) == text


@given(documents)
def test_values_keep_their_types(tree: Branch) -> None:
    assert typed(yaml.safe_load(emitted(tree)) or {}) == typed(tree_plain(tree))


def typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: typed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [typed(v) for v in value]
    return (type(value).__name__, repr(value))


@given(documents)
def test_the_strict_reader_reads_the_same(tree: Branch) -> None:
    findings = Findings()
    node = read("x.yaml", emitted(tree).encode(), findings)
    # It refuses what no spec can hold: control characters, infinity, numbers beyond 64 bits.
    refused = {f.code.name for f in findings}
    assert refused <= {"CM004", "CM008", "CM019"}
    if not refused:
        assert node is not None
        assert (plain(node) or {}) == tree_plain(tree)


@given(st.lists(values, max_size=5), st.dictionaries(texts, values, max_size=3))
def test_lists_and_mappings_of_expressions_are_read_the_same(items: list[Any], named: dict[str, Any]) -> None:
    text = f"a: {scalar(items)}\nb: {scalar(named)}\n"
    assert yaml.safe_load(text) == {"a": items, "b": named}


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), 1e22, 1e-7, 5e-324, 1.5e300, -0.0])
def test_large_and_small_numbers_stay_numbers(value: float) -> None:
    found = yaml.safe_load(f"a: {scalar(value)}")["a"]
    assert isinstance(found, float)
    assert found == value


def test_what_is_no_number_stays_none() -> None:
    assert repr(yaml.safe_load(f"a: {scalar(float('nan'))}")["a"]) == "nan"


@pytest.mark.service("lsst")
@pytest.mark.filterwarnings("ignore")
def test_bps_reads_the_same(tmp_path: Path) -> None:
    from lsst.ctrl.bps import BpsConfig

    keys = {
        f"k{n}": Leaf(text, ORIGIN) for n, text in enumerate(TRICKY) if "{" not in text and "$" not in text
    }
    tree = Branch({**keys, "cluster": Branch({"c": Branch(dict(keys), ORIGIN)}, ORIGIN)}, ORIGIN)
    path = tmp_path / "x.yaml"
    path.write_text(emitted(tree), encoding="utf-8")
    config = BpsConfig(str(path))
    for name, leaf in keys.items():
        assert config[name] == leaf.value
        assert config["cluster", "c", name] == leaf.value
