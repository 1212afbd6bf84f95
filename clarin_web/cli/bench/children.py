"""What every bench does with the processes it starts: wait for them, end them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

import click

Found = TypeVar("Found")


def stop(*processes: subprocess.Popen[bytes], within: float = 15) -> None:
    """Asked all at once to end; who has not after `within` seconds is killed."""
    for process in processes:
        process.terminate()
    end = time.monotonic() + within
    for process in processes:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(look: Callable[[], Found | None], seconds: float, complaint: str, every: float = 0.1) -> Found:
    """What `look` finds, which is not None; a ClickException with the complaint when it never does."""
    end = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > end:
            raise click.ClickException(complaint)
        time.sleep(every)
    return found
