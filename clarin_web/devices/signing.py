"""The agent's name goes onto a text at the last moment, when its order in the chat is certain; the row remembers it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from clarin_web.db import execute
from clarin_web.devices.outgoing import Outgoing, OutgoingEdit, OutgoingText
from clarin_web.devices.switches import signature, signed
from clarin_web.models import Message


def sign(account_id: int, device_id: int, row: Row[Any], message: Outgoing, wanted: str) -> Outgoing:
    """Inside the claim's transaction; `wanted` is the number's switch.

    A forwarded text is not the agent's; an edited one keeps its signature.
    """
    if isinstance(message, OutgoingEdit):
        return replace(message, text=signed(_of_target(account_id, row), message.text))
    if wanted == "off" or not isinstance(message, OutgoingText) or message.forwards:
        return message
    name = signature(account_id, device_id, row.chat_id, row.author_id)
    if name:
        _remember(account_id, row.id, name)
    return replace(message, text=signed(name, message.text))


def _remember(account_id: int, message_id: int, name: str) -> None:
    added = cast(func.jsonb_build_object("signed", name), JSONB)
    execute(
        update(Message)
        .where(Message.account_id == account_id, Message.id == message_id)
        .values(extra=Message.extra.op("||")(added))
        .execution_options(synchronize_session=False)
    )


def _of_target(account_id: int, row: Row[Any]) -> str:
    target = Message.account_id == account_id, Message.id == int(row.extra["target"])
    return execute(select(Message.extra["signed"].astext).where(*target)).scalar_one_or_none() or ""
