"""The two waits people feel: send click → the wire, and the wire → somebody's browser."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime

import click
from sqlalchemy import select

from clarin_web.cli.bench import report
from clarin_web.cli.bench.children import wait_for
from clarin_web.cli.bench.load import Client
from clarin_web.cli.bench.pages import Page, Seller
from clarin_web.cli.bench.push import arrivals, listen, quiet
from clarin_web.cli.bench.whatsapp.office import Office
from clarin_web.db import execute, release, tenant
from clarin_web.models import Chat

TIMES, PATIENCE = 60, 60.0


def measure(office: Office, port: int) -> str:
    chat = _first_chat(office)
    clicks = [_click(office, port, chat) for _ in range(TIMES)]
    wires = _hear(office, port, chat)
    return (
        f"ms, p50 / p95 / p99: send click → wire {report.three(clicks)}; "
        f"wire → bubble in an open browser's socket {report.three(wires)}. {TIMES} messages each, one after the other."
    )


def _first_chat(office: Office) -> int:
    device = office.devices[0]
    office.worlds[device].plan([office.say(device, 0, datetime.now(UTC), "hola", "first")])
    return wait_for(lambda: _any_chat(office), PATIENCE, "the first message never came", 0.05)


def _any_chat(office: Office) -> int | None:
    with tenant(office.account_id):
        found = execute(select(Chat.id)).scalars().first()
    release()
    return found


def _click(office: Office, port: int, chat: int) -> float:
    """Until the simulated WhatsApp has it, by its own clock, which is ours."""
    body = f"medida {secrets.token_hex(8)}"
    form = {"csrf_token": office.csrf, "body": body, "client_id": secrets.token_urlsafe(16)}
    client = Client(port)
    clicked = time.time()
    answer = client.ask(
        Page("", lambda: f"/chats/{chat}/messages", lambda: form).request(port, office.cookie)
    )
    client.close()
    if answer.status != 200:
        raise click.ClickException(f"the message was refused with {answer.status}")
    return (_left_at(office, body) - clicked) * 1000


def _left_at(office: Office, body: str) -> float:
    world = office.worlds[office.devices[0]]
    return wait_for(lambda: world.left_at(body), PATIENCE, "a message did not reach the wire", 0.01)


def _hear(office: Office, port: int, chat: int) -> list[float]:
    device, spent = office.devices[0], []
    seller = Seller(office.account_id, office.cookie, office.csrf, 0, chat)
    listener = listen(port, seller)
    try:
        for number in range(TIMES):
            quiet([listener])
            said = time.time() + 0.3
            at = datetime.fromtimestamp(said, UTC)
            office.worlds[device].plan([office.say(device, 0, at, f"oído {number}", f"W{number}")])
            spent += arrivals([listener], time.perf_counter() + said - time.time())
    finally:
        listener.close()
    return spent
