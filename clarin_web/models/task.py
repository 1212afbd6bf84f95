"""Tasks: promised next steps."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key


class Task(Owned, Base):
    """A promised next step with a due time."""

    __tablename__ = "task"
    __table_args__ = (
        own_key(),
        belongs_to("lead_id", "lead"),
        belongs_to("contact_id", "contact"),
        Index("ix_task_due", "account_id", "owner_id", "due_at", postgresql_where=text("done_at IS NULL")),
        Index(None, "account_id", "lead_id"),
        Index(
            "uq_task_kommo",
            "account_id",
            "kommo_id",
            unique=True,
            postgresql_where=text("kommo_id IS NOT NULL"),
        ),
    )
    lead_id: Mapped[int | None]
    contact_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    title: Mapped[str]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    created_by: Mapped[int | None]
    kommo_id: Mapped[int | None]
    created_at: Mapped[Now]
