"""Rules 13, 14, 15, 16: clusters."""

from __future__ import annotations

import textwrap

import pytest
from bps_documents import GOOD, brief, doc, found, include

HIDDEN = include("/shared/clustering.yaml", None)
START = GOOD + "clusterAlgorithm: lsst.ctrl.bps.quantum_clustering_funcs.dimension_clustering\ncluster:\n"

CLUSTERS = [
    ("  a: {pipetasks: 'x, y', dimensions: visit}\n  b: {pipetasks: z}\n", []),
    ("  a: {pipetasks: 'x,y'}\n  b: {pipetasks: y}\n", [("CM113", 11, 7)]),
    ("  a: {pipetasks: 'x,y,x'}\n", [("CM113", 10, 7)]),
    ("  a: {pipetasks: x, partitionDimensions: exposure, partitionMaxSize: 5}\n", []),
    ("  a: {pipetasks: x, partitionDimensions: exposure}\n", [("CM115", 10, 21)]),
    ("  a: {pipetasks: x, partitionMaxSize: 5}\n", [("CM115", 10, 21)]),
    (
        "  a: {pipetasks: x, partitionDimensions: e, partitionMaxSize: 5, partitionMaxClusters: 5}\n",
        [("CM115", 10, 66)],
    ),
    ("  a: {pipetasks: x, partitionDimensions: e, partitionMaxSize: 0}\n", [("CM115", 10, 45)]),
    ("  a: {pipetasks: x, findDependencyMethod: source}\n", []),
    ("  a: {pipetasks: x, findDependencyMethod: both}\n", [("CM115", 10, 21)]),
    ("  a: {pipetasks: x, equalDimensions: 'visit:exposure, group:day_obs'}\n", []),
    ("  a: {pipetasks: x, equalDimensions: visit=exposure}\n", [("CM115", 10, 21)]),
    ("  a: {pipetasks: x, equalDimensions: 'visit:exposure,'}\n", [("CM115", 10, 21)]),
]


@pytest.mark.parametrize(("extra", "expected"), CLUSTERS)
def test_clusters(extra: str, expected: list[tuple[str, int, int]]) -> None:
    assert brief(found(doc(START + extra))) == expected


def test_the_first_place_of_a_task_is_related() -> None:
    (diagnostic,) = found(doc(START + "  a: {pipetasks: 'x,y'}\n  b: {pipetasks: y}\n"))
    assert diagnostic.message == "task `y` is named in clusters `a` and `b`"
    assert [str(r.span) for r in diagnostic.related] == ["campaign.yaml:10:7"]


def test_a_task_twice_in_one_cluster_is_said_so() -> None:
    (diagnostic,) = found(doc(START + "  a: {pipetasks: 'x,y,x'}\n"))
    assert diagnostic.message == "task `x` is named twice in `a`"


def test_an_unreadable_include_may_hold_the_rest_of_a_cluster() -> None:
    text = GOOD + "cluster:\n  a: {partitionMaxClusters: 10000, equalDimensions: 'exposure:visit'}\n"
    assert brief(found(doc(text, HIDDEN))) == []


def test_clusters_without_an_algorithm_are_dead() -> None:
    assert brief(found(doc(GOOD + "cluster:\n  a: {pipetasks: x}\n"))) == [("CM114", 8, 1)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("x,z", []),
        ("p,q", [("CM114", 10, 3)]),
        ("step1", []),
        ("step1,step2", []),
    ],
)
def test_clusters_of_tasks_that_are_not_run_are_dead(
    labels: str, expected: list[tuple[str, int, int]]
) -> None:
    text = START.replace("#step1", f"#{labels}") + "  a: {pipetasks: 'x,y'}\n  b: {pipetasks: 'z,q'}\n"
    assert brief(found(doc(text))) == expected


TASKS = """\
  c: {{pipetasks: 'a,b'{own}}}
pipetask:
  a: {{{a}}}
  b: {{{b}}}
"""

UNIFORM = [
    ("", "queue: q", "queue: q", "", []),
    ("", "queue: q", "queue: r", "", [("CM116", 13, 7)]),
    ("", "queue: q", "", "", [("CM116", 12, 7)]),
    ("", "queue: q", "", "queue: q\n", []),
    ("", "", "queue: q", "queue: q\n", []),
    ("", "", "queue: q", "queue: r\n", [("CM116", 13, 7)]),
    (", queue: s", "queue: q", "queue: r", "", []),
    ("", "queue: q", "queue: r", "site: {s: {queue: x}}\n", [("CM116", 13, 7)]),
    ("", "queue: q", "", "computeSite: s\nsite: {s: {queue: q}}\n", []),
    (", computeSite: t", "queue: q", "", "computeSite: s\nsite: {s: {queue: q}}\n", [("CM116", 12, 7)]),
    ("", "requestMemory: 1", "requestMemory: 2", "", []),
    ("", "requestDisk: 1", "requestDisk: 2", "", []),
    ("", "numberOfRetries: 1", "", "", []),
    ("", "retryUnlessExit: [1]", "retryUnlessExit: [1, 2]", "", [("CM116", 13, 7)]),
    ("", "retryUnlessExit: [1, 2]", "", "", []),
    ("", "preemptible: true", "", "", []),
    (", preemptible: false", "preemptible: false", "", "", []),
    ("", "preemptible: false", "", "", [("CM116", 12, 7)]),
    ("", "environment: {X: '1'}", "environment: {X: '1'}", "", []),
    ("", "environment: {X: '1'}", "environment: {X: '2'}", "", [("CM116", 13, 7)]),
    ("", "runQuantumCommand: run a", "runQuantumCommand: run b", "", [("CM116", 13, 7)]),
    ("", "profile: {condor: {X: 1}}", "", "", []),
]


@pytest.mark.parametrize(("own", "a", "b", "root", "expected"), UNIFORM)
def test_uniform(own: str, a: str, b: str, root: str, expected: list[tuple[str, int, int]]) -> None:
    text = START + TASKS.format(own=own, a=a, b=b) + root
    assert brief(found(doc(text))) == expected


def test_payload_makes_an_attribute_uniform() -> None:
    text = textwrap.dedent(START + TASKS.format(own="", a="queue: q", b="queue: r"))
    text = text.replace("payload:\n", "payload:\n  queue: p\n")
    assert brief(found(doc(text))) == [("CM110", 3, 3)]


def test_tasks_that_are_not_run_do_not_count() -> None:
    text = START.replace("#step1", "#a,other") + TASKS.format(own="", a="queue: q", b="queue: r")
    assert brief(found(doc(text))) == []


def test_what_differs_is_said() -> None:
    (diagnostic,) = found(doc(START + TASKS.format(own="", a="queue: q", b="queue: r")))
    assert (
        diagnostic.message == "cluster `c`: `queue` is `q` for `a` and `r` for `b`, but a cluster is one job"
    )
    assert [str(r.span) for r in diagnostic.related] == ["campaign.yaml:12:7"]
