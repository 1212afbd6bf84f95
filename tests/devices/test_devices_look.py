"""Every state a number can show, for all eyes: on a small phone and a wide screen, by day and by night, axe finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page
from sqlalchemy import insert

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Device
from tests.support.access import AXE
from tests.support.cast import Person

SIZES = ((1440, 900), (360, 740))
LEFT_OVER = """() => [...document.querySelectorAll("main *")].filter(one => one.checkVisibility()
    && (one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1)
    && !one.closest(".scroll, .scroll-x, .sr")).map(one => one.outerHTML.slice(0, 160))"""


def states() -> dict[str, dict[str, Any]]:
    """Name -> what its row holds; each as its process or a person leaves it."""
    now, later = datetime.now(UTC), datetime.now(UTC) + timedelta(hours=1)
    linked = {"jid": "simulated:1", "wanted": "connected", "heartbeat_at": later, "linked_at": now}
    ended = {"jid": "simulated:1", "alarm": "not_connected", "alarm_at": now, "wanted": "stopped"}
    lives = {"process": "server-1:4711", "memory_mb": 61, "ack_p50_ms": 42, "ack_p95_ms": 180, "restarts": 2}
    waits = {"state": "pairing", "wanted": "paired", "heartbeat_at": later, "pairing_expires_at": later}
    letters = {"pairing_phone": "+51987654321", "pair_code": "K7QM-2XZA", "pair_code_expires_at": later}
    return {
        "unpaired": {"state": "unpaired", "state_reason": "code_expired"},
        "pairing by QR": {
            **waits,
            "qr": "https://wa.me/settings/linked_devices#2@abc,def",
            "qr_expires_at": later,
        },
        "pairing by letters": {**waits, **letters},
        "connected": {**linked, **lives, "state": "connected", "last_in_at": now, "last_out_at": now},
        "reconnecting": {**linked, "state": "reconnecting", "alarm": "not_connected", "alarm_at": now},
        "logged out": {"state": "logged_out", "alarm": "not_connected", "alarm_at": now},
        "banned": {
            **ended,
            "state": "banned",
            "state_until": later,
            "paused_at": now,
            "paused_reason": "banned",
        },
        "refused": {
            **linked,
            "state": "connecting",
            "state_reason": "login_refused:418",
            "tries": 5,
            "retry_at": later,
            "alarm": "not_connected",
            "alarm_at": now,
        },
        "restricted": {
            **linked,
            "state": "connected",
            "cold_paused_until": later,
            "cold_paused_reason": "restricted",
        },
        "paused": {**linked, "state": "connected", "paused_at": now, "paused_reason": "person"},
    }


def numbers(ana: Person) -> dict[str, int]:
    """A number in each state, named after it."""
    made = {}
    with tenant(ana.account_id), transaction():
        for place, (name, values) in enumerate(states().items()):
            phone = {} if values.get("wanted") == "paired" else {"phone": f"+5198765430{place}"}
            row = insert(Device).values(account_id=ana.account_id, name=name, **phone, **values)
            made[name] = execute(row.returning(Device.id)).scalar_one()
    release()
    return made


def test_the_pages_of_numbers_are_for_everybody(open_as, ana: Person) -> None:
    made = numbers(ana)
    page = open_as(ana, "/devices", reduced_motion="reduce")
    found = looked_at(page, "list")
    for name, device_id in made.items():
        page.goto(f"/devices/{device_id}")
        found += looked_at(page, name)
    assert not found, "\n".join(found)


def looked_at(page: Page, name: str) -> list[str]:
    """What is wrong with the open page, in any size and theme."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found += [f"{name} {width} {theme}: {what}" for what in page.evaluate(AXE)]
        found += [f"{name} {width}: outside the window: {what}" for what in page.evaluate(LEFT_OVER)]
    return found
