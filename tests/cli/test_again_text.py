"""The text of a campaign that is made again: what is asked for changes, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.cli.again_text import Edits, edited, places_named
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import CmcompileError
from cmcompile.model.source import plain
from cmcompile.spec.yaml import read


def values(text: str) -> Any:
    node = read("campaign.yaml", text.encode(), Findings())
    assert node is not None
    return plain(node)


@st.composite
def specs(draw: st.DrawFn) -> tuple[str, set[str]]:
    """Return a campaign with comments everywhere, and the comments that are not within rescues."""
    lines = ["# the head", "cmcompile: 1", "campaign: old  # its name", "steps:"]
    kept = {"# the head", "# its name"}
    for number in range(draw(st.integers(1, 4))):
        name = f"step{number}"
        lines += [f"  # before {name}", f"  {name}:"]
        kept.add(f"# before {name}")
        keys = draw(st.permutations(["split", "rescues", "needs", "priority"]))
        for key in keys:
            if draw(st.booleans()):
                lines.append("")
            if draw(st.booleans()):
                lines.append(f"    # before {key} of {name}")
                kept.add(f"# before {key} of {name}")
            if key == "split":
                lines += ["    split:", "    - {by: visit, values: 1..4, size: 2}"]
            elif key == "priority":
                lines.append(f"    priority: {number}  # the priority of {name}")
                kept.add(f"# the priority of {name}")
            elif key == "needs" and number:
                lines.append(draw(st.sampled_from(_needs(number - 1))))
            elif key == "rescues":
                lines += draw(st.sampled_from(_RESCUES))
    return "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n# the end\n"])), kept


def _needs(number: int) -> list[str]:
    return [
        f"    needs: step{number}",
        f"    needs: step{number}/again",
        f"    needs: [step{number}, step{number}/again]",
        f"    needs: {{step{number}/again: all}}",
        f"    needs: {{step{number}: same, step{number}/again: all}}",
    ]


_RESCUES = [
    [],
    ["    rescues: {again: {groups: [1], because: known}}"],
    ["    rescues:  # inside", "      again:", "        # deeper", "", "        groups: [1]"],
    [
        "    rescues:",
        "      again: {groups: [1]}",
        "      # between",
        "      more:",
        "        groups:",
        "        - 1",
    ],
]


@given(specs())
def test_rescues_go_and_all_else_stays(made: tuple[str, set[str]]) -> None:
    text, kept = made
    found = edited(text, Edits("next", rescues=False))
    was, now = values(text), values(found)
    assert now["campaign"] == "next"
    for name, step in was["steps"].items():
        left = {key: value for key, value in step.items() if key not in ("rescues", "needs")}
        assert {k: v for k, v in now["steps"][name].items() if k != "needs"} == left
        assert "again" not in str(now["steps"][name].get("needs", ""))
        assert bool(step.get("needs")) == bool(now["steps"][name].get("needs"))
    # A comment before rescues may be about them; it need not stay.
    lost = {comment for comment in kept if comment not in found}
    assert {comment for comment in lost if "before rescues" not in comment} == set()
    assert "# deeper" not in found
    assert "# between" not in found


@given(specs())
def test_with_rescues_only_the_name_changes(made: tuple[str, set[str]]) -> None:
    text, _ = made
    found = edited(text, Edits("next"))
    assert values(found) == {**values(text), "campaign": "next"}
    assert edited(found, Edits("old")).split("\n", 1)[1].split() == text.split()


def test_places_of_files_are_altered_where_files_are_named() -> None:
    text = """\
cmcompile: 1
campaign: c
extends: [../library/a.yaml, b.yaml]   # two
lists:
  a: {file: ../library/a.yaml}
vars: {file: ../library/a.yaml}
exclude:
- {file: "../library/a.yaml", by: visit, because: known}
"""
    assert list(places_named(text)) == [
        "../library/a.yaml",
        "b.yaml",
        "../library/a.yaml",
        "../library/a.yaml",
    ]
    found = edited(text, Edits("c", places={"../library/a.yaml": "pinned/a.yaml"}))
    assert "extends: [pinned/a.yaml, b.yaml]" in found
    assert "# two" in found
    assert values(found)["vars"] == {"file": "../library/a.yaml"}
    assert values(found)["lists"] == {"a": {"file": "pinned/a.yaml"}}
    assert values(found)["exclude"][0]["file"] == "pinned/a.yaml"


def test_a_text_without_anything_to_alter_is_left_as_it_is() -> None:
    text = "cmcompile: 1\nsteps:   {a: {priority:   3}}  # odd blanks\n"
    assert edited(text, Edits(None, rescues=False)) == text


def test_a_single_file_that_is_extended_is_text() -> None:
    text = "cmcompile: 1\nextends: ../library/a.yaml\ncampaign: c\n"
    assert list(places_named(text)) == ["../library/a.yaml"]
    found = edited(text, Edits("c", places={"../library/a.yaml": "pinned/a.yaml"}))
    assert values(found)["extends"] == "pinned/a.yaml"


def test_what_can_not_be_done_without_other_changes_is_refused() -> None:
    # The anchor is defined within a rescue.
    text = """\
cmcompile: 1
campaign: c
steps:
  a:
    rescues:
      again: {bps: &more {requestMemory: 1}, groups: [1]}
  b:
    bps: *more
"""
    with pytest.raises(CmcompileError, match="--with-rescues"):
        edited(text, Edits("c", rescues=False))
