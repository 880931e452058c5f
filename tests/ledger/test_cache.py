"""The cache: the same answer with it, without it, and whatever became of its file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from event_samples import AT, BODIES, ID, OUTCOME
from hypothesis import given
from hypothesis import strategies as st
from ledgers import begin, claim_of, draft, ledger_on, workflow, write

from cmcompile.ledger import cache as cache_module
from cmcompile.ledger.cache import Cache, FileCache, Part, key_of
from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.ledger.packing import column_of, layout
from cmcompile.ledger.view import View, read_view
from cmcompile.model import event as e
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupRecord, GroupState, StepRecord, Workflow, WorkflowState
from cmcompile.state.fold import LedgerFolding

GROUPS = 60
WORKFLOWS = (
    Workflow("step1", "rescue.1", "w00", WorkflowState.PARTIAL, False, outcome=OUTCOME, restarts=2),
    Workflow("step1", "rescue.1", "w01", WorkflowState.UNKNOWN, True, Reason.TWO_RUNS, "\ud800 é", gate=ID),
    Workflow("step1", "rescue.1", "w02", WorkflowState.FAILED, False, mark="m", gated_at=AT, retiring=True),
)
RECORDS = (
    GroupRecord("step1", "1"),
    GroupRecord(
        "step1",
        "rescue.1",
        WORKFLOWS,
        GroupState.ACCEPTED,
        ("rescue.1@w00",),
        frozenset({"w01"}),
        decisions=frozenset({"a", "b"}),
        alone=GroupRecord("step1", "rescue.1"),
    ),
)


class Counting(MemoryStore):
    """A clone that counts the files it reads."""

    def __init__(self, remote: MemoryRemote, campaign: str) -> None:
        super().__init__(remote, campaign)
        self.read_ids = 0
        self.calls: list[str] = []

    def files(self, tip: Any, below: Any = None) -> Mapping[str, str]:
        self.calls.append("files")
        return super().files(tip, below)

    def read(self, ids: Any) -> Mapping[str, bytes]:
        found = super().read(ids)
        self.calls.append("read")
        self.read_ids += len(found)
        return found


@pytest.fixture(scope="module")
def full() -> MemoryRemote:
    """Make a ledger with events of every kind, in many shards."""
    made = MemoryRemote()
    begin(made)
    drafts = [claim_of(workflow(str(number))) for number in range(GROUPS)]
    drafts += [draft(subject, body, ID if subject.workflow else "") for subject, body in BODIES.values()]
    write(ledger_on(made), *drafts)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "view.json"


def view_of(remote: MemoryRemote, cache: Cache | None) -> tuple[View, Counting]:
    store = Counting(remote, "c")
    return read_view(store, store.tip(), LedgerFolding(), cache), store


def test_a_warm_cache_gives_the_same_view_and_reads_no_event(full: MemoryRemote, path: Path) -> None:
    cold, first = view_of(full, FileCache(path))
    assert first.read_ids > GROUPS
    warm, second = view_of(full, FileCache(path))
    assert warm == cold == view_of(full, None)[0]
    assert second.calls == []


def test_the_order_of_everything_is_the_same(full: MemoryRemote, path: Path) -> None:
    cold, _ = view_of(full, FileCache(path))
    warm, _ = view_of(full, FileCache(path))
    assert list(warm.state.groups) == list(cold.state.groups)
    assert list(warm.state.steps) == list(cold.state.steps)
    assert list(warm.parts) == list(cold.parts)


def damaged() -> dict[str, Callable[[bytes], bytes]]:
    def other_version(data: bytes) -> bytes:
        return data.replace(data.split()[2], b"0" * 64)

    def other_rows(data: bytes) -> bytes:
        """Keep the first line, and change one name below it."""
        return data.replace(b'"step1', b'"step2')

    return {
        "empty": lambda data: b"",
        "truncated in the first line": lambda data: data[:20],
        "truncated": lambda data: data[:-100],
        "longer": lambda data: data + b" ",
        "garbage": lambda data: bytes(range(256)) * 100,
        "one bit": lambda data: data[:-500] + bytes([data[-500] ^ 1]) + data[-499:],
        "of another version": other_version,
        "other rows": other_rows,
        "json of something else": lambda data: b"[]",
    }


@pytest.mark.parametrize("damage", damaged())
def test_a_damaged_file_changes_nothing_and_is_made_again(
    full: MemoryRemote, path: Path, damage: str
) -> None:
    cold, _ = view_of(full, FileCache(path))
    whole = path.read_bytes()
    path.write_bytes(damaged()[damage](whole))
    again, store = view_of(full, FileCache(path))
    assert again == cold
    assert store.read_ids > GROUPS
    assert path.read_bytes() == whole


def test_sound_bytes_that_hold_no_columns_change_nothing(full: MemoryRemote, path: Path) -> None:
    """As from a mistake of this program: the digest is right, the columns are not."""
    cold, _ = view_of(full, None)
    key = key_of(LedgerFolding())
    path.parent.mkdir()
    for rest in (b"[]", b"[1, 2]", b"[3, [null, 3, [[0], [], [], [], []]]]", b"[" * 10_000, b"\xff"):
        path.write_bytes(cache_module._first_line(key, rest) + b"\n" + rest)
        assert FileCache(path).load(key) == {}
        assert view_of(full, FileCache(path))[0] == cold


def test_a_file_of_another_user_is_not_read(
    full: MemoryRemote, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold, _ = view_of(full, FileCache(path))
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    again, store = view_of(full, FileCache(path))
    assert again == cold
    assert store.read_ids > GROUPS


def test_a_file_that_others_may_write_is_not_read(full: MemoryRemote, path: Path) -> None:
    view_of(full, FileCache(path))
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o622)
    _, store = view_of(full, FileCache(path))
    assert store.read_ids > GROUPS


def test_a_place_that_cant_be_written_changes_nothing(full: MemoryRemote, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "directory" / "view.json").mkdir(parents=True)
    cold, _ = view_of(full, None)
    for place in (tmp_path / "file" / "view.json", tmp_path / "directory" / "view.json"):
        assert view_of(full, FileCache(place))[0] == cold
    assert [p.name for p in (tmp_path / "directory").iterdir()] == ["view.json"]


def test_an_old_cache_saves_what_has_not_changed(path: Path) -> None:
    remote = MemoryRemote()
    begin(remote)
    ledger = ledger_on(remote)
    write(ledger, *[claim_of(workflow(str(number))) for number in range(GROUPS)])
    view_of(remote, FileCache(path))
    before = path.read_bytes()
    write(ledger, draft(e.Subject("step1", "7"), e.Rejected(("7@w00",), "dark")))
    warm, store = view_of(remote, FileCache(path))
    assert warm == view_of(remote, None)[0]
    assert store.calls == ["files", "read"]
    assert store.read_ids <= 4
    # So little is read again next time that writing all would cost more.
    assert path.read_bytes() == before
    write(ledger, *[claim_of(workflow(str(number), 1)) for number in range(GROUPS)])
    view_of(remote, FileCache(path))
    assert path.read_bytes() != before


def test_the_key_changes_with_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folding = LedgerFolding()
    key = key_of(folding)
    assert key_of(LedgerFolding()) == key
    sources = {"cmcompile.model": "states.py", "cmcompile.ledger.cache": "view.py"}
    keys = {key}
    for module, name in {**sources, LedgerFolding.__module__: "workflow.py"}.items():
        real = cache_module._sources(module)
        assert name in {source.name for source in real}
        changed = tmp_path / name
        changed.write_bytes(next(s for s in real if s.name == name).read_bytes() + b"\n")
        with monkeypatch.context() as patch:
            listed = cache_module._sources
            patch.setattr(
                cache_module,
                "_sources",
                lambda asked, module=module, name=name, changed=changed, listed=listed: [
                    changed if asked == module and source.name == name else source for source in listed(asked)
                ],
            )
            keys.add(key_of(folding))
    assert len(keys) == 4
    monkeypatch.setattr(cache_module, "VERSION", "0.0.0")
    assert key_of(folding) not in keys


# Columns.


@given(st.lists(st.sampled_from(RECORDS), max_size=9), st.lists(st.sampled_from(sorted(BODIES)), max_size=9))
def test_records_come_back_from_columns(records: list[GroupRecord], names: list[str]) -> None:
    claims = [body for name in names for _, body in [BODIES[name]] if isinstance(body, e.Claimed)]
    groups = tuple(records) + tuple(
        GroupRecord("s", str(n), (Workflow("s", str(n), "w00", WorkflowState.CLAIMED, True, claim=claim),))
        for n, claim in enumerate(claims)
    )
    parts = [
        Part("s/ab", ("runs:1",), groups, (StepRecord("s", chained=("1@w00",)), StepRecord("t"))),
        Part(
            "s/", (), (), (), (e.Unreadable("x", None, "foreign"), e.Unreadable("y", e.Subject("s"), "bad"))
        ),
    ]
    column = column_of(Part)
    again = column.unpack(json.loads(json.dumps(column.pack(parts))), len(parts))
    assert again == parts


@given(st.lists(st.one_of(st.integers(0, 3), st.booleans(), st.none(), st.text(max_size=2)), max_size=20))
def test_plain_values_come_back_as_what_they_were(values: list[object]) -> None:
    column = column_of(str | int | bool | None)
    again = column.unpack(json.loads(json.dumps(column.pack(values))), len(values))
    assert [(type(value), value) for value in again] == [(type(value), value) for value in values]


_TEXTS = st.one_of(st.text(max_size=2), st.sampled_from(["|", "~", ";", ",", " ", "|~", "\ud800", "\x7f"]))


@given(st.lists(_TEXTS, max_size=30), st.sampled_from([1, 2, 40, 70, 200]))
def test_texts_come_back_whatever_stands_in_them(some: list[str], times: int) -> None:
    for values in (some, some * times, [f"{text}{at}" for at, text in enumerate(some * times)]):
        for hint in (str, str | None):
            column = column_of(hint)
            assert column.unpack(json.loads(json.dumps(column.pack(values))), len(values)) == values


@pytest.mark.parametrize("kinds", [1, 2, 60, 82, 83, 84, 85, 90, 300])
def test_a_few_values_come_back_however_many(kinds: int) -> None:
    for values in ([at % kinds for at in range(1000)], [at // 400 * at % kinds for at in range(1000)]):
        for column in (column_of(int), column_of(str | int | None)):
            assert column.unpack(json.loads(json.dumps(column.pack(values))), 1000) == values


def test_what_is_made_once_is_packed_once() -> None:
    wms = [e.WmsRef("a"), e.WmsRef("b")]
    values = [wms[at % 2] for at in range(50)] + [e.WmsRef("a") for _ in range(5)]
    column = column_of(e.WmsRef)
    packed = column.pack(values)
    assert packed[1] == 2
    again = column.unpack(json.loads(json.dumps(packed)), len(values))
    assert again == values
    assert len({id(value) for value in again}) == 2


@pytest.mark.parametrize(
    "packed", [[1, ["a"], "#$"], [1, ["a"], "\x01"], [1, ["a"], "é"], [2, ["a"], [1]], [5], {}]
)
def test_what_was_never_packed_is_refused(packed: object) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        column_of(str).unpack(packed, 2)


@dataclass(frozen=True, slots=True)
class _Checked:
    a: int

    def __post_init__(self) -> None: ...


@dataclass(frozen=True)
class _Open:
    a: int


@pytest.mark.parametrize(
    "hint", [float, list[str], str | list[str], dict[int, str], _Checked, _Open, tuple[()]]
)
def test_what_has_no_column_is_told(hint: Any) -> None:
    with pytest.raises((TypeError, IndexError)):
        column_of(hint)


def test_the_layout_names_every_field() -> None:
    text = layout(Part)
    assert "GroupRecord" in text
    assert "former_run_id" in text
    assert "two_gates" in text
    assert layout(Part) != layout(GroupRecord)
