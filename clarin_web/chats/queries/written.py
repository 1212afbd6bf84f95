"""What became of a message that a page sent, by the client_id the page made for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from clarin_web.db import execute
from clarin_web.lib.errors import Conflict
from clarin_web.models import Message


def written(account_id: int, chat_id: int, client_id: str, kind: str, body: str | None = None) -> int | None:
    """The id of the message written under this client_id, or None.

    Conflict("client_id_used") when it is another one: a click repeated is one message, other words never are.
    `body` None: of a file, whose words may have gone apart.
    """
    row = _row(account_id, client_id)
    if row is None:
        return None
    same_words = body is None or kind not in ("text", "note") or row.body == body
    if row.chat_id != chat_id or (row.kind == "note") != (kind == "note") or not same_words:
        raise Conflict("client_id_used")
    return int(row.id)


def sent_already(account_id: int, chat_id: int, client_id: str, body: str) -> bool:
    """Whether exactly these words went under this client_id."""
    row = _row(account_id, client_id)
    return row is not None and row.chat_id == chat_id and row.body.strip() == body.strip()


def _row(account_id: int, client_id: str) -> Row[Any] | None:
    mine = Message.account_id == account_id, Message.client_id == client_id
    return execute(select(Message.id, Message.chat_id, Message.kind, Message.body).where(*mine)).one_or_none()
