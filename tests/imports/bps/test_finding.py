"""What an import finds in trees: cuts, names, rescues, what is left; and that it proves what it made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import yaml
from test_round_trip import check

from cmcompile.imports.bps.fit import Fitted, Fitter
from cmcompile.imports.bps.importer import CantImportError, Result, import_bps
from cmcompile.imports.bps.lists import ListFile
from cmcompile.imports.bps.query import clauses, cutting

_HEAD = """\
pipelineYaml: "${DRP_PIPE_DIR}/DRP.yaml#step1"
campaign: w_2024_10/DM-5001
payload:
  payloadName: runs
  butlerConfig: /repo/main
  inCollection: raw/all
"""


def submit(query: str | None, output: str = "runs/x", more: str = "") -> bytes:
    said = "" if query is None else f"  dataQuery: {yaml.safe_dump(query, width=10_000).splitlines()[0]}\n"
    return f"{_HEAD}  output: {output}\n{said}{more}".encode()


def imported(files: dict[str, bytes], lists: Sequence[ListFile] = ()) -> tuple[dict[str, Any], Result]:
    result = import_bps("again", files, lists)
    check(result, files)
    return yaml.safe_load(result.text), result


def split_of(queries: Sequence[str], lists: Sequence[ListFile] = (), name: str = "g_{}.yaml") -> Any:
    files = {f"step1/{name.format(n)}": submit(f"instrument='A' and {q}") for n, q in enumerate(queries, 1)}
    spec, result = imported(files, lists)
    assert not any(step.explicit for step in result.steps)
    return spec["steps"]["step1"]["split"]


TRACTS = ListFile("tracts", "t.txt", b"3\n4\n7\n9\n12\n13\n20\n")


@pytest.mark.parametrize(
    ("queries", "axis"),
    [
        (["tract = 3", "tract = 5", "tract = 7"], {"values": [3, 5, 7], "size": 1}),
        (["tract in (1..10)", "tract in (11..20)"], {"values": "1..20", "count": 2}),
        (["tract in (1, 5)", "tract in (7, 9)", "tract = 12"], {"values": [1, 5, 7, 9, 12], "size": 2}),
        (["tract in (1, 9)", "tract in (2, 3)"],
         {"parts": [{"values": [1, 9], "count": 1}, {"values": [2, 3], "count": 1}]}),
        (["tract>=1 and tract<11", "tract>=11 and tract<21"],
         {"values": "1..20", "count": 2, "where": "tract>=${{ lo }} and tract<${{ hi + 1 }}"}),
        (["tract > 5 and tract <= 9", "tract > 20 and tract <= 30"],
         {"values": [6, 9, 21, 30], "ranges": [[6, 9], [21, 30]],
          "where": "tract > ${{ lo - 1 }} and tract <= ${{ hi }}"}),
    ],
)  # fmt: skip
def test_cuts_are_found_without_a_list(queries: list[str], axis: dict[str, object]) -> None:
    assert split_of(queries) == [{"by": "tract", **axis}]


def test_a_list_makes_a_cut_a_regular_one() -> None:
    queries = ["tract>=3 and tract<=7", "tract>=9 and tract<=13", "tract>=20 and tract<=20"]
    where = "tract>=${{ lo }} and tract<=${{ hi }}"
    assert split_of(queries, [TRACTS]) == [{"by": "tract", "list": "tracts", "size": 3, "where": where}]
    assert split_of(queries)[0]["ranges"] == [[3, 7], [9, 13], [20, 20]]


def test_a_missing_file_is_an_exclusion_where_there_is_a_list_and_keeps_the_numbers() -> None:
    queries = ["tract>=3 and tract<=7", "tract>=9 and tract<=13", "tract>=20 and tract<=20"]
    files = {
        f"step1/g_{n}.yaml": submit(f"instrument='A' and {q}") for n, q in enumerate(queries, 1) if n != 2
    }
    spec, _ = imported(files, [TRACTS])
    assert spec["exclude"] == [{"tract": "9..13", "steps": ["step1"], "because": "no submit file takes them"}]
    assert spec["steps"]["step1"]["file"] == "step1/g_${{ tract.n }}.yaml"


def test_what_is_excluded_may_be_in_a_file_of_another_name() -> None:
    queries = ["tract>=3 and tract<=7", "tract>=9 and tract<=13", "tract>=20 and tract<=20"]
    names = ["g_1", "again", "g_3"]
    files = {
        f"step1/{n}.yaml": submit(f"instrument='A' and {q}") for n, q in zip(names, queries, strict=True)
    }
    _, result = imported(files, [TRACTS])
    assert not any(step.explicit for step in result.steps)
    assert [(step.name, step.groups) for step in result.steps] == [("again", 1), ("step1", 2)]


def test_a_missing_file_leaves_an_empty_range_where_there_is_no_list() -> None:
    files = {
        f"step1/g_{n}.yaml": submit(f"instrument='A' and tract>={n * 10} and tract<={n * 10 + 5}")
        for n in (1, 2, 5)
    }
    spec, result = imported(files)
    axis = spec["steps"]["step1"]["split"][0]
    assert axis["ranges"] == [[10, 15], [20, 25], [56, 56], [57, 57], [50, 55]]
    assert spec["steps"]["step1"]["file"] == "step1/g_${{ tract.n }}.yaml"
    assert spec["allow"] == {"CM049": "numbers that no submit file has"}
    assert any("keep 2 numbers that no file has" in note.text for note in result.notes)


def test_texts_are_values_and_stand_in_names() -> None:
    files = {f"step1/band{b}.yaml": submit(f"instrument='A' and band = '{b}'", f"runs/{b}") for b in "gri"}
    spec, _ = imported(files)
    step = spec["steps"]["step1"]
    assert step["split"] == [{"by": "band", "values": ["g", "i", "r"]}]
    assert step["file"] == "step1/band${{ band.value }}.yaml"
    assert step["bps"]["payload"]["output"] == "runs/${{ band.value }}"


def test_padded_numbers_are_names_too() -> None:
    files = {f"step1/g_{n:03}.yaml": submit(f"instrument='A' and tract = {n * 7}") for n in range(1, 12)}
    spec, _ = imported(files)
    assert spec["steps"]["step1"]["file"] == 'step1/g_${{ ("000" ~ tract.n)[-3:] }}.yaml'


def test_a_product_with_a_hole_keeps_most_of_itself() -> None:
    files = {
        f"step1/v{v}_d{d}.yaml": submit(f"instrument='A' and visit = {v} and detector = {d}")
        for v in range(1, 5)
        for d in range(1, 4)
        if (v, d) != (2, 3)
    }
    spec, result = imported(files)
    step = spec["steps"]["step1"]
    assert [a["by"] for a in step["split"]] == ["visit", "detector"]
    assert result.steps[0].extra == 2
    assert result.steps[0].groups == 11


def test_two_steps_of_one_folder_are_told_apart_by_their_labels() -> None:
    files = {f"all/job{n}.yaml": submit(f"instrument='A' and tract = {n}") for n in range(1, 4)}
    files |= {
        f"all/job{n}.yaml": submit(f"instrument='A' and tract = {n}").replace(b"#step1", b"#step2")
        for n in range(4, 7)
    }
    spec, _ = imported(files)
    assert list(spec["steps"]) == ["step1", "step2"]
    assert spec["bps"]["pipelineYaml"].endswith("#${{ step.name }}")


def test_files_that_take_the_data_of_others_again_are_a_rescue() -> None:
    files = {f"step1/{n}.yaml": submit(f"instrument='A' and tract = {n}", f"runs/{n}") for n in range(1, 6)}
    files |= {
        f"step1/more{n}.yaml": submit(
            f"instrument='A' and tract = {n}", f"runs/m{n}", "requestMemory: 9000\n"
        )
        for n in (2, 4)
    }
    spec, _ = imported(files)
    assert list(spec["steps"]) == ["step1"]
    rescue = spec["steps"]["step1"]["rescues"]["more"]
    assert rescue["groups"] == [2, 4]
    assert rescue["bps"] == {"payload": {"output": "runs/m${{ tract.value }}"}, "requestMemory": 9000}


def test_a_rescue_of_one_group_is_one() -> None:
    files = {f"step1/{n}.yaml": submit(f"instrument='A' and tract = {n}") for n in range(1, 6)}
    files["step1_rescue/r.yaml"] = submit("instrument='A' and tract = 3", "runs/r")
    spec, result = imported(files)
    assert result.steps[0].rescues == ("rescue",)
    assert spec["steps"]["step1"]["rescues"]["rescue"]["groups"] == 3


def test_a_rescue_leaves_out_an_override_that_holds_for_a_part_of_what_it_covers() -> None:
    files = {
        f"step1/v{v}_d{d}.yaml": submit(
            f"instrument='A' and detector = {d} and visit = {v}",
            more="queue: q\n" if (v, d) == (2, 1) else "",
        )
        for v in range(1, 4)
        for d in range(1, 3)
    }
    files |= {f"step1_rescue/v{v}.yaml": submit(f"instrument='A' and visit = {v}") for v in (2, 3)}
    spec, _ = imported(files)
    step = spec["steps"]["step1"]
    assert step["overrides"] == [{"groups": "1-2", "bps": {"queue": "q"}}]
    assert step["rescues"]["rescue"]["carry"] is False
    assert step["rescues"]["rescue"]["split"] == ["visit"]


def test_a_rescue_may_run_some_tasks_only() -> None:
    files = {f"step1/{n}.yaml": submit(f"instrument='A' and tract = {n}") for n in range(1, 6)}
    files |= {
        f"step1_rescue/step1_rescue_{n}.yaml": submit(f"instrument='A' and tract = {n}").replace(
            b"#step1", b"#measure,deblend"
        )
        for n in (2, 5)
    }
    spec, _ = imported(files)
    assert list(spec["steps"]) == ["step1"]
    rescue = spec["steps"]["step1"]["rescues"]["rescue"]
    assert rescue["groups"] == [2, 5]
    assert rescue["bps"] == {"pipelineYaml": "${DRP_PIPE_DIR}/DRP.yaml#measure,deblend"}


def test_a_step_needs_what_it_reads() -> None:
    files = {
        "step1/1.yaml": submit("instrument='A'", "runs/one"),
        "step2/1.yaml": submit("instrument='A'")
        .replace(b"raw/all", b"runs/one")
        .replace(b"#step1", b"#step2"),
        "step3/1.yaml": submit("instrument='A'", "runs/three")
        .replace(b"raw/all", b"calib,runs/x")
        .replace(b"#step1", b"#step3"),
    }
    spec, _ = imported(files)
    assert spec["steps"]["step2"]["needs"] == {"step1": "all"}
    assert spec["steps"]["step2"]["bps"]["payload"]["inCollection"] == "${{ steps.step1.output }}"
    assert spec["steps"]["step3"]["needs"] == {"step2": "all"}


def test_a_step_needs_those_whose_collections_it_reads_as_a_whole() -> None:
    files = {f"step1/{n}.yaml": submit(f"instrument='A' and tract = {n}", f"runs/one/{n}") for n in (1, 2)}
    files["step2/1.yaml"] = (
        submit("instrument='A'", "runs/two/1")
        .replace(b"raw/all", b"runs/one,calib")
        .replace(b"#step1", b"#step2")
    )
    spec, result = imported(files)
    assert spec["steps"]["step2"]["needs"] == {"step1": "all"}
    assert spec["steps"]["step2"]["bps"]["payload"]["inCollection"] == "runs/one,calib"
    assert "needs" not in spec["steps"]["step1"]
    assert any("`collect: runs/one` in step1" in note.text for note in result.notes)


def test_include_files_of_one_name_and_two_contents_get_two_places() -> None:
    files = {
        f"{folder}/g.yaml": submit("instrument='A'", f"runs/{folder}", "includeConfigs: [m.yaml]\n").replace(
            b"#step1", f"#{folder}".encode()
        )
        for folder in ("step1", "step2")
    }
    files |= {"step1/m.yaml": b"requestMemory: 1\n", "step2/m.yaml": b"requestMemory: 2\n"}
    spec, result = imported(files)
    names = [spec["steps"][s]["bps"].get("includeConfigs") for s in ("step1", "step2")]
    assert names == [["m.yaml"], ["step2/m.yaml"]]
    assert result.files["campaigns/again/step2/m.yaml"] == b"requestMemory: 2\n"


def test_include_files_below_the_top_are_found_as_bps_finds_them_from_there() -> None:
    files = {
        "step1/g.yaml": submit("instrument='A'", more="includeConfigs: include/m.yaml\n"),
        "include/m.yaml": b"requestMemory: 1\nincludeConfigs: n.yaml\n",
        "include/n.yaml": b"computeSite: X\n",
    }
    spec, result = imported(files)
    assert spec["steps"]["step1"]["bps"]["includeConfigs"] == "include/m.yaml"
    assert {"campaigns/again/include/m.yaml", "campaigns/again/include/n.yaml"} <= set(result.files)


@pytest.mark.parametrize(
    "more",
    [
        "odd: null\n", "odd: {}\n", "odd: []\n", "odd: '${{ x }}'\n", "odd: \"a\\tb\"\n",
        "odd: |\n  two\n  lines\n",
        "odd: {deep: {er: null}}\n", "odd: [null, {a: null}]\n", "1: number\n", "odd: 1.5e+3\n", "odd: .5\n",
        "'with space': 1\n", "odd: '{x}'\n", "odd: '#no comment'\n", "odd: ' '\n",
    ],
)  # fmt: skip
def test_values_of_all_kinds_come_back(more: str) -> None:
    files = {
        "step1/1.yaml": submit("instrument='A' and tract = 1", more=more),
        "step1/2.yaml": submit("instrument='A' and tract = 2"),
        "step1/3.yaml": submit("instrument='A' and tract = 3"),
    }
    imported(files)
    imported(dict(list(files.items())[:1]))


@pytest.mark.parametrize(
    "query", [None, "", "a=1 or b=2", "x = 'a and b' and y=2", "tract = 1  and  visit = 2", "("]
)
def test_queries_of_all_kinds_come_back(query: str | None) -> None:
    files = {f"step1/{n}.yaml": submit(f"instrument='A' and tract = {n}") for n in (1, 2, 3)}
    imported({**files, "step1/2.yaml": submit(query)})
    imported({"step1/2.yaml": submit(query)})


@pytest.mark.parametrize(
    ("text", "ids", "bounds", "where"),
    [
        ("tract = 5", (5,), None, ""),
        ("tract=5", (5,), None, "tract=${{ value }}"),
        ("tract in (1, 2, 9)", (1, 2, 9), None, ""),
        ("tract in (1,2,9)", (1, 2, 9), None, 'tract in (${{ ids | join(",") }})'),
        ("(tract>=1 and tract<=9)", (), (1, 9), "(tract>=${{ lo }} and tract<=${{ hi }})"),
        ("tract in (1..2)", (), (1, 2), "tract in (${{ lo }}..${{ hi }})"),
    ],
)
def test_predicates_are_taken_apart(
    text: str, ids: tuple[int, ...], bounds: tuple[int, int] | None, where: str
) -> None:
    found = cutting("tract", text)
    assert found is not None
    assert (found.ids, found.bounds, found.where) == (ids, bounds, where)


@pytest.mark.parametrize(
    "text",
    ["tract != 5", "tract <= 5", "tract>=1 or tract<=9", "not tract = 5", "tract>=9 and tract<=1",
     "visit = 5", "tract in (2, 1)", "tract in (1, 1)", "tract in (1, 'a')", "tract not in (1, 2)",
     "tract>=1.5 and tract<=3"],
)  # fmt: skip
def test_other_predicates_are_left_alone(text: str) -> None:
    assert cutting("tract", text) is None


def test_a_query_that_would_not_come_back_from_its_clauses_is_kept_whole() -> None:
    assert clauses("a=1 or b=2") is None
    assert clauses(" a=1") is None
    assert clauses("a=1 and (b=2") is None
    assert [c.text for c in clauses("a='x and y' and (b=2 and c=3) and d=4") or ()] == [
        "a='x and y'", "(b=2 and c=3)", "d=4",
    ]  # fmt: skip


def _changed(run: Callable[[Fitter], object], change: Callable[[bytes], bytes]) -> Callable[[Fitter], object]:
    def changed(self: Fitter) -> object:
        found = run(self)
        assert isinstance(found, Fitted)
        first, *others = found.result.groups
        wrong = replace(first, data=change(first.data))
        return replace(found, result=replace(found.result, groups=(wrong, *others)))

    return changed


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.replace(b"raw/all", b"raw/other"), "payload.inCollection"),
        (lambda data: data + b"more: 1\n", "more"),
        (lambda data: data.replace(b"tract = 1", b"tract = 7"), "payload.dataQuery"),
    ],
)
def test_what_is_not_the_same_is_not_handed_out(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[bytes], bytes], says: str
) -> None:
    files = {f"step1/{n}.yaml": submit(f"instrument='A' and tract = {n}") for n in (1, 2, 3)}
    monkeypatch.setattr(Fitter, "run", _changed(Fitter.run, change))
    with pytest.raises(
        CantImportError, match=f"would not give the same files: step1/1.yaml: ?{says}".replace(".", r"\.")
    ):
        import_bps("again", files)
