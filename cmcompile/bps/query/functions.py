"""What a function of the query language gives, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, isfinite, radians, sin
from uuid import UUID

from cmcompile.bps.query.tree import Call, Expr, Float, Int, String

FUNCTIONS = ("BOX", "CIRCLE", "GLOB", "POINT", "POLYGON", "REGION", "UUID")

_SHAPES = {"POINT": "ra, dec", "CIRCLE": "ra, dec, radius", "BOX": "ra, dec, width, height"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a call means nothing."""

    message: str
    hint: str = ""


def call_kind(call: Call) -> str | Wrong:
    """Return the type of what a call gives, or what is wrong with it; ``GLOB`` is judged elsewhere.

    Angles are degrees. The name of a column is no argument of a shape: only numbers are.
    """
    if call.name in _SHAPES or call.name == "POLYGON":
        return _shape(call)
    if call.name == "REGION":
        return _region(call)
    if call.name == "UUID":
        return _uuid(call)
    return Wrong(f"{call.name}() is no function of the Butler", f"the functions are {', '.join(FUNCTIONS)}")


def _shape(call: Call) -> str | Wrong:
    usage = f"write {call.name}({_SHAPES.get(call.name, 'ra, dec, ra, dec, ra, dec, ...')}) in degrees"
    count = len(call.items)
    if call.name == "POLYGON":
        if count < 6 or count % 2:
            return Wrong(f"POLYGON takes pairs for three corners or more, not {count} values", usage)
    elif count != _SHAPES[call.name].count(",") + 1:
        return Wrong(f"{call.name} takes {_SHAPES[call.name]}, not {count} values", usage)
    numbers = _numbers(call.items)
    if numbers is None or not all(map(isfinite, numbers)) or (call.name != "POINT" and any(call.wrapped)):
        return Wrong(f"{call.name} takes plain numbers only", usage)
    return _placed(call.name, numbers)


def _placed(name: str, numbers: list[float]) -> str | Wrong:
    corners = list(zip(numbers[::2], numbers[1::2], strict=True)) if name == "POLYGON" else [(*numbers[:2],)]
    for _, dec in corners:
        if not -90.0 <= dec <= 90.0:
            return Wrong(f"the declination {dec:g} is outside -90..90 degrees")
    if name == "POLYGON" and _flat([_vector(ra, dec) for ra, dec in corners]):
        return Wrong("the corners of POLYGON lie on one line")
    return "region"


def _region(call: Call) -> str | Wrong:
    text = call.items[0] if len(call.items) == 1 else None
    if not isinstance(text, String) or any(call.wrapped):
        return Wrong("REGION takes one text", "write REGION('CIRCLE 55.7 -32.2 0.5')")
    shape, *words = text.value.split() or [""]
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return Wrong(f"REGION: {text.value!r} holds something that is no number")
    if shape == "CIRCLE" and len(numbers) == 3:
        return _placed(shape, numbers)
    if shape == "RANGE" and len(numbers) == 4:
        bad = [n for n in numbers[2:] if isfinite(n) and not -90 <= n <= 90]
        return Wrong(f"REGION: the declination {bad[0]:g} is outside -90..90 degrees") if bad else "region"
    if shape == "POLYGON" and len(numbers) >= 6 and len(numbers) % 2 == 0:
        return _placed(shape, numbers)
    return Wrong(
        f"REGION: {text.value!r} is no region",
        "write CIRCLE ra dec radius, RANGE ra ra dec dec, or POLYGON ra dec ra dec ra dec",
    )


def _uuid(call: Call) -> str | Wrong:
    text = call.items[0] if len(call.items) == 1 else None
    if isinstance(text, String):
        try:
            UUID(text.value)
        except ValueError:
            return Wrong(f"{text.value!r} is no UUID")
        return "uuid"
    return Wrong("UUID takes one text", "write UUID('01234567-89ab-cdef-0123-456789abcdef')")


def _numbers(items: tuple[Expr, ...]) -> list[float] | None:
    try:
        found = [float(item.value) for item in items if isinstance(item, Int | Float)]
    except OverflowError:
        return None
    return found if len(found) == len(items) else None


def _vector(ra: float, dec: float) -> tuple[float, float, float]:
    a, d = radians(ra), radians(dec)
    return cos(a) * cos(d), sin(a) * cos(d), sin(d)


def _cross(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _flat(points: list[tuple[float, float, float]]) -> bool:
    """Tell whether all points lie on one great circle, to within rounding."""
    normal = max((_cross(points[0], point) for point in points), key=lambda n: hypot(*n))
    return all(abs(sum(n * x for n, x in zip(normal, point, strict=True))) < 1e-15 for point in points)
