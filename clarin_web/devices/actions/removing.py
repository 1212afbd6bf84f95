"""Take a number away, and bring it back. Its chats and what was said in them stay, to be read by whoever may see them.

WhatsApp is told first, so that the phone no longer lists us; only then is the number forgotten here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, transaction
from clarin_web.devices import leaving, queries
from clarin_web.devices.actions.common import change, state
from clarin_web.events import Actor, DeviceChanged, DeviceRestored, announce
from clarin_web.lib.errors import Conflict, NotFound
from clarin_web.models import Device


def remove_device(member: Member, device_id: int) -> bool:
    """True: its process is connected and tells WhatsApp first (enqueue that). False: it is gone."""
    member.must(Permission.MANAGE_DEVICES)
    with transaction():
        device = queries.get_device(member.account_id, device_id)
        if device.shown_state == "connected":
            change(member, device_id, {"removing_at": func.now()})
            return True
        leaving.remove(member.account_id, device_id, Actor.user(member.user_id))
    return False


def restore_device(member: Member, device_id: int) -> None:
    """As after a log-out: not linked, with all its chats. Conflict when another device is this number by now."""
    member.must(Permission.MANAGE_DEVICES)
    here = Device.account_id == member.account_id, Device.id == device_id
    who = Actor.user(member.user_id)
    about: dict[str, Any] = {"account_id": member.account_id, "actor": who, "device_id": device_id}
    try:
        with transaction():
            back = update(Device).where(*here, Device.removed_at.is_not(None)).returning(Device.id)
            values = state("logged_out", "stopped") | {"removed_at": None, "removing_at": None}
            if execute(back.values(**values)).first() is None:
                raise NotFound()
            announce(DeviceRestored(**about))
            announce(DeviceChanged(**about))
    except IntegrityError as error:
        raise Conflict("number_already_linked") from error
