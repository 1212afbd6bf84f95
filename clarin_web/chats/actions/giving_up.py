"""An event that broke for good: passed over, kept with its error, and somebody sees that something came.

In its chat, when it is a message and the chat is known; always on the page of its number, where it can be tried again.
"""

from __future__ import annotations

from dataclasses import replace

import structlog
from sqlalchemy import func, update

from clarin_web.chats.actions.hearing import Hearing
from clarin_web.chats.actions.placeholders import NOT_UNDERSTOOD
from clarin_web.chats.actions.receiving import apply_event
from clarin_web.db import execute, session, take_turns, transaction
from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import IncomingMessage, MessageKind, NotUnderstood
from clarin_web.events import Actor, EventNotUnderstood, announce
from clarin_web.models import Device, WhatsappEvent

log = structlog.get_logger()


def give_up(account_id: int, device_id: int, event_id: int, error: Exception) -> None:
    """Say so in the log, once, with the whole error; then to people."""
    mine = WhatsappEvent.account_id == account_id, WhatsappEvent.id == event_id
    with transaction():
        given_up = update(WhatsappEvent).where(*mine).values(processed_at=func.now(), failed_at=func.now())
        given_up = given_up.returning(WhatsappEvent.kind, WhatsappEvent.raw)
        row = execute(given_up.execution_options(synchronize_session=False)).one()
        announce(EventNotUnderstood(account_id=account_id, actor=Actor.whatsapp(), device_id=device_id))
    log.error("event not understood", event_row=event_id, device=device_id, kind=row.kind, exc_info=error)
    _leave_places(account_id, device_id, _places(row.kind, row.raw))


def _places(kind: str, raw: bytes) -> list[IncomingMessage]:
    """The messages of it, as far as they are known."""
    try:
        said = [event for event in decode(kind, raw) if isinstance(event, IncomingMessage)]
    except NotUnderstood as error:
        said = list(error.places)
    except ValueError:
        return []
    return [_bare(event) for event in said]


def _bare(event: IncomingMessage) -> IncomingMessage:
    """Where it came from and when: the rest may be what broke."""
    return replace(
        event,
        kind=MessageKind.UNKNOWN,
        text="",
        push_name="",
        quoted_wa_id=None,
        quoted_text="",
        details={"type": NOT_UNDERSTOOD},
        file=None,
        parts=(),
    )


def _leave_places(account_id: int, device_id: int, places: list[IncomingMessage]) -> None:
    try:
        with transaction():
            take_turns(f"events:{account_id}:{device_id}")
            hearing = Hearing(session().get_one(Device, device_id, populate_existing=True))
            for place in places:
                apply_event(hearing, place)
            hearing.finish()
    except Exception as error:
        if getattr(error, "connection_invalidated", False):
            raise
        log.info("its chat does not show it either", device=device_id, reason=type(error).__name__)
