"""Users, pipelines and stages."""

from __future__ import annotations

from dataclasses import dataclass

from clarin_web.kommo.mapping.cells import Oddities, Row, embedded_of, id_of, number_of, place_of, text_of

WON, LOST = 142, 143
OPEN_COLORS = ("blue", "violet", "amber", "cyan", "orange")
INCOMING = 1


@dataclass(frozen=True, slots=True)
class UserRow:
    kommo_id: int
    name: str
    email: str
    is_active: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class StageRow:
    kommo_id: int
    name: str
    kind: str
    color: str
    position: int


@dataclass(frozen=True, slots=True)
class PipelineRow:
    kommo_id: int
    name: str
    position: int
    is_main: bool
    is_archived: bool
    stages: tuple[StageRow, ...]


def user(row: Row, odd: Oddities) -> UserRow | None:
    id_ = id_of(row, "user", odd)
    if id_ is None:
        return None
    rights = row.get("rights")
    active = not isinstance(rights, dict) or rights.get("is_active") is not False
    email = text_of(row.get("email"), 254).lower()
    groups = [text_of(group.get("name")) for group in embedded_of(row, "groups")]
    name = text_of(row.get("name")) or email or f"#{id_}"
    return UserRow(id_, name, email, active, groups[0] if groups else "")


def pipeline(row: Row, odd: Oddities) -> PipelineRow | None:
    id_ = id_of(row, "pipeline", odd)
    if id_ is None:
        return None
    # One that is listed twice is one stage.
    by_id = {id_of(status, "stage", odd): status for status in embedded_of(row, "statuses")}
    statuses = [status for stage_id, status in by_id.items() if stage_id is not None]
    statuses.sort(key=lambda status: (number_of(status.get("sort")), status["id"]))
    stages = tuple(_stage(status, place) for place, status in enumerate(statuses))
    name = text_of(row.get("name")) or f"Kommo {id_}"
    flags = row.get("is_main") is True, row.get("is_archive") is True
    return PipelineRow(id_, name, place_of(row.get("sort")), *flags, stages)


def placeholder_stage(kommo_id: int, position: int = 99) -> StageRow:
    """A stage that leads are in though the pipeline does not list it."""
    return _stage({"id": kommo_id}, position)


def _stage(status: Row, place: int) -> StageRow:
    id_ = status["id"]
    kind = {WON: "won", LOST: "lost"}.get(id_, "open")
    # Slate is kept for what nobody has looked at yet, so that it never looks like a stage of the work.
    open_color = "slate" if status.get("type") == INCOMING else OPEN_COLORS[place % len(OPEN_COLORS)]
    color = {"won": "green", "lost": "red"}.get(kind, open_color)
    return StageRow(id_, text_of(status.get("name")) or f"Kommo {id_}", kind, color, place)
