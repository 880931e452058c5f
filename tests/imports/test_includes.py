"""Which include files an imported spec needs beside it."""

from __future__ import annotations

from cmcompile.imports.includes import included, relative_includes


def test_what_only_bps_can_find_is_not_looked_for() -> None:
    names = ["m.yaml", "${DIR}/a.yaml", "/abs/b.yaml", "file://c.yaml", "{site}/d.yaml"]
    assert relative_includes({"bps": {"includeConfigs": names}}) == ["m.yaml"]
    data = b"includeConfigs: [n.yaml, '{site}/d.yaml']\n"
    assert included("below/m.yaml", data) == ["below/n.yaml"]
