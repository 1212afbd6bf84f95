"""Linking numbers and switching them: only what is wanted is written here; the supervisor makes it so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, transaction
from clarin_web.devices import queries
from clarin_web.devices.actions.common import change, named, state
from clarin_web.devices.governor import QUIET
from clarin_web.events import Actor, DeviceAdded, DeviceChanged, DeviceLoggedOut, announce
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.models import Device

# WhatsApp gives six codes: 60 s, then 5 × 20 s. A little more, for the process to start.
PAIRING_TIME = timedelta(seconds=180)


def add_device(member: Member, name: str) -> int:
    """A number to link; nothing runs until somebody pairs it."""
    member.must(Permission.MANAGE_DEVICES)
    with transaction():
        quiet = dict(zip(("quiet_from", "quiet_to"), QUIET, strict=True))
        values = {"account_id": member.account_id, "name": named(name), **quiet}
        device_id = execute(insert(Device).values(values).returning(Device.id)).scalar_one()
        actor = Actor.user(member.user_id)
        announce(DeviceAdded(account_id=member.account_id, actor=actor, device_id=device_id))
        announce(DeviceChanged(account_id=member.account_id, actor=actor, device_id=device_id))
    return device_id


def start_pairing(member: Member, device_id: int, phone: str | None = None) -> None:
    """Ask for QR codes, or with `phone` (E.164) for letters to type on it; both stop when nobody uses them.

    A process that shows the other kind already ends first: asking again is how one changes one's mind.
    """
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        if device.is_linked:
            raise Conflict("device_already_linked")
        if phone and queries.number_is_taken(member.account_id, device_id, phone):
            raise Invalid("invalid", {"phone": "number_already_linked"})
        values: dict[str, object] = {
            "pairing_expires_at": datetime.now(UTC) + PAIRING_TIME,
            "pairing_phone": phone,
        }
        if device.shown_state == "pairing":
            values["restart_at"] = func.now()
        change(member, device_id, state("pairing", "paired") | values)


def cancel_pairing(member: Member, device_id: int) -> None:
    """Too late when the phone has just scanned: then the device stays linked."""
    with transaction():
        if not queries.get_device(member.account_id, device_id).is_linked:
            change(member, device_id, state("unpaired", "stopped"))


def connect(member: Member, device_id: int) -> None:
    """Also at once what would be tried again later."""
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        if not device.is_linked:
            raise Conflict("device_not_linked")
        if device.wanted != "connected" or device.retry_at:
            change(member, device_id, state("connecting", "connected"))


def disconnect(member: Member, device_id: int) -> None:
    """Stays linked; messages wait until somebody connects it again."""
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        if device.is_linked and device.wants_connection:
            change(member, device_id, state("stopped", "stopped"))


def log_out(member: Member, device_id: int) -> bool:
    """Unlink. True: its process is connected and must tell WhatsApp (enqueue that). False: done, here only."""
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        member.must(Permission.MANAGE_DEVICES)
        if device.shown_state == "connected":
            return True
        change(member, device_id, state("logged_out", "stopped") | {"jid": None})
        actor = Actor.user(member.user_id)
        announce(DeviceLoggedOut(account_id=member.account_id, actor=actor, device_id=device_id))
    return False
