"""What a number is called, where its leads go, how it goes out."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from clarin_web.accounts.permissions import Member
from clarin_web.db import session, transaction
from clarin_web.devices import proxies
from clarin_web.devices.actions.common import change, named
from clarin_web.lib.errors import Invalid
from clarin_web.models import Pipeline


def change_device(
    member: Member, device_id: int, name: str, creates_leads: bool, lead_pipeline_id: int | None
) -> None:
    """Its name, and whether a stranger's first message becomes a lead (in which pipeline)."""
    with transaction():
        if lead_pipeline_id is not None:
            _known_pipeline(member.account_id, lead_pipeline_id)
        values = {"name": named(name), "creates_leads": creates_leads, "lead_pipeline_id": lead_pipeline_id}
        change(member, device_id, values)


def change_limits(member: Member, device_id: int, limits: Mapping[str, object]) -> None:
    """The governor's numbers; they count from the next message on."""
    with transaction():
        change(member, device_id, dict(limits))


def change_proxy(member: Member, device_id: int, proxy: str | None) -> None:
    """A running process ends within seconds and the next one goes out the new way."""
    if proxy is not None:
        with transaction():
            values = proxies.columns(member.account_id, device_id, proxy)
            change(member, device_id, values | {"restart_at": func.now()})


def _known_pipeline(account_id: int, pipeline_id: int) -> None:
    query = select(Pipeline.id).where(Pipeline.account_id == account_id, Pipeline.id == pipeline_id)
    if session().scalar(query) is None:
        raise Invalid("invalid", {"lead_pipeline_id": "unknown_choice"})
