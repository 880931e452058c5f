"""The keys of a claim stand where BPS takes them, and all other bytes stay."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cmcompile.compiler.claim import as_run_files, with_claim
from cmcompile.model.group import CompiledGroup, Group, IncludeFile

RUN, PATH = "u/me/step1/1/w00-0123ab", "/submit/u/me/step1/1/w00-0123ab"
DATA = b"""\
# c/step1/1, compiled from x: edit that, not this
pipelineYaml: /p/x.yaml
payload:
  butlerConfig: /repo
  dataQuery: |-
    a

    b
pipetask:
  isr:
    requestMemory: 1
"""


def test_the_keys_are_the_last_of_their_mappings() -> None:
    assert (
        with_claim(DATA, RUN, PATH)
        == DATA.replace(b"pipetask:", f"  outputRun: {RUN}\npipetask:".encode())
        + f"submitPath: {PATH}\n".encode()
    )


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"a: 1\n", b"a: 1\npayload:\n  outputRun: r\nsubmitPath: s\n"),
        (b"a: 1\npayload: {}\nb: 2\n", b"a: 1\npayload:\n  outputRun: r\nb: 2\nsubmitPath: s\n"),
        (b"payload:\n  x: 1\n", b"payload:\n  x: 1\n  outputRun: r\nsubmitPath: s\n"),
        (b"payload:\n  x: 1", b"payload:\n  x: 1\n  outputRun: r\nsubmitPath: s\n"),
        (
            b"payload:\n  x: |\n    a\n? k\n: v\n",
            b"payload:\n  x: |\n    a\n  outputRun: r\n? k\n: v\nsubmitPath: s\n",
        ),
        (b"", b"payload:\n  outputRun: r\nsubmitPath: s\n"),
    ],
)
def test_shapes_of_a_file(data: bytes, wanted: bytes) -> None:
    assert with_claim(data, "r", "s") == wanted


@pytest.mark.parametrize("text", ["no", "1:30", "a: b", "x #y", "{y}", "ü/é", "2026-01-01", "a'b\"c", " z"])
def test_values_are_read_as_what_they_are(text: str) -> None:
    found = yaml.safe_load(with_claim(DATA, text, text))
    assert found["payload"]["outputRun"] == found["submitPath"] == text
    del found["payload"]["outputRun"], found["submitPath"]
    assert found == yaml.safe_load(DATA)


@pytest.mark.parametrize(
    "data",
    [
        b"payload:\n  outputRun: x\n",
        b"submitPath: x\npayload:\n  a: 1\n",
        b"payload: x\n",
        b"payload: {a: 1}\n",
        b"'payload':\n  a: 1\n",
    ],
)
def test_what_sets_the_keys_itself_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"outputRun|submitPath|payload"):
        with_claim(data, RUN, PATH)


@pytest.mark.service("lsst")
@pytest.mark.filterwarnings("ignore")
def test_bps_takes_both(tmp_path: Path) -> None:
    """Also over a default of BPS, and over an include that sets them."""
    from lsst.ctrl.bps import BpsConfig

    (tmp_path / "i.yaml").write_text("submitPath: /no\npayload: {outputRun: no}\n")
    path = tmp_path / "submit.yaml"
    path.write_bytes(with_claim(f"includeConfigs: {tmp_path}/i.yaml\n".encode() + DATA, RUN, PATH))
    config = BpsConfig(str(path), defaults={"submitPath": "/d", "payload": {"outputRun": "{output}/d"}})
    assert config["outputRun"] == RUN
    assert config["submitPath"] == PATH
    assert config.search("outputRun") == (True, RUN)


def compiled(path: str, *includes: str) -> CompiledGroup:
    group = Group("step1", "1", ())
    return CompiledGroup(group, path, DATA, includes, "d", "u/me", None, "")


def test_files_stand_relative_to_the_submit_file() -> None:
    includes = {p: IncludeFile(p, p, p.encode()) for p in ("deep/in/a.yaml", "deep/b.yaml", "other/c.yaml")}
    found = as_run_files(compiled("deep/x.yaml", "deep/in/a.yaml", "deep/b.yaml"), includes, RUN, PATH)
    assert list(found) == ["submit.yaml", "in/a.yaml", "b.yaml"]
    assert found["in/a.yaml"] == b"deep/in/a.yaml"
    assert found["submit.yaml"] == with_claim(DATA, RUN, PATH)
    assert list(as_run_files(compiled("x.yaml", "deep/b.yaml"), includes, RUN, PATH)) == [
        "submit.yaml",
        "deep/b.yaml",
    ]


@pytest.mark.parametrize("name", ["submit.yaml", "0001-claimed.json", "submit.yaml/x.yaml"])
def test_an_include_does_not_take_a_place_of_the_ledger(name: str) -> None:
    path = f"step1/{name}"
    with pytest.raises(ValueError, match="take the place"):
        as_run_files(compiled("step1/1.yaml", path), {path: IncludeFile(path, path, b"")}, RUN, PATH)


def test_options_for_the_graph_stand_where_bps_looks_first() -> None:
    text = with_claim(DATA, RUN, PATH, "-c a:b=1 --skip-existing-in u/x,u/y")
    assert yaml.safe_load(text)["payload"]["extraQgraphOptions"] == "-c a:b=1 --skip-existing-in u/x,u/y"
    assert list(yaml.safe_load(text)["payload"])[-2:] == ["outputRun", "extraQgraphOptions"]
    # Without that line it is what it is without the options.
    lines = [line for line in text.splitlines(keepends=True) if b"extraQgraphOptions" not in line]
    assert b"".join(lines) == with_claim(DATA, RUN, PATH)


def test_options_that_the_payload_sets_itself_are_not_hidden() -> None:
    data = DATA.replace(b"  butlerConfig", b"  extraQgraphOptions: -x\n  butlerConfig")
    assert with_claim(data, RUN, PATH)
    with pytest.raises(ValueError, match=r"payload\.extraQgraphOptions itself; set it at root"):
        with_claim(data, RUN, PATH, "--skip-existing-in u/x")
