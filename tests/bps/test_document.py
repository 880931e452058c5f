"""Merging includes gives what BPS gives."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from bps_documents import doc, include, tree

from cmcompile.bps.document import document, merged
from cmcompile.model.resolved import Branch, Gone, Leaf, Origin, tree_plain
from cmcompile.model.source import Span

FILES = {
    "a.yaml": "x: 1\npayload: {p: 1, q: [1, 2]}\npipetask: {isr: {requestMemory: 1}}\n",
    "b.yaml": "x: 2\ny: 3\npayload: {q: [3]}\n",
    "empty.yaml": "",
    "deep.yaml": "includeConfigs: [a.yaml]\nx: 4\nz: 5\n",
    "body.yaml": "requestMemory: 7\nqueue: slow\n",
    "mapping_over_leaf.yaml": "x: {k: 1}\n",
}

CASES = [
    "includeConfigs: a.yaml\nx: 9\n",
    "includeConfigs: [a.yaml, b.yaml]\n",
    "includeConfigs: [b.yaml, a.yaml]\npayload: {p: 5}\n",
    "includeConfigs: [a.yaml, empty.yaml]\npayload: {q: 5}\n",
    "includeConfigs: [deep.yaml, b.yaml]\npipetask: {isr: {queue: fast}}\n",
    "includeConfigs: [mapping_over_leaf.yaml]\nx: 1\n",
    "includeConfigs: [a.yaml, mapping_over_leaf.yaml]\n",
    "pipetask:\n  isr:\n    includeConfigs: body.yaml\n    queue: fast\n",
    "pipetask:\n  isr:\n    includeConfigs: body.yaml\nincludeConfigs: a.yaml\n",
    "includeConfigs: a.yaml\npipetask:\n  isr:\n    includeConfigs: body.yaml\n",
]


@pytest.fixture(scope="module")
def butler_config() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("lsst.daf.butler").Config


def included(text: str) -> Any:
    """Return the includes that a text names, as the compiler gives them."""
    made = []
    lines = text.splitlines()
    at: list[tuple[int, str]] = []
    for line in lines:
        depth = len(line) - len(line.lstrip())
        key, _, value = line.strip().partition(":")
        at = [(d, k) for d, k in at if d < depth]
        if key == "includeConfigs":
            names = [name.strip() for name in value.strip().strip("[]").split(",")]
            path = tuple(k for _, k in at)
            made += [include(n, FILES[n], *included(FILES[n]), at=path) for n in names]
        at.append((depth, key))
    return tuple(made)


@pytest.mark.parametrize("text", CASES)
def test_merged_is_what_bps_loads(
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    butler_config: Any,
) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "main.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    real = butler_config(str(tmp_path / "main.yaml")).toDict()
    assert tree_plain(merged(doc(text, *included(text)))) == real


def test_values_of_an_include_keep_their_place_and_say_their_layer() -> None:
    view = merged(doc("x: 1\n", include("sub/a.yaml", "y:\n  z: 2\nx: 3\n")))
    leaf = view.get("y", "z")
    assert isinstance(leaf, Leaf)
    assert leaf.origin == Origin("include sub/a.yaml", Span("sub/a.yaml", 2, 3))


def test_a_value_remembers_the_included_one_that_it_hides() -> None:
    view = merged(doc("x: 1\n", include("a.yaml", "x: 3\n")))
    leaf = view.get("x")
    assert isinstance(leaf, Leaf)
    assert leaf.value == 1
    assert [tree_plain(h) for h in leaf.hid] == [3]


def test_a_key_deleted_in_the_campaign_lets_the_include_show() -> None:
    made = document(
        Branch({"x": Gone(Origin("step", None))}, Origin("step", None)), (include("a.yaml", "x: 3\n"),)
    )
    assert tree_plain(merged(made)) == {"x": 3}


def test_an_unreadable_include_is_known_and_adds_nothing() -> None:
    inner = include("/abs/x.yaml", None)
    made = doc("x: 1\n", include("${VAR}/a.yaml", None), include("b.yaml", "y: 2\n", inner))
    assert [i.text for i in made.unreadable] == ["${VAR}/a.yaml", "/abs/x.yaml"]
    assert tree_plain(merged(made)) == {"x": 1, "y": 2}


def test_below_is_the_merged_includes_without_the_file() -> None:
    made = doc("x: 1\n", include("a.yaml", "x: 2\ny: 3\n"), include("b.yaml", "y: 4\n"))
    assert tree_plain(made.below) == {"x": 2, "y": 4}


def test_an_include_that_is_no_mapping_adds_nothing() -> None:
    made = document(tree("x: 1\n"), (include("a.yaml", "- 1\n"), include("b.yaml", "5\n")))
    assert tree_plain(merged(made)) == {"x": 1}
