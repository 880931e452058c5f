"""Failures before the gate: each is brought about for real, and told in words that lead on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from driver_world import PARTS, Bench, make_bench, shared_below

from cmcompile.apply.child.messages import encode, preparation_of
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NotReady, Order

pytestmark = pytest.mark.service("lsst")

SERVER = "postgresql+psycopg2://me:hidden-word@127.0.0.1:1/x"


def orders(bench: Bench) -> dict[str, tuple[Order, str, bool]]:
    """Return orders that fail, what is to be told, and whether trying again may help."""
    lost = bench.path / "lost"
    lost.mkdir()
    there = (bench.path / "repo" / "butler.yaml").read_text()
    (lost / "butler.yaml").write_text(there.replace("sqlite:///<butlerRoot>/gen3.sqlite3", SERVER))
    gone = bench.path / "gone"
    gone.mkdir()
    (gone / "butler.yaml").write_text(there)
    (gone / "gen3.sqlite3").write_bytes(b"")
    one = bench.path / "pipeline.yaml"
    cases: dict[str, tuple[dict[str, str], str, bool]] = {
        "the query fits nothing": (
            {"dataQuery": "instrument='Cam' and visit=77"},
            "the quantum graph is empty: no data fit",
            False,
        ),
        "the pipeline's path lacks a slash": (
            {"pipelineYaml": "${SMALL_PIPE_DIR}pipelines/x.yaml"},
            "there is no file",
            False,
        ),
        "no such subset": ({"pipelineYaml": f"{one}#stepX"}, "no subset or task {'stepX'}", False),
        "no such repository": ({"butlerConfig": f"{bench.path}/nowhere"}, "no Butler repository at", False),
        "no such collection": ({"inCollection": "Cam/nope"}, "no collection Cam/nope", False),
        "the query is none": (
            {"dataQuery": "instrument='Cam' and vizit=1"},
            "does not understand the data query: Unrecognized identifier 'vizit'",
            False,
        ),
        "the server is gone": ({"butlerConfig": str(lost)}, "can't be reached: connection to server", True),
        "the database is empty": (
            {"butlerConfig": str(gone)},
            "not one, or is damaged: no such table",
            False,
        ),
        "no such plugin": ({"wmsServiceClass": "nope.Service"}, "no Python module nope in this env", False),
        "the run is there": (
            {"output": "Cam/other", "outputRun": "Cam/raw"},
            "Cam/raw exists already in",
            False,
        ),
        # The directory is there: it was made for the query that fits nothing.
        "the submit directory is there": (
            {},
            "w00-000000 exists already, and nothing is written over",
            False,
        ),
    }
    made = {}
    for number, (name, (keys, told, again)) in enumerate(cases.items()):
        run = {"outputRun": f"u/t/w00-{number if keys else 0:06d}", **keys}
        text = bench.text(**run)
        service = keys.get("wmsServiceClass", "recording.RecordingService")
        order = bench.order(text, claim=f"{number:016x}", wms=WmsRef(service))
        order = Order(
            order.campaign,
            order.subject,
            order.claim,
            order.wms,
            run["outputRun"].replace("/", "_"),
            run["outputRun"],
            f"${{PWD}}/submit/{run['outputRun']}",
            order.files,
            order.environment,
        )
        made[name] = (order, told, again)
    return made


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[NotReady, str, bool]]:
    """Return what was told of each, with what was to be."""
    bench = make_bench(tmp_path_factory.mktemp("failures"), shared_below(tmp_path_factory), os.environ)
    asked = orders(bench)
    program = [sys.executable, str(PARTS / "prepare_many.py"), str(bench.area)]
    environ = {**os.environ, "PYTHONPATH": f"{PARTS}{os.pathsep}{Path(__file__).parents[2]}"}
    done = subprocess.run(
        program,
        input="".join(encode(order) for order, _, _ in asked.values()),
        env={**environ, "RECORD": str(bench.record)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = done.stdout.splitlines(keepends=True)
    found = {}
    for (name, (_, words, again)), line in zip(asked.items(), told, strict=True):
        preparation = preparation_of(line)
        assert isinstance(preparation, NotReady), f"{name}: {preparation}"
        found[name] = (preparation, words, again)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "the query fits nothing",
        "the pipeline's path lacks a slash",
        "no such subset",
        "no such repository",
        "no such collection",
        "the query is none",
        "the server is gone",
        "the database is empty",
        "no such plugin",
        "the run is there",
        "the submit directory is there",
    ],
)
def test_told_with_what_to_do(answers: dict[str, tuple[NotReady, str, bool]], name: str) -> None:
    found, words, again = answers[name]
    assert words in found.message
    assert found.transient is again
    assert "Traceback" not in found.message
    assert "hidden-word" not in found.message
    assert "submit/.cmcompile/" in found.message
    assert found.message.endswith("driver.log")
    assert len(found.message) < 500


def test_no_stack(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    bench = make_bench(tmp_path / "bench", shared_below(tmp_path_factory), os.environ)
    # A Python without its site-packages has no stack.
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "python").write_text(f'#!/bin/sh\nexec {sys._base_executable} -I "$@"\n')  # type: ignore[attr-defined]
    (bin_ / "python").chmod(0o755)
    setting = bench.setting()
    order = bench.order(setting=type(setting)((f'export PATH="{bin_}:$PATH"',), setting.variables))
    found = bench.prepared(order)
    assert isinstance(found, NotReady)
    assert "there is no Python module lsst" in found.message
    assert "set up the stack" in found.message
