"""The story of a night in which everything fails, for real; the tests read what was said."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest
from failing_world import SERVICE, STEPS, World, run_of


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return the world after the story, with all that commands said in it."""
    # Each module that imports a fixture has one of its own; the story is told once.
    return _told(tmp_path_factory.getbasetemp())


@cache
def _told(below: Path) -> World:
    (below / "failures").mkdir()
    world = World(below / "failures" / "home")
    try:
        world.begin()
        _before_the_gate(world)
        _mended(world)
        _after_the_gate(world)
    finally:
        world.wait(False)
    return world


def _before_the_gate(world: World) -> None:
    world.type("cmcompile ledger init faults")
    world.type("cmcompile apply faults --auto-approve", keep="apply", ends=(3,))
    world.type("cmcompile status faults", keep="status")
    for step in STEPS:
        group = f"faults/{step}/{1002 if step == 'stack' else 1001}"
        world.type(f"cmcompile status {group}", keep=step)
    world.type("cmcompile log faults/empty/1001", keep="log")
    world.type("cmcompile plan faults --detailed-exitcode", keep="plan", ends=(3,))


def _mended(world: World) -> None:
    world.mend()
    # Where the spec was at fault, the edit is enough; for the rest the offered command is typed.
    offered = world.next_of()
    world.type("cmcompile plan faults", keep="plan of the mended")
    for step in sorted(offered):
        world.type(offered[step], keep=f"typed {step}")
    world.push()
    world.type("cmcompile apply faults --auto-approve", keep="second apply")


def _after_the_gate(world: World) -> None:
    applied = world.scenes["second apply"]
    runs = {step: run_of(applied, step) for step in STEPS}
    world.kill(runs["dirs"])
    bps = f"env CMCOMPILE_RUNS={world.home}/runs bps cancel --wms-service-class {SERVICE} --id"
    world.type(f"{bps} {runs['runs']}", keep="bps cancel")
    world.over(runs["runs"])
    world.type("cmcompile reconcile faults", keep="killed, cancelled", ends=(3,))
    for step in ("dirs", "runs"):
        world.type(f"cmcompile status faults/{step}/1001", keep=f"ended {step}")
    offered = world.next_of()
    world.type(offered["dirs"])
    world.type(offered["runs"])
    world.push()
    world.wait(False)
    again = world.type("cmcompile apply faults --auto-approve", keep="third apply")
    world.over(*runs.values(), run_of(again, "runs"), run_of(again, "dirs"))
    _sources_gone(world)
    _quantum_failed(world)


def _sources_gone(world: World) -> None:
    away = world.home / "away"
    for name in ("runs", "butler"):
        shutil.move(world.home / name, away)
        world.type("cmcompile reconcile faults", keep=f"no {name}", ends=(6,))
        world.type("cmcompile status faults/path/1001", keep=f"status, no {name}")
        offered = world.next_of()
        shutil.rmtree(world.home / name, ignore_errors=True)
        shutil.move(away, world.home / name)
    world.type(offered["path"], keep="they are back", ends=(3,))


def _quantum_failed(world: World) -> None:
    world.type("cmcompile status faults/stack/1002", keep="a quantum failed")
    world.type("cmcompile logs faults/stack/1002", keep="logs")
    calibrate = "{class: quick_tasks.CalibrateImageTask, config: {maxSaturated: 3}}"
    world.pipeline("waiting.IsrTask", calibrate)
    world.type(world.next_of()["stack"])
    world.push()
    again = world.type("cmcompile apply faults --auto-approve", keep="last apply")
    world.over(run_of(again, "stack"))
    world.type("cmcompile reconcile faults", keep="the end")
    world.type("cmcompile status faults", keep="last status")
    world.type("cmcompile verify faults", keep="verify")
