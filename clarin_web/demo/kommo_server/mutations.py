"""One random thing that happens in a Kommo: edits, moves, new rows, deletes, merges, tags, calls, renames."""

from __future__ import annotations

from collections.abc import Callable

from clarin_web.demo.kommo_server import acts, acts_around, acts_rare
from clarin_web.demo.kommo_server.world import World

Act = Callable[[World], str | None]
# name -> (how often, the act)
ACTS: dict[str, tuple[int, Act]] = {
    "edit": (20, acts.edit),
    "move": (20, acts.move),
    "assign": (5, acts.assign),
    "new_lead": (8, acts.new_lead),
    "new_contact": (6, acts.new_contact),
    "delete": (5, acts.delete),
    "restore": (2, acts.restore),
    "merge": (3, acts.merge),
    "tag": (8, acts.tag),
    "link": (4, acts.link),
    "field": (6, acts_around.field),
    "work": (6, acts_around.work),
    "incoming": (3, acts_around.incoming),
    "rename": (1, acts_around.rename),
}

# What happens now and then: only when it is asked for by name.
RARE: dict[str, tuple[int, Act]] = {
    "back_date": (4, acts_rare.back_date),
    "mass_edit": (1, acts_rare.mass_edit),
    "merge_twins": (3, acts_rare.merge_twins),
    "share_phone": (3, acts_rare.share_phone),
    "purge": (2, acts_rare.purge),
    "note": (3, acts_rare.note),
    "reference": (3, acts_rare.reference),
    "time": (3, acts_rare.time),
    "stamp_anywhere": (4, acts_rare.stamp_anywhere),
    "bring_old": (3, acts_rare.bring_old),
    "rename_option": (2, acts_rare.rename_option),
    "odd_date": (3, acts_rare.odd_date),
}


def step(world: World, only: tuple[str, ...] = ()) -> str:
    """Do one thing by the World's own lot and say what. `only` restricts it to names of ACTS and RARE."""
    with world.lock:
        names = only or tuple(ACTS)
        known = {**ACTS, **RARE}
        weights = [known[name][0] for name in names]
        for _ in range(20):
            name = world.random.choices(names, weights)[0]
            done = known[name][1](world)
            if done is not None:
                return f"{name} {done}"
    return "nothing"
