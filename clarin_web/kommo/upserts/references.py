"""What leads point at: users, pipelines, stages and reasons. A handful of rows, changed seldom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute, session
from clarin_web.events import Actor, NamesChanged, announce, announce_all
from clarin_web.kommo.mapping import LOST, WON, PipelineRow, StageRow, placeholder_stage
from clarin_web.kommo.regions import currency_of
from clarin_web.kommo.upserts.mirrored import leads_mirrored
from clarin_web.kommo.upserts.people import owners_of
from clarin_web.kommo.upserts.renaming import rename_reason
from clarin_web.models import Lead, LostReason, Pipeline, Stage


@dataclass(frozen=True, slots=True)
class OurStage:
    pipeline_id: int
    stage_id: int
    kind: str


@dataclass
class References:
    """Kommo's ids as ours, and the `currency` of its amounts (None for the account's own).

    `stages` is keyed by (pipeline, status), `reasons` by name, `reason_ids` by Kommo's id.
    """

    stages: dict[tuple[int, int], OurStage] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    reason_ids: dict[int, int] = field(default_factory=dict)
    currency: str | None = None


def load_references(account_id: int) -> References:
    """What a page of leads is resolved with, in five statements. Archived stages count: leads stay in them."""
    stages = select(Pipeline.kommo_id, Stage.kommo_id, Stage.pipeline_id, Stage.id, Stage.kind).join(
        Stage, (Stage.account_id == Pipeline.account_id) & (Stage.pipeline_id == Pipeline.id)
    )
    stages = stages.where(Pipeline.account_id == account_id, Pipeline.kommo_id.is_not(None))
    found = References(currency=currency_of(account_id))
    for pipeline, status, pipeline_id, stage_id, kind in execute(stages.where(Stage.kommo_id.is_not(None))):
        found.stages[pipeline, status] = OurStage(pipeline_id, stage_id, kind)
    found.owners = owners_of(account_id)
    columns = (LostReason.name, LostReason.id, LostReason.kommo_id)
    for name, id_, kommo_id in execute(select(*columns).where(LostReason.account_id == account_id)):
        found.reasons[name] = id_
        found.reason_ids |= {kommo_id: id_} if kommo_id else {}
    return found


def upsert_reasons(account_id: int, names: dict[int, str]) -> None:
    """{Kommo id: name}. Reasons of one name are one, whoever named them; a renamed one keeps its leads."""
    if not names:
        return
    mine = select(LostReason).where(LostReason.account_id == account_id)
    ours = {reason.name: reason for reason in session().scalars(mine)}
    renamed = [one for one in ours.values() if names.get(one.kommo_id or 0, one.name) != one.name]
    stay = {name for name, reason in ours.items() if reason not in renamed}
    wanted = {one: names[one.kommo_id or 0] for one in renamed}
    wanted = {one: name for one, name in wanted.items() if name not in stay}
    for reason in wanted:  # two may change their names with each other
        reason.name = f"#{reason.kommo_id}"
    session().flush()
    for reason, name in wanted.items():
        if name not in stay:
            reason.name = name
            stay.add(name)
    same = {one: name for one in renamed if (name := names[one.kommo_id or 0]) != one.name}
    _absorb(account_id, same, {one.name: one for one in ours.values()})
    held = {one.kommo_id for one in ours.values() if one not in same}
    for id_, name in names.items():
        if id_ not in held and name in ours and ours[name].kommo_id is None:
            ours[name].kommo_id = id_
    session().flush()
    rows = [
        {"account_id": account_id, "name": name, "kommo_id": id_}
        for id_, name in names.items()
        if name not in {one.name for one in ours.values() if one not in same} and id_ not in held
    ]
    if rows:
        statement = insert(LostReason).values(rows)
        execute(statement.on_conflict_do_nothing(index_elements=["account_id", "name"]))
    rename_reason(account_id, names)


def _absorb(account_id: int, same: Mapping[LostReason, str], named: Mapping[str, LostReason]) -> None:
    """Reasons that are now called as another is: the other has their leads, and is Kommo's if it was typed here."""
    for reason, name in same.items():
        other = named[name]
        theirs = (Lead.account_id == account_id, Lead.lost_reason_id == reason.id)
        moved = update(Lead).where(*theirs).values(lost_reason_id=other.id, version=Lead.version + 1)
        moved = moved.returning(Lead.id, Lead.pipeline_id)
        rows = execute(moved.execution_options(synchronize_session=False)).all()
        announce_all(leads_mirrored(account_id, rows))
        other.kommo_id, other.archived_at = other.kommo_id or reason.kommo_id, None
        session().delete(reason)
    session().flush()


def ensure_reasons(account_id: int, named: dict[int, str], known: References) -> bool:
    """Reasons that leads were lost for and no list has named yet: {Kommo id: name}. Answers whether any was needed.

    One that is known under its id keeps its name: only the list of reasons says how it is called now.
    """
    missing = {id_: name for id_, name in named.items() if id_ not in known.reason_ids}
    if not missing:
        return False
    rows = [{"account_id": account_id, "name": name, "kommo_id": id_} for id_, name in missing.items()]
    statement = insert(LostReason).values(rows)
    execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "name"],
            set_={"kommo_id": func.coalesce(LostReason.kommo_id, statement.excluded.kommo_id)},
        )
    )
    return True


