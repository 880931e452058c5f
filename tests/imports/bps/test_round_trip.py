"""Submit files to a spec and back: what is compiled from an imported campaign is what was imported."""

from __future__ import annotations

import json
import posixpath
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tree_maker import Maker
from wild_trees import wild_tree

from cmcompile.compiler.compile import compile_spec
from cmcompile.imports.bps.importer import CantImportError, Result, import_bps
from cmcompile.imports.bps.lists import ListFile
from cmcompile.imports.memory import MemoryFiles
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[3]
DP02 = ROOT / "campaigns/dp02"
FOLDERS = ("step1", "step1_rescue", "step3", "step7", "HIPS")
#: Trees that are generated and imported, each with its lists and without.
SEEDS = range(300)
_PER_TEST = 20


def dp02() -> dict[str, bytes]:
    spec, findings = load(WorkingTree(ROOT), "campaigns/dp02/campaign.yaml")
    assert spec is not None, findings
    result = compile_spec(spec)
    files = {group.path: group.data for group in result.groups}
    return files | {path: file.data for path, file in result.includes.items()}


def dp02_lists() -> list[ListFile]:
    rows = (("exposures", "exposures.txt", "exposure"), ("tracts", "tracts_step3.txt", "tract"))
    return [ListFile(n, f, (DP02 / "lists" / f).read_bytes(), ("band", column)) for n, f, column in rows]


def compiled(result: Result) -> dict[str, bytes]:
    """Compile an imported campaign, as anybody else would."""
    spec, findings = load(MemoryFiles(result.files), f"campaigns/{result.name}/campaign.yaml")
    assert spec is not None, findings
    made = compile_spec(spec)
    assert not made.failed, [f.message for f in made.findings]
    files = {group.path: group.data for group in made.groups}
    return files | {path: file.data for path, file in made.includes.items()}


def merged(files: Mapping[str, bytes], path: str) -> Any:
    """Return a file with its includes below it: later over earlier, the file over all."""
    content = yaml.load(files[path], Loader=yaml.CSafeLoader)
    return _merged(files, path, content)


def _merged(files: Mapping[str, bytes], path: str, content: Any) -> Any:
    if not isinstance(content, dict):
        return {} if content is None else content
    names = content.get("includeConfigs", [])
    below: Any = {"elsewhere": []} if names else {}
    for name in names if isinstance(names, list) else [names]:
        at = _found(files, path, name)
        if at is None:
            below["elsewhere"].append(name)
        else:
            below = _over(below, merged(files, at))
    own = {
        str(k): _merged(files, path, v) if isinstance(v, dict) else v
        for k, v in content.items()
        if k != "includeConfigs"
    }
    return _over(below, own)


def _found(files: Mapping[str, bytes], path: str, name: str) -> str | None:
    folder = posixpath.dirname(path)
    return next(
        (at for f in (folder, posixpath.dirname(folder), "") if (at := posixpath.join(f, name)) in files),
        None,
    )


def _over(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{k: _over(below.get(k), v) for k, v in above.items()}}


def check(result: Result, files: Mapping[str, bytes]) -> None:
    made = compiled(result)
    for path in result.compared:
        want, got = merged(files, path), merged(made, path)
        assert json.dumps(got, sort_keys=True, default=str) == json.dumps(
            want, sort_keys=True, default=str
        ), path


def of_folders(files: Mapping[str, bytes], folders: tuple[str, ...]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path.split("/")[0] in folders}


def lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


@pytest.mark.parametrize("with_lists", [True, False], ids=["lists", "no lists"])
@pytest.mark.parametrize("folders", [*((f,) for f in FOLDERS), FOLDERS], ids=lambda f: "-".join(f))
def test_dp02_comes_back(folders: tuple[str, ...], with_lists: bool) -> None:
    files = of_folders(dp02(), folders)
    result = import_bps("again", files, dp02_lists() if with_lists else [])
    assert len(result.compared) == sum("include/" not in path for path in files)
    check(result, files)
    assert not any(step.explicit for step in result.steps)


