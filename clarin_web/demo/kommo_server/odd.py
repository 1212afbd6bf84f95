"""Rows as real accounts have them and no documentation shows: each is legal JSON, none may stop a mirror."""

from __future__ import annotations

from clarin_web.demo.kommo_server.world import World

LONG = "Ñandú 🚀 " * 1200  # some 10 kB


def add_oddities(world: World) -> dict[str, int]:
    """One row of each kind of oddity; {what: id}. Needs a pipeline."""
    with world.lock:
        pipeline = next(iter(world.rows["pipelines"]))
        return {**_leads(world, pipeline), **_contacts(world), **_fields(world, pipeline)}


def _leads(world: World, pipeline: int) -> dict[str, int]:
    stage, now = world.stage_ids(pipeline)[0], world.now()
    return {
        "decimal price": world.add_lead("Decimales", pipeline, price=99.9, price_with_minor_units=99.95),
        "price as text": world.add_lead("Texto", pipeline, price="1500"),  # type: ignore[arg-type]
        "no price": world.add_lead("Sin precio", pipeline, price=None),  # type: ignore[arg-type]
        "long name": world.add_lead(LONG, pipeline),
        "no name": world.add_lead("", pipeline),
        "right to left": world.add_lead("\u202eعقد محمد\u202c", pipeline),
        "back-dated": world.add_lead("Antiguo", pipeline, created_at=now - 10**8, updated_at=now - 10**8),
        "from the future": world.add_lead("Mañana", pipeline, created_at=now + 10**7),
        "unknown stage": world.add_lead("Etapa borrada", pipeline, 6999),
        "unknown owner": world.add_lead("Sin dueño", pipeline, stage, owner_id=1),
        "unknown contact": world.add_lead("Sin persona", pipeline, stage, contact_ids=[4_000_000]),
        "many contacts": world.add_lead("Grupo", pipeline, stage, contact_ids=_group(world)),
    }


def _group(world: World) -> list[int]:
    return [world.add_contact(f"Integrante {number}") for number in range(12)]


def _contacts(world: World) -> dict[str, int]:
    return {
        "no phone": world.add_contact("Sin teléfono"),
        "empty phone": world.add_contact("Vacío", [""]),
        "phone that is none": world.add_contact("Preguntar", ["llamar a la oficina"]),
        "phone with spaces": world.add_contact("Espacios", ["+51 999-111 222", ("999111222", "MOB")]),
        "phone of another": world.add_contact("Gemelo", ["999111222"]),
        "many phones": world.add_contact("Central", [f"+51 9{number:08}" for number in range(40)]),
        "nul in the name": world.add_contact("Cero\x00Cero"),
    }


def _fields(world: World, pipeline: int) -> dict[str, int]:
    unknown = world.add_field("leads", "Del futuro", "hologram")
    lead = world.add_lead("Campo desconocido", pipeline)
    world.set_field("leads", lead, unknown, {"layers": [1, 2]})
    plain = world.add_field("leads", "Texto", "text")
    empty = world.add_lead("Campo vacío", pipeline)
    world.set_field("leads", empty, plain, None)
    return {"unknown field type": lead, "null in a field": empty}
