"""A forecast as JSON: the schema ``forecast-v1``.

A later version may add keys under the same number of format; a reader ignores the keys it does not know.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from cmcompile.model.forecast import Forecast

FORMAT = 1
#: What is no time.
_EXACT = ("share", "failures", "retried", "rescued", "occupied", "group_hours")


def forecast_json(found: Forecast) -> str:
    """Return one document; times are whole seconds from ``at``."""
    return json.dumps(_rounded({"format": FORMAT, **asdict(found)}), indent=1) + "\n"


def _rounded(value: object, key: str = "") -> object:
    if isinstance(value, dict):
        return {name: _rounded(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one, key) for one in value]
    if isinstance(value, float):
        return round(value, 4) if key in _EXACT else round(value)
    return value