def test_the_spec_of_dp02_is_hardly_longer_than_the_one_by_hand() -> None:
    result = import_bps("again", dp02(), dp02_lists())
    assert lines(result.text) <= 1.3 * lines((DP02 / "campaign.yaml").read_text())
    steps = {step.name: step for step in result.steps}
    assert list(steps) == ["HIPS", "step1", "step3", "step7"]
    assert (steps["step1"].groups, steps["step1"].rescued, steps["step1"].rescues) == (
        42,
        17,
        ("rescue", "rescue-detectors"),
    )
    spec = yaml.safe_load(result.text)
    step1, step3 = spec["steps"]["step1"], spec["steps"]["step3"]
    assert step1["split"][0] | {"where": ""} == {
        "by": "detector",
        "values": "0..188",
        "count": 3,
        "where": "",
    }
    assert step1["split"][1] | {"where": ""} == {
        "by": "exposure",
        "list": "exposures",
        "size": 1500,
        "where": "",
    }
    assert step1["overrides"] == [{"groups": "1-11", "where": "exposure!=1145348"}]
    assert step1["rescues"]["rescue"]["groups"] == {"exposure": ["1..10", 14]}
    assert step3["needs"] == {"step1": "all"}
    assert step3["extra"]["32"]["tract"] == [4848, 4849, "5062..5064"]
    assert step3["overrides"][1]["vars"] == {"release": "v23_0_1_rc3"}
    assert [o["groups"] for o in step3["overrides"]] == [[5, 7, 9, "11..19", 32], [5, 7, 9, "11..19"], 20, 32]


def test_what_comes_back_is_what_was_run(tmp_path: Path) -> None:
    """The digests of the files of DP0.2 as they were run are those of the imported campaign too."""
    for path, data in compiled(import_bps("again", dp02(), dp02_lists())).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    command = [sys.executable, str(ROOT / "demo/as_run.py"), str(tmp_path), str(DP02 / "as-run.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("equal to what was run") == 5


@pytest.mark.parametrize("first", range(0, len(SEEDS), _PER_TEST))
def test_generated_trees_come_back(first: int) -> None:
    for seed in SEEDS[first : first + _PER_TEST]:
        maker = Maker(seed)
        files = maker.make()
        for lists in (maker.lists, []):
            result = import_bps("again", files, lists)
            assert len(result.compared) == sum(_is_submit(d) for d in files.values()), seed
            check(result, files)


@pytest.mark.parametrize("first", range(0, 100, _PER_TEST))
def test_trees_of_any_kind_come_back(first: int) -> None:
    for seed in range(first, first + _PER_TEST):
        files = wild_tree(seed)
        result = import_bps("again", files)
        assert len(result.compared) == sum(_is_submit(d) for d in files.values()), seed
        check(result, files)


def _is_submit(data: bytes) -> bool:
    return b"pipelineYaml" in data


def test_what_is_generated_is_of_many_kinds() -> None:
    explicit = extra = overridden = rescued = 0
    for seed in SEEDS[:60]:
        maker = Maker(seed)
        for step in import_bps("again", maker.make(), maker.lists).steps:
            explicit += step.explicit
            extra += bool(step.extra)
            overridden += bool(step.overrides)
            rescued += bool(step.rescues)
    assert min(explicit, extra, overridden, rescued) >= 3


def test_a_tree_without_any_order_is_listed_group_by_group_and_says_so() -> None:
    text = (
        "pipelineYaml: p.yaml\nproject: {p}\n"
        'payload: {{payloadName: x, butlerConfig: b, inCollection: i, dataQuery: "{q}"}}\n'
    )
    queries = ["instrument='A' or visit=3", "tract=3", "x = 1 and y = 2", "instrument='B' and  tract=4"]
    files = {
        f"odd {name}.yaml": text.format(p=n, q=query).encode()
        for n, (name, query) in enumerate(zip("drba", queries, strict=True))
    }
    result = import_bps("again", files)
    check(result, files)
    assert [step.explicit for step in result.steps] == [True]
    assert any("listed one by one" in note.text for note in result.notes)
    assert "No split gives these files" in result.text


def test_nothing_is_made_of_a_tree_that_bps_could_not_read() -> None:
    files = dp02()
    path = "step1/step1_detectors0_62_all_1.yaml"
    del files["step1/include/requestMemory.yaml"]
    with pytest.raises(CantImportError, match=r"includes include/requestMemory\.yaml, which is not there"):
        import_bps("again", files)
    broken = {**dp02(), path: b"a: [1\n"}
    with pytest.raises(CantImportError, match=rf"{path}: .*line"):
        import_bps("again", broken)
    assert len(import_bps("again", broken, dp02_lists(), frozenset({path})).compared) == 93


def test_a_file_that_was_never_there_leaves_a_gap_that_is_seen() -> None:
    files = of_folders(dp02(), ("step3",))
    del files["step3/step3_all_7.yaml"]
    result = import_bps("again", files, dp02_lists())
    check(result, files)
    text = result.text
    assert "step3_all_${{ tract.n }}" in text
    assert not any(step.explicit for step in result.steps)
