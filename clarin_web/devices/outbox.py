"""Outgoing messages between `queued` and the wire. Every step is one statement, so a job delivered twice, a crash
or a second process can neither lose a message nor send it twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Row, and_, case, cast, exists, func, not_, or_, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from clarin_web.db import execute, session, transaction
from clarin_web.devices import deeds, governing, signing
from clarin_web.devices.contents import outgoing_of
from clarin_web.devices.gate import is_forbidden
from clarin_web.devices.gateway import Address, PermanentError, SentResult
from clarin_web.devices.governor import Hold
from clarin_web.devices.outgoing import DEEDS, Outgoing
from clarin_web.events import Actor, MessageChanged, announce
from clarin_web.models import Chat, Device, Message

STALE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send: its row says `sending` now."""

    id: int
    chat_id: int
    message: Outgoing
    is_first: bool = False  # nobody was ever written to here


def claim(
    account_id: int, device_id: int, chat_id: int | None = None, up_to: int | None = None
) -> Claimed | None:
    """Take the oldest queued message (of one chat, not after `up_to`), or None.

    What must not be sent (do-not-contact) or never can be becomes failed here, at the last gate, and is passed over.
    What the governor holds goes back to wait, with the reason and its time.
    """
    if hold := governing.stopped(account_id, device_id):
        governing.hold_device(account_id, device_id, hold)
        return None
    held: list[int] = []
    while True:
        with transaction():
            row = execute(_claim(account_id, device_id, chat_id, up_to, held)).one_or_none()
            if row is None:
                return None
            hold, is_first = _governed(account_id, device_id, row)
            if hold:
                held.append(row.chat_id)
                continue
            chat = execute(select(Chat.key, Chat.contact_id).where(Chat.id == row.chat_id)).one()
            address = Address.from_key(chat.key)
            reason = "do_not_contact" if is_forbidden(account_id, chat.contact_id, address) else ""
            try:
                message = signing.sign(account_id, device_id, row, outgoing_of(row, address))
                claimed = Claimed(row.id, row.chat_id, message, is_first)
            except PermanentError as error:
                reason = reason or error.reason
        if not reason:
            return claimed
        failed(account_id, row, reason)


def _governed(account_id: int, device_id: int, row: Row[Any]) -> tuple[Hold | None, bool]:
    """A deed is about a message that has left already: it never waits for the governor."""
    if row.kind in DEEDS:
        return None, False
    hold, is_first = governing.may_go(account_id, device_id, row.chat_id)
    if hold:
        _put_back(account_id, row.id)
        governing.hold_chat(account_id, row.chat_id, hold)
    return hold, is_first


def _put_back(account_id: int, message_id: int) -> None:
    execute(
        update(Message)
        .where(Message.account_id == account_id, Message.id == message_id)
        .values(state="queued", attempts=Message.attempts - 1)
        .execution_options(synchronize_session=False)
    )


def chat_of(account_id: int, message_id: int) -> int | None:
    return session().scalar(
        select(Message.chat_id).where(Message.account_id == account_id, Message.id == message_id)
    )


def sent(account_id: int, device_id: int, claimed: Claimed, result: SentResult) -> None:
    """The id on the wire wins; a receipt that was faster keeps its later state."""
    with transaction():
        _settle(account_id, claimed.chat_id, claimed.id, "sent", wa_id=result.wa_id, sent_at=result.sent_at)
        execute(
            update(Device)
            .where(Device.account_id == account_id, Device.id == device_id)
            .values(
                last_out_at=func.greatest(func.coalesce(Device.last_out_at, result.sent_at), result.sent_at)
            )
        )


def failed(account_id: int, claimed: Claimed | Row[Any], reason: str) -> None:
    with transaction():
        _settle(account_id, claimed.chat_id, claimed.id, "failed", failure=reason)


def uncertain(account_id: int, claimed: Claimed, reason: str) -> None:
    """Nobody knows whether it left; it is shown so and never repeated by itself (domain rule 8)."""
    with transaction():
        _settle(account_id, claimed.chat_id, claimed.id, "uncertain", failure=reason)


def back_to_queue(account_id: int, claimed: Claimed) -> None:
    """Certainly not sent: it waits for the connection."""
    with transaction():
        execute(
            update(Message)
            .where(Message.account_id == account_id, Message.id == claimed.id, Message.state == "sending")
            .values(state="queued", version=Message.version + 1)
        )


def let_go(account_id: int, device_id: int) -> None:
    """Called by the only process that sends, while it sends nothing: what says `sending` was never begun."""
    with transaction():
        execute(
            update(Message)
            .where(
                Message.account_id == account_id,
                Message.id.in_(_waiting(account_id, device_id, "sending").order_by(None)),
            )
            .values(state="queued", version=Message.version + 1)
            .execution_options(synchronize_session=False)
        )


