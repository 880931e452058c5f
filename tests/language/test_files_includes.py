"""Include files: found beside the file that names them, copied beside the group's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_tools import Built, build, steps

from cmcompile.model.diagnostic import Severity


def included(tmp_path: Path, step: str, files: dict[str, str], more: str = "") -> Built:
    return build(tmp_path, more + steps(step), files)


def output(built: Built) -> dict[str, str]:
    """Return the include files of the output."""
    assert built.compilation is not None, built.findings
    return {path: file.data.decode() for path, file in built.compilation.includes.items()}


def test_an_include_is_copied_beside_each_group(tmp_path: Path) -> None:
    step = """
    s: {bps: {includeConfigs: [include/a.yaml]}}
    t: {file: deep/er/x.yaml, bps: {includeConfigs: include/a.yaml}}
    u: {file: root.yaml, bps: {includeConfigs: [./include/a.yaml]}}
    """
    built = included(tmp_path, step, {"include/a.yaml": "a: 1\n"})
    assert built.found(Severity.ERROR) == []
    assert output(built) == dict.fromkeys(
        ["s/include/a.yaml", "deep/er/include/a.yaml", "include/a.yaml"], "a: 1\n"
    )  # fmt: skip
    assert built.doc("s/all")["includeConfigs"] == ["include/a.yaml"]
    assert built.groups["t/all"].includes == ("deep/er/include/a.yaml",)
    assert built.doc("u/all")["includeConfigs"] == ["./include/a.yaml"]


@pytest.mark.parametrize("content", ["", "# nothing\n", "\n\n", "null\n", "{}\n"])
def test_an_empty_include_is_copied_too(content: str, tmp_path: Path) -> None:
    built = included(tmp_path, "s: {bps: {includeConfigs: [a.yaml]}}", {"a.yaml": content})
    assert built.found(Severity.ERROR) == []
    assert output(built) == {"s/a.yaml": content}


def test_each_include_is_looked_for_beside_the_file_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text("wrong: 1\n")
    files = {
        "own.yaml": "own: 1\n",
        "/library/l.yaml": "bps: {includeConfigs: [low.yaml]}\n",
        "/library/low.yaml": "low: 1\n",
    }
    step = "s: {bps: {includeConfigs+: [own.yaml]}}"
    built = included(tmp_path, step, files, "extends: ../../library/l.yaml\n")
    assert output(built) == {"s/low.yaml": "low: 1\n", "s/own.yaml": "own: 1\n"}
    (tmp_path / "campaigns/c/own.yaml").unlink()
    found = included(tmp_path, step, {}, "extends: ../../library/l.yaml\n").finding("CM072")
    assert "campaigns/c/own.yaml" in found.hint


def test_includes_of_includes_are_copied_to_their_places(tmp_path: Path) -> None:
    files = {
        "i/a.yaml": "includeConfigs: [b.yaml, d/c.yaml]\n",
        "i/b.yaml": "b: 1\n",
        "i/d/c.yaml": "x: {includeConfigs: e.yaml}\n",
        "i/d/e.yaml": "",
    }
    built = included(tmp_path, "s: {bps: {includeConfigs: [i/a.yaml]}}", files)
    assert sorted(output(built)) == ["s/i/a.yaml", "s/i/b.yaml", "s/i/d/c.yaml", "s/i/d/e.yaml"]
    assert sorted(built.groups["s/all"].includes) == sorted(output(built))


def test_includes_below_a_key_and_with_substitution(tmp_path: Path) -> None:
    step = """
    s:
      split: [{by: tract, values: 1..2}]
      bps: {cluster: {c: {includeConfigs: ["i/${{ tract.value }}.yaml"]}}}
    """
    files = {"i/1.yaml": "pipetasks: a\n", "i/2.yaml": "pipetasks: b\n"}
    built = included(tmp_path, step, files)
    assert [built.groups[f"s/{n}"].includes for n in (1, 2)] == [("s/i/1.yaml",), ("s/i/2.yaml",)]


@pytest.mark.parametrize("name", ["/abs/x.yaml", "${X}/x.yaml", "s3://b/x.yaml", "{x}/y.yaml"])
def test_what_only_bps_can_find_is_left_alone(name: str, tmp_path: Path) -> None:
    built = included(tmp_path, f"s: {{bps: {{includeConfigs: ['{name}']}}}}", {})
    assert "CM072" not in built.found()
    assert output(built) == {}
    assert built.doc("all")["includeConfigs"] == [name]


@pytest.mark.parametrize(
    ("names", "files", "code", "place"),
    [
        ("[none.yaml]", {}, "CM072", "8:30"),
        ("[../x.yaml]", {"/campaigns/x.yaml": "a: 1\n"}, "CM070", "8:30"),
        ("[i/../x.yaml]", {"x.yaml": "a: 1\n"}, "CM070", "8:30"),
        ("[i]", {"i/x.yaml": "a: 1\n"}, "CM072", "8:30"),
        ("[a.yaml]", {"a.yaml": "includeConfigs: a.yaml\n"}, "CM074", "campaigns/c/a.yaml:1:17"),
        ("[a.yaml]", {"a.yaml": "includeConfigs: b.yaml\n", "b.yaml": "x: {includeConfigs: [a.yaml]}\n"},
         "CM074", "campaigns/c/b.yaml:1:22"),
        ("[a.yaml]", {"a.yaml": "includeConfigs: ../b.yaml\n"}, "CM070", "campaigns/c/a.yaml:1:17"),
        ("[a.yaml]", {"a.yaml": "includeConfigs: [b.yaml]\n"}, "CM072", "campaigns/c/a.yaml:1:18"),
        ("[a.yaml]", {"a.yaml": "a: no\n"}, "CM007", "campaigns/c/a.yaml:1:4"),
        ("[a.yaml]", {"a.yaml": "a: [\n"}, "CM005", None),
    ],
)  # fmt: skip
def test_includes_that_are_wrong(
    names: str, files: dict[str, str], code: str, place: str | None, tmp_path: Path
) -> None:
    built = included(tmp_path, f"s: {{bps: {{includeConfigs: {names}}}}}", files)
    assert built.found(Severity.ERROR) == [code]
    assert place is None or built.place(code) == place


def test_two_contents_for_one_place_are_an_error(tmp_path: Path) -> None:
    files = {
        "/library/l.yaml": "bps: {includeConfigs: [x.yaml]}\n",
        "/library/x.yaml": "low: 1\n",
        "x.yaml": "own: 1\n",
    }
    step = "s: {bps: {includeConfigs+: [x.yaml]}}"
    found = included(tmp_path, step, files, "extends: ../../library/l.yaml\n").finding("CM073")
    assert "library/x.yaml" in found.message
    assert "campaigns/c/x.yaml" in found.message
    built = included(tmp_path, step, {**files, "x.yaml": "low: 1\n"}, "extends: ../../library/l.yaml\n")
    assert "CM073" not in built.found()


def test_many_includes_end(tmp_path: Path) -> None:
    deep = {f"i{n}.yaml": f"includeConfigs: i{n + 1}.yaml\n" for n in range(300)}
    assert "CM074" in included(tmp_path, "s: {bps: {includeConfigs: [i0.yaml]}}", deep).found()
    wide = {f"w{n}.yaml": f"includeConfigs: [w{n + 1}.yaml, w{n + 1}.yaml]\n" for n in range(30)}
    wide["w30.yaml"] = "a: 1\n"
    assert "CM074" in included(tmp_path, "s: {bps: {includeConfigs: [w0.yaml]}}", wide).found()


def test_the_digest_of_a_group_holds_its_includes(tmp_path: Path) -> None:
    step = "s: {bps: {includeConfigs: [a.yaml]}}\nt: {}"
    first = included(tmp_path, step, {"a.yaml": "a: 1\n"}).groups
    second = included(tmp_path, step, {"a.yaml": "a: 2\n"}).groups
    assert first["s/all"].data == second["s/all"].data
    assert first["s/all"].digest != second["s/all"].digest
    assert first["t/all"].digest == second["t/all"].digest


def test_long_chains_of_libraries_end(tmp_path: Path) -> None:
    files = {f"/l/l{n}.yaml": f"extends: l{n + 1}.yaml\n" for n in range(400)}
    assert included(tmp_path, "s: {}", files, "extends: ../../l/l0.yaml\n").found() == ["CM022"]
