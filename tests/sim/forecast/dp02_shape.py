"""A campaign of the shape of DP0.2, of any size: seven steps by visits and tracts, one after the other."""

from __future__ import annotations

from cmcompile.sim.forecast.spread import Between, always
from cmcompile.sim.forecast.times import Kind, Overlapping, Times

#: Groups of each step as they were run (203 in all), and the likely hours of a workflow: the core hours that
#: the step took, per group, on a sixtieth of 4,000 cores.
STEPS: dict[str, tuple[int, str, float]] = {
    "step1": (42, "visit", 59),
    "step2": (20, "visit", 16),
    "step3": (32, "tract", 513),
    "step4": (41, "visit", 400),
    "step5": (32, "tract", 31),
    "step6": (35, "visit", 7),
    "step7": (1, "", 1),
}
#: The shortest and the longest, in multiples of the likely duration.
LOW, HIGH = 0.5, 2.5
#: What each step needs, and whether it has the same visits or tracts; else they overlap on the sky.
NEEDS = {
    "step2": {"step1": "same"},
    "step3": {"step2": "overlap"},
    "step4": {"step3": "overlap"},
    "step5": {"step4": "overlap"},
    "step6": {"step4": "same"},
    "step7": {"step5": "all", "step6": "all"},
}


def text(times: int, slots: int) -> str:
    """Return the spec, each step with so many times the groups of DP0.2."""
    lines = [f"limits: {{running: {slots}}}", "steps:"]
    visits = 20_000
    for step, (groups, axis, _) in STEPS.items():
        lines.append(f"  {step}:")
        many = groups * times
        if axis == "visit":
            lines.append(f"    split: [{{by: visit, values: 1..{visits}, count: {many}}}]")
        elif axis:
            lines.append(f"    split: [{{by: tract, values: 1..{many * 5}, size: 5}}]")
        if step in NEEDS:
            lines.append(f"    needs: {{{', '.join(f'{s}: {kind}' for s, kind in NEEDS[step].items())}}}")
        if groups > 1:
            lines.append("    rescues: {rescue: {because: failures}}")
    return "\n".join(lines) + "\n"


def times_of(share: float, *, near: bool, failures: float = 0.1) -> Times:
    """Return durations; visits and tracts overlap so many of each other."""
    first, rescue = {}, {}
    for step, (_, _, hours) in STEPS.items():
        low, likely, high = (factor * hours * 3600 for factor in (LOW, 1.0, HIGH))
        first[step] = Kind(Between(low, likely, high), always(1200), failures, "declared")
        rescue[step] = Kind(Between(low / 8, likely / 8, high / 8), always(600), 0.0, "declared")
    overlaps = {
        (step, other): Overlapping(share, near)
        for step, needs in NEEDS.items()
        for other, kind in needs.items()
        if kind == "overlap"
    }
    return Times(first, rescue, overlaps=overlaps)
