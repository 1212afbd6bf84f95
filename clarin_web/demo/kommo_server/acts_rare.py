"""What happens now and then: stamps set into the past, many rows in one second, an emptied bin, renamed references."""

from __future__ import annotations

from clarin_web.demo.kommo_server.acts import NAMES, some
from clarin_web.demo.kommo_server.core import ENTITIES
from clarin_web.demo.kommo_server.table import id_of
from clarin_web.demo.kommo_server.world import World

YEARS = 5 * 365 * 86_400
BACK = 40 * 3600  # as far as an integration stamps its changes back
MANY = 40
DATES = ("date", "date_time", "birthday")
ODD_DATES: tuple[object, ...] = (
    253_402_300_799,
    -62_135_596_800,
    10**18,
    -(10**18),
    "9999-12-31",
    "0000-00-00",
    "mañana",
    "",
    0,
    1.5,
    True,
    [],
    {"y": 1},
)


def back_date(world: World) -> str | None:
    """Changed, and stamped at some moment of the last two days."""
    kind = world.random.choice(ENTITIES)
    id_ = some(world, kind)
    if id_ is None:
        return None
    at = world.now() - world.random.randrange(BACK)
    world.change(kind, id_, name=f"Atrás {world.random.randrange(1000)}", updated_at=at)
    return f"{kind} {id_}"


def stamp_anywhere(world: World) -> str | None:
    """Changed, and stamped with a moment years away, before or after now."""
    kind = world.random.choice((*ENTITIES, "tasks", "notes"))
    id_ = some(world, kind)
    if id_ is None:
        return None
    at = world.now() + world.random.randrange(-YEARS, YEARS)
    name = "text" if kind == "tasks" else "name"
    told = {} if kind == "notes" else {name: f"Otro tiempo {world.random.randrange(1000)}"}
    world.change(kind, id_, **told, updated_at=at)
    return f"{kind} {id_} {at - world.now():+}"


def bring_old(world: World) -> str | None:
    """Rows of years ago, as an import brings them: no event of today tells of them."""
    pipelines = list(world.rows["pipelines"])
    if not pipelines:
        return None
    at = world.now() - world.random.randrange(YEARS)
    contact = world.add_contact("De antes", [f"+519{world.random.randrange(10**8):08}"], created_at=at)
    pipeline = world.random.choice(pipelines)
    return str(world.add_lead("De antes", pipeline, contact_ids=[contact], created_at=at))


def rename_option(world: World) -> str | None:
    """An option of a field, or the field, gets another name."""
    fields = [row for row in world.rows["fields"].values() if row["type"] == "select"]
    if not fields:
        return None
    field, number = world.random.choice(fields), world.random.randrange(1000)
    if world.random.random() < 0.3:
        world.rename_field(field["id"], f"Campo {number}")
        return f"field {field['id']}"
    option = world.random.choice(field["enums"])
    world.rename_option(field["id"], option["id"], f"Opción {number}")
    return f"{field['id']} {option['id']}"


def odd_date(world: World) -> str | None:
    """A date that no calendar has, in a field of dates."""
    fields = [row for row in world.rows["fields"].values() if row["type"] in DATES]
    if not fields:
        return None
    field = world.random.choice(fields)
    id_ = some(world, field["entity"])
    if id_ is None:
        return None
    world.set_field(field["entity"], id_, field["id"], world.random.choice(ODD_DATES))
    return f"{field['entity']} {id_}"


def mass_edit(world: World) -> str | None:
    """More rows in one second than any page holds."""
    kind = world.random.choice(("leads", "contacts"))
    ids = [id_of(key) for key in world.rows[kind].listed()[:MANY]]
    at = world.now()
    for id_ in ids:
        world.change(kind, id_, name=f"{world.random.choice(NAMES[:5])} {id_}", updated_at=at)
    return f"{len(ids)} {kind}"


def merge_twins(world: World) -> str | None:
    """Two contacts made one because they have the same phone: why most are."""
    holders: dict[str, list[int]] = {}
    for key in world.rows["contacts"].listed():
        for phone in world.rows["contacts"][id_of(key)].get("phones") or ():
            if isinstance(phone, str) and sum(letter.isdigit() for letter in phone) >= 9:
                holders.setdefault(phone, []).append(id_of(key))
    twins = [ids for ids in holders.values() if len(ids) > 1]
    if not twins:
        return None
    survivor, absorbed = world.random.sample(world.random.choice(twins), 2)
    world.merge("contacts", survivor, absorbed)
    return f"{absorbed} into {survivor}"


def share_phone(world: World) -> str | None:
    """A contact shows the phone of another too: a family, an office."""
    first, second = some(world, "contacts"), some(world, "contacts")
    if first is None or second is None or first == second:
        return None
    shown = world.rows["contacts"][second]["phones"]
    phones = [phone for phone in world.rows["contacts"][first]["phones"] if phone not in ("", *shown)]
    if not phones:
        return None
    world.change("contacts", second, phones=[*shown, phones[0]])
    return f"{phones[0]} of {first} on {second}"


def purge(world: World) -> str | None:
    """A lead thrown away for good."""
    bin_ = [row["id"] for row in world.rows["leads"].changed() if row.get("is_deleted")]
    gone = [id_ for id_ in bin_ if not world.rows["leads"][id_].get("merged_into")]
    if not gone:
        return None
    id_ = world.random.choice(sorted(gone))
    world.purge("leads", id_)
    return str(id_)


def note(world: World) -> str | None:
    """Written on anything, edited, taken away."""
    kind = world.random.choice(ENTITIES)
    id_ = some(world, kind)
    notes = [row["id"] for row in world.rows["notes"].values() if not row.get("is_deleted")]
    choice = world.random.randrange(4)
    if notes and choice == 0:
        world.edit_note(
            chosen := world.random.choice(sorted(notes)), text=f"Nota {world.random.randrange(99)}"
        )
        return f"edited {chosen}"
    if notes and choice == 1:
        world.delete_note(chosen := world.random.choice(sorted(notes)))
        return f"gone {chosen}"
    if notes and choice == 2:
        world.purge("notes", chosen := world.random.choice(sorted(notes)))
        return f"gone without a word {chosen}"
    return None if id_ is None else f"{kind} {world.add_note(kind, id_, text='Nota')}"


def reference(world: World) -> str | None:
    """A loss reason or a tag gets another name; a pipeline another stage."""
    number, choice = world.random.randrange(1000), world.random.randrange(3)
    kind = ("loss_reasons", "tags", "pipelines")[choice]
    if not len(world.rows[kind]):
        return None
    id_ = world.random.choice(sorted(world.rows[kind]))
    if kind == "loss_reasons":
        names = [row["name"] for row in world.rows["loss_reasons"].values()]
        world.rename_loss_reason(id_, world.random.choice((f"Motivo {number}", *names)))
    elif kind == "tags":
        world.rename_tag(id_, f"etiqueta {number}")
    else:
        world.add_stage(id_, f"Otra {number}")
    return f"{kind} {id_}"


def time(world: World) -> str | None:
    """Some minutes pass."""
    seconds = world.random.choice((1, 20, 40, 700))
    world.move_clock(seconds)
    return f"{seconds} s"
