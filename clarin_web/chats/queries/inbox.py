"""The chat list: newest or longest waiting first, searched and filtered, one page by keyset, from one table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from clarin_web.accounts.permissions import Member, visible
from clarin_web.contacts.search import matches
from clarin_web.db import execute
from clarin_web.lib.counting import COUNT_CAP
from clarin_web.models import Chat, Device, Draft
from clarin_web.web.paging import PAGE, decode_cursor, encode_cursor

ROW = (
    Chat.id,
    Chat.contact_id,
    Chat.device_id,
    Chat.kind,
    Chat.name,
    Chat.portrait,
    Chat.last_at,
    Chat.last_message_id,
    Chat.last_preview,
    Chat.last_direction,
    Chat.last_kind,
    Chat.last_state,
    Chat.unread,
    Chat.waiting_since,
    Chat.version,
)


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the address bar says. `before` is a cursor; `device` an id of this account."""

    q: str = ""
    unread: bool = False
    waiting: bool = False
    device: int | None = None
    before: str = ""
    limit: int = PAGE

    @property
    def sort_key(self) -> str:
        return "waiting_since" if self.waiting else "last_at"

    def address(self, **changed: object) -> dict[str, str]:
        """The query arguments of this filter with some changed: what is off is not in the URL."""
        values = {
            "q": self.q,
            "unread": "1" if self.unread else "",
            "waiting": "1" if self.waiting else "",
            "device": self.device or "",
            **changed,
        }
        if self.limit != PAGE:
            values.setdefault("limit", self.limit)
        return {name: str(value) for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class ChatPage:
    """`total` is exact up to COUNT_CAP; None on pages after the first, which do not show it.

    `devices`: the linked numbers one can filter by, as {id, name, phone, state}.
    """

    rows: list[Row[Any]]
    next_cursor: str | None
    total: int | None
    devices: list[dict[str, Any]]


def page_of_chats(member: Member, chosen: InboxFilter) -> ChatPage:
    """One statement: the rows with this person's drafts, the devices, and on the first page the total."""
    rows = list(execute(_page_query(member, chosen)).all())
    found = [row for row in rows if row.id is not None]
    shown = found[: chosen.limit]
    last = getattr(shown[-1], chosen.sort_key) if len(found) > chosen.limit else None
    cursor = encode_cursor(last, shown[-1].id) if last else None
    return ChatPage(shown, cursor, rows[0].total, rows[0].devices)


@lru_cache(
    maxsize=256
)  # to build it takes longer than to run it, and open pages ask the same again and again
def _page_query(member: Member, chosen: InboxFilter) -> Select[Any]:
    where = [visible(Chat, member), *_conditions(chosen, member.country)]
    total = _total(where) if not chosen.before else literal(None)
    page = (
        select(*ROW, _draft(member).label("draft"))
        .where(*where, *_after(chosen))
        .order_by(*_order(chosen, Chat))
        .limit(chosen.limit + 1)
        .subquery("page")
    )
    # One row at least, so that an empty list still knows its devices and its total of zero.
    always = select(_devices(member.account_id).label("devices"), total.label("total")).subquery("always")
    statement = select(always, page).select_from(always).outerjoin(page, true())
    return statement.order_by(*_order(chosen, page.c))


def _order(chosen: InboxFilter, row: Any) -> tuple[ColumnElement[Any], ...]:
    """Who waits longest comes first where only those who wait are listed."""
    if chosen.waiting:
        return row.waiting_since.asc(), row.id.asc()
    return row.last_at.desc(), row.id.desc()


def count_unread(member: Member) -> int:
    """Chats with something unread, exact up to COUNT_CAP: the number beside Inbox."""
    unread = select(Chat.id).where(visible(Chat, member), Chat.unread > 0).limit(COUNT_CAP + 1).subquery()
    return execute(select(func.count()).select_from(unread)).scalar_one()


def chats_by_id(member: Member, ids: list[int]) -> list[Row[Any]]:
    """Those of these that the member may see, in this order."""
    found = {row.id: row for row in execute(select(*ROW).where(visible(Chat, member), Chat.id.in_(ids)))}
    return [found[chat_id] for chat_id in ids if chat_id in found]


def chats_of_contact(member: Member, contact_id: int) -> list[Row[Any]]:
    """A contact's chats on every device, for the lead's and the contact's page."""
    return list(
        execute(
            select(*ROW)
            .where(visible(Chat, member), Chat.contact_id == contact_id)
            .order_by(Chat.last_at.desc(), Chat.id.desc())
            .limit(PAGE)
        ).all()
    )


def _conditions(chosen: InboxFilter, country: str) -> list[ColumnElement[bool]]:
    found = matches(Chat.search, chosen.q, country)
    if chosen.unread:
        found.append(Chat.unread > 0)
    if chosen.waiting:
        found.append(Chat.waiting_since.is_not(None))
    if chosen.device is not None:
        found.append(Chat.device_id == chosen.device)
    return found


def _after(chosen: InboxFilter) -> list[ColumnElement[bool]]:
    if not chosen.before:
        return []
    at, chat_id = decode_cursor(chosen.before, ("time", "int"))
    row = tuple_(getattr(Chat, chosen.sort_key), Chat.id)
    place = tuple_(literal(at, Chat.last_at.type), literal(chat_id, Chat.id.type))
    return [row > place if chosen.waiting else row < place]


def _total(where: list[ColumnElement[bool]]) -> ColumnElement[Any]:
    some = select(Chat.id).where(*where).limit(COUNT_CAP + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _draft(member: Member) -> ColumnElement[Any]:
    """What this person typed last here and did not send: {kind, body}, or None."""
    mine = Draft.account_id == Chat.account_id, Draft.chat_id == Chat.id, Draft.user_id == member.user_id
    one = func.json_build_object("kind", Draft.kind, "body", func.left(Draft.body, 120))
    last = select(one).where(*mine).order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(1)
    return last.correlate(Chat).scalar_subquery()


def _devices(account_id: int) -> ColumnElement[Any]:
    one = func.json_build_object(
        "id", Device.id, "name", Device.name, "phone", Device.phone, "state", Device.state
    )
    every = func.coalesce(func.json_agg(aggregate_order_by(one, Device.name, Device.id)), text("'[]'::json"))
    mine = Device.account_id == account_id, Device.removed_at.is_(None)
    return select(every).where(*mine).scalar_subquery()
