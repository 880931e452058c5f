"""Which run is of which group: what is plain is matched, the rest is named."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.imports.adopt import Config, Doubt, Found, Target, matched, named_by, unseen, without_outputs
from cmcompile.model.body import WmsRef
from cmcompile.model.event import Subject

PANDA, CONDOR = WmsRef("x.PanDA", "https://p"), WmsRef("x.Condor")
TIME = "20260101T010203Z"


def target(group: str, output: str, query: str = "q", wms: WmsRef = PANDA) -> Target:
    return Target(Subject("step1", group), wms, output, query)


def run(name: str, *, state: str = "succeeded", config: Config | None = None, id_: str = "7") -> Found:
    return Found(PANDA, id_, name, state, config)


def only_doubt(targets: list[Target], *runs: Found) -> Doubt:
    found = matched(targets, runs)
    assert not found.matches
    (doubt,) = found.doubts
    return doubt


def test_a_run_below_the_output_of_one_group_is_its_own() -> None:
    targets = [target("1", "u/x/1"), target("11", "u/x/11"), target("2", "u/x/1", wms=CONDOR)]
    (match,) = matched(targets, [run(f"u_x_1_{TIME}")]).matches
    assert match.subject == Subject("step1", "1")
    assert match.output_run == f"u/x/1/{TIME}"


def test_a_run_with_another_end_of_its_name_is_named() -> None:
    doubt = only_doubt([target("1", "u/x")], run("u_x_w00-123456"))
    assert "not named after the time" in doubt.why
    assert "not named after the time" in only_doubt([target("1", "u/x")], run(f"u_x_y_{TIME}")).why


def test_groups_that_share_an_output_are_told_apart_by_what_the_run_asks_for() -> None:
    targets = [target("1", "u/x", "visit in (1, 2)"), target("2", "u/x", "visit in (3, 4)")]
    name = f"u_x_{TIME}"
    doubt = only_doubt(targets, run(name))
    assert "2 groups write to u/x" in doubt.why
    assert doubt.candidates == (Subject("step1", "1"), Subject("step1", "2"))
    config = Config(f"u/x/{TIME}", "visit  in (3, 4)")
    (match,) = matched(targets, [run(name, config=config)]).matches
    assert match.subject == Subject("step1", "2")


def test_a_run_of_other_data_is_named() -> None:
    config = Config(f"u/x/{TIME}", "visit in (9)")
    doubt = only_doubt([target("1", "u/x", "visit in (1)")], run(f"u_x_{TIME}", config=config))
    assert "no group asks for its data: visit in (9)" in doubt.why


def test_a_name_that_two_outputs_give_is_a_doubt_unless_the_run_says_what_it_asks_for() -> None:
    targets = [target("1", "u/x_1", "visit = 1"), target("2", "u/x/1", "visit = 2")]
    doubt = only_doubt(targets, run(f"u_x_1_{TIME}"))
    assert "2 groups write to u/x_1 or u/x/1" in doubt.why
    assert (doubt.output_run, len(doubt.candidates)) == ("", 2)
    (match,) = matched(targets, [run(f"u_x_1_{TIME}", config=Config("", "visit = 2"))]).matches
    assert (match.subject.group, match.output_run) == ("2", f"u/x/1/{TIME}")


def test_many_runs_of_many_groups_take_no_long_time() -> None:
    targets = [target(str(n), f"u/x/{n}") for n in range(4000)]
    start = perf_counter()
    assert len(matched(targets, [run(f"u_x_{n}_{TIME}", id_=str(n)) for n in range(4000)]).matches) == 4000
    assert perf_counter() - start < 5


def test_groups_with_the_same_data_are_a_doubt() -> None:
    config = Config(f"u/x/{TIME}", "q")
    doubt = only_doubt([target("1", "u/x"), target("2", "u/x")], run(f"u_x_{TIME}", config=config))
    assert "ask for the same data" in doubt.why


def test_a_rescue_of_the_same_data_is_told_apart_by_its_options() -> None:
    first = target("1", "u/x")
    targets = [
        replace(first, more=("p#1", "")),
        replace(target("r.1", "u/x"), more=("p#1", "--skip-existing-in u")),
    ]
    for options, group in (("", "1"), ("--skip-existing-in  u", "r.1")):
        config = Config(f"u/x/{TIME}", "q", "", ("p#1", options))
        (match,) = matched(targets, [run(f"u_x_{TIME}", config=config)]).matches
        assert match.subject.group == group
    config = Config(f"u/x/{TIME}", "q", "", ("p#2", ""))
    assert "in the same way" in only_doubt(targets, run(f"u_x_{TIME}", config=config)).why


def test_several_runs_of_a_group_are_all_named() -> None:
    runs = [run(f"u_x_{TIME}"), run("u_x_20260102T010203Z", id_="8", state="failed")]
    found = matched([target("1", "u/x")], runs)
    assert not found.matches
    assert [doubt.run.run_id for doubt in found.doubts] == ["7", "8"]
    assert all("one of 2 runs of step1/1" in doubt.why for doubt in found.doubts)


def test_a_cancelled_run_is_named() -> None:
    assert only_doubt([target("1", "u/x")], run(f"u_x_{TIME}", state="cancelled")).why == "it was cancelled"


def test_a_configuration_of_another_run_is_not_believed() -> None:
    config = Config("u/other/1", "q")
    assert "not named" in only_doubt([target("1", "u/x")], run(f"u_x_{TIME}", config=config)).why


def test_a_run_that_is_over_and_left_nothing_is_named() -> None:
    found = matched([target("1", "u/x")], [run(f"u_x_{TIME}")])
    gone = without_outputs(found, frozenset({f"u/x/{TIME}"}))
    assert not gone.matches
    assert "the Butler has no" in gone.doubts[0].why
    assert without_outputs(found, frozenset()).matches


def test_outputs_whose_run_nobody_shows_are_named() -> None:
    collections = [f"u/x/{TIME}", "u/x/20260102T010203Z", "u/x/20260103T010203Z", "u/x/other"]
    assert unseen(collections, [run(f"u_x_{TIME}")], ["u/x/20260102T010203Z"]) == ["u/x/20260103T010203Z"]


def test_a_submit_directory_tells_the_run_by_its_name() -> None:
    assert named_by(("/", "s", "submit", "u", "a_b", TIME), f"u_a_b_{TIME}") == f"u/a_b/{TIME}"
    assert named_by(("/", "s", "submit", "other"), f"u_a_b_{TIME}") == ""


@given(
    st.lists(st.sampled_from(["u/x", "u/x/1", "u/x_1", "u"]), min_size=1, max_size=5),
    st.lists(st.sampled_from(["u_x", "u_x_1", "u", "v"]), min_size=1, max_size=5),
)
def test_no_run_is_lost_and_no_group_gets_two(outputs: list[str], names: list[str]) -> None:
    targets = [target(str(n), output) for n, output in enumerate(outputs)]
    runs = [replace(run(f"{name}_{TIME}"), run_id=str(n)) for n, name in enumerate(names)]
    found = matched(targets, runs)
    told = [m.run.run_id for m in found.matches] + [d.run.run_id for d in found.doubts]
    assert sorted(told) == sorted(r.run_id for r in runs)
    assert len({m.subject for m in found.matches}) == len(found.matches)
