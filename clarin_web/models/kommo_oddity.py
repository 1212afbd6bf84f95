"""What of Kommo's rows could not be used, until it can."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from clarin_web.models.base import Base, Now, Owned, belongs_to, own_key


class KommoOddity(Owned, Base):
    """One value, row or list that could not be used, in Kommo's ids. It goes when the same row is read without it.

    `code` "left_out" is a whole row that is not here; it is asked for again by itself. `tried_at`: when it last was.
    """

    __tablename__ = "kommo_oddity"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "connection_id", "kind", "kommo_id", "code", "value"),
        belongs_to("connection_id", "kommo_connection"),
    )
    connection_id: Mapped[int]
    kind: Mapped[str]
    kommo_id: Mapped[str]
    code: Mapped[str]
    value: Mapped[str]
    tried_at: Mapped[Now]
