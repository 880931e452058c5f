"""A forecast as a drawing: for each step a lane with the accepted groups over time, and the workflows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from cmcompile.model.forecast import Forecast, StepForecast
from cmcompile.report.forecast.words import lasting, moment
from cmcompile.report.screen import count

_WIDTH, _EDGE, _LEFT, _RIGHT, _TOP, _LANE, _GAP = 960, 16, 240, 24, 56, 44, 14
_TICKS = 6
#: So many letters of the name of a campaign, and of a step, fit in whatever font the reader has.
_TITLE, _NAME = 54, 28
_STYLE = (
    "text{font:12px sans-serif;fill:#333}.t{font-size:15px;font-weight:bold}.d{fill:#777}"
    ".a{fill:#9ecae1;stroke:#3182bd}.r{fill:none;stroke:#e6550d;stroke-width:1.5}"
    ".g{stroke:#ddd}.e{stroke:#3182bd;stroke-dasharray:4 3}"
)


def forecast_svg(found: Forecast) -> str:
    """Return an SVG image of the middle run: nothing in it is loaded from elsewhere."""
    main = found.variants[0]
    whole = max([1.0, *(when for step in main.steps for when, _ in (*step.curve, *step.running))])
    whole = max(whole, main.ends.p90 or 0.0)
    height = _TOP + len(main.steps) * (_LANE + _GAP) + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f"<title>{escape(found.campaign)}</title>",
        _text(_EDGE, 24, f"{_cut(found.campaign, _TITLE)}: ends {_moment(found)}", "t"),
        _text(
            _EDGE,
            42,
            "blue: accepted groups; orange: live workflows; dashed: the end, 1, 5 and 9 of 10 runs",
            "d",
        ),
        *_axis(found, whole, height),
    ]
    for at, step in enumerate(main.steps):
        lines += _lane(step, whole, _TOP + at * (_LANE + _GAP))
    for end in dict.fromkeys((main.ends.p10, main.ends.p50, main.ends.p90)):
        if end is not None:
            x = _x(end, whole)
            lines.append(f'<line class="e" x1="{x}" x2="{x}" y1="{_TOP}" y2="{height - 30}"/>')
    return "\n".join([*lines, "</svg>"]) + "\n"


def _moment(found: Forecast) -> str:
    when = found.variants[0].ends.p50
    return moment(found.at, when) + ("" if when is None else " UTC")


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _axis(found: Forecast, whole: float, height: int) -> Iterator[str]:
    for tick in range(_TICKS + 1):
        when = whole * tick / _TICKS
        x = _x(when, whole)
        yield f'<line class="g" x1="{x}" x2="{x}" y1="{_TOP}" y2="{height - 30}"/>'
        anchor = "end" if tick == _TICKS else "middle" if tick else "start"
        yield _text(x, height - 14, "now" if not tick else lasting(when), "d", anchor)


def _lane(step: StepForecast, whole: float, top: int) -> Iterator[str]:
    low = top + _LANE
    most = max((level for _, level in step.running), default=0)
    yield _text(_EDGE, top + 18, _cut(step.step, _NAME))
    yield _text(_EDGE, top + 34, f"{count(step.groups, 'group')}, up to {most:,} live", "d")
    yield f'<line class="g" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{low}" y2="{low}"/>'
    area = _stairs(step.curve, step.groups, whole, low)
    yield f'<polygon class="a" points="{_LEFT},{low} {area} {_WIDTH - _RIGHT},{low}"/>'
    if most:
        yield f'<polyline class="r" points="{_stairs(step.running, most, whole, low)}"/>'


def _stairs(curve: Sequence[tuple[float, int]], most: int, whole: float, low: int) -> str:
    """Return the points of a curve that goes up and down in steps, to the right edge."""
    points, y = [], float(low)
    for when, level in curve:
        x = _x(when, whole)
        points.append(f"{x},{y:g}")
        y = round(low - _LANE * level / max(1, most), 1)
        points.append(f"{x},{y:g}")
    return " ".join([*points, f"{_WIDTH - _RIGHT},{y:g}"])


def _x(when: float, whole: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * when / whole, 1)


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    name = f' class="{style}"' if style else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{name}>{escape(words)}</text>'
