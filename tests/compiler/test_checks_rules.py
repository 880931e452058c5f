"""The BPS rules run in full for a few groups only: nothing may be hidden by that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from brute import campaign, compiled, messages
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cmcompile.bps.rules import check
from cmcompile.compiler.checks import rules
from cmcompile.compiler.checks.rules import RuleRunner
from cmcompile.compiler.result import Compilation
from cmcompile.model.diagnostic import Code
from cmcompile.model.source import Span

Seen = set[tuple[Code, Span | None]]

TEXTS = (
    *("a", "b-1", "r", "nan", "None", "none", "???", "LOWEXP", "a//b", "x,,y", "[1]", "x/", "tail,"),
    *("a and", "or b", "{", "}", "{a}", "{payloadName}", "{nowhere}", "${HOME}", "${NOWHERE}", "in ()"),
    *("NEVER", "BOGUS", "isr", "isr calibrate", "x" * 240, "tract", "visit", "source", "None of these"),
)
PLACES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("description",), "about ${{ tag.value }}"),
    (("description",), "${{ tag.value }}"),
    (("description",), "{${{ tag.value }}}"),
    (("description",), "${MY_DIR}${{ tag.value }}"),
    (("description",), "${${{ tag.value }}}"),
    (("description",), "{payloadName} {nothing} ${{ tag.value }}"),
    (("campaign",), "${{ tag.value }}/${{ visit.n }}"),
    (("payload", "output"), "u/${{ tag.value }}/out"),
    (("payload", "output"), "u/${{ visit.n }}"),
    (("payload", "inCollection"), "HSC/raw,u/2"),
    (("payload", "inCollection"), "HSC/raw,u/${{ tag.value }}/out"),
    (("payload", "payloadName"), "${{ tag.value }}"),
    (("payload", "dataQuery"), "skymap='h' and visit = ${{ visit.lo }} and band='${{ tag.value }}'"),
    (("payload", "dataQuery"), "instrument='HSC' and skymap='h' and ${{ tag.value }}"),
    (("pipelineYaml",), "${DRP_PIPE_DIR}/p.yaml#${{ tag.value }}"),
    (("pipelineYaml",), "${DRP_PIPE_DIR}/${{ tag.value }}.yaml"),
    (("whenSaveJobQgraph",), "${{ tag.value }}"),
    (("requestMemory",), "${{ tag.value }}"),
    (("numberOfRetries",), "${{ visit.n }}"),
    (("computeSite",), "${{ tag.value }}"),
    (("queue",), "${{ tag.value }}"),
    (("wmsServiceClass",), "lsst.ctrl.bps.${{ tag.value }}.PanDAService"),
    (("pipetask", "isr", "queue"), "${{ tag.value }}"),
    (("pipetask", "isr", "requestMemory"), "${{ visit.n }}"),
    (("pipetask", "isr", "requestMemoryMax"), "1"),
    (("pipetask", "calibrate", "queue"), "b-1"),
    (("cluster", "one", "pipetasks"), "isr,${{ tag.value }}"),
    (("cluster", "one", "dimensions"), "${{ tag.value }}"),
    (("cluster", "one", "equalDimensions"), "visit:${{ tag.value }}"),
    (("cluster", "one", "findDependencyMethod"), "${{ tag.value }}"),
    (("cluster", "two", "pipetasks"), "calibrate,isr"),
    (("cluster", "two", "partitionMaxSize"), "${{ visit.n }}"),
    (("extraQgraphOptions",), "-c x:y=${{ tag.value }}"),
    (("site", "here", "profile", "condor", "+x"), "{${{ tag.value }}}"),
    (("clusterAlgorithm",), "a.b"),
)  # fmt: skip


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["values", "values", "parts", "cut"]))
    texts = draw(st.lists(st.sampled_from(TEXTS), min_size=2, max_size=4, unique=True))
    tag: dict[str, Any] = {"name": "tag", "values": texts}
    if kind == "parts":
        tag = {"name": "tag", "parts": [{"values": [n], "vars": {"word": t}} for n, t in enumerate(texts)]}
    bps: dict[str, Any] = {}
    for path, text in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=5)):
        place = bps
        for key in path[:-1]:
            place = place.setdefault(key, {})
        if kind == "parts":
            text = text.replace("tag.value", "word")
        place[path[-1]] = int(text) if text.isdigit() else text
    step = {"split": [tag, {"by": "visit", "values": [1, 2, 3], "size": 2}], "bps": bps}
    more = {"environments": {"e": {"env": {"MINE": "1"}}}, "environment": "e"} if draw(st.booleans()) else {}
    return campaign({"step1": step}, **more)


@contextmanager
def every_group(run: Any) -> Iterator[None]:
    """Treat each group after the first of a shape in another way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RuleRunner, "check", run)
        yield


def seen(result: Compilation) -> Seen:
    return {(f.code, f.span) for f in result.findings}


@given(spec=specs())
@settings(max_examples=300)
def test_nothing_is_hidden_that_all_rules_on_every_group_find(spec: dict[str, Any]) -> None:
    quick = seen(compiled(spec))

    def in_full(self: RuleRunner, step: Any, shapes: Any, groups: Any) -> None:
        for made in groups:
            shape = shapes.of(made.group)
            self._first(step, shape, shape.names_of(made.group), made)

    with every_group(in_full):
        full = seen(compiled(spec))
    for code in {code for code, _ in full}:
        event(code.name)
    assert quick == full


@given(spec=specs())
@settings(max_examples=100)
def test_the_quick_look_lets_nothing_pass(spec: dict[str, Any]) -> None:
    quick = compiled(spec).findings
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RuleRunner, "_may_break_a_rule", lambda *_: True)
        assert compiled(spec).findings == quick


def test_the_rules_run_in_full_once_for_groups_that_differ_in_numbers_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def counted(document: Any, findings: Any) -> None:
        asked.append(document.group)
        check(document, findings)

    monkeypatch.setattr(rules, "check", counted)
    bps = {
        "description": "visits ${{ visit.lo }} to ${{ visit.hi }} {payloadName}",
        "payload": {"payloadName": "a/${{ group.id }}"},
    }
    compiled(campaign({"step1": {"split": [{"by": "visit", "values": "1..500"}], "bps": bps}}))
    assert asked == ["1"]
    asked.clear()
    tags = {"name": "tag", "values": ["a", "b", "c"]}
    site = {"computeSite": "${{ tag.value }}"}
    compiled(campaign({"step1": {"split": [tags, {"by": "visit", "values": "1..50"}], "bps": site}}))
    assert len(asked) == 3


def test_an_output_that_is_an_input_of_a_further_group_is_seen() -> None:
    bps = {"payload": {"output": "u/${{ visit.value }}", "inCollection": "HSC/raw,u/2"}}
    (message,) = messages(
        compiled(campaign({"step1": {"split": [{"by": "visit", "values": "1..3"}], "bps": bps}})), "CM133"
    )
    assert "`u/2`" in message
