"""What brought a customer here, kept beside the message that tells it: for the lead made of it, and for reports."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute
from clarin_web.devices.gateway import IncomingMessage
from clarin_web.models import Chat, Provenance

COLUMNS = {
    "came": "came",
    "title": "ad_title",
    "body": "ad_body",
    "url": "ad_url",
    "app": "ad_app",
    "ad_id": "ad_id",
    "click_id": "ad_click",
    "ref": "ad_ref",
    "entry": "entry",
    "utm_source": "utm_source",
    "utm_campaign": "utm_campaign",
}


def keep_provenance(chat: Chat, event: IncomingMessage, message_id: int) -> None:
    """Once for a message; what we say ourselves, or somebody in a group, brings nobody."""
    if not event.details.get("came") or event.from_me or chat.kind != "user":
        return
    told = {column: str(event.details.get(name, "")) for column, name in COLUMNS.items()}
    about = {"account_id": chat.account_id, "chat_id": chat.id, "contact_id": chat.contact_id}
    row = insert(Provenance).values(**about, **told, message_id=message_id, at=event.sent_at)
    execute(row.on_conflict_do_nothing())