def interrupted(account_id: int, device_id: int) -> int:
    """A process died between claiming and knowing. Called by the next one before it sends anything."""
    rows = execute(_waiting(account_id, device_id, "sending").add_columns(Message.chat_id)).all()
    for row in rows:
        with transaction():
            _settle(account_id, row.chat_id, row.id, "uncertain", failure="interrupted")
    return len(rows)


def has_waiting(account_id: int, device_id: int) -> bool:
    """Whether a message waits so long that its job must have been lost."""
    old = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, STALE_SECONDS)
    waiting = _due(_ready(account_id, device_id)).where(Message.created_at < old)
    return bool(session().scalar(select(exists(waiting))))


def _waiting(account_id: int, device_id: int, state: str):  # type: ignore[no-untyped-def]
    return (
        select(Message.id)
        .join(Chat, (Chat.account_id == Message.account_id) & (Chat.id == Message.chat_id))
        .where(
            Message.account_id == account_id,
            Chat.device_id == device_id,
            Message.state == state,
            Message.direction == "out",
            Message.kind != "note",
        )
        .order_by(Message.id)
    )


def _ready(account_id: int, device_id: int):  # type: ignore[no-untyped-def]
    """What may leave now: a deed waits until it is known under which id its message left."""
    message = aliased(Message)
    unknown = exists().where(
        message.account_id == Message.account_id,
        message.id == cast(Message.extra["target"].astext, BigInteger),
        message.state.in_(("queued", "sending", "uncertain")),
    )
    return _waiting(account_id, device_id, "queued").where(not_(and_(Message.kind.in_(DEEDS), unknown)))


def _due(waiting):  # type: ignore[no-untyped-def]
    """The head of its chat, and not held, or its time has come; a customer who waits is looked at again each time."""
    message = aliased(Message)
    earlier = exists().where(
        message.account_id == Message.account_id,
        message.chat_id == Message.chat_id,
        message.state == "queued",
        message.hold != "",
        message.id < Message.id,
    )
    due = or_(Message.due_at.is_(None), Message.due_at <= func.now(), Chat.waiting_since.is_not(None))
    return waiting.where(due, not_(earlier))


def _claim(
    account_id: int, device_id: int, chat_id: int | None, up_to: int | None, held: list[int]
) -> ReturningUpdate:
    oldest = _ready(account_id, device_id).where(Message.chat_id.not_in(held))
    oldest = oldest.where(Message.chat_id == chat_id) if chat_id is not None else _due(oldest)
    if up_to is not None:
        oldest = oldest.where(Message.id <= up_to)
    oldest = oldest.limit(1).with_for_update(of=Message, skip_locked=True)
    return (
        update(Message)
        .where(Message.account_id == account_id, Message.id == oldest.scalar_subquery(), Message.state == "queued")
        .values(state="sending", attempts=Message.attempts + 1, failure="")
        .returning(Message.id, Message.account_id, Message.chat_id, Message.wa_id, Message.kind, Message.body,
                   Message.extra, Message.quoted_wa_id, Message.quoted_preview, Message.author_id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _settle(account_id: int, chat_id: int, message_id: int, state: str, **values: str | datetime) -> None:
    """From `sending` to where it ended, in the message, its chat and everybody's browser.

    The chat is locked before its message, as everywhere: the other way round deadlocks with incoming events.
    """
    chat = execute(
        select(Chat.contact_id, Chat.last_message_id)
        .where(Chat.account_id == account_id, Chat.id == chat_id)
        .with_for_update()
    ).one()
    message = execute(
        update(Message)
        .where(Message.account_id == account_id, Message.id == message_id)
        .values(
            state=case((Message.state == "sending", state), else_=Message.state),
            version=Message.version + 1,
            **values,
        )
        .returning(Message.id, Message.kind, Message.state, Message.body, Message.extra, Message.failure)
    ).one()
    shown = {"last_state": message.state} if chat.last_message_id == message_id else {}
    execute(
        update(Chat)
        .where(Chat.account_id == account_id, Chat.id == chat_id)
        .values(version=Chat.version + 1, **shown)
    )
    seen = message.id if message.kind not in DEEDS else _settle_deed(account_id, message)
    announce(
        MessageChanged(
            account_id=account_id,
            actor=Actor.whatsapp(),
            chat_id=chat_id,
            contact_id=chat.contact_id,
            message_id=seen,
        )
    )


def _settle_deed(account_id: int, deed: Row[Any]) -> int:
    """What people see of a deed is its message, whose id this is."""
    if deed.state in ("failed", "uncertain"):
        return deeds.show_deed(account_id, deed, deed.state, deed.failure)
    return deeds.carry_out(account_id, deed, datetime.now(UTC))
