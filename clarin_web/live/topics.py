"""What a page may listen to, always inside one account. Subscribing is authorisation: unknown means no."""

from __future__ import annotations

from collections.abc import Callable

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.lib.values import optional_id

Authoriser = Callable[[Member, int | None], bool]
LIMIT = 100


def reader_only(member: Member, _id: int | None) -> bool:
    """Pokes carry no content; the page re-asks its own, authorised URL."""
    return member.may(Permission.READ)


AUTHORISERS: dict[str, Authoriser] = dict.fromkeys(
    ("leads", "board", "inbox", "devices", "device", "alarms", "kommo", "home"), reader_only
)


def register(kind: str, authoriser: Authoriser) -> None:
    """A topic kind that carries content (a chat's messages) brings its own check."""
    AUTHORISERS[kind] = authoriser


def allowed(topic: str, member: Member) -> bool:
    """Whether `member` may hear `topic` ("inbox", "chat:7"). Malformed or unknown topics: nobody."""
    kind, _, rest = topic.partition(":")
    authoriser = AUTHORISERS.get(kind)
    record = optional_id(rest)
    if authoriser is None or (rest and record is None):
        return False
    return authoriser(member, record)
