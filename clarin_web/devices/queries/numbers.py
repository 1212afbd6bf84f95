"""The numbers of an account: those there are, and those that were taken away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from clarin_web.db import execute
from clarin_web.devices.queries.row import DeviceRow
from clarin_web.lib.errors import NotFound
from clarin_web.models import Chat, Device, DevicePolicy


def number_is_taken(account_id: int, device_id: int, phone: str) -> bool:
    """Whether another device of the account is this number. Other accounts are not there."""
    query = select(Device.id).where(
        Device.account_id == account_id,
        Device.phone == phone,
        Device.id != device_id,
        Device.removed_at.is_(None),
    )
    return execute(query).first() is not None


def list_devices(account_id: int) -> list[DeviceRow]:
    """Every device of the account, oldest first."""
    query = _rows(account_id).order_by(Device.id)
    return [DeviceRow(*row) for row in execute(query)]


def get_device(account_id: int, device_id: int) -> DeviceRow:
    """NotFound for a removed device, and for another account's."""
    row = execute(_rows(account_id).where(Device.id == device_id)).first()
    if row is None:
        raise NotFound()
    return DeviceRow(*row)


def any_device(account_id: int, device_id: int) -> tuple[DeviceRow, bool]:
    """Also a removed one, whose chats are still read; and whether sending is stopped for every number."""
    stopped = exists().where(
        DevicePolicy.account_id == account_id, DevicePolicy.sending_stopped_at.is_not(None)
    )
    here = Device.account_id == account_id, Device.id == device_id
    row = execute(select(*_columns(), stopped).where(*here)).one_or_none()
    if row is None:
        raise NotFound()
    return DeviceRow(*row[:-1]), row[-1]


def is_removed(account_id: int, device_id: int) -> bool:
    gone = Device.account_id == account_id, Device.id == device_id, Device.removed_at.is_not(None)
    return execute(select(Device.id).where(*gone)).first() is not None


def removed_devices(account_id: int) -> list[Row[Any]]:
    """Numbers that were taken away, the latest first, with how many chats of each are still read."""
    chats = select(func.count()).where(Chat.account_id == account_id, Chat.device_id == Device.id)
    return list(
        execute(
            select(Device.id, Device.name, Device.phone, Device.removed_at,
                   chats.correlate(Device).scalar_subquery().label("chats"))
            .where(Device.account_id == account_id, Device.removed_at.is_not(None))
            .order_by(Device.removed_at.desc(), Device.id.desc())
        )
    )  # fmt: skip


def same_number_before(account_id: int, device: DeviceRow) -> Row[Any] | None:
    """A removed device that was this number and has chats, which the new one therefore lacks."""
    if device.phone is None:
        return None
    found = (row for row in removed_devices(account_id) if row.phone == device.phone and row.chats)
    return next(found, None)


def count_chats(account_id: int, device_id: int) -> int:
    of_device = Chat.account_id == account_id, Chat.device_id == device_id
    return execute(select(func.count()).where(*of_device)).scalar_one()


def alarms(account_id: int) -> list[DeviceRow]:
    """Numbers that need somebody, the oldest worry first."""
    query = _rows(account_id).where(Device.alarm != "").order_by(Device.alarm_at)
    return [DeviceRow(*row) for row in execute(query)]


def has_alarm(account_id: int, device_id: int) -> bool:
    here = Device.account_id == account_id, Device.id == device_id, Device.alarm != ""
    return execute(select(Device.id).where(*here)).first() is not None


def _columns() -> list[InstrumentedAttribute[Any]]:
    return [getattr(Device, name) for name in DeviceRow.__slots__]


def _rows(account_id: int) -> Select[tuple[object, ...]]:
    return select(*_columns()).where(Device.account_id == account_id, Device.removed_at.is_(None))
