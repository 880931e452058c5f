"""Trees that are odd: values, names and lists that an import must neither trip over nor take for others."""

from __future__ import annotations

from typing import Any

import pytest
from test_finding import TRACTS, imported, submit

from cmcompile.imports.bps.fit import Fitted, Fitter, Misfit
from cmcompile.imports.bps.importer import CantImportError, import_bps
from cmcompile.imports.bps.lists import ListFile


def steps(prefix: str, dimension: str, ids: list[int], label: str = "step1") -> dict[str, bytes]:
    return {
        f"{label}/{prefix}_{n}.yaml": submit(f"instrument='A' and {dimension} = {n}").replace(
            b"#step1", f"#{label}".encode()
        )
        for n in ids
    }


@pytest.mark.parametrize("value", ["2024-13-45", "0b_"])
def test_a_value_that_pyyaml_trips_over_is_refused_with_its_file(value: str) -> None:
    files = {"step1/g.yaml": submit("tract = 1", more=f"a: 1\na: 2\nb: {value}\n")}
    with pytest.raises(CantImportError, match=r"step1/g\.yaml: "):
        import_bps("again", files)


@pytest.mark.parametrize("value", ["{a: m.yaml}", "null", "[3]", "[[m.yaml]]", "['']"])
def test_an_include_that_names_no_file_is_refused_with_its_place(value: str) -> None:
    files = {"step1/g.yaml": submit("tract = 1", more=f"includeConfigs: {value}\n")}
    with pytest.raises(CantImportError, match=r"step1/g\.yaml: .*includeConfigs.* names no file"):
        import_bps("again", files)
    inner = {"step1/g.yaml": submit("tract = 1", more="includeConfigs: m.yaml\n")}
    inner["step1/m.yaml"] = f"includeConfigs: {value}\n".encode()
    with pytest.raises(CantImportError, match=r"step1/m\.yaml: .*includeConfigs.* names no file"):
        import_bps("again", inner)


def test_two_lists_whose_files_have_one_name_are_both_kept() -> None:
    files = steps("g", "tract", [1, 2, 3]) | steps("g", "visit", [11, 12, 13], "step2")
    lists = [
        ListFile("tracts", "one/ids.txt", b"1\n2\n3\n"),
        ListFile("visits", "two/ids.txt", b"11\n12\n13\n"),
    ]
    spec, result = imported(files, lists)
    assert spec["lists"] == {"tracts": {"file": "lists/ids.txt"}, "visits": {"file": "lists/ids-2.txt"}}
    assert result.files["campaigns/again/lists/ids-2.txt"] == b"11\n12\n13\n"
    assert not any(step.explicit for step in result.steps)


def test_a_list_from_which_no_step_was_cut_is_not_copied() -> None:
    _, result = imported(steps("g", "visit", [1, 2, 3]), [TRACTS])
    assert list(result.files) == ["campaigns/again/campaign.yaml"]
    assert any(note.subject == "list tracts" for note in result.notes)


def test_a_list_that_is_made_leaves_one_of_its_name_alone() -> None:
    irregular = [n * n for n in range(1, 40)]
    files = steps("g", "tract", irregular) | steps("h", "visit", [5, 6], "step2")
    given = ListFile("step1_tract", "step1_tract.txt", b"5\n6\n", ("visit",))
    spec, result = imported(files, [given])
    assert spec["lists"] == {
        "step1_tract": {"file": "lists/step1_tract.txt", "columns": ["visit"]},
        "step1_tract_2": {"file": "lists/step1_tract_2.txt"},
    }
    assert result.files["campaigns/again/lists/step1_tract.txt"] == b"5\n6\n"
    assert not any(step.explicit for step in result.steps)


def test_a_rescue_has_a_list_of_its_own_name() -> None:
    odd = [n * n for n in range(1, 81)]
    files = {
        f"step1/g_{n + 1}.yaml": submit(
            f"instrument='A' and tract in ({', '.join(map(str, odd[n * 2 : n * 2 + 2]))})"
        )
        for n in range(40)
    }
    files |= {
        f"step1_rescue/r_{n + 1}.yaml": submit(f"instrument='A' and tract = {odd[n]}", "runs/again")
        for n in range(60)
    }
    spec, result = imported(files)
    assert not any(step.explicit for step in result.steps)
    assert result.steps[0].rescues == ("rescue",)
    assert list(spec["lists"]) == ["step1_tract", "step1_rescue_tract"]


