"""What people do to devices. They only write what is wanted; the supervisor makes it so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select, update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, session, transaction
from clarin_web.devices import proxies, queries
from clarin_web.events import Actor, DeviceAdded, DeviceChanged, DeviceLoggedOut, announce
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.models import Device, Pipeline

# WhatsApp gives six codes: 60 s, then 5 × 20 s. A little more, for the process to start.
PAIRING_TIME = timedelta(seconds=180)


def add_device(member: Member, name: str) -> int:
    """A number to link; nothing runs until somebody pairs it."""
    member.must(Permission.MANAGE_DEVICES)
    with transaction():
        values = {"account_id": member.account_id, "name": _named(name)}
        device_id = execute(insert(Device).values(values).returning(Device.id)).scalar_one()
        actor = Actor.user(member.user_id)
        announce(DeviceAdded(account_id=member.account_id, actor=actor, device_id=device_id))
        announce(DeviceChanged(account_id=member.account_id, actor=actor, device_id=device_id))
    return device_id


def change_device(
    member: Member, device_id: int, name: str, creates_leads: bool, lead_pipeline_id: int | None
) -> None:
    """Its name, and whether a stranger's first message becomes a lead (in which pipeline)."""
    with transaction():
        if lead_pipeline_id is not None:
            _known_pipeline(member.account_id, lead_pipeline_id)
        values = {"name": _named(name), "creates_leads": creates_leads, "lead_pipeline_id": lead_pipeline_id}
        _change(member, device_id, values)


def change_proxy(member: Member, device_id: int, proxy: str | None) -> None:
    """A running process ends within seconds and the next one goes out the new way."""
    if proxy is not None:
        with transaction():
            values = proxies.columns(member.account_id, device_id, proxy)
            _change(member, device_id, values | {"restart_at": func.now()})


def start_pairing(member: Member, device_id: int) -> None:
    """Ask for QR codes; they stop by themselves when nobody scans one."""
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        if device.is_linked:
            raise Conflict("device_already_linked")
        until = datetime.now(UTC) + PAIRING_TIME
        _change(member, device_id, _state("pairing", "paired") | {"pairing_expires_at": until})


def cancel_pairing(member: Member, device_id: int) -> None:
    """Too late when the phone has just scanned: then the device stays linked."""
    with transaction():
        if not queries.get_device(member.account_id, device_id).is_linked:
            _change(member, device_id, _state("unpaired", "stopped"))


def connect(member: Member, device_id: int) -> None:
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        if not device.is_linked:
            raise Conflict("device_not_linked")
        if device.wanted != "connected":
            _change(member, device_id, _state("connecting", "connected"))


def disconnect(member: Member, device_id: int) -> None:
    """Stays linked; messages wait until somebody connects it again."""
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        if device.is_linked and device.wants_connection:
            _change(member, device_id, _state("stopped", "stopped"))


def log_out(member: Member, device_id: int) -> bool:
    """Unlink. True: its process is connected and must tell WhatsApp (enqueue that). False: done, here only."""
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        member.must(Permission.MANAGE_DEVICES)
        if device.shown_state == "connected":
            return True
        _change(member, device_id, _state("logged_out", "stopped") | {"jid": None})
        actor = Actor.user(member.user_id)
        announce(DeviceLoggedOut(account_id=member.account_id, actor=actor, device_id=device_id))
    return False


def _state(state: str, wanted: str) -> dict[str, object]:
    return {
        "state": state, "wanted": wanted, "state_reason": "", "state_at": func.now(), "qr": None, "qr_expires_at": None,
    }  # fmt: skip


def _change(member: Member, device_id: int, values: dict[str, object]) -> None:
    member.must(Permission.MANAGE_DEVICES)
    queries.get_device(member.account_id, device_id)
    execute(
        update(Device).where(Device.account_id == member.account_id, Device.id == device_id).values(**values)
    )
    actor = Actor.user(member.user_id)
    announce(DeviceChanged(account_id=member.account_id, actor=actor, device_id=device_id))


def _known_pipeline(account_id: int, pipeline_id: int) -> None:
    query = select(Pipeline.id).where(Pipeline.account_id == account_id, Pipeline.id == pipeline_id)
    if session().scalar(query) is None:
        raise Invalid("invalid", {"lead_pipeline_id": "unknown_choice"})


def _named(name: str) -> str:
    if not name.strip():
        raise Invalid("invalid", {"name": "required"})
    return name.strip()
