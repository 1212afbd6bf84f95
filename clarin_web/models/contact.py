"""The person: contacts, their identities, the merge ledger and the do-not-contact list."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key

IDENTITY_KINDS = ("phone", "wa_pn", "wa_lid", "email", "kommo_contact")
SEARCH = "name_key || ' ' || coalesce(phone, '')"  # the database keeps it: a picker finds those without a chat by it
NAME_SOURCES = ("typed", "kommo", "phone_book", "push", "phone")


class Contact(Owned, Base):
    """`names` keeps every source's name; `name` is the one the precedence of domain rule 10 picks.

    `reached`: every phone (E.164) and e-mail Kommo shows of them, in its order, shared ones too: by these they are
    found. By which they are recognised when they write, ContactIdentity says.
    `portrait`: the hash of the profile picture we keep, or empty; a row of media with this contact has its bytes.
    """

    __tablename__ = "contact"
    __table_args__ = (
        own_key(),
        Index("ix_contact_name", "account_id", "name_key", "id"),
        Index(
            "ix_contact_kommo",
            "account_id",
            "kommo_id",
            unique=True,
            postgresql_where=text("kommo_id IS NOT NULL"),
        ),
        Index(
            "ix_contact_company",
            "account_id",
            text("(kommo ->> 'company')"),
            postgresql_where=text("(kommo ->> 'company') IS NOT NULL"),
        ),
        Index(
            "ix_contact_search",
            "account_id",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        Index("ix_contact_reached", "account_id", "reached", postgresql_using="gin"),
    )
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(server_default="")
    search: Mapped[str] = mapped_column(Computed(SEARCH, persisted=True), deferred=True)
    names: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    phone: Mapped[str | None]
    email: Mapped[str | None]
    company: Mapped[str | None]
    reached: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    is_provisional: Mapped[bool] = mapped_column(server_default=text("false"))
    is_group: Mapped[bool] = mapped_column(server_default=text("false"))
    kommo_id: Mapped[int | None]
    kommo_updated_at: Mapped[datetime | None]
    kommo_hash: Mapped[int | None]
    kommo: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    custom: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    gone_in_kommo_at: Mapped[datetime | None]
    portrait: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    trashed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class ContactIdentity(Owned, Base):
    """One way to recognise a contact. `value`: E.164 for phones, bare id for WhatsApp, lower case for e-mail."""

    __tablename__ = "contact_identity"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "kind", "value"),
        belongs_to("contact_id", "contact"),
        Index(None, "account_id", "contact_id"),
        CheckConstraint(f"kind IN {IDENTITY_KINDS}", "kind"),
    )
    contact_id: Mapped[int]
    kind: Mapped[str]
    value: Mapped[str]
    raw: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str] = mapped_column(server_default="typed")
    is_main: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Now]


class ContactMerge(Owned, Base):
    """The merge ledger: `moved` lists what went from the loser to the winner, enough to undo it."""

    __tablename__ = "contact_merge"
    __table_args__ = (own_key(), belongs_to("winner_id", "contact"), belongs_to("loser_id", "contact"))
    winner_id: Mapped[int]
    loser_id: Mapped[int]
    reason: Mapped[str]
    moved: Mapped[dict[str, object]] = mapped_column(JSONB, server_default=text("'{}'"))
    merged_by: Mapped[int | None]
    merged_at: Mapped[Now]
    undone_at: Mapped[datetime | None]


class DoNotContact(Owned, Base):
    """A phone or WhatsApp id nobody may write to (domain rule 9). `kind`: phone, wa_pn or wa_lid."""

    __tablename__ = "do_not_contact"
    __table_args__ = (own_key(), UniqueConstraint("account_id", "kind", "value"))
    kind: Mapped[str]
    value: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    added_by: Mapped[int | None]
    created_at: Mapped[Now]
