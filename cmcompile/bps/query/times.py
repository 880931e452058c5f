"""Whether the text of ``T'...'`` is a time, as the query language reads it.

A time is a number with a point (a modified Julian date), ``2026-01-05`` with or without ``T21:30:00``, or
``2026:005``; before it may stand a format and ``/``, after it ``/`` and a scale.
"""

from __future__ import annotations

import re
from calendar import monthrange

_SHAPE = re.compile(
    r"""(?:(?P<format>\w+)/)?
    (?:(?P<number>-?(?:\d+\.\d*|\.\d+))
     | (?P<date>(?P<fits>\+)?(?P<year>\d+)-(?P<month>\d+)-(?P<day>\d+)
         (?:(?P<gap>[ T])(?P<clock>\d+:\d+(?::\d+(?:\.\d*)?)?))?)
     | (?P<yday>(?P<of>\d+):(?P<nth>\d+)(?::(?P<time>\d+:\d+(?::\d+(?:\.\d*)?)?))?)
    )(?:/(?P<scale>\w+))?$""",
    re.VERBOSE | re.IGNORECASE,
)

_NUMBERS = frozenset(
    {"jd", "mjd", "decimalyear", "unix", "unix_tai", "unix_tai_fast", "cxcsec", "galexsec", "gps"}
    | {"plot_date", "stardate", "byear", "jyear"}
)
_TEXTS = frozenset({"iso", "isot", "fits", "yday"})
_SCALES = frozenset({"tai", "tcb", "tcg", "tdb", "tt", "ut1", "utc"})


def time_error(text: str) -> str:
    """Return why a text is no time, or an empty text when it is one."""
    found = _SHAPE.match(text.replace("+00:00", ""))
    if found is None:
        return "it has none of the forms 2026-01-05, 2026-01-05T21:30:00, 2026:005, 61045.5"
    scale, form = found["scale"], (found["format"] or "").lower()
    if scale and scale.lower() not in _SCALES:
        return f"{scale} is no time scale (one of {', '.join(sorted(_SCALES))})"
    if form and form not in _NUMBERS | _TEXTS:
        return f"{form} is no time format for a text"
    if found["number"]:
        return f"the format {form} takes no number" if form in _TEXTS else ""
    if form in _NUMBERS:
        return f"the format {form} takes a number with a point"
    return _yday_error(found, form) if found["yday"] else _date_error(found, form)


def _date_error(found: re.Match[str], form: str) -> str:
    gap, year = found["gap"] or "", found["year"]
    if found["fits"] or form == "fits":
        fits = not form or form == "fits"
        if not fits or gap == " " or (found["clock"] or "::").count(":") != 2:
            return "this date has not the form of FITS"
        if len(year) != (5 if found["fits"] else 4):
            return "a year has four digits"
        year = year[-4:] if year.startswith("0") or not found["fits"] else ""
    elif len(year) != 4:
        return "a year has four digits"
    if form == "yday" or gap == "t" or (form == "iso" and gap == "T") or (form == "isot" and gap == " "):
        return "date and time are joined otherwise in this format"
    month, day = found["month"], found["day"]
    if len(month) > 2 or not 1 <= int(month) <= 12:
        return f"there is no month {month}"
    if len(day) > 2 or not 1 <= int(day) <= _days(int(year or 2000), int(month)):
        return f"there is no day {day} in {found['year']}-{month}"
    padded = len(month) == len(day) == 2
    if (form == "fits" or found["fits"]) and not (padded and _padded(found["clock"])):
        return "FITS writes two digits for month, day, hour, minute and second"
    return _clock_error(found["clock"], padded=padded)


def _yday_error(found: re.Match[str], form: str) -> str:
    if form and form != "yday":
        return f"the format {form} takes a date with month and day"
    year, day = found["of"], found["nth"]
    if len(year) != 4:
        return "a year has four digits"
    if len(day) > 3 or not 1 <= int(day) <= 366:
        return f"there is no day {day} in a year"
    return _clock_error(found["time"], padded=len(day) == 3)


def _padded(clock: str | None) -> bool:
    return clock is None or all(len(part.split(".")[0]) == 2 for part in clock.split(":"))


def _clock_error(clock: str | None, *, padded: bool) -> str:
    """Judge hours, minutes and seconds; with two digits everywhere astropy also takes odd seconds."""
    if clock is None:
        return ""
    padded = padded and _padded(clock)
    hour, minute, *rest = clock.split(":")
    second = rest[0].split(".")[0] if rest else "0"
    if max(len(hour), len(minute), len(second)) > 2 or int(hour) > 23 or int(minute) > 59:
        return f"there is no time {clock}"
    if not padded and (int(second) > 61 or clock.endswith(".")):
        return f"there is no time {clock}"
    return ""


def _days(year: int, month: int) -> int:
    return monthrange(year, month)[1] if year else (31, 29)[month == 2]
