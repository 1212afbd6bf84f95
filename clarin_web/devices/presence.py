"""Who types or is online right now, kept in Redis for some seconds: lost with it, nobody misses it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import redis
from sqlalchemy import or_, select

from clarin_web.db import execute
from clarin_web.devices import gateway
from clarin_web.events import MessageReceived
from clarin_web.live.publish import at_once, poke
from clarin_web.models import Chat
from clarin_web.store import redis_connection, redis_outage

TYPING_LASTS, ONLINE_LASTS, SEEN_LASTS = 20, 300, 86_400
TYPING_EVERY, WATCH_EVERY = 5, 60


@dataclass(frozen=True, slots=True)
class Shown:
    """doing: typing, recording, online, away, or "" when nothing is known."""

    doing: str = ""
    last_seen: datetime | None = None


def note(account_id: int, device_id: int, presence: gateway.Presence) -> None:
    """In the device's process: keep it, and let open pages ask. A chat nobody has is no news."""
    keys = [address.key for address in (presence.chat, presence.chat_alt) if address]
    lids = [
        address.value
        for address in (presence.chat, presence.chat_alt)
        if address and address.kind is gateway.Kind.LID
    ]
    named = or_(Chat.key.in_(keys), Chat.lid.in_(lids))
    mine = (Chat.account_id == account_id, Chat.device_id == device_id, named)
    chat_id = execute(select(Chat.id).where(*mine).limit(1)).scalar_one_or_none()
    if chat_id is None:
        return
    try:
        _keep(account_id, chat_id, presence)
    except redis.RedisError as error:
        redis_outage.began(error)
        return
    poke(account_id, f"presence:{chat_id}")


def is_over(fact: MessageReceived) -> None:
    """Listener: what somebody typed has come, so they type no more."""
    at_once(_are_over, (fact.account_id, fact.chat_id))


def _are_over(chats: list[tuple[int, int]]) -> None:
    wrote = list(dict.fromkeys(chats))
    try:
        pipeline = redis_connection().pipeline(transaction=False)
        for account_id, chat_id in wrote:
            pipeline.delete(_key("typing", account_id, chat_id))
        typed = pipeline.execute()
    except redis.RedisError as error:
        redis_outage.began(error)
        return
    for (account_id, chat_id), gone in zip(wrote, typed, strict=True):
        if gone:
            poke(account_id, f"presence:{chat_id}")


def of_chat(account_id: int, chat_id: int) -> Shown:
    """What somebody who has the chat open sees. Typing hides being online."""
    try:
        typing, online = redis_connection().mget(
            _key("typing", account_id, chat_id), _key("online", account_id, chat_id)
        )
    except redis.RedisError as error:
        redis_outage.began(error)
        return Shown()
    if typing:
        return Shown(typing.decode() if isinstance(typing, bytes) else typing)
    kept = json.loads(online) if online else {}
    seen = kept.get("last_seen")
    return Shown(kept.get("doing", ""), datetime.fromisoformat(seen) if seen else None)


def is_time_to(what: str, account_id: int, chat_id: int) -> bool:
    """At most once in so many seconds for a chat, however many people have it open: "type" or "watch"."""
    seconds = TYPING_EVERY if what == "type" else WATCH_EVERY
    try:
        return bool(redis_connection().set(_key(what, account_id, chat_id), 1, ex=seconds, nx=True))
    except redis.RedisError as error:
        redis_outage.began(error)
        return False


def _keep(account_id: int, chat_id: int, presence: gateway.Presence) -> None:
    store, typing = redis_connection(), _key("typing", account_id, chat_id)
    if presence.doing in ("typing", "recording"):
        store.set(typing, presence.doing, ex=TYPING_LASTS)
    elif presence.doing == "paused":
        store.delete(typing)
    else:
        seen = presence.last_seen.isoformat() if presence.last_seen else None
        lasts = ONLINE_LASTS if presence.doing == "online" else SEEN_LASTS
        kept = json.dumps({"doing": presence.doing, "last_seen": seen})
        store.set(_key("online", account_id, chat_id), kept, ex=lasts)


def _key(what: str, account_id: int, chat_id: int) -> str:
    return f"clarin:presence:{what}:{account_id}:{chat_id}"
