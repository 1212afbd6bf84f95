"""The account's pipelines, stages, people and tags, in one statement: pages look names up instead of joining."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    select,
    union_all,
)

from clarin_web.accounts.permissions import WORKING_ROLES
from clarin_web.db import execute
from clarin_web.models import KommoRecord, Membership, Pipeline, Stage, Tag, User
from clarin_web.pipelines.queries import PipelineView, StageView


@dataclass(frozen=True, slots=True)
class TagView:
    id: int
    name: str
    color: str


@dataclass(slots=True, eq=False)
class Directory:
    """Compared by identity, so that what was drawn with it is found again as long as it is the same one.

    `stages`, `users` and `tags` know archived ones too, so old rows keep their names; lists offer living ones.
    `kommo_users` are Kommo's people who are no members here.
    """

    pipelines: list[PipelineView] = field(default_factory=list)
    stages: dict[int, StageView] = field(default_factory=dict)
    users: dict[int, str] = field(default_factory=dict)
    tags: dict[int, TagView] = field(default_factory=dict)
    active_users: list[int] = field(default_factory=list)
    assignable_users: list[int] = field(default_factory=list)
    active_tags: list[int] = field(default_factory=list)
    kommo_users: dict[int, str] = field(default_factory=dict)

    def pipeline(self, pipeline_id: int | None) -> PipelineView | None:
        return next((pipeline for pipeline in self.pipelines if pipeline.id == pipeline_id), None)

    def stage(self, stage_id: int) -> StageView:
        """Its name; a stage made since the directory was read is shown without one rather than not at all."""
        return self.stages.get(stage_id) or StageView(stage_id, 0, "…", "open", "slate")

    def tags_named(self, tag_ids: list[int]) -> list[TagView]:
        return sorted(
            (self.tags[tag_id] for tag_id in tag_ids if tag_id in self.tags), key=lambda tag: tag.name
        )

    def owner_name(self, user_id: int | None) -> str:
        return self.users.get(user_id, "") if user_id is not None else ""

    def responsible(self, lead: Any) -> str:
        """Whose a lead is: our member, else who is responsible for it in Kommo, else nobody."""
        if lead.owner_id is not None:
            return self.owner_name(lead.owner_id)
        return self.kommo_name(int(lead.kommo_owner)) if lead.kommo_owner else ""

    def kommo_name(self, kommo_user: int) -> str:
        """One of Kommo's people, by number where Kommo does not tell names."""
        return f"Kommo: {self.kommo_users.get(kommo_user) or f'#{kommo_user}'}"


def read_directory(account_id: int) -> Directory:
    found = Directory()
    add = {"pipeline": _add_pipeline, "stage": _add_stage, "tag": _add_tag, "user": _add_user}
    add["kommo_user"] = _add_kommo_user
    for row in execute(STATEMENT, {"account": account_id}):
        add[row.what](found, row)
    return found


def _add_pipeline(found: Directory, row: Row[Any]) -> None:
    if not row.gone:
        found.pipelines.append(PipelineView(row.id, row.name, row.kind == "main"))


def _add_stage(found: Directory, row: Row[Any]) -> None:
    """Pipelines sort before stages, so the stage's pipeline is already there, unless it is archived."""
    stage = found.stages[row.id] = StageView(row.id, row.parent, row.name, row.kind, row.color)
    pipeline = found.pipeline(row.parent)
    if pipeline and not row.gone:
        pipeline.stages.append(stage)


def _add_tag(found: Directory, row: Row[Any]) -> None:
    found.tags[row.id] = TagView(row.id, row.name, row.color)
    if not row.gone:
        found.active_tags.append(row.id)


def _add_user(found: Directory, row: Row[Any]) -> None:
    found.users[row.id] = row.name
    if not row.gone:
        found.active_users.append(row.id)
        if row.kind in WORKING_ROLES:
            found.assignable_users.append(row.id)


def _add_kommo_user(found: Directory, row: Row[Any]) -> None:
    found.kommo_users[row.id] = row.name


def _strangers(account_id: ColumnElement[int]) -> Select[tuple[str, int, str, str, str, int, int, bool]]:
    """Kommo's people who are no members here."""
    is_number = KommoRecord.key.regexp_match("^[0-9]{1,18}$")
    kommo_user = case((is_number, cast(KommoRecord.key, BigInteger)), else_=0)
    members = select(Membership.kommo_user_id).where(
        Membership.account_id == account_id, Membership.kommo_user_id.is_not(None)
    )
    # Somebody who was invited again has another id now, and is known by the e-mail.
    email = func.coalesce(KommoRecord.data["email"].astext, "")
    emails = select(func.lower(User.email)).join(Membership, Membership.user_id == User.id)
    emails = emails.where(Membership.account_id == account_id)
    return select(
        literal("kommo_user"),
        kommo_user,
        func.coalesce(KommoRecord.data["name"].astext, ""),
        literal(""),
        literal(""),
        literal(0, BigInteger),
        literal(0, BigInteger),
        false(),
    ).where(
        KommoRecord.account_id == account_id,
        KommoRecord.kind == "users",
        kommo_user.not_in(members),
        func.lower(email).not_in(emails),
    )


def _statement() -> Select[tuple[str, int, str, str, str, int, int, bool]]:
    account_id = bindparam("account", type_=BigInteger)
    nowhere, first = literal(0, BigInteger), literal(0, BigInteger)
    pipelines = select(
        literal("pipeline").label("what"),
        Pipeline.id.label("id"),
        Pipeline.name.label("name"),
        case((Pipeline.is_main, "main"), else_="").label("kind"),
        literal("").label("color"),
        nowhere.label("parent"),
        Pipeline.position.label("position"),
        Pipeline.archived_at.is_not(None).label("gone"),
    ).where(Pipeline.account_id == account_id)
    stages = select(
        literal("stage"),
        Stage.id,
        Stage.name,
        Stage.kind,
        Stage.color,
        Stage.pipeline_id,
        Stage.position,
        Stage.archived_at.is_not(None),
    ).where(Stage.account_id == account_id)
    tags = select(
        literal("tag"), Tag.id, Tag.name, literal(""), Tag.color, nowhere, first, Tag.archived_at.is_not(None)
    ).where(Tag.account_id == account_id)
    users = (
        select(
            literal("user"),
            User.id,
            User.name,
            Membership.role,
            literal(""),
            nowhere,
            first,
            Membership.disabled_at.is_not(None),
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.account_id == account_id)
    )
    rows = union_all(pipelines, stages, tags, users, _strangers(account_id)).subquery("directory")
    return select(rows).order_by(rows.c.what, rows.c.kind != "main", rows.c.position, rows.c.name, rows.c.id)


STATEMENT = _statement()
