"""What may leave a number next, as its senders would find it."""

from __future__ import annotations

from clarin_web.devices import outbox


def claim_any(account_id: int, device_id: int) -> outbox.Claimed | None:
    """The next message of the first chat that has one for the wire."""
    for chat_id in outbox.waiting_chats(account_id, device_id):
        if claimed := outbox.claim(account_id, device_id, chat_id):
            return claimed
    return None
