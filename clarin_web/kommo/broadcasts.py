"""After a visit changed something, open pages ask their own URLs again."""

from __future__ import annotations

from clarin_web.events import Fact
from clarin_web.live.publish import poke


def connection_changed(fact: Fact) -> None:
    """Listener: state, progress, error or token of the connection."""
    poke(fact.account_id, "kommo", "home")
