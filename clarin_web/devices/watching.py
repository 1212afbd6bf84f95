"""Looks at every number and tells people when one needs them, and when it no longer does. Called by the clock, and
by a number's process whenever its state changes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from clarin_web.accounts.queries import account_ids
from clarin_web.db import execute, tenant, transaction
from clarin_web.devices import queries
from clarin_web.devices.health import Hours, alarm_of
from clarin_web.events import Actor, DeviceAlarmed, DeviceRecovered, announce
from clarin_web.models import Account, Device


def look() -> None:
    """Every account's numbers: what is silent or gone says nothing by itself."""
    for account_id in account_ids():
        with tenant(account_id):
            look_at_account(account_id)


def look_at_account(account_id: int) -> None:
    devices = queries.list_devices(account_id)
    if devices:
        hours, now = hours_of(account_id), datetime.now(UTC)
        for device in devices:
            if (alarm := alarm_of(device, hours, now)) != device.alarm:
                _tell(account_id, device.id, alarm, device.alarm)


def hours_of(account_id: int) -> Hours:
    """The account's own, else Monday to Friday from nine to six."""
    zone = execute(select(Account.time_zone).where(Account.id == account_id)).scalar_one()
    policy = queries.policy_of(account_id)
    return Hours(policy.work_days, policy.work_from, policy.work_to, policy.silent_minutes, ZoneInfo(zone))


def _tell(account_id: int, device_id: int, alarm: str, before: str) -> None:
    """Two who look at once tell once."""
    with transaction():
        changed = (
            update(Device)
            .where(Device.account_id == account_id, Device.id == device_id, Device.alarm == before)
            .values(alarm=alarm, alarm_at=func.now() if alarm else None)
            .returning(Device.id)
            .execution_options(synchronize_session=False)
        )
        if execute(changed).first() is None:
            return
        if alarm:
            announce(
                DeviceAlarmed(account_id=account_id, actor=Actor.rule(), device_id=device_id, alarm=alarm)
            )
        else:
            announce(DeviceRecovered(account_id=account_id, actor=Actor.rule(), device_id=device_id))
