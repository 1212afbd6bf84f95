"""What a number is called, where its leads go, how it goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, session, transaction
from clarin_web.devices import governor, proxies, queries
from clarin_web.devices.actions.common import change, let_go, named
from clarin_web.lib.errors import Invalid
from clarin_web.models import DevicePolicy, Stage


@dataclass(frozen=True, slots=True)
class Switches:
    """`lead_stage_id` None: the first stage of the main pipeline."""

    name: str
    creates_leads: bool
    lead_stage_id: int | None
    receives: bool
    groups: bool
    sends_receipts: bool
    shows_online: bool
    asks_portraits: bool
    signature: str


def change_device(member: Member, device_id: int, wanted: Switches) -> bool:
    """True: it receives again, and what was kept meanwhile is to be applied (enqueue that)."""
    with transaction():
        before = queries.get_device(member.account_id, device_id)
        values = asdict(wanted) | {"name": named(wanted.name), "lead_pipeline_id": None}
        if wanted.lead_stage_id is not None:
            values["lead_pipeline_id"] = _pipeline_of(member.account_id, wanted.lead_stage_id)
        change(member, device_id, values)
    return wanted.receives and not before.receives


def change_limits(member: Member, device_id: int, limits: Mapping[str, object]) -> None:
    """The governor's numbers; what waits because of the old ones is looked at anew (wake the device)."""
    with transaction():
        change(member, device_id, dict(limits))
        let_go(member, device_id, governor.HOLDS)


def change_hours(member: Member, hours: Mapping[str, object]) -> None:
    """When the account works, and how long a silent number may stay silent then."""
    member.must(Permission.MANAGE_DEVICES)
    with transaction():
        execute(
            insert(DevicePolicy)
            .values({"account_id": member.account_id, **hours})
            .on_conflict_do_update(index_elements=["account_id"], set_=dict(hours))
        )


def change_proxy(member: Member, device_id: int, proxy: str | None) -> None:
    """A running process ends within seconds and the next one goes out the new way. None changes nothing."""
    queries.get_device(member.account_id, device_id)
    if proxy is not None:
        with transaction():
            values = proxies.columns(member.account_id, device_id, proxy)
            change(member, device_id, values | {"restart_at": func.now()})


def _pipeline_of(account_id: int, stage_id: int) -> int:
    open_stage = (Stage.id == stage_id, Stage.kind == "open", Stage.archived_at.is_(None))
    query = select(Stage.pipeline_id).where(Stage.account_id == account_id, *open_stage)
    found = session().scalar(query)
    if found is None:
        raise Invalid("invalid", {"lead_stage_id": "unknown_choice"})
    return found
