"""The views of ``status``: tables of jobs and quanta, by step, workflow, run, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from cmcompile.model.view import Units, View, ViewName
from cmcompile.report.views.counted import clusters, pending, runs, started
from cmcompile.report.views.listed import failed, held, missing
from cmcompile.report.views.render import ViewFormat, render_views

__all__ = ["ViewFormat", "render_views", "view_of"]

_VIEWS: Mapping[ViewName, Callable[[Units, datetime], View]] = {
    "pending": pending,
    "started": started,
    "clusters": clusters,
    "runs": runs,
    "failed": failed,
    "held": held,
    "missing": missing,
}


def view_of(name: ViewName, units: Units, now: datetime) -> View:
    """Return a view of what is known.

    Parameters
    ----------
    now
        The time from which what waits is counted.
    """
    return _VIEWS[name](units, now)