def test_items_of_another_type_are_not_taken_for_those_that_are_there() -> None:
    files = steps("g", "tract", [1, 2, 3])
    files["step1/g_3.yaml"] += b"k: [true, 2]\n"
    for n in (1, 2):
        files[f"step1/g_{n}.yaml"] += b"k: [1]\n"
    spec, _ = imported(files)
    assert spec["steps"]["step1"]["overrides"] == [{"groups": 3, "bps": {"k": [True, 2]}}]


def test_what_looks_like_an_expression_is_text() -> None:
    query = "instrument='${{ a }}' and tract = "
    files = {f"x ${{{{ b }}}}/g_{n}.yaml": submit(f"{query}{n}") for n in (1, 2, 3)}
    _, result = imported(files)
    assert [step.explicit for step in result.steps] == [False]
    imported({"step1/g ${{ b }}.yaml": submit("band = '${{ c }}'")})


def test_numbers_of_thousands_of_digits_are_no_ids() -> None:
    huge = "9" * 5000
    for query in (f"tract < {huge} and tract > ", f"visit in (1, {huge}) and tract = ", f"tract = {huge}"):
        files = {f"step1/g_{n}.yaml": submit(f"instrument='A' and {query}{n}") for n in (1, 2, 3)}
        _, result = imported(files)
        assert [step.explicit for step in result.steps] == [True]


@pytest.mark.parametrize("name", ["job", "lo", "steps"])
def test_a_parameter_has_no_name_that_means_something_else(name: str) -> None:
    files = {f"step1/{name}_{n}.yaml": submit("instrument='A'", f"runs/{n}") for n in (1, 2, 3)}
    spec, _ = imported(files)
    assert spec["steps"]["step1"]["split"] == [{"name": f"{name}_", "values": "1..3", "count": 3}]


def test_includes_that_double_at_every_level_are_refused_soon() -> None:
    files = {
        f"step1/f{n}.yaml": f"includeConfigs: [f{n + 1}.yaml, f{n + 1}.yaml]\n".encode() for n in range(35)
    }
    files["step1/g.yaml"] = submit("tract = 1", more="includeConfigs: [f0.yaml]\n")
    files["step1/f35.yaml"] = b"{}\n"
    with pytest.raises(CantImportError, match="1000 in all"):
        import_bps("again", files)


def test_includes_without_end_are_refused() -> None:
    files = {f"step1/f{n}.yaml": f"includeConfigs: f{n + 1}.yaml\n".encode() for n in range(2000)}
    files["step1/g.yaml"] = submit("tract = 1", more="includeConfigs: f0.yaml\n")
    files["step1/f2000.yaml"] = b"{}\n"
    with pytest.raises(CantImportError, match="more than 40 files include each other"):
        import_bps("again", files)


def test_what_was_tried_in_vain_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "step1/1.yaml": submit("instrument='A'", "runs/one"),
        "step2/1.yaml": submit("instrument='A'")
        .replace(b"raw/all", b"runs/one")
        .replace(b"#step1", b"#step2"),
    }
    real, rounds = Fitter.run, []

    def run(self: Fitter) -> Any:
        rounds.append(self)
        found = real(self)
        assert isinstance(found, Fitted)
        if len(rounds) == 1:
            return found
        for draft, _ in self._campaign.every():
            draft.allow["CM000"] = "tried"
            draft.overrides = [{"groups": "all", "bps": {"tried": 1}}]
        return Misfit(frozenset(), ("tried",))

    monkeypatch.setattr(Fitter, "run", run)
    spec, result = imported(files)
    assert len(rounds) == 2
    assert "needs" not in spec["steps"]["step2"]
    assert [step.overrides for step in result.steps] == [0, 0]
    assert not any("tried" in note.text for note in result.notes)
