"""After a visit changed something, open pages ask their own URLs again."""

from __future__ import annotations

from clarin_web.events import Fact, KommoProgressed
from clarin_web.kommo.standing import note_pulse
from clarin_web.live.publish import poke


def connection_changed(fact: Fact) -> None:
    """Listener: state, progress, error or token of the connection."""
    poke(fact.account_id, "kommo", "home")


def progressed(fact: KommoProgressed) -> None:
    """Listener: how far it is first, so that the pages that ask again are told how fast it goes."""
    note_pulse(fact.account_id, fact.connection_id)
    connection_changed(fact)
