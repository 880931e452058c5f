"""An entry more in a list under a key: it is there, and every byte outside of it stays."""

from __future__ import annotations

import pytest

from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import InputError
from cmcompile.model.source import plain
from cmcompile.spec.edit.insert import add_item
from cmcompile.spec.edit.layout import EditError
from cmcompile.spec.yaml import read

ENTRY: dict[str, object] = {"visit": 5, "steps": ["one"], "because": "corrupt: raw # 1", "ticket": "DM-1"}
WRITTEN = '{visit: 5, steps: [one], because: "corrupt: raw # 1", ticket: DM-1}'


def value(data: bytes) -> object:
    findings = Findings()
    node = read("x.yaml", data, findings)
    assert node is not None, findings.sorted()
    return plain(node)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: 1   # one\n", f"a: 1   # one\nexclude: [{WRITTEN}]\n"),
        ("a: 1\n\n# the end\n", f"a: 1\n\n# the end\nexclude: [{WRITTEN}]\n"),
        ("exclude: [{visit: 1}] # x\na: 1\n", f"exclude: [{{visit: 1}}, {WRITTEN}] # x\na: 1\n"),
        ("exclude: []\n", f"exclude: [{WRITTEN}]\n"),
        (
            "exclude:   # vetoed\n- {visit: 1}   # one\n# more\na: 1\n",
            "exclude:   # vetoed\n- {visit: 1}   # one\n# more\n- visit: 5\n  steps: [one]\n"
            '  because: "corrupt: raw # 1"\n  ticket: DM-1\na: 1\n',
        ),
        (
            "exclude:\r\n  - visit: 1\r\na: 1\r\n",
            "exclude:\r\n  - visit: 1\r\n  - visit: 5\r\n    steps: [one]\r\n"
            '    because: "corrupt: raw # 1"\r\n    ticket: DM-1\r\na: 1\r\n',
        ),
    ],
)
def test_an_entry_is_added_and_nothing_else_is_touched(old: str, new: str) -> None:
    assert add_item("x.yaml", old.encode(), "exclude", ENTRY).decode() == new
    before, after = value(old.encode()), value(new.encode())
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert after["exclude"] == [*(before.get("exclude") or []), ENTRY]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("exclude: {visit: 1}\n", EditError),
        ("exclude: text\n", EditError),
        ("- a\n", EditError),
        ("base: &x [{visit: 1}]\nexclude: *x\n", EditError),
        ("exclude: [\n", InputError),
    ],
)
def test_what_can_not_be_added_to_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        add_item("x.yaml", text.encode(), "exclude", ENTRY)
