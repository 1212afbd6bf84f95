"""Work done by a program of its own, which takes with it what it loaded: for processes that are many and small."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LONGEST = 30.0  # seconds


class NotDone(Exception):
    """It failed, or took too long. Says nothing of what it was given."""


def done_apart(program: Path, given: bytes = b"", arguments: Sequence[str] = ()) -> bytes:
    """What this Python file answers on standard output. It imports libraries, and of ours what it puts on its path."""
    command = [sys.executable, "-I", str(program), *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, timeout=LONGEST, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise NotDone(type(error).__name__) from None
