"""Rules 8, 9, 10, 11, 12, 22: keys that are dead, unknown, misplaced, missing, or not ours to set."""

from __future__ import annotations

import pytest
from bps_documents import GOOD, STEP, brief, doc, found, include

HIDDEN = include("${CTRL_BPS_PANDA_DIR}/config/bps_usdf.yaml", None)

SPELLING = [
    ("requestMemory: 2\nqueue: q\nsaveDot: true\nmaxJobsPerTask: 3\ncommandPrepend: x\n", []),
    ("iddsServer: x\nparslConfig: x\nrunnerCommand: x\ncustom_lsst_setup: x\n", []),
    ("request_memory: 2\n", [("CM108", 8, 1)]),
    ("RequestMemory: 2\n", [("CM108", 8, 1)]),
    ("pipetask:\n  isr:\n    request_memory: 2\n", [("CM108", 10, 5)]),
    ("clusterAlgorithm: a.b\ncluster:\n  c: {pipetasks: x, request_memory: 2}\n", [("CM108", 10, 21)]),
    ("clusterAlgorithm: a.b\ncluster:\n  c: {pipetask: x}\n", [("CM108", 10, 7)]),
    ("clusterAlgorithm: a.b\ncluster:\n  c: {pipetasks: x, dimension: visit}\n", [("CM108", 10, 21)]),
    ("site: {s: {compute_cloud: US}}\n", [("CM108", 8, 12)]),
    ("finalJob: {when_run: NEVER}\n", [("CM108", 8, 12)]),
    ("pipetasks:\n  isr: {queue: q}\n", [("CM108", 8, 1)]),
    ("pipetasks:\n  isr: {request_cpus: 2}\n", [("CM108", 8, 1), ("CM108", 9, 9)]),
    ("clusters: {a: {queue: q}}\n", [("CM108", 8, 1)]),
    ("clustering: {a: {queue: q}}\n", [("CM108", 8, 1)]),
    ("sites: {a: {queue: q}}\n", [("CM108", 8, 1)]),
    ('request_memory: 2\nproject: "{request_memory}"\n', []),
    ("pipetask: {isr: {environment: {request_memory: x}, profile: {Queue: x}}}\n", []),
    ("site: {s: {run_dir: x, max_blocks: 3, environment: true}}\n", []),
]

ROOT = [
    ("LSST_VERSION: w_1\n", [("CM109", 8, 1)]),
    ('LSST_VERSION: w_1\nproject: "{LSST_VERSION}"\n', []),
    ("pipelineYml: x\n", [("CM109", 8, 1)]),
    ("computingCloud: US\n", [("CM109", 8, 1)]),
    ("output: x\n", [("CM134", 8, 1)]),
    ("runInit: false\n", [("CM134", 8, 1)]),
    ("pipetask:\n  isr: {requestMemroy: 2}\n", [("CM109", 9, 9)]),
    ('pipetask:\n  isr: {requestMemroy: 2}\nproject: "{requestMemroy}"\n', []),
    ("pipetask:\n  isr: {butlerConfig: x, wallet: 2}\n", []),
]


@pytest.mark.parametrize(("extra", "expected"), SPELLING + ROOT)
def test_keys(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(GOOD + extra))) == expected


def test_a_dead_key_in_an_include_is_reported_there() -> None:
    made = doc(GOOD, include("step1/memory.yaml", "pipetask:\n  isr: {request_memory: 8}\n"))
    (diagnostic,) = found(made)
    assert (diagnostic.code.name, str(diagnostic.span)) == ("CM108", "step1/memory.yaml:2:9")
    assert diagnostic.message == "`pipetask.isr.request_memory` is never read: BPS reads `requestMemory`"
    assert diagnostic.hint == "write `requestMemory`"


def test_an_unreadable_include_may_use_an_unknown_key() -> None:
    assert brief(found(doc(GOOD + "LSST_VERSION: w_1\n", HIDDEN))) == []
    (diagnostic,) = found(doc(GOOD + "computSite: x\n", HIDDEN))
    assert (diagnostic.code.name, diagnostic.hint) == ("CM109", "did you mean `computeSite`?")


