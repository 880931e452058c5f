"""Who may import whom: rooms in one direction only, no cycles, heavy packages late."""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = "cmcompile"
ROOT = Path(__file__).parents[2]

_ALL = frozenset({"*"})
ROOMS: dict[str, frozenset[str]] = {
    "model": frozenset(),
    "spec": frozenset({"model", "git"}),
    "bps": frozenset({"model"}),
    "batch": frozenset({"model"}),
    "compiler": frozenset({"model", "bps", "batch"}),
    "state": frozenset({"model"}),
    "plan": frozenset({"model", "state"}),
    "rescue": frozenset({"model", "bps", "batch", "compiler", "state"}),
    # What others wrote, as specs.
    "imports": frozenset({"model", "spec", "bps", "compiler", "rescue"}),
    "git": frozenset({"model"}),
    "ledger": frozenset({"model", "git"}),
    # What supervised runs left on disk is read from there; its records import no lsst.
    "observe": frozenset({"model", "engine", "web", "batch", "signals"}),
    "apply": frozenset({"plan", "state", "compiler", "model"}),
    "reconcile": _ALL - {"cli"},
    "engine": frozenset({"model"}),
    # The child that talks to BPS: it runs in the campaign's environment, with the standard library and lsst.
    "driver": frozenset({"apply", "ledger", "engine", "model", "batch", "catalog"}),
    "init": frozenset({"model"}),
    "quickstart": frozenset({"model", "git", "init"}),
    "report": frozenset({"model"}),
    # Pages of ledgers, as bytes.
    "site": frozenset({"model", "report"}),
    # Checks before a campaign is sent: what is to be asked, and what answers come to.
    "doctor": frozenset({"model", "report"}),
    # One exchange over HTTP at a time; who asks what is for those above.
    "web": frozenset({"model"}),
    "tell": frozenset({"model", "web"}),
    # What a payload sends on a worker, and what becomes of it: the standard library only.
    "signals": frozenset({"model"}),
    # Which outputs of jobs there are, in a database; and which jobs need not run for that.
    "catalog": frozenset({"model", "batch", "signals"}),
    # What is simulated knows the contracts only; what drives it runs the real rooms (ADR 0015).
    "sim.far": frozenset({"model"}),
    "sim": _ALL,
    "cli": _ALL,
}
PURE = ("model", "bps", "batch", "compiler", "state", "plan", "rescue", "imports", "report", "doctor", "site")
#: A pure room takes everything as arguments: no clock, no environment, no input or output.
IMPURE = frozenset(
    {"os", "subprocess", "socket", "time", "random", "secrets", "tempfile", "shutil", "glob"}
    | {"threading", "asyncio", "urllib.request"}
)
#: Slow to import, or not there for everybody.
LATE = ("lsst", "rich", "requests", "sqlalchemy")
FORBIDDEN_NAMES = frozenset({"util", "utils", "helper", "helpers", "misc"})


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    importer: str
    target: str
    line: int
    late: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def modules_below(root: Path) -> dict[str, str]:
    """Return the text of each module of the package by its dotted name."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


def imports_of(modules: Mapping[str, str]) -> list[Import]:
    """Return all imports, also those in functions and those for type checking."""
    packages = {name.rpartition(".")[0] for name in modules} | {PACKAGE}
    found = []
    for importer, text in modules.items():
        for node, late in statements(ast.parse(text), late=False):
            found += [
                Import(importer, target, node.lineno, late)
                for target in targets(node, importer, modules, packages)
            ]
    return found


def statements(node: ast.AST, *, late: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Return import statements; late are those in a function, and those that are for types only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, late
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        typing = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        yield from statements(child, late=late or inside or typing)


def targets(
    node: ast.Import | ast.ImportFrom, importer: str, modules: Mapping[str, str], packages: set[str]
) -> list[str]:
    """Return what a statement imports: the module itself where a name is one, else where the name is."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        up = node.level - (importer in packages)
        home = importer.rsplit(".", up)[0] if up else importer
        base = f"{home}.{base}".rstrip(".")
    full = [f"{base}.{alias.name}" for alias in node.names]
    return [name if name in modules else base for name in full]


def room_of(module: str) -> str:
    """Return the room of a module; empty for the package itself and modules beside the rooms."""
    parts = module.split(".")
    inner = ".".join(parts[1:3])
    if inner in ROOMS:
        return inner
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


def is_ours(module: str) -> bool:
    return module.split(".")[0] == PACKAGE


def wrong_directions(modules: Mapping[str, str]) -> list[str]:
    wrong = []
    for found in imports_of(modules):
        here, there = room_of(found.importer), room_of(found.target)
        if not is_ours(found.target) or here == there or (not there and here != "model"):
            continue
        allowed = ROOMS.get(here, frozenset())
        # Reconcile and the command line stand above the other rooms; nothing imports the command line.
        if there in allowed or ("*" in allowed and there != "cli"):
            continue
        wrong.append(str(found))
    return wrong


