"""A forecast as text, as JSON, and as a drawing."""

from cmcompile.report.forecast.as_json import forecast_json
from cmcompile.report.forecast.as_svg import forecast_svg
from cmcompile.report.forecast.as_text import forecast_text

__all__ = ["forecast_json", "forecast_svg", "forecast_text"]
