"""What Kommo answered, kept for a while as it came."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key


class KommoPage(Owned, Base):
    """One page of a list that brought something new. `asked` is the question, `body` Kommo's answer, zlib.

    `size` is what `body` takes here. Neither token nor header is in it.
    """

    __tablename__ = "kommo_page"
    __table_args__ = (
        own_key(),
        belongs_to("connection_id", "kommo_connection"),
        Index("ix_kommo_page_fetched", "account_id", "connection_id", "fetched_at"),
    )
    connection_id: Mapped[int]
    stream: Mapped[str]
    asked: Mapped[str]
    rows: Mapped[int]
    size: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    fetched_at: Mapped[Now]
