"""What open pages must know about people: who signed out, lost a role or sees less than before."""

from __future__ import annotations

from clarin_web.events import AccessChanged
from clarin_web.live.publish import recheck


def access_changed(fact: AccessChanged) -> None:
    """Their sockets check again now, not within the minute."""
    recheck(fact.account_id, fact.user_id)
