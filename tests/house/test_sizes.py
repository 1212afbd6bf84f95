"""Small on purpose (CONTRIBUTING.md): a file or function past these lines wants splitting by noun."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = sorted((ROOT / "clarin_web").rglob("*.py"))
FUNCTION_STOP, FILE_STOP, PAGE_STOP, SCRIPT_STOP, STYLE_STOP = 50, 300, 120, 150, 400


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [
        (f"{path.relative_to(ROOT)}:{n.lineno} {n.name}", (n.end_lineno or n.lineno) - n.lineno + 1)
        for n in found
    ]


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_functions_are_short():
    measured = [item for path in CODE for item in functions(path)]
    too_long = [f"{name}: {size} lines" for name, size in measured if size > FUNCTION_STOP]
    assert not too_long, f"over {FUNCTION_STOP} lines; find the steps and name them:\n" + "\n".join(too_long)
    assert statistics.median(size for _, size in measured) < 10


def test_files_are_short():
    limits = {"*.py": FILE_STOP, "*.html": PAGE_STOP, "*.js": SCRIPT_STOP, "*.css": STYLE_STOP}
    folders = [ROOT / name for name in ("clarin_web", "templates", "static/js", "static/css", "tests")]
    too_long = [
        f"{path.relative_to(ROOT)}: {lines(path)} lines"
        for folder in folders
        for pattern, stop in limits.items()
        for path in sorted(folder.rglob(pattern))
        if lines(path) > stop
    ]
    assert not too_long, "split by noun:\n" + "\n".join(too_long)


def test_every_module_says_what_lives_in_it():
    silent = [
        str(path.relative_to(ROOT)) for path in CODE if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent, "a module opens with 1-5 lines: what lives here, what does not:\n" + "\n".join(silent)
