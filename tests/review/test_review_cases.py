"""`cmcompile review` in real repositories: each kind of edit, as files that are read by eye."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ledger_world import commit, run
from pages import Page, controls
from review_worlds import CASES, same
from syrupy.assertion import SnapshotAssertion

from cmcompile.plan.document import from_document

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/review-v1.schema.json").read_text())
FILES = {"comment.md", "summary.md", "annotations.txt", "report.sarif", "review.json"}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_edit_looks_as_reviewed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    make, wanted = CASES[name]
    root = make(tmp_path / "world").root
    monkeypatch.chdir(root)
    commit(root, "The edit")
    out = tmp_path / "out"
    result = run("review", "--base", "HEAD~1", "-o", str(out))
    document = json.loads((out / "review.json").read_text())
    Draft202012Validator(SCHEMA).validate(document)
    comment = (out / "comment.md").read_text()
    shown, _, where = result.stdout.rpartition("report: ")
    assert where == f"{out}\n"
    pages = {"text": shown, "comment": comment, "annotations": (out / "annotations.txt").read_text()}
    for kind, text in pages.items():
        assert same(text) == snapshot(extension_class=Page, name=kind)
        assert controls(text) == set()
    assert (result.exit_code, document["exit"]) == (wanted, wanted), result.output
    assert {path.name for path in out.iterdir()} - {"plans"} == FILES
    assert len(comment.encode()) < 60_000
    assert [s["context"] for s in document["statuses"]] == ["cm/validate", "cm/plan", "cm/policy"]
    for campaign, path in document["plans"].items():
        plan = from_document(json.loads((out / path).read_text()))
        assert plan.source.campaign == campaign
        assert plan.source.commit == document["head"]
        assert f"{campaign} {plan.digest}" in comment