def test_a_job_key_under_payload() -> None:
    made = doc(GOOD + "  requestMemory: 2048\n  s3EndpointUrl: x\n  sw_image: y\n")
    assert brief(found(made)) == [("CM110", 8, 3)]


PIPELINE = "pipelineYaml: ${DRP_PIPE_DIR}/pipelines/DRP.yaml#step1\n"

NEEDED = [
    (GOOD, []),
    (GOOD.replace(PIPELINE, "qgraphFile: a.qgraph\n"), []),
    (GOOD.replace(PIPELINE, "customJob: {executable: a.sh}\n"), []),
    ("qgraphFile: a.qgraph\npayload: {output: u/a, inCollection: b}\n", []),
    (GOOD.replace(PIPELINE, ""), [("CM111", STEP.line, STEP.column)]),
    (GOOD.replace(PIPELINE, "pipelineYaml:\n"), [("CM111", 1, 1)]),
    (GOOD + "qgraphFile: a.qgraph\n", [("CM111", 8, 1)]),
    (GOOD.replace("  butlerConfig: /repo/main\n", ""), [("CM112", 2, 1)]),
    (GOOD.replace("  inCollection: HSC/defaults\n", ""), [("CM112", 2, 1)]),
    (GOOD.replace("instrument='HSC' and visit in (1..5)", "''"), [("CM112", 7, 3)]),
    (GOOD.replace("  butlerConfig: /repo/main\n", "") + "butlerConfig: /repo/main\n", []),
    (GOOD.replace("  payloadName: test\n", ""), []),
    (GOOD.replace("  payloadName: test\n", "") + 'project: "{payloadName}"\n', [("CM112", 2, 1)]),
    (PIPELINE, [("CM112", 1, 1)] * 3),
]


@pytest.mark.parametrize(("text", "expected"), NEEDED)
def test_needed(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(text))) == expected


def test_an_unreadable_include_may_give_what_is_missing() -> None:
    text = GOOD.replace(PIPELINE, "").replace("  butlerConfig: /repo/main\n", "")
    assert brief(found(doc(text, HIDDEN))) == []
    assert brief(found(doc(PIPELINE, HIDDEN))) == []


def test_a_readable_include_gives_what_is_missing() -> None:
    text = GOOD.replace("  butlerConfig: /repo/main\n", "")
    assert brief(found(doc(text, include("a.yaml", "payload: {butlerConfig: /repo}\n")))) == []


CLAIMED = [
    ("outputRun: a\n", [("CM128", 8, 1)]),
    ("  outputRun: a\n", [("CM128", 8, 3)]),
    ("submitPath: a\n", [("CM128", 8, 1)]),
    ("outCollection: a\n", [("CM128", 8, 1)]),
]


@pytest.mark.parametrize(("extra", "expected"), CLAIMED)
def test_keys_of_the_claim(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert sorted(brief(found(doc(GOOD + extra)))) == sorted(expected)


def test_keys_of_the_claim_in_an_include() -> None:
    (diagnostic,) = found(doc(GOOD, include("a.yaml", "x: 1\nsubmitPath: /sdf\nproject: '{x}'\n")))
    assert (diagnostic.code.name, str(diagnostic.span)) == ("CM128", "a.yaml:2:1")


LABELS = [
    ("isr,calibrate", []),
    ("step1", []),
    ("isr,,calibrate", [("CM132", 1, 1)]),
    ("isr, calibrate", [("CM132", 1, 1)]),
    ("", [("CM132", 1, 1)]),
    ("{campaign}", []),
]


@pytest.mark.parametrize(("labels", "expected"), LABELS)
def test_labels(labels: str, expected: list[tuple[str, int, int]]) -> None:
    text = GOOD.replace("${DRP_PIPE_DIR}/pipelines/DRP.yaml#step1", f"'a.yaml#{labels}'") + "campaign: c\n"
    assert brief(found(doc(text))) == expected
