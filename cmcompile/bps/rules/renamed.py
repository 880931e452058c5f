"""Names that newer releases of BPS have dropped or moved."""

from __future__ import annotations

from cmcompile.bps.document import Include
from cmcompile.bps.view import View, text_of
from cmcompile.model.codes import bps as codes

_OLD_PLUGINS = "lsst.ctrl.bps.wms."
_OLD_CONFIG = "${CTRL_BPS_DIR}/config/"
_MOVED = {
    "htcondor": "lsst.ctrl.bps.htcondor.HTCondorService",
    "panda": "lsst.ctrl.bps.panda.PanDAService",
    "parsl": "lsst.ctrl.bps.parsl.ParslService",
}


def check(view: View) -> None:
    """Report old names in the file and in what it includes."""
    butler = view.tree.get("executionButler")
    if butler is not None:
        message = "`executionButler` has no effect: execution butlers were removed in release 28.0"
        view.report(codes.RENAMED, butler, message, "remove it; finalJob does its work now")
    service = view.find("wmsServiceClass")
    name = text_of(service) or ""
    if name.startswith(_OLD_PLUGINS):
        plugin = name[len(_OLD_PLUGINS) :].partition(".")[0]
        hint = (
            f"write {_MOVED[plugin]}" if plugin in _MOVED else "write the class of the plugin's own package"
        )
        view.report(
            codes.RENAMED, service, f"`wmsServiceClass` {name} has moved to the plugin's package", hint
        )
    for include in view.document.includes:
        _include(view, include)


def _include(view: View, include: Include) -> None:
    if include.text.startswith(_OLD_CONFIG):
        rest = include.text[len(_OLD_CONFIG) :]
        message = f"`{include.text}` has moved out of ctrl_bps"
        view.report(codes.RENAMED, include.span, message, f"write ${{CTRL_BPS_PANDA_DIR}}/config/{rest}")
    for nested in include.nested:
        _include(view, nested)