def cycle(modules: Mapping[str, str]) -> list[str]:
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for found in imports_of(modules):
        if found.target in modules:
            graph[found.importer].add(found.target)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def early(modules: Mapping[str, str]) -> list[str]:
    return [
        str(found)
        for found in imports_of(modules)
        if not found.late
        and found.target.split(".")[0] in LATE
        and not (found.target.split(".")[0] == "lsst" and room_of(found.importer) == "engine")
    ]


def foreign_in_model(modules: Mapping[str, str]) -> list[str]:
    return [
        str(found)
        for found in imports_of(modules)
        if room_of(found.importer) == "model"
        and not is_ours(found.target)
        and found.target.split(".")[0] not in sys.stdlib_module_names
    ]


def impure(modules: Mapping[str, str]) -> list[str]:
    return [
        str(found)
        for found in imports_of(modules)
        if room_of(found.importer) in PURE and IMPURE & {found.target, found.target.split(".")[0]}
    ]


@pytest.fixture(scope="module")
def modules() -> dict[str, str]:
    found = modules_below(ROOT)
    assert f"{PACKAGE}.model.diagnostic" in found
    return found


def test_rooms_import_in_one_direction(modules: dict[str, str]) -> None:
    assert wrong_directions(modules) == []


def test_every_module_is_in_a_room(modules: dict[str, str]) -> None:
    beside = {name for name in modules if not room_of(name)}
    assert beside <= {PACKAGE, f"{PACKAGE}.version", f"{PACKAGE}.__main__"}


def test_there_are_no_cycles(modules: dict[str, str]) -> None:
    assert cycle(modules) == []


def test_heavy_packages_are_imported_in_functions(modules: dict[str, str]) -> None:
    assert early(modules) == []


def test_the_model_needs_the_standard_library_only(modules: dict[str, str]) -> None:
    assert foreign_in_model(modules) == []


def test_pure_rooms_have_no_clock_environment_or_io(modules: dict[str, str]) -> None:
    assert impure(modules) == []


def test_no_module_is_a_drawer(modules: dict[str, str]) -> None:
    assert [name for name in modules if FORBIDDEN_NAMES & set(name.split("."))] == []


@pytest.mark.parametrize(
    ("importer", "text"),
    [
        ("cmcompile.model.a", "from cmcompile.spec import x"),
        ("cmcompile.model.a", "from cmcompile.version import VERSION"),
        ("cmcompile.model.a", "def f() -> None:\n    import cmcompile.cli.main"),
        ("cmcompile.report.a", "if TYPE_CHECKING:\n    from ..spec.reader import x"),
        ("cmcompile.report", "from ..compiler import x"),
        ("cmcompile.reconcile.a", "from cmcompile import cli"),
        ("cmcompile.compiler.a", "from cmcompile.git import x"),
        ("cmcompile.sim.far.a", "from cmcompile.apply import x"),
        ("cmcompile.sim.a", "from cmcompile import cli"),
        ("cmcompile.version", "from cmcompile.model import x"),
    ],
)
def test_a_wrong_direction_is_seen(importer: str, text: str) -> None:
    known = dict.fromkeys(("cmcompile", "cmcompile.spec.reader", "cmcompile.cli", "cmcompile.cli.main"), "")
    assert wrong_directions({**known, importer: text}) != []


@pytest.mark.parametrize(
    ("importer", "text"),
    [
        ("cmcompile.spec.a", "from cmcompile.git.tree import x"),
        ("cmcompile.cli.a", "from cmcompile.compiler import x\nfrom . import b\nimport os"),
        ("cmcompile.report.a", "from .b import x\nfrom cmcompile.version import VERSION"),
        ("cmcompile.reconcile.a", "from cmcompile.apply import x"),
    ],
)
def test_a_right_direction_is_let_through(importer: str, text: str) -> None:
    assert wrong_directions({importer: text}) == []


def test_a_cycle_is_seen_through_functions_and_packages() -> None:
    modules = {
        "cmcompile.spec": "from cmcompile.spec import a",
        "cmcompile.spec.a": "def f() -> None:\n    from .b import x",
        "cmcompile.spec.b": "from cmcompile.spec.c import x",
        "cmcompile.spec.c": "if TYPE_CHECKING:\n    from . import a",
    }
    assert set(cycle(modules)) == {f"cmcompile.spec.{name}" for name in "abc"}


def test_other_rules_are_able_to_fail() -> None:
    assert early({"cmcompile.bps.a": "from lsst.ctrl.bps import x"})
    assert early({"cmcompile.engine.a": "import requests"})
    assert not early({"cmcompile.engine.a": "import lsst.ctrl.bps"})
    assert not early({"cmcompile.bps.a": "def f() -> None:\n    import lsst.ctrl.bps"})
    assert foreign_in_model({"cmcompile.model.a": "def f() -> None:\n    import yaml"})
    assert impure({"cmcompile.compiler.a": "from os import path"})
    assert impure({"cmcompile.report.a": "import urllib.request"})
