"""After a visit changed something, open pages ask their own URLs again."""

from __future__ import annotations

from clarin_web.events import KommoConnected, KommoDisconnected, KommoProgressed
from clarin_web.live.publish import poke


def connection_changed(fact: KommoProgressed | KommoConnected | KommoDisconnected) -> None:
    """Listener: state, progress or error of the connection."""
    poke(fact.account_id, "kommo", "home")
