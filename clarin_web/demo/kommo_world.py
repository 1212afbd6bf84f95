"""The Kommo of Andina Norte: built once, kept in a file with its token, and moving while it is served."""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from clarin_web.demo.catalogue import ACCOUNT, FUNNELS, INCOMING, LOST, LOST_REASONS, SELLERS, WON
from clarin_web.demo.deals import IN_KOMMO, Deal, everybody, kommo_deals
from clarin_web.demo.kommo_server.believable import drift_once
from clarin_web.demo.kommo_server.core import shown_id
from clarin_web.demo.kommo_server.fields import entry_of, value_item
from clarin_web.demo.kommo_server.server import KommoServer
from clarin_web.demo.kommo_server.world import World
from clarin_web.demo.people import SEED
from clarin_web.lib.names import formatted_phone

FILE = "demo-kommo.json"
CLOTHS = ("Alpaca", "Algodón", "Polar")
MOVES_EVERY = (20.0, 40.0)
EVENTS_KEPT = 1000  # the whole world is written at each move


@dataclass(frozen=True, slots=True)
class Kommo:
    """A world and the token that opens it; `users`, `pipelines` and `reasons` are ids in the catalogue's order."""

    world: World
    token: str
    users: list[int]
    pipelines: list[int]
    reasons: list[int]


def build(now: datetime) -> Kommo:
    """The whole Kommo account, as it is at `now`."""
    world = World(seed=1, clock=lambda: now.timestamp(), name=ACCOUNT)
    world.events_kept = EVENTS_KEPT
    users = [world.add_user(s.name, s.email, admin=s.role == "owner") for s in SELLERS]
    pipelines = [world.add_pipeline(f.name, f.stages, won=WON, lost=LOST) for f in FUNNELS]
    kommo = Kommo(
        world, secrets.token_urlsafe(32), users, pipelines, [world.add_loss_reason(r) for r in LOST_REASONS]
    )
    contacts, fields = _contacts(world, now), _fields(world)
    for pipeline_id in kommo.pipelines:
        world.rows["pipelines"][pipeline_id]["stages"][0]["name"] = INCOMING
    for deal in _in_order(now):
        _add(kommo, deal, contacts[deal.person.number], fields)
    return kommo


def deals_of(kommo: Kommo, now: datetime) -> list[tuple[int, Deal]]:
    """(lead's id in Kommo, its deal) of a Kommo just built at `now`."""
    return list(zip(kommo.world.rows["leads"], _in_order(now), strict=True))


def save(kommo: Kommo, path: Path) -> None:
    """Replace the file in one step; it holds a token, so only its owner may read it."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump({"token": kommo.token, "world": kommo.world.to_json()}, out, ensure_ascii=False)
    draft.replace(path)


def load(path: Path) -> Kommo:
    """What `save()` wrote, with the moves made since."""
    data = json.loads(path.read_text(encoding="utf-8"))
    world = World.from_json(data["world"])
    world.events_kept = EVENTS_KEPT
    ids = [list(world.rows[kind]) for kind in ("users", "pipelines", "loss_reasons")]
    return Kommo(world, data["token"], *ids)


def serve(path: Path, held: socket.socket, speed: float) -> None:
    """Serve until interrupted. Leads move at human speed, and a restart goes on where it was."""
    kommo, stop = load(path), threading.Event()
    mover = threading.Thread(target=_move, args=(kommo, path, speed, stop), daemon=True)
    mover.start()
    try:
        KommoServer(kommo.world, token=kommo.token, held=held).serve_forever()
    finally:
        stop.set()
        mover.join(5)


def _move(kommo: Kommo, path: Path, speed: float, stop: threading.Event) -> None:
    while not stop.wait(kommo.world.random.uniform(*MOVES_EVERY) / speed):
        drift_once(kommo.world)
        save(kommo, path)


def _in_order(now: datetime) -> list[Deal]:
    return sorted(kommo_deals(now), key=lambda deal: deal.created_at)


def _contacts(world: World, now: datetime) -> dict[int, int]:
    names = sorted({person.company for person in everybody() if person.company})
    companies = {name: world.add_company(name) for name in names}
    created = int(now.timestamp()) - 150 * 86400
    return {
        person.number: world.add_contact(
            person.name,
            [formatted_phone(person.phone)],
            [person.email] if person.email else [],
            company_id=companies.get(person.company),
            created_at=created + person.number * 977,
        )
        for person in everybody()[:IN_KOMMO]
    }


def _fields(world: World) -> list[int]:
    cloth = world.add_field("leads", "Tela", "select", enums=CLOTHS)
    return [
        cloth,
        world.add_field("leads", "Docenas", "numeric"),
        world.add_field("leads", "Entrega", "date"),
    ]


def _values(world: World, fields: list[int], deal: Deal) -> list[dict[str, Any]] | None:
    """Most leads have some, as people fill them in; None for those of whom nobody wrote anything."""
    dice = random.Random(f"{SEED}:fields:{deal.title}:{deal.person.number}")
    delivery = int((deal.created_at + timedelta(days=dice.randrange(10, 40))).timestamp()) // 86400 * 86400
    said = (dice.choice(CLOTHS), dice.choice((2, 4, 5, 8, 10, 12, 20)), delivery)
    rows = [
        {**entry_of(field, [value_item(field, value)]), "field_id": shown_id(id_)}
        for id_, value in zip(fields, said, strict=True)
        if dice.random() < 0.7 and (field := world.rows["fields"][id_])
    ]
    return rows or None


def _add(kommo: Kommo, deal: Deal, contact_id: int, fields: list[int]) -> None:
    stages = kommo.world.stage_ids(kommo.pipelines[deal.funnel])
    is_lost = deal.stage == len(stages) - 1
    kommo.world.add_lead(
        deal.title,
        kommo.pipelines[deal.funnel],
        stages[deal.stage],
        price=deal.price,
        owner_id=kommo.users[deal.seller],
        contact_ids=[contact_id],
        tags=deal.tags,
        loss_reason_id=kommo.reasons[LOST_REASONS.index(deal.lost_reason)] if is_lost else None,
        created_at=int(deal.created_at.timestamp()),
        updated_at=int(deal.updated_at.timestamp()),
        custom_fields_values=_values(kommo.world, fields, deal),
    )
