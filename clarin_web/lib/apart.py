"""Work done by a program of its own, which takes with it what it loaded: for processes that are many and small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LONGEST = 30.0  # seconds


class NotDone(Exception):
    """It failed, or took too long. Says nothing of what it was given."""


def done_apart(program: Path, given: bytes) -> bytes:
    """What this Python file answers on standard output. It may import libraries, but nothing of ours."""
    command = [sys.executable, "-I", str(program)]
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=LONGEST, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise NotDone(type(error).__name__) from None
