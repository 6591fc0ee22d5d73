from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Parsed while the tests are collected: a property test may have the recursion limit changed later on.
TESTS = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "tests").rglob("test_*.py"))}


def test_everybody_imports_only_whom_they_may() -> None:
    # A process of its own: the linter switches off the loggers of whoever calls it.
    command = "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())"
    options = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    made = subprocess.run([sys.executable, "-c", command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr


def asserting(function: ast.FunctionDef | ast.AsyncFunctionDef, helpers: set[str]) -> bool:
    """Whether a function can fail by itself: an assert, an expected error, or a helper that has one."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"raises", "warns", "fail"} or name in helpers:
                return True
    return False


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_asserts_something(path: Path) -> None:
    functions = [node for node in ast.walk(TESTS[path]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    helpers = {node.name for node in functions if not node.name.startswith("test_") and asserting(node, set())}
    empty = [node.name for node in functions if node.name.startswith("test_") and not asserting(node, helpers)]
    assert empty == []
