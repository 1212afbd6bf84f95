"""Whether WhatsApp may be asked about a chat now: seldom, few at a time, and never about many chats at once.

A number that asks about hundreds of people is what a harvester looks like. What is not asked now is asked when the
chat is opened or used again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute, transaction
from clarin_web.devices.gateway import Address
from clarin_web.devices.questions import Question
from clarin_web.events import Actor, InquiryMade, announce
from clarin_web.media.queries import portrait_id
from clarin_web.models import Chat, Device, Inquiry

MOST_A_DAY = 300
MOST_A_MINUTE = 8
DAY = timedelta(days=1)
# Until the same is asked again: when no answer came, and by what was answered.
UNANSWERED = {"name": timedelta(hours=1), "portrait": DAY}
REFUSED = 7 * DAY


def inquire(account_id: int, device_id: int, chat_id: int, about: str) -> bool:
    """Ask about the chat's "name" or "portrait", unless it is too soon, too much, or not wanted of this number."""
    with transaction():
        made = execute(_claim(account_id, device_id, chat_id, about)).first() is not None
        if made:
            about_it: dict[str, Any] = {"device_id": device_id, "chat_id": chat_id, "about": about}
            announce(InquiryMade(account_id=account_id, actor=Actor.rule(), **about_it))
    return made


def question(account_id: int, chat_id: int, about: str) -> Question | None:
    """As the number's process asks it: the portrait that is known already costs WhatsApp nothing. None: the chat has
    become one with another."""
    mine = Chat.account_id == account_id, Chat.id == chat_id
    chat = execute(select(Chat.key, Chat.contact_id).where(*mine)).one_or_none()
    if chat is None:
        return None
    known = portrait_id(account_id, chat.contact_id) if about == "portrait" else ""
    return Question(about, Address.from_key(chat.key), known)


def again_in(account_id: int, chat_id: int, about: str, pause: timedelta) -> None:
    """An answer came: not before that is the same asked again. No pause: it may be asked now."""
    mine = Inquiry.account_id == account_id, Inquiry.chat_id == chat_id, Inquiry.about == about
    again = update(Inquiry).where(*mine).values(again_at=func.now() + pause)
    execute(again.execution_options(synchronize_session=False))


def _claim(account_id: int, device_id: int, chat_id: int, about: str) -> Any:
    """One statement: two who open the chat at once ask once."""
    values = {
        "account_id": literal(account_id),
        "device_id": Device.id,
        "chat_id": literal(chat_id),
        "about": literal(about),
        "again_at": func.now() + UNANSWERED[about],
    }
    allowed = select(*values.values()).where(
        Device.account_id == account_id,
        Device.id == device_id,
        *_wanted(about),
        *_few(account_id, device_id, about),
    )
    claim = insert(Inquiry).from_select(list(values), allowed)
    again = {name: claim.excluded[name] for name in ("device_id", "again_at")} | {"asked_at": func.now()}
    return claim.on_conflict_do_update(
        index_elements=["account_id", "chat_id", "about"], set_=again, where=Inquiry.again_at <= func.now()
    ).returning(Inquiry.id)


def _wanted(about: str) -> tuple[ColumnElement[bool], ...]:
    """A number that does not receive would not apply the answer."""
    awake = and_(Device.state == "connected", Device.receives)
    return (awake, Device.asks_portraits.is_(True)) if about == "portrait" else (awake,)


def _few(account_id: int, device_id: int, about: str) -> tuple[ColumnElement[bool], ...]:
    def asked(span: timedelta) -> ColumnElement[int]:
        mine = Inquiry.account_id == account_id, Inquiry.device_id == device_id, Inquiry.about == about
        recent = select(func.count()).where(*mine, Inquiry.asked_at > func.now() - span)
        return recent.scalar_subquery()

    return asked(timedelta(minutes=1)) < MOST_A_MINUTE, asked(DAY) < MOST_A_DAY
