"""Compiling with the help of a former compilation: groups, digests and findings are the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cmcompile.compiler.compile import compile_again, compile_spec, expand_again, expand_spec
from cmcompile.compiler.kept.content import digest_of
from cmcompile.compiler.kept.form import Former, Kept, KeptStep
from cmcompile.compiler.kept.keep import kept_includes, kept_step
from cmcompile.compiler.kept.keys import READ
from cmcompile.compiler.kept.packing import pack, unpack
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.step import MadeGroups
from cmcompile.model.campaign import Layer, Spec
from cmcompile.model.group import EMPTY, Group, Part, SentGroups
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[2]
CAMPAIGNS = sorted(path.name for path in (ROOT / "campaigns").iterdir() if (path / "campaign.yaml").exists())


def spec_of(name: str) -> Spec:
    """Return a campaign of the repository."""
    spec, _ = load(WorkingTree(ROOT), f"campaigns/{name}/campaign.yaml")
    assert spec is not None
    return spec


def kept_of(result: Compilation) -> Kept:
    """Return what is kept of a compilation without sent groups."""
    steps = {}
    for step in result.spec.steps:
        found = kept_step(result, step, {}, {}, {}, lambda *_: ())
        if found is not None:
            steps[step.name] = found
    return Kept({}, {}, {}, (), steps, result.written, kept_includes(result.includes))


def former_of(kept: Kept) -> Former:
    """Return a former compilation of which all may be used."""
    return Former(kept.steps, {}, same=True, sent={}, written=kept.written, includes=kept.includes)


def nobody() -> SentGroups:
    """Stand for a ledger that must not be asked."""
    raise AssertionError("sent groups are asked for")


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_all_is_taken_and_the_same(name: str) -> None:
    plain = compile_spec(spec_of(name))
    kept = unpack(pack(kept_of(plain)))
    again = compile_again(spec_of(name), nobody, former_of(kept))
    # Steps whose groups read the outputs of another step's groups are written each time.
    assert len(again.rows) >= len(plain.groups) / 2
    assert list(again.groups) == [
        replace(made, data=b"", where="", clauses=())
        if (made.group.step, made.group.id) in again.rows
        else made
        for made in plain.groups
    ]
    assert again.findings == plain.findings
    assert again.written == plain.written
    assert again.collects == plain.collects
    # Files that were made for the jobs of a group have no bytes either.
    assert {p: (f.source, f.source and f.data) for p, f in again.includes.items()} == {
        p: (f.source, f.source and f.data) for p, f in plain.includes.items()
    }
    assert expand_again(spec_of(name), nobody, former_of(kept)).steps == expand_spec(spec_of(name)).steps


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_what_is_kept_comes_back_from_its_bytes(name: str) -> None:
    kept = kept_of(compile_spec(spec_of(name)))
    back = unpack(pack(kept))
    assert back == kept
    assert pack(back) == pack(kept)
    # Parts that groups of a product share are shared again.
    for step in kept.steps:
        parts = [{id(p) for g in k.steps[step].groups.first for p in g.parts} for k in (kept, back)]
        assert len(parts[0]) == len(parts[1])


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_compiling_reads_no_other_keys_of_layers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(name)
    read: set[str] = set()
    get = Layer.get

    def noted(layer: Layer, key: str) -> Node | None:
        read.add(key)
        return get(layer, key)

    monkeypatch.setattr(Layer, "get", noted)
    compile_spec(spec, EMPTY)
    # Links never get into a file: they are checked anew each time, whatever is kept.
    assert read == {*READ, "links"}


PARTS = [
    Part("visit", "visit", "1", 1, (-5, 0, 2**63 - 1), 1, last=True, bounds=(0, 9)),
    Part("visit", "visit", "02", 2, (1, 2)),
    Part("visit", "visit", "3", None, (2**63,)),
    Part("band", None, "g", None, ("g", "\udc80é")),
    Part("band", None, "mixed", None, (1, "1")),
    Part("band", None, "none", None, ()),
]


def test_parts_of_all_kinds_come_back() -> None:
    first = tuple(Group("s", str(n), (part, PARTS[0])) for n, part in enumerate(PARTS))
    rescue = Group("s", "r.1", (PARTS[1],), "r", "1", ("1", "2"), {"visit": (1,), "band": ("g", 2)})
    ranges = {id(PARTS[0]): (PARTS[0], ((-5, 2**63 - 1),)), id(PARTS[1]): (PARTS[1], ((1, 1), (2, 2)))}
    groups = MadeGroups(first, ((rescue,), ()))
    step = KeptStep("k", settled=True, findings=(), groups=groups, sent={"r.1": "d", "0": ""}, ranges=ranges)
    back = unpack(pack(Kept({"l": ("k", ("", "a"))}, {"f": "d"}, {"s/00": ("t",)}, (), {"s": step})))
    found = back.steps["s"]
    assert (found.groups, found.sent, found.settled) == (groups, step.sent, True)
    assert dict(found.ranges.values()) == dict(ranges.values())
    shared = [group.parts[1] for group in found.groups.first]
    assert all(part is shared[0] for part in shared)
    assert (back.lists, back.shards) == ({"l": ("k", ("", "a"))}, {"s/00": ("t",)})


def _scalar(value: int | str, line: int, file: str = "a") -> Scalar:
    return Scalar(value, Span(file, line, 1))


def test_content_leaves_lines_out_but_not_what_is_one_place() -> None:
    def items(*lines: int, file: str = "a") -> Sequence:
        return Sequence(tuple(_scalar("x", line, file) for line in lines), Span("a", 1, 1))

    assert digest_of(items(2, 3)) == digest_of(items(7, 9))
    assert digest_of(items(2, 3)) != digest_of(items(2, 2))
    assert digest_of(items(2, 3)) != digest_of(items(2, 3, file="b"))


@pytest.mark.parametrize("other", ["1", 1.0, True, None, ("1",), {"a": 1}])
def test_content_tells_values_apart(other: object) -> None:
    assert digest_of(1) != digest_of(other)


def test_content_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError):
        digest_of({1, 2})
    with pytest.raises(TypeError):
        digest_of(Mapping)
