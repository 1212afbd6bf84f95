"""`./dev bench kommo`: how fast one worker process takes leads and contacts in, new and unchanged; or at what pace.

The simulated Kommo runs in a process of its own. Its answers are taken once and kept, so that what is measured is
our own work: JSON, mapping, PostgreSQL; not Kommo, not the network, not the limiter.
"""

from __future__ import annotations

import os
import platform
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
import httpx
from sqlalchemy import func, select

from clarin_web import db
from clarin_web.accounts.actions import create_account
from clarin_web.cli.bench import kommo_paced
from clarin_web.cli.bench.children import stop
from clarin_web.cli.seed import drop_account
from clarin_web.db import execute, tenant, transaction
from clarin_web.demo.kommo_server.server import TOKEN
from clarin_web.kommo import sync
from clarin_web.kommo.client import Client
from clarin_web.kommo.connecting import seal_token
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import streams_of
from clarin_web.lib.ports import reserved
from clarin_web.models import Contact, KommoConnection, Lead

WIDE_OPEN = 1_000_000.0
KOMMOS_RATE = 7  # above it the simulator refuses, as Kommo does
READY_IN = 300.0


class Kept(httpx.BaseTransport):
    """Answers by address, the first time from the server."""

    def __init__(self) -> None:
        self.http = httpx.HTTPTransport()
        self.answers: dict[str, tuple[int, bytes, str]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        key = str(request.url)
        if key not in self.answers:
            answer = self.http.handle_request(request)
            self.answers[key] = (answer.status_code, answer.read(), answer.headers.get("date", ""))
        status, content, date = self.answers[key]
        return httpx.Response(status, content=content, headers={"date": date})


@dataclass
class Spent:
    """Seconds by list, of the clock and of our own processor time."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)


@click.command("kommo")
@click.option("--leads", default=20_000, show_default=True, type=click.IntRange(500, 200_000))
@click.option("--paced", is_flag=True, help="At the configured rate, over real HTTP, in a worker of its own.")
def kommo(leads: int, paced: bool) -> None:
    """Import a generated Kommo of this many leads and as many contacts, then read all of it again unchanged."""
    made: list[int] = []
    try:
        if paced:
            with _simulator(leads, KOMMOS_RATE) as url:
                account_id = _account(url, made)
                click.echo(kommo_paced.report(kommo_paced.import_paced(account_id, url)))
        else:
            with _simulator(leads, int(WIDE_OPEN)) as url:
                click.echo(_wide_open(url, leads, made))
    finally:
        for account_id in made:
            db.release()
            drop_account(account_id)


def _wide_open(url: str, leads: int, made: list[int]) -> str:
    transport = Kept()
    _visit(_account(url, made), url, transport)  # only to have the answers
    first = _visit(_account(url, made), url, transport)
    again = _again(made[-1], url, transport)
    return _report(leads, first, again, _counts(made[-1]))


def _account(url: str, made: list[int]) -> int:
    """A new account connected to `url`."""
    account_id = create_account("Bench Kommo")
    made.append(account_id)
    with tenant(account_id), transaction() as session:
        connection = KommoConnection(account_id=account_id, base_url=url, token_sealed=b"")
        session.add(connection)
        session.flush()
        connection.token_sealed = seal_token(connection, TOKEN)
    return account_id


def _visit(account_id: int, url: str, transport: Kept) -> Spent:
    spent = Spent()
    with tenant(account_id):
        connection_id = execute(select(KommoConnection.id)).scalar_one()
        with Client(url, TOKEN, Limiter(None, WIDE_OPEN), transport) as client, _timed(spent):
            while sync.sync(account_id, connection_id, client, budget=3600):
                pass
    return spent


def _again(account_id: int, url: str, transport: Kept) -> Spent:
    """Every list from its beginning, while nothing changed."""
    with tenant(account_id), transaction():
        streams = streams_of(account_id, execute(select(KommoConnection.id)).scalar_one())
        for name in ("leads", "contacts", "companies"):
            streams[name].cursor = {}
    return _visit(account_id, url, transport)


@contextmanager
def _timed(spent: Spent) -> Iterator[None]:
    """Where each list's time goes."""
    read = sync._read

    def timed(visit, listed, deadline):  # type: ignore[no-untyped-def]
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return read(visit, listed, deadline)
        finally:
            spent.wall[listed.name] = spent.wall.get(listed.name, 0) + time.perf_counter() - wall
            spent.cpu[listed.name] = spent.cpu.get(listed.name, 0) + time.process_time() - cpu

    sync._read = timed
    try:
        yield
    finally:
        sync._read = read


def _counts(account_id: int) -> tuple[int, int]:
    with tenant(account_id):
        return (
            execute(select(func.count(Lead.id))).scalar_one(),
            execute(select(func.count(Contact.id))).scalar_one(),
        )


def _report(leads: int, first: Spent, again: Spent, counts: tuple[int, int]) -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        _row(f"{name}, {when}", count, spent.wall[name], spent.cpu[name])
        for when, spent in (("new", first), ("unchanged", again))
        for name, count in (("leads", counts[0]), ("contacts", counts[1]))
    ]
    head = "| rows | count | seconds | rows/s | of them our own CPU, s |\n|---|---|---|---|---|"
    about = f"{os.cpu_count()} cores, Python {platform.python_version()}, load average {load}; peak memory {memory:.0f} MB"
    return "\n".join([f"{leads:,} generated leads. {about} (kept answers included).", "", head, *rows])


def _row(name: str, count: int, wall: float, cpu: float) -> str:
    return f"| {name} | {count:,} | {wall:.2f} | {count / wall:,.0f} | {cpu:.2f} |"


@contextmanager
def _simulator(leads: int, rate: int) -> Iterator[str]:
    port = reserved()
    command = [sys.executable, "-m", "clarin_web.demo.kommo_server", "--port", str(port), "--generated"]
    process = subprocess.Popen(
        [*command, "--leads", str(leads), "--rate", str(rate)], stdout=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def _wait(port: int) -> None:
    until = time.monotonic() + READY_IN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
