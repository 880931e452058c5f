"""Which workload system a compiled group goes to."""

from __future__ import annotations

import pytest

from cmcompile.cli.workload import wms_of
from cmcompile.model.event import WmsRef
from cmcompile.model.group import CompiledGroup, Group, IncludeFile

PANDA = "lsst.ctrl.bps.panda.PanDAService"
HTCONDOR = "lsst.ctrl.bps.htcondor.HTCondorService"


def found(text: str, **files: str) -> WmsRef | str:
    made = CompiledGroup(Group("s", "1", ()), "s/1.yaml", text.encode(), (), "d", "o", None, "w")
    paths = {f"s/{name}.yaml": data for name, data in files.items()}
    includes = {path: IncludeFile(path, path, data.encode()) for path, data in paths.items()}
    return wms_of(made, includes)


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        ("a: b\n", {}, WmsRef(HTCONDOR)),
        (f"wmsServiceClass: {PANDA}\n", {}, WmsRef(PANDA)),
        (f"wmsServiceClass: {PANDA}\niddsServer: https://x:443\n", {}, WmsRef(PANDA, "https://x:443")),
        (f"wmsServiceClass: {HTCONDOR}\niddsServer: https://x\n", {}, WmsRef(HTCONDOR)),
        (
            "includeConfigs: [site.yaml]\n",
            {"site": f"wmsServiceClass: {PANDA}\niddsServer: x\n"},
            WmsRef(PANDA, "x"),
        ),
        (
            f"includeConfigs: [site.yaml]\nwmsServiceClass: {HTCONDOR}\n",
            {"site": f"wmsServiceClass: {PANDA}\n"},
            WmsRef(HTCONDOR),
        ),
        (
            "includeConfigs: [one.yaml, two.yaml]\n",
            {"one": f"wmsServiceClass: {PANDA}\n", "two": f"wmsServiceClass: {HTCONDOR}\n"},
            WmsRef(HTCONDOR),
        ),
        (
            "includeConfigs: one.yaml\n",
            {"one": "includeConfigs: [two.yaml]\n", "two": f"wmsServiceClass: {PANDA}\n"},
            WmsRef(PANDA),
        ),
        (f"payload: {{wmsServiceClass: {PANDA}}}\nwmsServiceClass: {HTCONDOR}\n", {}, WmsRef(PANDA)),
        (f"wms: {PANDA}\nwmsServiceClass: '{{wms}}'\n", {}, WmsRef(PANDA)),
    ],
)
def test_where_it_stands(text: str, files: dict[str, str], expected: WmsRef) -> None:
    assert found(text, **files) == expected


def test_what_can_not_be_told_is_not_guessed() -> None:
    unread = found("includeConfigs: ['${CTRL_BPS_PANDA_DIR}/config/bps_usdf.yaml']\n")
    assert isinstance(unread, str)
    assert "`wmsServiceClass` is not set, and ${CTRL_BPS_PANDA_DIR}/config/bps_usdf.yaml" in unread
    nested = found("includeConfigs: [one.yaml]\n", one="includeConfigs: [/etc/x.yaml]\n")
    assert isinstance(nested, str)
    assert "/etc/x.yaml" in nested
    variable = found("wmsServiceClass: ${WMS}\n")
    assert isinstance(variable, str)
    assert "which only BPS can fill in" in variable


def test_files_that_include_each_other_come_to_an_end() -> None:
    assert found("includeConfigs: [one.yaml]\n", one="includeConfigs: [1.yaml]\n") == WmsRef(HTCONDOR)
