"""`./dev check`: what CI runs, in the same order; `./dev test [ARGS]`: only the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from clarin_web.local.home import ROOT
from clarin_web.local.system import ensure_libmagic

BIN = Path(sys.executable).parent
STEPS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "layers": ["lint-imports", "--no-cache"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
}
# One more than there are cores: tests of whole processes mostly wait for them.
WORKERS = min((os.cpu_count() or 1) + 1, 6)
WHOLE_SUITE = ["-n", str(WORKERS), "--costs"]  # shared out by tests/support/order.py


def main(arguments: Sequence[str]) -> int:
    """Every step runs once, so that one look shows all that is wrong; a test that fails has no second chance."""
    failed: list[str] = []
    if "--only-tests" not in arguments:
        failed += [name for name, command in STEPS.items() if not _passes(name, command)]
    rest = [argument for argument in arguments if argument != "--only-tests"]
    if not _passes("tests", ["pytest", *(rest or WHOLE_SUITE)], before=ensure_libmagic):
        failed.append("tests")
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _passes(name: str, command: Sequence[str], before=None) -> bool:  # type: ignore[no-untyped-def]
    started = time.monotonic()
    if before:
        before()
    print(f"── {name}", flush=True)
    program, *arguments = command
    ended = subprocess.run([str(BIN / program), *arguments], cwd=ROOT, env=os.environ)
    print(
        f"── {name} {'ok' if ended.returncode == 0 else 'FAILED'} in {time.monotonic() - started:.1f}s",
        flush=True,
    )
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