def upsert_pipelines(account_id: int, rows: Collection[PipelineRow], *, complete: bool = True) -> bool:
    """Kommo's pipelines and stages. With `complete`, what is no longer listed is archived, never deleted.

    Answers whether anything changed.
    """
    known = {row.kommo_id: row for row in _pipelines(account_id)}
    if complete and rows and not known:
        _archive_unused(account_id)
    has_main = any(row.is_main for row in known.values()) or _has_own_main(account_id)
    for row in sorted(rows, key=lambda row: (not row.is_main, row.position)):
        pipeline = known.get(row.kommo_id)
        if pipeline is None:
            pipeline = Pipeline(
                account_id=account_id, kommo_id=row.kommo_id, name=row.name, position=row.position
            )
            pipeline.is_main, has_main = not has_main, True
            session().add(pipeline)
            session().flush()  # for pipeline.id, which the stages point at
        pipeline.name, pipeline.position = row.name, row.position
        pipeline.archived_at = _archived(pipeline.archived_at, row.is_archived)
        _upsert_stages(pipeline, row.stages, complete)
    if complete and rows:
        for kommo_id in known.keys() - {row.kommo_id for row in rows}:
            known[kommo_id].archived_at = _archived(known[kommo_id].archived_at, True)
    changed = bool(session().dirty or session().new)
    session().flush()
    if changed:
        announce(NamesChanged(account_id=account_id, actor=Actor.kommo()))
    return changed


def ensure_stages(account_id: int, pairs: Collection[tuple[int, int]], known: References) -> bool:
    """Archived stand-ins for stages that leads are in and no list names. Answers whether any was needed."""
    missing: dict[int, list[StageRow]] = {}
    for pipeline, status in sorted(set(pairs) - known.stages.keys()):
        missing.setdefault(pipeline, []).append(placeholder_stage(status))
    have = {row.kommo_id: row for row in _pipelines(account_id)}
    for kommo_id, stages in missing.items():
        if kommo_id in have:
            _upsert_stages(have[kommo_id], tuple(stages), complete=False, archived=True)
        else:
            row = PipelineRow(kommo_id, f"Kommo {kommo_id}", 999, False, True, tuple(stages))
            upsert_pipelines(account_id, [row], complete=False)
    session().flush()
    if missing:
        announce(NamesChanged(account_id=account_id, actor=Actor.kommo()))
    return bool(missing)


def _pipelines(account_id: int) -> list[Pipeline]:
    wanted = select(Pipeline).where(Pipeline.account_id == account_id, Pipeline.kommo_id.is_not(None))
    return list(session().scalars(wanted))


def _archive_unused(account_id: int) -> None:
    """The pipeline an account started with goes when Kommo's come, unless a lead has ever been in it."""
    used = select(Lead.id).where(Lead.account_id == account_id, Lead.pipeline_id == Pipeline.id).exists()
    unused = update(Pipeline).where(Pipeline.account_id == account_id, Pipeline.kommo_id.is_(None), ~used)
    unused = unused.where(Pipeline.archived_at.is_(None))
    execute(unused.values(archived_at=func.now(), is_main=False).execution_options(synchronize_session=False))


def _has_own_main(account_id: int) -> bool:
    wanted = select(func.count()).where(Pipeline.account_id == account_id, Pipeline.is_main)
    return bool(execute(wanted).scalar_one())


def _upsert_stages(
    pipeline: Pipeline, rows: tuple[StageRow, ...], complete: bool, *, archived: bool = False
) -> None:
    wanted = select(Stage).where(Stage.account_id == pipeline.account_id, Stage.pipeline_id == pipeline.id)
    known = {stage.kommo_id: stage for stage in session().scalars(wanted)}
    have = {row.kommo_id for row in rows} | known.keys()
    # Every pipeline has exactly one won and one lost stage (rule 6), even when an odd server lists none.
    extra = tuple(placeholder_stage(id_, 1000 + id_) for id_ in (WON, LOST) if id_ not in have)
    for row in (*rows, *extra):
        stage = known.get(row.kommo_id)
        if stage is None:
            stage = Stage(account_id=pipeline.account_id, pipeline_id=pipeline.id, kommo_id=row.kommo_id)
            stage.kind, stage.color, stage.archived_at = (
                row.kind,
                row.color,
                _archived(None, archived and row.kind == "open"),
            )
            session().add(stage)
        elif not archived:
            stage.archived_at = None
        stage.name, stage.position = row.name, row.position
    if complete and rows:
        listed = {row.kommo_id for row in rows} | {WON, LOST, None}
        for kommo_id in known.keys() - listed:
            known[kommo_id].archived_at = _archived(known[kommo_id].archived_at, True)


def _archived(since: datetime | None, is_archived: bool) -> datetime | None:
    return (since or datetime.now(UTC)) if is_archived else None
