"""What a page may listen to, always inside one account. Subscribing is authorisation: unknown means no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.lib.values import optional_id

Ids = frozenset[int | None]
Authoriser = Callable[[Member, Ids], Ids]
LIMIT = 100


def reader_only(member: Member, ids: Ids) -> Ids:
    """Pokes carry no content; the page re-asks its own, authorised URL."""
    return ids if member.may(Permission.READ) else frozenset()


AUTHORISERS: dict[str, Authoriser] = dict.fromkeys(
    ("leads", "board", "inbox", "devices", "device", "alarms", "kommo", "home"), reader_only
)


def register(kind: str, authoriser: Authoriser) -> None:
    """A topic kind that carries content brings its own check: those of the ids that the member may hear."""
    AUTHORISERS[kind] = authoriser


def authorised(wanted: Iterable[str], member: Member) -> frozenset[str]:
    """The topics of `wanted` ("inbox", "chat:7") that `member` may hear. Malformed or unknown ones: nobody.

    Each check is asked once, for all its topics.
    """
    asked: dict[Authoriser, set[tuple[str, int | None]]] = defaultdict(set)
    for topic in wanted:
        kind, _, rest = topic.partition(":")
        record = optional_id(rest)
        if kind in AUTHORISERS and (record is not None or not rest):
            asked[AUTHORISERS[kind]].add((topic, record))
    return frozenset(
        topic
        for authoriser, topics in asked.items()
        for heard in (authoriser(member, frozenset(number for _, number in topics)),)
        for topic, number in topics
        if number in heard
    )


def allowed(topic: str, member: Member) -> bool:
    """Whether `member` may hear `topic`."""
    return topic in authorised([topic], member)
