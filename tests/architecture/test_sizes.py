"""Small modules and short functions: what can be read at once can be checked."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for room in ("cmcompile", "bench") for path in (ROOT / room).rglob("*.py"))

MODULE_LINES = 400
FUNCTION_LINES = 60
WISHED_MEDIAN = 100


def long_functions(text: str) -> list[str]:
    found = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found]
    return [f"{name}: {lines} lines" for name, lines in lengths if lines > FUNCTION_LINES]


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_and_its_functions_are_short(path: Path) -> None:
    assert lines_of(path) <= MODULE_LINES
    assert long_functions(path.read_text(encoding="utf-8")) == []


def test_the_median_module_is_reported(record_property: Callable[[str, object], None]) -> None:
    """A wish, not a rule: a median above it is a reason to look, seen with ``-rP``."""
    median = statistics.median(lines_of(path) for path in MODULES)
    record_property("median_module_lines", median)
    print(f"median module: {median} lines (wished: below {WISHED_MEDIAN})")  # noqa: T201


def test_a_long_function_is_seen() -> None:
    body = "    pass\n" * FUNCTION_LINES
    assert long_functions(f"class A:\n  def f():\n{body}") == [f"f: {FUNCTION_LINES + 1} lines"]
    assert long_functions("def f():\n" + "    pass\n" * (FUNCTION_LINES - 1)) == []
