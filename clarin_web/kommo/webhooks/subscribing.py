"""The webhooks in Kommo's own list: add ours, take ours away, look how it is. The one thing written to Kommo."""

from __future__ import annotations

from clarin_web.kommo.answers import Row
from clarin_web.kommo.client import Client
from clarin_web.kommo.errors import BadRequest, NotFound
from clarin_web.kommo.webhooks.address import token_in
from clarin_web.kommo.wire import HOOKS_PATH

# What Kommo's own table of codes names. Tasks "edited" is in its interface and not in that table: asked for first,
# and left out when it is refused.
SETTINGS = [
    *(
        f"{verb}_{noun}"
        for noun in ("lead", "contact", "company")
        for verb in ("add", "update", "delete", "restore", "responsible", "note")
    ),
    *("status_lead", "add_task", "delete_task", "responsible_task"),
]
UNSURE = ["update_task"]
MOST = 250


def subscribe(client: Client, destination: str) -> None:
    """Ask Kommo to tell this address. Raises KommoError."""
    try:
        client.wire.add_hook({"destination": destination, "settings": [*SETTINGS, *UNSURE], "sort": 10})
    except BadRequest:
        client.wire.add_hook({"destination": destination, "settings": SETTINGS, "sort": 10})


def listed(client: Client, origin: str, account_id: int) -> dict[str, Row]:
    """Ours in Kommo's list, by token. Raises KommoError."""
    rows = client.read(HOOKS_PATH, "webhooks", 1, limit=MOST).rows
    found = {token_in(row.get("destination"), origin, account_id): row for row in rows}
    return {token: row for token, row in found.items() if token}


def unsubscribe(client: Client, row: Row) -> None:
    """Take one out of Kommo's list; one that is not there any more is as good. Raises KommoError."""
    try:
        client.wire.remove_hook({"destination": row["destination"]})
    except NotFound:
        return
