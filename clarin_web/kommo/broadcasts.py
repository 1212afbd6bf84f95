"""After a visit changed something, open pages ask their own URLs again."""

from __future__ import annotations

from clarin_web.events import KommoConnected, KommoDisconnected, KommoProgressed, LeadsMirrored
from clarin_web.live.publish import poke


def leads_mirrored(fact: LeadsMirrored) -> None:
    """Listener: one poke for a whole page of leads, however many changed."""
    boards = [f"board:{pipeline_id}" for pipeline_id in fact.pipeline_ids]
    poke(fact.account_id, "leads", *boards, "home", "kommo")


def connection_changed(fact: KommoProgressed | KommoConnected | KommoDisconnected) -> None:
    """Listener: state, progress or error of the connection."""
    poke(fact.account_id, "kommo", "home")
