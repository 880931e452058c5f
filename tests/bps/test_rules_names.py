"""Rules 4, 5, 6, 7: braces and variables of the environment."""

from __future__ import annotations

import pytest
from bps_documents import GOOD, brief, doc, found, include

HIDDEN = include("${CTRL_BPS_PANDA_DIR}/config/bps_usdf.yaml", None)

GOOD_TEXTS = [
    "",
    'project: "{campaign}"\ncampaign: c1\n',
    'extraQgraphOptions: "--where {dataQuery} {defaultPreCmdOpts}"\n',
    'idLinkPath: "{timestamp}/{uniqProcName}/{operator}"\n',
    'subDirTemplate: "{label}/{tract}/{visit}"\n',
    'cluster: {a: {pipetasks: "x,y", clusterTemplate: "{visit}"}}\nclusterAlgorithm: m.f\n',
    'runQuantumCommand: "run {perTask}"\npipetask: {isr: {perTask: 1}}\n',
    'pipetask: {isr: {runPreCmdOpts: "{defaultPreCmdOpts} -v"}}\n',
    'site: {s: {profile: {condor: {X: "{ lone"}}}}\n',
    "pipetask: {isr: {environment: {A: '{B}', B: '1'}}}\n",
    "runQuantumCommand: \"awk '{{print}}'\"\n",
    'project: "{wmsJobId}"\n',
    'finalJob: {command2: "{tool} -j {requestCpus}", tool: x}\n',
]

BAD_TEXTS = [
    ('project: "{campain}"\ncampaign: c\n', [("CM104", 8, 1)]),
    ('project: "{nothing}"\n', [("CM104", 8, 1)]),
    ('extraQgraphOptions: "{tract}"\n', [("CM104", 8, 1)]),
    ("runQuantumCommand: \"awk '{print $1}'\"\n", [("CM104", 8, 1)]),
    ('project: "{campaign}"\ncampaign: "{project}"\n', [("CM105", 8, 1)]),
    ('extraQgraphOptions: "{extraQgraphOptions} -v"\n', [("CM105", 8, 1)]),
    ('pipetask:\n  isr:\n    runPreCmdOpts: "{runPreCmdOpts} -v"\n', [("CM105", 10, 5)]),
    ('project: "a}"\n', [("CM106", 8, 1)]),
    ('project: "${HOME"\n', [("CM106", 8, 1)]),
    ('pipetask:\n  isr: {queue: "{"}\n', [("CM106", 9, 9)]),
    ('site: {s: {priority: "{q:d}", q: 1, p: "{}"}}\n', [("CM104", 8, 37)]),
]


@pytest.mark.parametrize("extra", GOOD_TEXTS)
def test_good(extra: str) -> None:
    assert brief(found(doc(GOOD + extra))) == []


@pytest.mark.parametrize(("extra", "expected"), BAD_TEXTS)
def test_bad(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(GOOD + extra))) == expected


@pytest.mark.parametrize("name", ["perTask", "visit"])
def test_a_payload_text_takes_no_name_of_a_task_or_job(name: str) -> None:
    text = GOOD.replace("u/someone/step1/1", f"'u/{{{name}}}'") + "pipetask: {isr: {perTask: 1}}\n"
    assert brief(found(doc(text))) == [("CM104", 4, 3)]


def test_a_circle_is_reported_once() -> None:
    text = 'project: "{campaign}"\ncampaign: "{project}"\nidLinkPath: "{project}/{campaign}"\n'
    assert brief(found(doc(GOOD + text))) == [("CM105", 8, 1)]


def test_a_near_name_is_offered() -> None:
    (diagnostic,) = found(doc(GOOD + 'project: "{payloadNam}"\n'))
    assert diagnostic.hint == "did you mean {payloadName}?"
    assert diagnostic.scope == "step1"


def test_an_unreadable_include_may_define_the_name() -> None:
    text = 'project: "{payloadFolder}"\n'
    assert brief(found(doc(GOOD + text, HIDDEN))) == [("CM131", 8, 1)]


def test_a_misspelt_name_is_an_error_beside_an_unreadable_include() -> None:
    assert brief(found(doc(GOOD + 'project: "{payloadNam}"\n', HIDDEN))) == [("CM104", 8, 1)]


def test_a_readable_include_defines_a_name_or_has_the_fault() -> None:
    text = 'project: "{who}"\n'
    assert brief(found(doc(GOOD + text, include("a.yaml", "who: me\n")))) == []
    (diagnostic,) = found(doc(GOOD, include("a.yaml", 'x: 1\ncampaign: "{x}{who}"\n')))
    assert (diagnostic.code.name, str(diagnostic.span)) == ("CM104", "a.yaml:2:1")


DECLARED = frozenset({"S3_ENDPOINT", "PANDA_URL"})

VARIABLES = [
    ('project: "${S3_ENDPOINT} ${HOME} ${DRP_PIPE_DIR}/x"\n', []),
    ('project: "${S3_ENDPOINTS}"\n', [("CM107", 8, 1)]),
    ('project: "${UNKNOWN}/${UNKNOWN}"\n', [("CM107", 8, 1)]),
    ('runnerCommand: "${PANDAID}"\n', []),
    ('pipetask: {isr: {environment: {X: "${ON_WORKER}"}}}\n', []),
    ('project: "${DRP_PIPE_DIR}pipelines/x.yaml"\n', [("CM130", 8, 1)]),
    ('project: "${DRP_PIPE_DIR}/pipelines ${DRP_PIPE_DIR}"\n', []),
]


@pytest.mark.parametrize(("extra", "expected"), VARIABLES)
def test_variables(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(GOOD + extra, variables=DECLARED))) == expected


def test_nothing_is_declared_so_nothing_is_undeclared() -> None:
    assert brief(found(doc(GOOD + 'project: "${UNKNOWN}"\n'))) == []


def test_names_of_includes_are_judged_too() -> None:
    made = doc(GOOD, include("${X_DIR}config/a.yaml", None, line=4), variables=DECLARED)
    assert brief(found(made)) == [("CM130", 4, 1)]
    made = doc(GOOD, include("${NV}/config/a.yaml", None, line=4), variables=DECLARED)
    assert brief(found(made)) == [("CM107", 4, 1)]
