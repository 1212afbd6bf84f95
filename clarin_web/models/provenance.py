"""What brought a person to write to us."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key


class Provenance(Owned, Base):
    """As the message told it that came with it; a lead made of that message points here. Reports group by these.

    `came`: ad, post, link, code, catalog, status, page or search; `entry` is WhatsApp's own code of it. `ad_id` names
    the ad, `click_id` this one press of it.
    """

    __tablename__ = "provenance"
    __table_args__ = (
        own_key(),
        belongs_to("message_id", "message"),
        belongs_to("chat_id", "chat"),
        belongs_to("contact_id", "contact"),
        UniqueConstraint("account_id", "message_id"),
        Index("ix_provenance_contact", "account_id", "contact_id", "at"),
        Index("ix_provenance_chat", "account_id", "chat_id"),
        Index("ix_provenance_ad", "account_id", "ad_id", "at"),
    )
    message_id: Mapped[int]
    chat_id: Mapped[int]
    contact_id: Mapped[int]
    came: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")
    url: Mapped[str] = mapped_column(server_default="")
    app: Mapped[str] = mapped_column(server_default="")
    ad_id: Mapped[str] = mapped_column(server_default="")
    click_id: Mapped[str] = mapped_column(server_default="")
    ref: Mapped[str] = mapped_column(server_default="")
    entry: Mapped[str] = mapped_column(server_default="")
    utm_source: Mapped[str] = mapped_column(server_default="")
    utm_campaign: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Now]
