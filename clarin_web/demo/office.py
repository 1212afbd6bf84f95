"""What Andina Norte owns before anybody writes: pipelines, tags, reasons, quick replies, devices, its Kommo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from clarin_web.db import execute, session
from clarin_web.demo import catalogue, personas
from clarin_web.demo.deals import everybody
from clarin_web.demo.kommo_world import Kommo
from clarin_web.devices.simulator import script as scripts
from clarin_web.kommo.connecting import seal_token
from clarin_web.models import Device, KommoConnection, LostReason, Pipeline, QuickReply, Stage
from clarin_web.pipelines.actions import create_pipeline
from clarin_web.tags import actions as tags

ON_FIRST_DEVICE = 44


@dataclass(frozen=True, slots=True)
class Office:
    """Ids of what exists; `sellers`, `pipelines` and `devices` are in the catalogue's order."""

    account_id: int
    sellers: list[int]
    pipelines: list[int]
    stages: list[list[int]]
    tags: dict[str, int]
    devices: list[int]


def furnish(account_id: int, sellers: list[int], kommo: Kommo) -> Office:
    """Everything but people and messages."""
    pipelines = [_pipeline(account_id, place, kommo) for place in range(len(catalogue.FUNNELS))]
    reasons = zip(catalogue.LOST_REASONS, kommo.reasons, strict=True)
    execute(insert(LostReason), [{"account_id": account_id, "name": n, "kommo_id": k} for n, k in reasons])
    replies = [{"shortcut": name, "body": body} for name, body in catalogue.QUICK_REPLIES.items()]
    execute(
        insert(QuickReply), [{"account_id": account_id, "created_by": sellers[0], **row} for row in replies]
    )
    return Office(
        account_id, sellers, pipelines,
        stages=[_stages(pipeline) for pipeline in pipelines],
        tags=tags.find_or_create(account_id, catalogue.TAGS),
        devices=_devices(account_id),
    )  # fmt: skip


def connect_kommo(office: Office, kommo: Kommo, base_url: str) -> None:
    """As if an admin had typed the address and the token; the first sync finds the rest."""
    connection = KommoConnection(
        account_id=office.account_id, base_url=base_url, token_sealed=b"", connected_by=office.sellers[0],
        kommo_account_id=kommo.world.account["id"], kommo_account_name=kommo.world.account["name"],
    )  # fmt: skip
    session().add(connection)
    session().flush()  # the seal names the row it is for
    connection.token_sealed = seal_token(connection, kommo.token)
    session().flush()


def script_devices(office: Office, state_dir: Path) -> None:
    """The customers of each number, for the device processes to play."""
    customers = everybody()
    parts = customers[:ON_FIRST_DEVICE], customers[ON_FIRST_DEVICE:60]
    for (_name, phone), device_id, mine in zip(catalogue.DEVICES, office.devices, parts, strict=True):
        scripts.save(personas.script(phone, mine), state_dir / "devices" / f"{device_id}.script.json")


def _pipeline(account_id: int, place: int, kommo: Kommo) -> int:
    """With Kommo's ids, so that the sync recognises them."""
    funnel, kommo_id = catalogue.FUNNELS[place], kommo.pipelines[place]
    made = create_pipeline(
        account_id, funnel.name, funnel.stages, won=catalogue.WON, lost=catalogue.LOST, is_main=place == 0
    )
    made.kommo_id = kommo_id
    for stage_id, theirs in zip(_stages(made.id), kommo.world.stage_ids(kommo_id), strict=True):
        execute(update(Stage).where(Stage.id == stage_id).values(kommo_id=theirs))
    execute(update(Pipeline).where(Pipeline.id == made.id).values(kommo_id=kommo_id))
    return made.id


def _stages(pipeline_id: int) -> list[int]:
    return list(
        execute(select(Stage.id).where(Stage.pipeline_id == pipeline_id).order_by(Stage.position)).scalars()
    )


def _devices(account_id: int) -> list[int]:
    """The first is linked and wanted; the second waits for somebody to link it."""
    (first, phone), (second, _) = catalogue.DEVICES
    linked = {
        "phone": phone,
        "jid": f"simulated:{phone.lstrip('+')}",
        "state": "connecting",
        "wanted": "connected",
        "first_linked_at": datetime.now(UTC) - timedelta(days=400),
    }
    rows = [
        {"account_id": account_id, "name": first, "last_in_at": datetime.now(UTC), **linked},
        {"account_id": account_id, "name": second},
    ]
    return [execute(insert(Device).values(row).returning(Device.id)).scalar_one() for row in rows]
