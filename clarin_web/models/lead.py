"""Leads: one sales opportunity of a contact, its notes, and the reasons deals are lost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

STATUSES = ("open", "won", "lost")
_ALIVE = text("trashed_at IS NULL")


class Lead(Owned, Base):
    """`status` repeats the stage's kind so that lists filter without a join; only actions write it.

    `search` is lib.text.search_key(title, contact name, phones, e-mails); `name_key` sorts by title;
    `tag_ids` repeats lead_tag, sorted, for the array index. `version` grows with every visible change.
    `kommo` keeps what Kommo says of mirrored fields, with custom fields as they came; `custom` has those typed, by
    field id, and `own` those of them edited here; `overrides` names other fields edited here (rule 11), and "gone"
    when people work on with a lead that left Kommo; `kommo_hash` tells an unchanged row unread.
    `currency` is None for amounts in the account's own. `came` and `ad_id` repeat what its provenance says, for lists.
    """

    __tablename__ = "lead"
    __table_args__ = (
        own_key(),
        belongs_to("contact_id", "contact", "SET NULL"),
        belongs_to("pipeline_id", "pipeline", None),
        belongs_to("stage_id", "stage", None),
        belongs_to("lost_reason_id", "lost_reason", "SET NULL"),
        belongs_to("provenance_id", "provenance", "SET NULL"),
        Index(
            "ix_lead_created", "account_id", text("created_at DESC"), text("id DESC"), postgresql_where=_ALIVE
        ),
        Index(
            "ix_lead_updated", "account_id", text("updated_at DESC"), text("id DESC"), postgresql_where=_ALIVE
        ),
        Index("ix_lead_name", "account_id", "name_key", "id", postgresql_where=_ALIVE),
        Index("ix_lead_value", "account_id", text("value DESC"), text("id DESC"), postgresql_where=_ALIVE),
        Index(
            "ix_lead_stage",
            "account_id",
            "pipeline_id",
            "stage_id",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=_ALIVE,
        ),
        Index(
            "ix_lead_stage_sum",
            "account_id",
            "pipeline_id",
            "stage_id",
            postgresql_include=["value", "currency", "gone_in_kommo_at"],
            postgresql_where=_ALIVE,
        ),
        Index(
            "ix_lead_owner",
            "account_id",
            "owner_id",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=_ALIVE,
        ),
        Index("ix_lead_contact", "account_id", "contact_id"),
        Index(
            "ix_lead_provenance",
            "account_id",
            "provenance_id",
            postgresql_where=text("provenance_id IS NOT NULL"),
        ),
        Index(
            "ix_lead_source",
            "account_id",
            "source",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=_ALIVE,
        ),
        Index(
            "ix_lead_came",
            "account_id",
            "came",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=text("trashed_at IS NULL AND came <> ''"),
        ),
        Index(
            "ix_lead_ad",
            "account_id",
            "ad_id",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=text("trashed_at IS NULL AND ad_id <> ''"),
        ),
        Index(
            "ix_lead_gone",
            "account_id",
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=text("trashed_at IS NULL AND gone_in_kommo_at IS NOT NULL"),
        ),
        Index(
            "ix_lead_people",
            literal_column("(kommo -> 'contacts')").label("people"),
            postgresql_using="gin",
            postgresql_ops={"people": "jsonb_path_ops"},
            postgresql_where=text("(kommo #>> '{contacts,1}') IS NOT NULL"),
        ),
        Index(
            "ix_lead_kommo_owner",
            "account_id",
            text("(kommo ->> 'owner')"),
            text("updated_at DESC"),
            text("id DESC"),
            postgresql_where=text("trashed_at IS NULL AND owner_id IS NULL AND kommo_id IS NOT NULL"),
        ),
        Index("ix_lead_trash", "account_id", "trashed_at", postgresql_where=text("trashed_at IS NOT NULL")),
        Index(
            "uq_lead_kommo",
            "account_id",
            "kommo_id",
            unique=True,
            postgresql_where=text("kommo_id IS NOT NULL"),
        ),
        Index("ix_lead_tags", "tag_ids", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index(
            "ix_lead_search",
            "account_id",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        CheckConstraint(f"status IN {STATUSES}", "status"),
    )
    contact_id: Mapped[int | None]
    pipeline_id: Mapped[int]
    stage_id: Mapped[int]
    status: Mapped[str] = mapped_column(server_default="open")
    title: Mapped[str]
    name_key: Mapped[str] = mapped_column(server_default="")
    search: Mapped[str] = mapped_column(server_default="")
    value: Mapped[Decimal] = mapped_column(Numeric(16, 2), server_default="0")
    currency: Mapped[str | None]
    owner_id: Mapped[int | None]
    tag_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    source: Mapped[str] = mapped_column(server_default="typed")
    provenance_id: Mapped[int | None]
    came: Mapped[str] = mapped_column(server_default="")
    ad_id: Mapped[str] = mapped_column(server_default="")
    lost_reason_id: Mapped[int | None]
    lost_note: Mapped[str] = mapped_column(server_default="")
    closed_at: Mapped[datetime | None]
    kommo_id: Mapped[int | None]
    kommo_updated_at: Mapped[datetime | None]
    kommo_hash: Mapped[int | None]
    kommo: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    custom: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    own: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    overrides: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    gone_in_kommo_at: Mapped[datetime | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    trashed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")

    @property
    def is_open(self) -> bool:
        return self.status == "open"


class LostReason(Owned, Base):
    __tablename__ = "lost_reason"
    __table_args__ = (own_key(), UniqueConstraint("account_id", "name"))
    name: Mapped[str]
    kommo_id: Mapped[int | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[Now]


class LeadNote(Owned, Base):
    """What a person wrote about a lead, here or in Kommo; shown in the timeline."""

    __tablename__ = "lead_note"
    __table_args__ = (
        own_key(),
        belongs_to("lead_id", "lead"),
        Index(None, "account_id", "lead_id", "created_at"),
        Index(
            "uq_lead_note_kommo",
            "account_id",
            "kommo_id",
            unique=True,
            postgresql_where=text("kommo_id IS NOT NULL"),
        ),
    )
    lead_id: Mapped[int]
    author_id: Mapped[int | None]
    body: Mapped[str]
    kommo_id: Mapped[int | None]
    created_at: Mapped[Now]
    trashed_at: Mapped[datetime | None]
