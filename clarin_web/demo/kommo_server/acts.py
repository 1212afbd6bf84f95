"""What people do to leads, contacts and companies, one act each; None when there was nothing to do it to."""

from __future__ import annotations

from typing import Any

from clarin_web.demo.kommo_server.core import ENTITIES, LOST, WON
from clarin_web.demo.kommo_server.table import id_of
from clarin_web.demo.kommo_server.world import World

NAMES = (
    "Luis Paz",
    "Rosa Núñez",
    "李雷",
    "محمد علي",
    "Zoë 🚀",
    "Íñigo de la Vega",
    "x" * 300,
    "O'Hara <b>&amp;",
)
PHONES = ("+51 999-111 222", "999111222", "014445566", "", "no phone", "+54 9 11 2345-6789")
TAGS = ("vip", "feria", "web", "urgente", "Ñandú", "a, b")


def some(world: World, kind: str) -> int | None:
    """Any listed row of a kind."""
    keys = world.rows[kind].listed()
    return id_of(world.random.choice(keys)) if keys else None


def edit(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    id_ = some(world, kind)
    if id_ is None:
        return None
    change: dict[str, Any] = {"name": f"{world.random.choice(NAMES)} {world.random.randrange(100)}"}
    if kind == "leads" and world.random.random() < 0.5:
        change = {"price": world.random.randrange(100_000)}
    elif kind == "contacts" and world.random.random() < 0.5:
        change = {"phones": [f"+519{world.random.randrange(10**8):08}", world.random.choice(PHONES)]}
    world.change(kind, id_, **change)
    return f"{kind} {id_}"


def move(world: World) -> str | None:
    lead, pipelines = some(world, "leads"), list(world.rows["pipelines"])
    if lead is None or not pipelines:
        return None
    pipeline = world.random.choice(pipelines)
    stage = world.random.choice(world.stage_ids(pipeline))
    reasons = list(world.rows["loss_reasons"])
    reason = world.random.choice(reasons) if reasons and stage == LOST else None
    world.move_stage(lead, stage, pipeline_id=pipeline, reason=reason)
    return f"{lead} to {'won' if stage == WON else stage}"


def assign(world: World) -> str | None:
    lead, users = some(world, "leads"), list(world.rows["users"])
    if lead is None or not users:
        return None
    world.assign(lead, world.random.choice(users))
    return str(lead)


def new_lead(world: World) -> str | None:
    pipelines = [id_ for id_, row in world.rows["pipelines"].items() if not row["is_archive"]]
    if not pipelines:
        return None
    contact = some(world, "contacts")
    pipeline, tags = world.random.choice(pipelines), world.random.sample(TAGS, 2)
    contacts = [contact] if contact else []
    return str(
        world.add_lead(world.random.choice(NAMES), pipeline, price=50, contact_ids=contacts, tags=tags)
    )


def new_contact(world: World) -> str | None:
    company = some(world, "companies")
    phone = world.random.choice([*PHONES, f"+519{world.random.randrange(10**8):08}"])
    return str(world.add_contact(world.random.choice(NAMES), [phone] if phone else [], company_id=company))


def delete(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    id_ = some(world, kind)
    if id_ is None:
        return None
    world.delete(kind, id_)
    return f"{kind} {id_}"


def restore(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    bin_ = [row["id"] for row in world.rows[kind].changed() if _in_bin(row)]
    if not bin_:
        return None
    id_ = world.random.choice(sorted(bin_))
    world.restore(kind, id_)
    return f"{kind} {id_}"


def _in_bin(row: dict[str, Any]) -> bool:
    return bool(row.get("is_deleted")) and not row.get("merged_into") and not row.get("is_unsorted")


def merge(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    first, second = some(world, kind), some(world, kind)
    if first is None or second is None or first == second:
        return None
    world.merge(kind, first, second)
    return f"{kind} {second} into {first}"


def tag(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    id_ = some(world, kind)
    if id_ is None:
        return None
    world.tag(kind, id_, *world.random.sample(TAGS, world.random.randrange(4)))
    return f"{kind} {id_}"


def link(world: World) -> str | None:
    lead, contact = some(world, "leads"), some(world, "contacts")
    if lead is None or contact is None:
        return None
    linked = contact in world.rows["leads"][lead]["contact_ids"]
    (world.unlink if linked else world.link)(lead, contact)
    return f"{lead} {contact}"
