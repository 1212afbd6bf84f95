"""One random thing that happens in a Kommo: edits, moves, new rows, deletes, merges, tags, renames, bulk acts."""

from __future__ import annotations

from collections.abc import Callable
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
Act = Callable[[World], str | None]


def step(world: World, only: tuple[str, ...] = ()) -> str:
    """Do one thing by the World's own lot and say what. `only` restricts it to names of ACTS."""
    with world.lock:
        names = only or tuple(ACTS)
        weights = [ACTS[name][0] for name in names]
        for _ in range(20):
            name = world.random.choices(names, weights)[0]
            done = ACTS[name][1](world)
            if done is not None:
                return f"{name} {done}"
    return "nothing"


def some(world: World, kind: str) -> int | None:
    """Any listed row of a kind."""
    keys = world.rows[kind].listed()
    return id_of(world.random.choice(keys)) if keys else None


def _edit(world: World) -> str | None:
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


def _move(world: World) -> str | None:
    lead, pipelines = some(world, "leads"), list(world.rows["pipelines"])
    if lead is None or not pipelines:
        return None
    pipeline = world.random.choice(pipelines)
    stage = world.random.choice(world.stage_ids(pipeline))
    reasons = list(world.rows["loss_reasons"])
    reason = world.random.choice(reasons) if reasons and stage == LOST else None
    world.move_stage(lead, stage, pipeline_id=pipeline, reason=reason)
    return f"{lead} to {'won' if stage == WON else stage}"


def _assign(world: World) -> str | None:
    lead, users = some(world, "leads"), list(world.rows["users"])
    if lead is None or not users:
        return None
    world.assign(lead, world.random.choice(users))
    return str(lead)


def _new_lead(world: World) -> str | None:
    pipelines = [id_ for id_, row in world.rows["pipelines"].items() if not row["is_archive"]]
    if not pipelines:
        return None
    contact = some(world, "contacts")
    pipeline, tags = world.random.choice(pipelines), world.random.sample(TAGS, 2)
    contacts = [contact] if contact else []
    return str(
        world.add_lead(world.random.choice(NAMES), pipeline, price=50, contact_ids=contacts, tags=tags)
    )


def _new_contact(world: World) -> str | None:
    company = some(world, "companies")
    phone = world.random.choice([*PHONES, f"+519{world.random.randrange(10**8):08}"])
    return str(world.add_contact(world.random.choice(NAMES), [phone] if phone else [], company_id=company))


def _delete(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    id_ = some(world, kind)
    if id_ is None:
        return None
    world.delete(kind, id_)
    return f"{kind} {id_}"


def _restore(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    bin_ = [row["id"] for row in world.rows[kind].changed() if _in_bin(row)]
    if not bin_:
        return None
    id_ = world.random.choice(sorted(bin_))
    world.restore(kind, id_)
    return f"{kind} {id_}"


def _in_bin(row: dict[str, Any]) -> bool:
    return bool(row.get("is_deleted")) and not row.get("merged_into") and not row.get("is_unsorted")


def _merge(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    first, second = some(world, kind), some(world, kind)
    if first is None or second is None or first == second:
        return None
    world.merge(kind, first, second)
    return f"{kind} {second} into {first}"


def _tag(world: World) -> str | None:
    kind = world.random.choice(ENTITIES)
    id_ = some(world, kind)
    if id_ is None:
        return None
    world.tag(kind, id_, *world.random.sample(TAGS, world.random.randrange(4)))
    return f"{kind} {id_}"


def _link(world: World) -> str | None:
    lead, contact = some(world, "leads"), some(world, "contacts")
    if lead is None or contact is None:
        return None
    linked = contact in world.rows["leads"][lead]["contact_ids"]
    (world.unlink if linked else world.link)(lead, contact)
    return f"{lead} {contact}"


def _field(world: World) -> str | None:
    own = [row for row in world.rows["fields"].values() if not row.get("is_predefined")]
    if not own:
        return None
    field = world.random.choice(own)
    id_ = some(world, field["entity"])
    if id_ is None:
        return None
    values = [] if world.random.random() < 0.2 else [world.example_of(field["id"])]
    world.set_field(field["entity"], id_, field["id"], *values)
    return f"{field['entity']} {id_} {field['type']}"


def _work(world: World) -> str | None:
    lead = some(world, "leads")
    if lead is None:
        return None
    task = some(world, "tasks")
    choice = world.random.randrange(5)
    if choice == 0:
        return f"call {world.add_call('leads', lead, '+51999111222')}"
    if choice == 1:
        return f"note {world.add_note('leads', lead, text='Llamar mañana')}"
    if choice == 2 and task is not None:
        world.complete_task(task, "Interesado")
        return f"task done {task}"
    if choice == 3 and task is not None:
        world.delete_task(task)
        return f"task gone {task}"
    return f"task {world.add_task('Llamar', 'leads', lead)}"


def _incoming(world: World) -> str | None:
    waiting = [row["uid"] for row in world.rows["unsorted"].values()]
    if waiting and world.random.random() < 0.6:
        uid = world.random.choice(waiting)
        return f"decided {_decide(world, uid)}"
    pipelines = list(world.rows["pipelines"])
    if not pipelines:
        return None
    return world.add_unsorted("Desde la web", world.random.choice(pipelines), "Luis Web", "+51 988 777 666")


def _decide(world: World, uid: str) -> int:
    return world.accept(uid) if world.random.random() < 0.6 else world.decline(uid)


def _rename(world: World) -> str | None:
    pipelines = list(world.rows["pipelines"])
    if not pipelines:
        return None
    pipeline = world.random.choice(pipelines)
    stage = world.random.choice(world.stage_ids(pipeline))
    world.rename_stage(pipeline, stage, f"Etapa {world.random.randrange(1000)}")
    return f"stage {stage} of {pipeline}"


# name -> (how often, the act)
ACTS: dict[str, tuple[int, Act]] = {
    "edit": (20, _edit),
    "move": (20, _move),
    "assign": (5, _assign),
    "new_lead": (8, _new_lead),
    "new_contact": (6, _new_contact),
    "delete": (5, _delete),
    "restore": (2, _restore),
    "merge": (3, _merge),
    "tag": (8, _tag),
    "link": (4, _link),
    "field": (6, _field),
    "work": (6, _work),
    "incoming": (3, _incoming),
    "rename": (1, _rename),
}
