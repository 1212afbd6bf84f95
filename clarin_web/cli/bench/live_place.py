"""A whole Clarin and a simulated Kommo beside it, in a folder and on ports of their own, for as long as a block."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import httpx

from clarin_web.cli.bench.children import stop
from clarin_web.demo.kommo_server.server import TOKEN
from clarin_web.lib.ports import reserved

START_WITHIN = 180.0
# Of the Clarin that measures: the one under measurement has its own.
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CLARIN_STATE_DIR", "CLARIN_ORIGIN", "KOMMO_RATE")
EMAIL = "owner@clarin.local"


@dataclass(frozen=True, slots=True)
class Place:
    """Where both are, and how to sign in."""

    clarin: str
    password: str
    kommo: str
    token: str = TOKEN

    def truth(self, kind: str) -> dict[int, dict[str, Any]]:
        """What Kommo holds, by id."""
        with self._control() as control:
            return {int(id_): row for id_, row in control.get("/_sim/truth").json()[kind].items()}

    def rename(self, lead: int, name: str) -> None:
        """What somebody in Kommo does."""
        with self._control() as control:
            changed = {"kind": "leads", "id": lead, "fields": {"name": name}}
            control.post("/_sim/change", json=changed).raise_for_status()

    def peak(self, rate: float) -> dict[str, Any]:
        """The busiest second of Kommo's, and what was done that must not be."""
        with self._control() as control:
            return dict(control.get("/_sim/check", params={"rate": rate}).json())

    def _control(self) -> httpx.Client:
        return httpx.Client(base_url=self.kommo, headers={"X-Sim": "1"}, trust_env=False, timeout=30)


@contextmanager
def whole_place(leads: int) -> Iterator[Place]:
    """Both running; nothing of them is left after the block."""
    ports = [reserved(), reserved()]
    kommo = [sys.executable, "-m", "clarin_web.demo.kommo_server", "--seed", "1", "--leads", str(leads)]
    clarin = [sys.executable, "-m", "clarin_web.local.run", "--empty"]
    with tempfile.TemporaryDirectory(prefix="clarin-live-") as folder:
        log = Path(folder) / "run.log"
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {"CLARIN_HOME": f"{folder}/home", "PORT": str(ports[1]), "CLARIN_DEVICE_GATEWAY": "simulator"}
        env |= {"KOMMO_ALLOWED_HOSTS": f"127.0.0.1:{ports[0]}", "PYTHONUNBUFFERED": "1"}
        with _running([*kommo, "--port", str(ports[0])], env, log), _running(clarin, env, log) as process:
            address = _said(r"Clarin is at (\S+)", log, process)
            password = _said(r"[Pp]assword:?\s+(\S+)", log, process)
            yield Place(address, password, f"http://127.0.0.1:{ports[0]}")


@contextmanager
def _running(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with open(log, "ab") as output:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=output, start_new_session=True)
    try:
        yield process
    finally:
        stop(process, within=40)


def _said(pattern: str, log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.2)
    raise click.ClickException(f"Clarin did not start; it said:\n{log.read_text(errors='replace')[-3000:]}")
