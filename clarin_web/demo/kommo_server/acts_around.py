"""What happens around deals: custom fields, tasks, notes, calls, incoming leads, renames."""

from __future__ import annotations

from clarin_web.demo.kommo_server.acts import some
from clarin_web.demo.kommo_server.world import World


def field(world: World) -> str | None:
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


def work(world: World) -> str | None:
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


def incoming(world: World) -> str | None:
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


def rename(world: World) -> str | None:
    pipelines = list(world.rows["pipelines"])
    if not pipelines:
        return None
    pipeline = world.random.choice(pipelines)
    stage = world.random.choice(world.stage_ids(pipeline))
    world.rename_stage(pipeline, stage, f"Etapa {world.random.randrange(1000)}")
    return f"stage {stage} of {pipeline}"
