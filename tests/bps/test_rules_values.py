"""Rules 17, 18, 20, 23, 25, 26, old names, and the length of the run name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bps_documents import GOOD, STEP, brief, doc, found, include, tree

from cmcompile.bps.rules import check_values
from cmcompile.model.diagnostic import Findings

VALUES = [
    ("pipetask:\n  isr:\n", [("CM117", 9, 3)]),
    ("pipetask:\n", [("CM117", 8, 1)]),
    ("cluster: x\nclusterAlgorithm: a.b\n", [("CM117", 8, 1)]),
    ("site: {s: [1]}\n", [("CM117", 8, 8)]),
    ("finalJob:\n", [("CM117", 8, 1)]),
    ("requestMemory: 4096\nrequestCpus: 2\nmemoryMultiplier: 1.5\n", []),
    ("requestMemory: '4096'\n", [("CM118", 8, 1)]),
    ("requestMemory: 4.5\n", [("CM118", 8, 1)]),
    ("requestCpus: true\n", [("CM118", 8, 1)]),
    ("requestMemory:\n", []),
    ("pipetask: {isr: {requestMemory: 4GB}}\n", [("CM118", 8, 18)]),
    ("memoryMultiplier: '2'\n", [("CM118", 8, 1)]),
    ("saveDot: 'True'\n", [("CM118", 8, 1)]),
    ("preemptible: 1\n", [("CM118", 8, 1)]),
    ("numberOfRetries: two\n", [("CM118", 8, 1)]),
    ("retryUnlessExit: 2\n", []),
    ("retryUnlessExit: [1, 2]\n", []),
    ("retryUnlessExit: '2'\n", [("CM118", 8, 1)]),
    ("retryUnlessExit: [a]\n", [("CM118", 8, 1)]),
    ("requestWalltime: 3600\n", []),
    ("requestWalltime: '3600'\n", []),
    ("environment: x\n", [("CM118", 8, 1)]),
    ("site: {s: {environment: true}}\n", []),
    ("clusterAlgorithm: a.b\ncluster: {c: {pipetasks: [a, b]}}\n", [("CM118", 9, 15)]),
    ("campaign: 2026\n", []),
    ("campaign: {a: 1}\n", [("CM118", 8, 1)]),
    ("extraQgraphOptions: [a]\n", [("CM118", 8, 1)]),
    ("placeholderParams: [a]\n", []),
    ("whenSaveJobQgraph: never\n", []),
    ("whenSaveJobQgraph: always\n", [("CM118", 8, 1)]),
    ("finalJob: {whenRun: sometimes}\n", [("CM118", 8, 12)]),
    ("pipetask: {isr: {requestMemory: 500000}}\n", [("CM125", 8, 18)]),
    ("pipetask: {isr: {requestMemory: 500000}}\nmemoryLimit: 600000\n", []),
    ("requestMemory: 3000\nmemoryLimit: 2048\n", [("CM125", 8, 1)]),
    ("pipetask: {isr: {requestMemory: 3000, requestMemoryMax: 2000}}\n", [("CM125", 8, 18)]),
    ("site: {s: {memoryLimit: 1000, requestMemory: 3000}}\n", [("CM125", 8, 31)]),
]


@pytest.mark.parametrize(("extra", "expected"), VALUES)
def test_values(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(GOOD + extra))) == expected


def test_a_list_of_inputs_is_no_text() -> None:
    (diagnostic,) = found(doc(GOOD.replace("HSC/defaults", "[a, b]")))
    assert (diagnostic.code.name, diagnostic.message) == (
        "CM118",
        "`payload.inCollection` must be text, not a list",
    )


QUERY = "instrument='HSC' and visit in (1..5)"

RESIDUE = [
    ("visit in (1..5)", []),
    ("visit=1 and detector not in (1) or (tract=2)", []),
    ("exposure >= nan and exposure <= nan", ["CM120"]),
    ("exposure >= None", ["CM120"]),
    ("exposure > LOWEXP", ["CM120"]),
    ("exposure < HIGHEXP", ["CM120"]),
    ("exposure = ???", ["CM120"]),
    ("tract in ()", ["CM120"]),
    ("tract IN ( ) and visit=1", ["CM120"]),
    ("visit=1 and  and tract=2", ["CM120"]),
    ("and visit=1", ["CM120"]),
    ("visit=1 AND", ["CM120"]),
    ("(and visit=1)", ["CM120"]),
    ("(visit=1 or )", ["CM120"]),
    ("target='nance' and visit=1 and band_and='x' and random=1", []),
    ("instrument='None-x' and x='finance'", []),
]


@pytest.mark.parametrize(("query", "expected"), RESIDUE)
def test_residue_in_a_query(query: str, expected: list[str]) -> None:
    diagnostics = found(doc(GOOD.replace(QUERY, f'"{query}"')))
    assert brief(diagnostics) == [(code, 7, 3) for code in expected]


OTHER_RESIDUE = [
    ("project: GNUM\n", [("CM120", 8, 1)]),
    ("project: None\n", [("CM120", 8, 1)]),
    ("extraQgraphOptions: --config a=None\n", []),
    ("runnerCommand: x None\n", []),
    ("  sw_image: \"['a', 'b']\"\n", [("CM120", 8, 3)]),
]


@pytest.mark.parametrize(("extra", "expected"), OTHER_RESIDUE)
def test_residue(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(GOOD + extra))) == expected


OUTPUTS = [
    ("u/a", "HSC/defaults", []),
    ("u/a//b", "HSC/defaults", ["CM120"]),
    ("u/a/", "HSC/defaults", ["CM120"]),
    ("u/a", "'a,,b'", ["CM120"]),
    ("u/a", "'b,u/a'", ["CM133"]),
    ("'{base}/a'", "'b, u/a'", ["CM133"]),
    ("u/a", "'u/a/b'", []),
    ("u/" + "a" * 231, "b", []),
    ("u/" + "a" * 236, "b", ["CM129"]),
]


@pytest.mark.parametrize(("output", "inputs", "expected"), OUTPUTS)
def test_outputs(output: str, inputs: str, expected: list[str]) -> None:
    text = (
        GOOD.replace("u/someone/step1/1", output).replace("HSC/defaults", inputs)
        + "base: u\nproject: '{base}'\n"
    )
    assert [d.code.name for d in found(doc(text))] == expected


def test_the_longest_run_name_fits_exactly() -> None:
    rest = len("/step1/1-11/w00-abcdef")
    for length, expected in ((255 - rest, []), (256 - rest, ["CM129"])):
        text = GOOD.replace("u/someone/step1/1", "a" * length)
        assert [d.code.name for d in found(doc(text, group="1-11"))] == expected


QUERIES = [
    ({"tract"}, "skymap='x' and tract=1", []),
    ({"tract"}, "skymap='tract'", ["CM126"]),
    ({"tract", "visit"}, "tract=1 and visit=1", []),
    ({"visit"}, "visit=1", []),
    ({"visit"}, "visit=1 and tract=1", ["CM126"]),
    ({"detector", "exposure"}, "detector=1 and patch=1", ["CM126"]),
    (set[str](), "tract=1 and visit=1", []),
]


@pytest.mark.parametrize(("dimensions", "query", "expected"), QUERIES)
def test_queries(dimensions: set[str], query: str, expected: list[str]) -> None:
    text = GOOD.replace(QUERY, f'"{query}"')
    diagnostics = found(doc(text, dimensions=frozenset(dimensions)))
    assert brief(diagnostics) == [(code, 7, 3) for code in expected]


OLD = [
    ("executionButler: {queue: q}\n", [("CM127", 8, 1)]),
    ("wmsServiceClass: lsst.ctrl.bps.wms.panda.panda_service.PanDAService\n", [("CM127", 8, 1)]),
    ("wmsServiceClass: lsst.ctrl.bps.panda.PanDAService\n", []),
]


@pytest.mark.parametrize(("extra", "expected"), OLD)
def test_old_names(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(GOOD + extra))) == expected


def test_an_include_that_moved() -> None:
    diagnostics = found(doc(GOOD, include("${CTRL_BPS_DIR}/config/bps_idf.yaml", None, line=3)))
    assert brief(diagnostics) == [("CM127", 3, 1)]
    assert diagnostics[0].hint == "write ${CTRL_BPS_PANDA_DIR}/config/bps_idf.yaml"


PATHS = [("payload", "dataQuery"), ("payload", "output"), ("list", "1"), ("absent",), ("payload",)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("HSC'", "HSC'", []),
        ("visit in (1..5)", "visit in ()", [("CM120", 7, 3)]),
        ("visit in (1..5)", "visit = {", [("CM106", 7, 3)]),
        ("u/someone/step1/1", "HSC/defaults", [("CM133", 4, 3)]),
        ("u/someone/step1/1", "'{base}/defaults'", [("CM133", 4, 3)]),
        ("u/someone/step1/1", "a" * 250, [("CM129", 4, 3)]),
        ("second", "GNUM", [("CM120", 8, 15)]),
    ],
)
def test_values_of_a_further_group(old: str, new: str, expected: list[tuple[str, int, int]]) -> None:
    text = GOOD + "list: [first, second]\n"
    first = doc(text, include("a.yaml", "base: HSC\n"))
    findings = Findings()
    check_values(replace(first, tree=tree(text.replace(old, new))), PATHS, findings)
    assert brief(findings.sorted()) == expected


def test_a_finding_without_a_place_is_at_the_step() -> None:
    (diagnostic,) = found(doc("qgraphFile: a.qgraph\npayload: {payloadName: GNUM}\n"))
    assert diagnostic.span is not None
    made = replace(doc(GOOD), tree=replace(tree(GOOD), entries={}))
    assert {d.span for d in found(made)} == {STEP}
