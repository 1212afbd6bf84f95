"""The kill switches: nothing leaves through one number, or through any, until a person says so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, transaction
from clarin_web.devices import queries
from clarin_web.devices.actions.common import change, let_go
from clarin_web.events import Actor, DeviceChanged, SendingResumed, SendingStopped, announce
from clarin_web.models import DevicePolicy

HOLDS = ("stopped_here", "stopped_banned", "stopped_failures", "stopped_all", "restricted", "capped")


def stop_sending(member: Member, device_id: int) -> None:
    """Messages wait where they are, with the reason; what is on the wire cannot be called back."""
    with transaction():
        change(member, device_id, {"paused_at": func.now(), "paused_reason": "person"})
        announce(SendingStopped(**_who(member), device_id=device_id, reason="person"))


def resume_sending(member: Member, device_id: int) -> None:
    """What waited goes out at the governor's pace, oldest first; also to strangers, if WhatsApp lets it."""
    with transaction():
        change(member, device_id, {"paused_at": None, "paused_reason": "", "cold_paused_until": None})
        let_go(member, device_id, HOLDS)
        announce(SendingResumed(**_who(member), device_id=device_id))


def stop_all_sending(member: Member) -> None:
    """Of every number of the account, whatever state it is in."""
    _switch_account(member, stopped=True)


def resume_all_sending(member: Member) -> list[int]:
    """A number that was stopped by itself stays stopped. The devices to wake."""
    return _switch_account(member, stopped=False)


def _switch_account(member: Member, *, stopped: bool) -> list[int]:
    member.must(Permission.MANAGE_DEVICES)
    at = func.now() if stopped else None
    values = {"account_id": member.account_id, "sending_stopped_at": at}
    with transaction():
        execute(
            insert(DevicePolicy)
            .values(values)
            .on_conflict_do_update(index_elements=["account_id"], set_={"sending_stopped_at": at})
        )
        devices = [device.id for device in queries.list_devices(member.account_id)]
        for device_id in devices:
            if not stopped:
                let_go(member, device_id, HOLDS)
            announce(DeviceChanged(**_who(member), device_id=device_id))
        if stopped:
            announce(SendingStopped(**_who(member), device_id=None, reason="person"))
        else:
            announce(SendingResumed(**_who(member), device_id=None))
    return devices


def _who(member: Member) -> dict[str, Any]:
    return {"account_id": member.account_id, "actor": Actor.user(member.user_id)}
