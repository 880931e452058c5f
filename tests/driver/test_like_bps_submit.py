"""A child and ``bps submit`` leave the same files, and ask the plugin the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from driver_world import PARTS, RECORDING, Bench, make_bench, shared_below

from cmcompile.driver.failures import not_ready
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NoReply, NotReady, Ready, Taken

pytestmark = pytest.mark.service("lsst")
#: What differs between any two runs of BPS.
_TIMES = re.compile(r"\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT[\d:.]+")


@pytest.fixture
def bench(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return make_bench(tmp_path / "bench", shared_below(tmp_path_factory), os.environ)


def calls(record: Path, area: Path) -> list[object]:
    """Return what the plugin was asked, with the area taken out of it."""
    return [json.loads(line.replace(str(area), "AREA")) for line in record.read_text().splitlines()]


def files(submit: Path, area: Path) -> dict[str, str]:
    """Return the texts of a submit directory by name; of what is no text, and of prints, the name only."""
    found = {}
    for path in sorted(submit.rglob("*")):
        name = path.relative_to(submit).as_posix()
        said = path.suffix in (".qg", ".out") or name.endswith((".env.info.yaml", ".pkg.info.yaml"))
        text = "" if said or path.is_dir() else path.read_text(encoding="utf-8")
        found[name] = _TIMES.sub("TIME", text.replace(str(area), "AREA"))
    return found


def test_files_and_calls(bench: Bench) -> None:
    more = "makeIdLink: true\nextraQgraphOptions: --dataset-query-constraint off"
    text = bench.text(more=more)
    ready, reply = bench.submitted(bench.order(text))
    assert isinstance(reply, Taken)
    assert reply.run_id == "42"

    by_hand = bench.path / "by-hand"
    by_hand.mkdir()
    (by_hand / "submit.yaml").write_text(text, encoding="utf-8")
    record = bench.path / "by-hand.jsonl"
    prefix = str(Path(sys.executable).parents[1])
    environ = {**os.environ, "CTRL_MPEXEC_DIR": prefix, "DAF_BUTLER_DIR": prefix, "PWD": str(by_hand)}
    done = subprocess.run(
        [f"{prefix}/bin/bps", "submit", "submit.yaml"],
        cwd=by_hand,
        env={**environ, "PYTHONPATH": str(PARTS), "RECORD": str(record)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Run Id: 42" in done.stdout

    submit = by_hand / "submit" / "u" / "t" / "w00-012345"
    ours, theirs = files(bench.submit, bench.area), files(submit, by_hand)
    assert ours == theirs
    # BPS hands its plugin the name of the file nowhere else than where the graph is built remotely.
    assert calls(bench.record, bench.area) == calls(record, by_hand)
    assert [call[0] for call in calls(record, by_hand)] == ["checks", "prepare", "submit"]  # type: ignore[index]
    assert (by_hand / "bps_links" / "42").readlink() == submit
    assert (bench.area / "bps_links" / "42").readlink() == bench.submit

    assert isinstance(ready, Ready)
    assert ready.quanta == 4
    name = "u_t_w00-012345"
    assert set(ready.files) == {
        f"{name}_config.yaml",
        f"{name}.pkg.info.yaml",
        f"{name}.qg",
        "pipeline/pipeline.yaml",
        "environment.json",
        "graph.json",
    }
    own = bench.area / "submit" / ".cmcompile" / "0123456789abcdef"
    graph = json.loads((own / "graph.json").read_text())
    assert graph == {"bytes": graph["bytes"], "quanta": 4, "tasks": {"small": 4}}
    kept = json.loads((own / "environment.json").read_text())
    assert {"PYTHONPATH", "RECORD", "CTRL_MPEXEC_DIR"} <= set(kept["variables"])
    assert (bench.area / "submit" / ".gitignore").read_text() == "*\n"
    assert "Starting transform stage" in (own / "driver.log").read_text()


@pytest.mark.parametrize(("trouble", "why"), [("raises", "the queue did not answer"), ("no id", "no id")])
def test_any_doubt_is_no_reply(bench: Bench, trouble: str, why: str) -> None:
    order = bench.order(setting=bench.setting(TROUBLE=trouble))
    _, reply = bench.submitted(order)
    assert isinstance(reply, NoReply)
    assert why in reply.why
    assert [call[0] for call in calls(bench.record, bench.area)].count("submit") == 1  # type: ignore[index]


@pytest.mark.parametrize("trouble", ["", "refuses"])
def test_restart(bench: Bench, trouble: str) -> None:
    order = bench.order(files={}, restart="42", setting=bench.setting(TROUBLE=trouble))
    _, reply = bench.submitted(order)
    if trouble:
        assert isinstance(reply, NoReply)
        assert "it runs still" in reply.why
    else:
        assert isinstance(reply, Taken)
        assert reply.run_id == "43"
    assert calls(bench.record, bench.area) == [["restart", "42", {}]]


def test_what_bps_makes_is_what_was_claimed(bench: Bench) -> None:
    found = bench.prepared(bench.order(wms=WmsRef("some.OtherService")))
    assert isinstance(found, NotReady)
    assert RECORDING in found.message


def test_an_error_that_is_not_known_is_told_as_it_is(tmp_path: Path) -> None:
    found = not_ready(KeyError("postgresql://me:password@server/x"), tmp_path, "submit/log")
    assert found == NotReady("BPS failed: KeyError: 'postgresql://server/x'; all output: submit/log")
