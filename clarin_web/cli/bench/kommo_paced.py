"""`./dev bench kommo --paced`: a whole first import at the configured rate, by one worker process over real HTTP.

Nothing is kept or opened wide: Kommo's simulator in a process of its own counts what reaches it, and the worker takes
its turns of the installation's real pace.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import click
import httpx
from sqlalchemy import func, select

from clarin_web.config import settings
from clarin_web.db import execute, tenant
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.sync import sync
from clarin_web.models import Contact, Lead

HEAD = (
    "| leads | contacts | requests | bound, s | wall, s | ratio | busiest second | memory, MB | worker CPU, s |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Paced:
    """What the worker said of itself, and what Kommo saw."""

    wall: float
    cpu: float
    memory: float
    requests: int
    busiest: int
    leads: int
    contacts: int


def import_paced(account_id: int, url: str) -> Paced:
    """Run the worker until everything is imported. Its connection exists already."""
    env = {**os.environ, "KOMMO_ALLOWED_HOSTS": urlsplit(url).netloc}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "bench", "kommo-worker", str(account_id)]
    with httpx.Client(base_url=url, headers={"X-Sim": "1"}, trust_env=False, timeout=120) as control:
        control.delete("/_sim/requests").raise_for_status()
        output = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
        requests = len(control.get("/_sim/requests").json()["requests"])
        checked = control.get("/_sim/check", params={"rate": settings().kommo_rate}).json()
    if checked["broken"]:
        raise click.ClickException("\n".join(checked["broken"]))
    said = json.loads(output.splitlines()[-1])
    with tenant(account_id):
        counts = [execute(select(func.count(model.id))).scalar_one() for model in (Lead, Contact)]
    return Paced(said["wall"], said["cpu"], said["memory"], requests, checked["peak"], *counts)


def report(paced: Paced) -> str:
    """A table of one row, and the machine."""
    rate = settings().kommo_rate
    bound = paced.requests / rate
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    about = f"{os.cpu_count()} cores, Python {platform.python_version()}, load average after {load}; {rate:g} requests a second"
    row = f"| {paced.leads:,} | {paced.contacts:,} | {paced.requests:,} | {bound:.1f} | {paced.wall:.1f} "
    row += f"| {paced.wall / bound:.3f} | {paced.busiest} | {paced.memory:.0f} | {paced.cpu:.0f} |"
    return "\n".join([f"{about}.", "", HEAD, row])


@click.command("kommo-worker", hidden=True)
@click.argument("account_id", type=int)
def kommo_worker(account_id: int) -> None:
    """What a worker does, visit after visit, in a process that did nothing else."""
    began, has_more = time.monotonic(), True
    with tenant(account_id):
        while has_more:
            connection = connection_of(account_id)
            if connection is None or connection.state in ("paused", "refused") or connection.failures:
                raise click.ClickException(f"the import stopped: {connection and connection.error}")
            with client_of(connection) as client:
                has_more = sync(account_id, connection.id, client)
    said = {"wall": time.monotonic() - began, "cpu": time.process_time(), "memory": _peak_memory()}
    click.echo(json.dumps(said))


def _peak_memory() -> float:
    """Megabytes. What getrusage tells begins with the memory of whoever started this process."""
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024
