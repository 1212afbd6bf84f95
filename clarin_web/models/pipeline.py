"""Pipelines and their stages; a stage's kind decides a lead's status (domain rule 6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

STAGE_KINDS = ("open", "won", "lost")
COLORS = ("slate", "blue", "cyan", "green", "amber", "orange", "red", "violet")


class Pipeline(Owned, Base):
    __tablename__ = "pipeline"
    __table_args__ = (
        own_key(),
        Index(
            "uq_pipeline_kommo",
            "account_id",
            "kommo_id",
            unique=True,
            postgresql_where=text("kommo_id IS NOT NULL"),
        ),
    )
    name: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")
    is_main: Mapped[bool] = mapped_column(server_default=text("false"))
    kommo_id: Mapped[int | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[Now]


class Stage(Owned, Base):
    """`kommo_id` is unique within a pipeline only: 142 and 143 exist in every Kommo pipeline."""

    __tablename__ = "stage"
    __table_args__ = (
        own_key(),
        belongs_to("pipeline_id", "pipeline"),
        Index(None, "account_id", "pipeline_id", "position"),
        Index(
            "uq_stage_kommo",
            "account_id",
            "pipeline_id",
            "kommo_id",
            unique=True,
            postgresql_where=text("kommo_id IS NOT NULL"),
        ),
        Index(
            "uq_stage_won",
            "account_id",
            "pipeline_id",
            unique=True,
            postgresql_where=text("kind = 'won' AND archived_at IS NULL"),
        ),
        Index(
            "uq_stage_lost",
            "account_id",
            "pipeline_id",
            unique=True,
            postgresql_where=text("kind = 'lost' AND archived_at IS NULL"),
        ),
        CheckConstraint(f"kind IN {STAGE_KINDS}", "kind"),
        CheckConstraint(f"color IN {COLORS}", "color"),
    )
    pipeline_id: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="open")
    color: Mapped[str] = mapped_column(server_default="slate")
    position: Mapped[int] = mapped_column(server_default="0")
    kommo_id: Mapped[int | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[Now]
