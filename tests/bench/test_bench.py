"""The benchmarks: every figure is produced at tiny sizes; no time is judged here."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from bench import __main__ as program
from bench.batch_world import make_world, say
from bench.campaigns import PATH, counts, visit_ids, write_campaign
from bench.children import BenchError, work
from bench.figures import Figure, Ratio, Told, by_turns
from bench.ledgers import git
from bench.prod_groups import make
from bench.run import CASES, run
from bench.sizes import Sizes
from bench.table import ratio_lines
from cmcompile.compiler.compile import compile_spec
from cmcompile.model.diagnostic import Severity
from cmcompile.model.signal import SignalKind
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

TINY = Sizes(
    pairs=1,
    groups=40,
    starts=1,
    large=(60, 3000),
    growth=(40, 80),
    quadratic=(40,),
    recorded=40,
    submissions=1,
    sent_groups=1,
    sent_visits=1,
    signalled=60,
)
HAS_STACK = importlib.util.find_spec("lsst") is not None


@pytest.mark.service("minutes")
def test_every_figure_is_produced() -> None:
    lines: list[str] = []
    figures = run(TINY, (), lines.append)
    ratios = [figure for figure in figures if isinstance(figure, Ratio)]
    told = [figure for figure in figures if isinstance(figure, Told)]
    assert [ratio.bound for ratio in ratios] == [
        *(3.0, 12.0, 0.5, 2.0, 1.5),
        *(4.0, 3.5, 1.0, 0.75, 2.0),
        *((0.15, 1.1) if HAS_STACK else ()),
        *(4.0, 1.0, 1.75, 0.25, 0.25, 0.25, 4.0),
    ]
    assert all(0 < ratio.ours < 60 and 0 < ratio.floor < 60 for ratio in ratios)
    assert [len(figure.rows) for figure in told] == [2, *([7] if HAS_STACK else []), 4, 3, 3, 2]
    text = "\n".join(lines)
    assert all(figure.name in text for figure in ratios)
    assert all(figure.title in text for figure in told)
    assert "compile 40 groups of 5" in text or "compile 40 groups of 6" in text
    assert "large: 60 groups from 3,000 ids" in text


@pytest.mark.parametrize("groups", [40, 333])
def test_the_campaign_has_so_many_groups_and_nothing_is_wrong(tmp_path: Path, groups: int) -> None:
    write_campaign(tmp_path, groups)
    spec, findings = load(WorkingTree(tmp_path), PATH)
    assert spec is not None
    result = compile_spec(spec)
    assert {finding.severity for finding in (*findings, *result.findings)} <= {Severity.NOTE}
    number = counts(groups)
    assert len(result.groups) == groups == number.visit + 6 * number.tract + number.rescue
    assert sum(g.group.rescue is not None for g in result.groups) == number.rescue
    lines = [g.data.count(b"\n") for g in result.groups]
    assert 55 <= sum(lines) / groups <= 65


def test_ids_of_visits_are_unique_and_sorted() -> None:
    ids = visit_ids(200_000)
    assert len(set(ids)) == 200_000
    assert ids == sorted(ids)


def test_the_quadratic_way_makes_the_same_groups(tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text("r 5\ng 1\nr 3\nr 4\nr 9\n")
    texts = make(listed, "r", 3)
    assert [("visit >= 3 and visit <= 5" in t, "visit >= 9 and visit <= 9" in t) for t in texts] == [
        (True, False),
        (False, True),
    ]
    assert "r_2\n" in texts[1]
    assert len(make(listed, "all", 2)) == 3


def test_pairs_change_their_order() -> None:
    order: list[str] = []

    def side(name: str) -> dict[str, float]:
        order.append(name)
        return {"cpu": len(order)}

    pairs = by_turns(3, lambda: side("ours"), lambda: side("floor"))
    assert order == ["ours", "floor", "floor", "ours", "ours", "floor"]
    assert [(one["cpu"], other["cpu"]) for one, other in pairs] == [(1, 2), (4, 3), (5, 6)]


def test_the_median_of_the_pairs_is_judged() -> None:
    ratio = Ratio("x", ((1.0, 2.0), (9.0, 2.0), (3.0, 2.0)), 1.5)
    assert (ratio.ours, ratio.floor, ratio.ratio, ratio.over) == (3.0, 2.0, 1.5, False)
    (_, line) = ratio_lines([ratio])
    assert line.split() == ["x", "3.000", "2.000", "1.50", "1.50", "ok", "0.50..4.50"]


@pytest.mark.parametrize(("bound", "code"), [(2.0, 0), (1.9, 1)])
def test_a_ratio_over_its_bound_ends_with_1(
    bound: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def made_up(*_: object) -> tuple[Figure, ...]:
        return (Ratio("made up", ((2.0, 1.0),), bound), Told("t", (("a",), ("b",))))

    monkeypatch.setattr(program, "run", made_up)
    assert program.main(["--quick"]) == code
    assert ("over its bound: made up" in capsys.readouterr().err) == (code == 1)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["nothing"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in CASES)


def test_a_process_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BenchError, match="can't be read"):
        work("compile", tmp_path)

    def failing(*_: object) -> tuple[Figure, ...]:
        raise BenchError("made up")

    monkeypatch.setattr(program, "run", failing)
    assert program.main([]) == 2


def test_the_figures_of_signals_are_produced() -> None:
    figures = run(TINY, ("signal", "fold", "pass"), lambda line: None)
    assert [f.bound for f in figures if isinstance(f, Ratio)] == [4.0, 3.5, 1.0, 0.75, 2.0]
    assert all(ours > 0 and floor > 0 for f in figures if isinstance(f, Ratio) for ours, floor in f.pairs)


def test_all_jobs_of_the_simulated_batch_system_run_and_a_pass_finds_nothing_new(tmp_path: Path) -> None:
    world = make_world(tmp_path, 60)
    assert say(world, (SignalKind.BEGUN, SignalKind.STARTED)) == 120
    world.command("reconcile", "jobs")
    before = git(world.root, "rev-parse", "cm/jobs")
    world.command("reconcile", "jobs")
    assert git(world.root, "rev-parse", "cm/jobs") == before
    told = git(world.root, "log", "--name-only", "--format=", "cm/jobs").decode()
    assert "observed" in told
    assert "signalled" not in told
