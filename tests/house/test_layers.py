"""The house's floors: imports go down only. The contracts are in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KNOW_FLASK = {
    "views",
    "forms",
    "answers",
    "filters",
    "access",
    "web",
    "app",
    "cli",
    "navigation",
    "broadcasts",
}


def test_the_import_contracts_hold():
    linter = Path(sys.executable).parent / "lint-imports"
    said = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stdout


def test_only_the_edge_knows_flask():
    guilty = []
    for path in sorted((ROOT / "clarin_web").rglob("*.py")):
        parts = {part.removesuffix(".py") for part in path.relative_to(ROOT / "clarin_web").parts}
        if parts & KNOW_FLASK or "local" in parts or "demo" in parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "flask" for name in names):
                guilty.append(str(path.relative_to(ROOT)))
    assert not guilty, "actions, queries and jobs know no Flask: " + ", ".join(guilty)


def test_the_environment_is_read_in_one_place():
    allowed = {"config.py", "local", "demo", "bench", "neonize_gateway", "protos.py"}
    guilty = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "clarin_web").rglob("*.py"))
        if "os.environ" in path.read_text() and not set(path.relative_to(ROOT / "clarin_web").parts) & allowed
    ]
    assert not guilty, "settings come from clarin_web.config: " + ", ".join(guilty)
