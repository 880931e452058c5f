"""What people do by hand, past cmcompile: each time it is told to the world as a fault."""

from __future__ import annotations

from cmcompile.model.naming import run_names
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.runs import Job
from cmcompile.sim.scene import Scene


def meddle(scene: Scene, number: int) -> None:
    """Do something by hand, perhaps.

    Parameters
    ----------
    number
        Tells runs that are submitted by hand apart.
    """
    world, wms = scene.world, scene.wms
    live = list(wms.live())
    over = [run for run in wms.runs.values() if not run.live]
    if world.drawn(Fault.HAND_SUBMIT):
        _submit(scene, number)
    if live and world.drawn(Fault.HAND_CANCEL):
        wms.cancel_by_hand(live[world.choices.pick("of which", len(live))].run_id)
    if over and world.drawn(Fault.HAND_RESTART):
        wms.restart_by_hand(over[world.choices.pick("of which", len(over))].run_id)
    if scene.butler.collections and world.drawn(Fault.HAND_DELETE):
        there = list(scene.butler.collections)
        scene.butler.delete_by_hand(there[world.choices.pick("of which", len(there))])


def _submit(scene: Scene, number: int) -> None:
    groups = list(scene.branch.newest.variant.sendable.values())
    found = groups[scene.world.choices.pick("of which", len(groups))]
    group = found.made.group
    names = run_names(found.made.output, group.step, group.id, f"w9{number}", "hand00", shared=found.shared)
    scene.wms.by_hand(found.wms, Job(names.run_name, names.output_run))
