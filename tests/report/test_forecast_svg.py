"""The drawing of a forecast: what is written stays inside, and clear of what is drawn."""

from __future__ import annotations

from xml.etree import ElementTree

from cmcompile.model.forecast import Forecast, Range, StepForecast, Variant
from cmcompile.report.forecast.as_svg import forecast_svg

#: How wide a letter is in wide fonts, in pixels: of the text, and of the title.
TEXT, TITLE = 7.2, 10.5
SVG = "{http://www.w3.org/2000/svg}"


def drawn(campaign: str, step: str) -> ElementTree.Element:
    ends, day = Range(80_000.0, 86_400.0, None), 86_400.0
    some = StepForecast(step, 12_345, 0, ends, ends, 9, ((0.0, 0), (day, 12_345)), ((0.0, 1234), (day, 0)))
    none = StepForecast("b", 1, 0, ends, ends, 0, (), ())
    variant = Variant("as written", ends, 0, None, 9, (some, none), (), (), ())
    found = Forecast(campaign, "2026-11-20T08:00:00Z", "", None, 900.0, 1, 1, (), (), (variant,))
    return ElementTree.fromstring(forecast_svg(found))  # noqa: S314  (our own)


def test_names_of_any_length_stay_clear_of_the_curves() -> None:
    root = drawn("c" * 200, "s" * 200)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    points = [p.split(",") for e in root.iter(f"{SVG}polygon") for p in e.attrib["points"].split()]
    left = min(float(x) for x, _ in points)
    assert max(float(x) for x, _ in points) <= width
    for element in root.iter(f"{SVG}text"):
        title = element.get("class") == "t"
        long = len(element.text or "") * (TITLE if title else TEXT)
        x, y, anchor = (element.attrib[name] for name in ("x", "y", "text-anchor"))
        begins = float(x) - long * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        assert begins >= 0, element.text
        in_a_lane = not title and 50 < float(y) < height - 30
        assert begins + long <= (left if in_a_lane else width), element.text


def test_words_of_the_drawing() -> None:
    root = drawn("c", "a")
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts[0] == "c: ends 2026-11-21 08:00 UTC"
    assert "12,345 groups, up to 1,234 live" in texts
    assert "1 group, up to 0 live" in texts
