"""Typing and being online, both ways. While we are online WhatsApp rings no phone of the number, so we rest soon."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from clarin_web.devices.gateway import ONLINE_FOR, Address, Presence
from clarin_web.devices.neonize_gateway.addresses import address_of
from clarin_web.devices.neonize_gateway.sending import jid

log = logging.getLogger(__name__)
_DOING = {(1, 1): "typing", (1, 2): "recording", (2, 1): "paused", (2, 2): "paused"}


class Shown:
    """Whether WhatsApp believes somebody is here. A call that fails is logged: nothing of this is worth a retry."""

    def __init__(self) -> None:
        self._since: float | None = None

    def typing(self, client: Any, chat: Address) -> None:
        from neonize.utils.enum import ChatPresence, ChatPresenceMedia

        state, media = ChatPresence.CHAT_PRESENCE_COMPOSING, ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT
        self._here(client)
        _try(lambda: client.send_chat_presence(jid(chat), state, media))

    def watch(self, client: Any, chat: Address) -> None:
        self._here(client)
        _try(lambda: client.subscribe_presence(jid(chat)))

    def rest(self, client: Any) -> None:
        from neonize.utils.enum import Presence as Online

        if self._since is not None and time.monotonic() - self._since > ONLINE_FOR:
            self._since = None
            _try(lambda: client.send_presence(Online.UNAVAILABLE))

    def _here(self, client: Any) -> None:
        from neonize.utils.enum import Presence as Online

        if self._since is None:
            _try(lambda: client.send_presence(Online.AVAILABLE))
        self._since = time.monotonic()


def of_chat(event: Any) -> Presence | None:
    """A ChatPresenceEv; None for what is no chat of ours, or says something new."""
    source = event.MessageSource
    chat, doing = address_of(source.Chat), _DOING.get((event.State, event.Media))
    if chat is None or doing is None:
        return None
    return Presence(chat, doing, address_of(source.SenderAlt))


def of_person(event: Any) -> Presence | None:
    """A PresenceEv: online, or away with the time they were last seen where they let us know it."""
    person = address_of(event.From)
    if person is None:
        return None
    seen = datetime.fromtimestamp(event.LastSeen, UTC) if 0 < event.LastSeen < 2**33 else None
    return Presence(person, "away" if event.Unavailable else "online", None, seen)


def _try(call: Callable[[], Any]) -> None:
    try:
        call()
    except Exception as error:  # noqa: BLE001 -- neonize raises several families; presence is a courtesy
        log.info("whatsapp: presence not sent: %s", type(error).__name__)
