"""Rule 26: does the data query fit how the step is split."""

from __future__ import annotations

import re

from cmcompile.bps.view import View, text_of
from cmcompile.model.codes import bps as codes

_STRING = re.compile(r"'[^']*'")
_SKY = frozenset({"tract", "patch"})
_CAMERA = frozenset({"visit", "exposure", "detector"})


def check(view: View) -> None:
    """Report a step by tract without a tract in its query, and a step by visit with one."""
    query = view.find("dataQuery")
    text = text_of(query)
    dimensions = view.document.dimensions
    if not text or not dimensions:
        return
    named = set(re.findall(r"[A-Za-z_]\w*", _STRING.sub("", text).lower()))
    if dimensions & _SKY and not named & _SKY:
        message = "the step is split by tract, but its query names no tract: every group takes the whole sky"
        hint = "let `where` make the query, or name the tract in it"
        view.report(codes.STEP_AND_QUERY, query, message, hint)
    elif dimensions & _CAMERA and not dimensions & _SKY and named & _SKY:
        by = ", ".join(sorted(dimensions & _CAMERA))
        message = (
            f"the step is split by {by}, but its query names a tract: visits are cut at the edge of the tract"
        )
        view.report(codes.STEP_AND_QUERY, query, message, "leave the tract out, or split by tract")
