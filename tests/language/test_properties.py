"""The same spec gives the same bytes: in any order of what has none, on any machine, again and again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_tools import BPS, Built, again, build_from, remember, write

DAYS = [20260101 + n for n in range(20)]

cuts = st.one_of(
    st.just(""),
    st.integers(1, 9).map(lambda n: f", size: {n}"),
    st.integers(1, 9).map(lambda n: f", count: {n}"),
    st.integers(1, 9).map(lambda n: f", size: {n}, order: descending"),
    st.integers(0, 9).map(lambda n: f", size: 3, first: {n}"),
)
weighted = st.one_of(cuts, st.integers(5, 30).map(lambda n: f", weight: w, size: {n}"))
AXES = {
    "tract": st.builds("{{by: tract, list: tracts{}}}".format, weighted),
    "day_obs": st.builds("{{by: day_obs, list: nights{}}}".format, st.one_of(cuts, st.just(", window: 3d"))),
    "visit": st.builds("{{by: visit, list: nights{}}}".format, cuts),
    "detector": st.builds("{{by: detector, values: 0..8{}}}".format, cuts),
    "run": st.builds("{{name: run, values: [f, C, a, B-1]{}}}".format, cuts),
}
splits = st.lists(st.sampled_from(list(AXES)), unique=True, min_size=1, max_size=3).flatmap(
    lambda names: st.tuples(*(AXES[name] for name in names)).map(lambda axes: f"[{', '.join(axes)}]")
)
tracts = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), min_size=1, max_size=20)
nights = st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 60)), min_size=1, max_size=20)
excluded = st.sets(st.integers(1, 60), max_size=3)


def spec(split: str, out: set[int], *, keys: random.Random | None = None) -> str:
    """Return a campaign; the keys of mappings come in another order with ``keys``."""
    listed = [
        "tracts: {file: t.txt, columns: [tract, w]}",
        "nights: {file: n.csv}",
    ]
    step = [f"split: {split}", "rescues: {r: {because: x}}"]
    parts = [
        f"lists: {{{', '.join(shuffled(listed, keys))}}}",
        "vars: {" + ", ".join(shuffled(["a: x", "b: '${{ a }}y'", "c: '${{ b }}z'"], keys)) + "}",
        BPS + "  project: '${{ c }}'",
        "steps:\n  s:\n    " + "\n    ".join(shuffled(step, keys)),
    ]
    if out:
        parts.append(f"exclude: [{{visit: [{', '.join(map(str, out))}], because: x}}]")
    return "\n".join(shuffled(parts, keys)) + "\n"


def shuffled(some: list[str], by: random.Random | None) -> list[str]:
    return some if by is None else by.sample(some, len(some))


def files(tract_rows: list[tuple[int, int]], night_rows: list[tuple[int, int]]) -> dict[str, str]:
    return {
        "t.txt": "".join(f"{tract} {weight}\n" for tract, weight in tract_rows),
        "n.csv": "day_obs,visit\n" + "".join(f"{day},{visit}\n" for day, visit in night_rows),
    }


def outcome(built: Built) -> object:
    """Return all that must not depend on order: bytes and findings without their places."""
    found = Counter((f.code.name, f.message) for f in built.findings)
    return {name: (g.path, g.data, g.digest) for name, g in built.groups.items()}, found


@settings(max_examples=60)
@given(splits, tracts, nights, excluded, st.randoms(use_true_random=False))
def test_order_of_rows_and_keys_does_not_matter(
    split: str,
    tract_rows: list[tuple[int, int]],
    night_rows: list[tuple[int, int]],
    out: set[int],
    by: random.Random,
) -> None:
    first = build_from(remember(spec(split, out), files(tract_rows, night_rows)))
    by.shuffle(tract_rows)
    by.shuffle(night_rows)
    second = build_from(remember(spec(split, out, keys=by), files(tract_rows, night_rows)))
    assert outcome(first) == outcome(second)


@settings(max_examples=30)
@given(splits, tracts, nights)
def test_comments_blanks_and_repeated_rows_do_not_matter(
    split: str, tract_rows: list[tuple[int, int]], night_rows: list[tuple[int, int]]
) -> None:
    plain = files(sorted(set(tract_rows)), night_rows)
    first = build_from(remember(spec(split, set()), plain))
    again_rows = files(sorted(set(tract_rows)), [*night_rows, *night_rows[:2]])
    noisy = {
        name: "# made by hand\n\n" + text.replace("\n", "\n   \n  # x\n", 2)
        for name, text in again_rows.items()
    }
    assert outcome(first) == outcome(build_from(remember(spec(split, set()), noisy)))


@settings(max_examples=60)
@given(splits, tracts, nights, excluded)
def test_every_id_is_in_one_group(
    split: str, tract_rows: list[tuple[int, int]], night_rows: list[tuple[int, int]], out: set[int]
) -> None:
    built = build_from(remember(spec(split, out), files(tract_rows, night_rows)))
    assert built.compilation is not None
    assert "CM041" not in built.found()
    first = [g.group for g in built.groups.values() if g.group.rescue is None]
    rows: dict[frozenset[str], list[dict[str, object]]] = {
        frozenset({"tract"}): [{"tract": t} for t, _ in tract_rows],
        frozenset({"day_obs", "visit"}): [{"day_obs": d, "visit": v} for d, v in night_rows if v not in out],
        frozenset({"detector"}): [{"detector": n} for n in range(9)],
        frozenset({"run"}): [{"run": r} for r in ("f", "C", "a", "B-1")],
    }
    for axes, wanted in rows.items():
        mine = [{p.axis: p for p in g.parts if p.axis in axes} for g in first]
        if not mine or not mine[0]:
            continue
        distinct = {tuple(p.key for p in parts.values()): parts for parts in mine}.values()
        for row in wanted:
            held = [1 for parts in distinct if all(row[axis] in p.ids for axis, p in parts.items())]
            assert len(held) == 1, row


def test_compiling_again_gives_the_same(tmp_path: Path) -> None:
    write(
        tmp_path,
        spec("[{by: tract, list: tracts, size: 2}]", set()),
        files([(3, 1), (1, 1), (2, 2)], [(20260101, 1)]),
    )
    assert outcome(again(tmp_path)) == outcome(again(tmp_path))


ROOT = Path(__file__).parents[2]
RUN = "from cmcompile.cli.main import main; main()"
#: Environments in which the bytes must be the same.
SURROUNDINGS = {
    "plain": {},
    "other hashes": {"PYTHONHASHSEED": "1"},
    "many hashes": {"PYTHONHASHSEED": "4711"},
    "C": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "far east": {"TZ": "Pacific/Kiritimati", "LC_ALL": "ja_JP.UTF-8"},
    "optimized": {"PYTHONOPTIMIZE": "2"},
}


def tree_digest(out: Path) -> str:
    digest = sha256()
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(out)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def compiled_in(surroundings: dict[str, str], out: Path, cwd: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **surroundings}
    command = [sys.executable, "-c", RUN, "compile", str(ROOT / "campaigns/dp02"), "-o", str(out)]
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return tree_digest(out)


@pytest.mark.parametrize("name", [n for n in SURROUNDINGS if n != "plain"])
def test_the_machine_does_not_matter(name: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert compiled_in(SURROUNDINGS[name], tmp_path / "a", elsewhere) == compiled_in({}, tmp_path / "b", ROOT)
