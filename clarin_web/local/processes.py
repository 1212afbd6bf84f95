"""Starting programs that never outlive us, waiting until they answer, stopping them with patience."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
Patience = Sequence[tuple[signal.Signals, float]]


class LocalError(RuntimeError):
    """Something about this machine stops us; the text tells a person what to do."""


def die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """For preexec_fn: the kernel sends `sig` when we die, even by kill -9. Linux only; elsewhere the next
    start finds and stops what was left."""
    parent = os.getpid()
    libc = ctypes.CDLL(None) if LINUX else None

    def in_child() -> None:
        if libc is None:
            return
        libc.prctl(PR_SET_PDEATHSIG, sig)
        if os.getppid() != parent:  # we died between fork and prctl
            os._exit(1)

    return in_child


def spawn(
    command: Sequence[str | Path],
    *,
    stop: signal.Signals,
    output: IO[Any] | int,
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """A child in its own session, so that the terminal's Ctrl-C reaches only the supervisor."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
        preexec_fn=die_with_parent(stop),
        **options,
    )


def wait_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], name: str, log: Path) -> None:
    """Return when `ready()` holds; raise with the end of the log when the program dies or takes 30 s."""
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        if ready():
            return
        time.sleep(0.01)
    lines = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
    tail = "\n".join(lines)
    raise LocalError(f"{name} did not start (exit {process.poll()}); the end of {log}:\n{tail}")


def stop(process: subprocess.Popen[bytes], patience: Patience) -> None:
    """Send each signal in turn until the process ends."""
    for sig, seconds in patience:
        if process.poll() is not None:
            return
        process.send_signal(sig)
        try:
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue


def kill_group(process: subprocess.Popen[bytes], sig: signal.Signals = signal.SIGKILL) -> None:
    """Signal the process and the children that share its session; a group already gone is what we wanted."""
    try:
        os.killpg(process.pid, sig)
    except ProcessLookupError:
        return
