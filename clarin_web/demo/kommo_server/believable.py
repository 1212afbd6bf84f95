"""A small believable World and the drift that makes it live. The demo account builds its own, richer one."""

from __future__ import annotations

import threading

from clarin_web.demo.kommo_server.world import LOST, WON, World

FIRST = ("Lucía", "Mateo", "Valentina", "Thiago", "Camila", "José", "Renata", "Andrés", "Marisol", "Íñigo")
LAST = ("Quispe", "Fernández", "Ramos", "Huamán", "Castro", "Núñez", "Paredes", "Rojas", "Salazar", "Vega")
WHAT = ("Curso intensivo", "Matrícula 2027", "Plan anual", "Taller de verano", "Asesoría", "Paquete empresa")
TAGS = ("vip", "feria", "web", "recomendado", "urgente")


def believable(leads: int = 40, seed: int = 0) -> World:
    """A Peruvian academy with two pipelines."""
    world = World(seed)
    rnd = world.random
    users = [
        world.add_user("Ana Ruiz", "ana@demo.test", admin=True),
        world.add_user("Bruno Díaz", "bruno@demo.test"),
    ]
    reasons = [world.add_loss_reason(name) for name in ("Precio", "No responde", "Eligió a otro")]
    pipelines = [
        world.add_pipeline("Ventas", ("Contactado", "Propuesta", "Negociación")),
        world.add_pipeline("Postventa", ("Por renovar", "En conversación")),
    ]
    company = world.add_company("Academia Andina SAC")
    for index in range(leads):
        phone = f"+51 9{rnd.randrange(10**7, 10**8 - 1)}"
        name = f"{rnd.choice(FIRST)} {rnd.choice(LAST)}"
        contact = world.add_contact(name, [phone], company_id=company if index % 7 == 0 else None)
        pipeline = pipelines[index % 3 == 2]
        stage = rnd.choice(world.stage_ids(pipeline))
        created = world.now() - rnd.randrange(86400, 90 * 86400)
        world.add_lead(
            rnd.choice(WHAT),
            pipeline,
            stage,
            price=rnd.randrange(1, 60) * 100,
            owner_id=rnd.choice(users),
            contact_ids=[contact],
            tags=rnd.sample(TAGS, rnd.randrange(0, 3)),
            created_at=created,
            updated_at=rnd.randrange(created, world.now()),
            loss_reason_id=reasons[0] if stage == LOST else None,
        )
    return world


def drift_once(world: World) -> int | None:
    """One thing a seller would do now: mostly the next stage, sometimes a price. Answers the lead's id."""
    with world.lock:
        open_ = [
            row
            for row in world.rows["leads"].values()
            if not row["is_deleted"] and row["status_id"] not in (WON, LOST)
        ]
        if not open_:
            return None
        lead = world.random.choice(open_)
        if world.random.random() < 0.2:
            world.set_price(lead["id"], max(100, lead["price"] + world.random.choice((-200, 100, 300, 500))))
        else:
            _advance(world, lead["id"])
        return int(lead["id"])


def _advance(world: World, lead_id: int) -> None:
    """One stage on; from the last open stage, won or lost."""
    lead = world.rows["leads"][lead_id]
    open_ = world.stage_ids(lead["pipeline_id"], closed=False)
    place = open_.index(lead["status_id"]) if lead["status_id"] in open_ else -1
    if place + 1 < len(open_):
        world.move_stage(lead_id, open_[place + 1])
    elif world.random.random() < 0.6:
        world.move_stage(lead_id, WON)
    else:
        world.move_stage(
            lead_id, LOST, reason=world.random.choice(list(world.rows["loss_reasons"]) or [None])
        )


def drift(world: World, every: float, stop: threading.Event) -> None:
    """Keep drifting until `stop`; about one act per `every` seconds, unevenly, as people are."""
    while not stop.wait(world.random.uniform(0.5, 1.5) * every):
        drift_once(world)
