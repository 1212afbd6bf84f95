"""How people in groups call themselves, and whom a message mentions that nobody has named yet."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key


class MemberName(Owned, Base):
    """The name a member of a group gives themselves, by their address (`key`, as of a chat). No contact (rule 7)."""

    __tablename__ = "member_name"
    __table_args__ = (own_key(), UniqueConstraint("account_id", "key"))
    key: Mapped[str]
    name: Mapped[str]
    told_at: Mapped[Now]


class UnnamedMention(Owned, Base):
    """`shown` stands in the message for whoever `key` is, until their name is learned."""

    __tablename__ = "unnamed_mention"
    __table_args__ = (
        own_key(),
        belongs_to("message_id", "message"),
        UniqueConstraint("account_id", "message_id", "key"),
        Index("ix_unnamed_mention_key", "account_id", "key"),
    )
    message_id: Mapped[int]
    key: Mapped[str]
    shown: Mapped[str] = mapped_column(server_default="")
