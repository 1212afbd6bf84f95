"""Who did it, what a fact is, and how facts are told: a row now, listeners after commit.

`announce()` is called inside `transaction()`. A durable fact is also a row of table `fact`, written in the
same transaction: the timeline, the audit trail and (later) webhooks read it. Listeners run after commit, in
the order of `subscriptions`; one that fails is reported and does not stop the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from sqlalchemy import insert

from clarin_web.db import after_commit, before_commit, execute, is_away, release
from clarin_web.lib.errors import DomainError
from clarin_web.models import FactRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a user, a rule, Kommo, WhatsApp, an import or the system itself (domain rule 14)."""

    kind: str
    id: int | None = None

    @classmethod
    def user(cls, user_id: int) -> Actor:
        return cls("user", user_id)

    @classmethod
    def kommo(cls) -> Actor:
        return cls("kommo")

    @classmethod
    def whatsapp(cls) -> Actor:
        return cls("whatsapp")

    @classmethod
    def rule(cls) -> Actor:
        return cls("rule")

    @classmethod
    def system(cls) -> Actor:
        return cls("system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of every fact. `durable` classes leave a row; the others only wake listeners."""

    durable: ClassVar[bool] = True
    account_id: int
    actor: Actor


Handler = Callable[[Any], None]
_subscriptions: Mapping[type[Fact], Iterable[Handler]] = {}
_otherwise: Iterable[Handler] = ()


def subscribe(table: Mapping[type[Fact], Iterable[Handler]], *, otherwise: Iterable[Handler] = ()) -> None:
    """Install the map of `subscriptions`; called once by each composition root (app, worker).

    `otherwise` hears the facts that are not in it (`devices.relaying`).
    """
    global _subscriptions, _otherwise
    _subscriptions, _otherwise = table, otherwise


def announce(fact: Fact) -> None:
    """A row in the same transaction (those of one action are one INSERT), listeners after commit."""
    if fact.durable:
        before_commit(_write_rows, fact_row(fact))
    after_commit(lambda: tell(fact))


def announce_all(facts: list[Fact]) -> None:
    """As `announce()`, for many facts."""
    for fact in facts:
        announce(fact)


def _write_rows(rows: list[dict[str, Any]]) -> None:
    execute(insert(FactRow), rows)


SUBJECTS = ("lead_id", "chat_id", "contact_id")


def fact_row(fact: Fact) -> dict[str, Any]:
    """The column values of a fact's row; what is not a column goes into `data`."""
    values = {f.name: getattr(fact, f.name) for f in dataclasses.fields(fact) if f.name != "actor"}
    columns = {name: values.pop(name, None) for name in ("account_id", *SUBJECTS)}
    return {
        **columns,
        "kind": type(fact).__name__,
        "actor_kind": fact.actor.kind,
        "actor_id": fact.actor.id,
        "data": values,
    }


def tell(fact: Fact) -> None:
    """Run its listeners. It is committed already: `announce()` calls this, and who hears of it from another process."""
    for handler in _subscriptions.get(type(fact), _otherwise):
        try:
            handler(fact)
        except Exception as error:
            release()  # the next listener does not go on in a transaction that failed
            about = {"fact": type(fact).__name__, "listener": handler.__qualname__}
            if isinstance(error, DomainError):
                log.warning("listener refused", refusal=str(error), **about)
            elif is_away(error):
                log.warning("listener failed: database away", **about)
            else:
                log.exception("listener failed", **about)
