"""A steady stream of messages into all numbers at once: does the backlog grow?"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from clarin_web.cli.bench import report
from clarin_web.cli.bench.children import wait_for
from clarin_web.cli.bench.whatsapp.office import CUSTOMERS, Office
from clarin_web.db import execute, release, tenant
from clarin_web.models import Message

DRAINED_WITHIN = 120.0


def measure(office: Office, rate: int, seconds: int) -> str:
    """Among customers who were introduced."""
    strangers = _stored(office)
    begins, total = datetime.now(UTC) + timedelta(seconds=3), rate * seconds
    _plan(office, begins, rate, total)
    behind = _watch(office, begins, rate, total, strangers)
    left = _drain(office, strangers + total)
    late = _latencies(office)
    thirds = [max(part) for part in _thirds(behind)]
    return (
        f"{rate} messages a second over {len(office.devices)} numbers for {seconds} s, {total:,} in all: "
        f"behind by at most {thirds[0]} / {thirds[1]} / {thirds[2]} messages in the first, second and last third; "
        f"done {left:.1f} s after the last was said. Said → stored, ms (p50 / p95 / p99): {report.three(late)}."
    )


def introduce(office: Office) -> None:
    """Every customer writes once: a stranger's first message costs more, and is no part of the stream."""
    now = datetime.now(UTC)
    for device, world in office.worlds.items():
        world.plan([office.say(device, n, now, "hola", f"H{device}-{n}") for n in range(CUSTOMERS)])
    _drain(office, len(office.devices) * CUSTOMERS)


def _plan(office: Office, begins: datetime, rate: int, total: int) -> None:
    planned: dict[int, list[object]] = {device: [] for device in office.devices}
    for number in range(total):
        device = office.devices[number % len(office.devices)]
        at = begins + timedelta(seconds=number / rate)
        planned[device].append(
            office.say(device, number // len(office.devices), at, f"mensaje {number}", f"S{number}")
        )
    for device, story in planned.items():
        office.worlds[device].plan(story)  # type: ignore[arg-type]


def _watch(office: Office, begins: datetime, rate: int, total: int, before: int) -> list[int]:
    """How many were said and not stored, each half second."""
    behind = []
    while (said := int((datetime.now(UTC) - begins).total_seconds() * rate)) < total:
        if said > 0:
            behind.append(max(0, said - (_stored(office) - before)))
        time.sleep(0.5)
    return behind


def _drain(office: Office, total: int) -> float:
    begun = time.monotonic()
    complaint = f"not all {total:,} messages were stored"
    wait_for(lambda: _stored(office) >= total or None, DRAINED_WITHIN, complaint, 0.2)
    return time.monotonic() - begun


def _stored(office: Office) -> int:
    with tenant(office.account_id):
        count = execute(select(func.count()).select_from(Message)).scalar_one()
    release()
    return int(count)


def _latencies(office: Office) -> list[float]:
    """From the moment planned to the row's transaction."""
    late = (func.extract("epoch", Message.created_at - Message.at) * 1000).label("late")
    with tenant(office.account_id):
        found = execute(select(late).where(Message.wa_id.startswith("S"))).scalars().all()
    release()
    return [float(value) for value in found]


def _thirds(values: list[int]) -> list[list[int]]:
    size = max(1, len(values) // 3)
    return [values[:size] or [0], values[size : 2 * size] or [0], values[2 * size :] or [0]]
