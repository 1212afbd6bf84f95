"""One visit to one Kommo, and what it carries along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from clarin_web.kommo import regions
from clarin_web.kommo.answers import Row
from clarin_web.kommo.client import Client
from clarin_web.kommo.errors import BadRequest, NoRights, NotFound
from clarin_web.kommo.mapping import Oddities
from clarin_web.models import KommoConnection

REFUSALS = (NotFound, NoRights, BadRequest)


def _nothing() -> None:
    """Between the pages of who is in nobody's way."""


@dataclass
class Run:
    """`country` reads phones, `zone` dates. `companies` are names by Kommo id, learned on the way.

    `is_replay`: rows are kept answers, read anew though they are word for word as they were. `between_pages` is
    called between two pages: what cannot wait is done there.
    """

    account_id: int
    connection_id: int
    client: Client
    country: str
    odd: Oddities
    zone: tzinfo = UTC
    companies: dict[int, str] = field(default_factory=dict)
    is_replay: bool = False
    between_pages: Callable[[], None] = _nothing

    def ids(self) -> dict[str, int]:
        return {"account_id": self.account_id, "connection_id": self.connection_id}

    def if_readable(self, name: str, read: Callable[[], list[Row]]) -> list[Row]:
        """The rows, or none with the reason named, when this server or token does not give them."""
        try:
            return read()
        except REFUSALS as refusal:
            self.odd.add(name, "", refusal.code)
            return []


def run_of(connection: KommoConnection, client: Client) -> Run:
    """What a visit to this connection carries along."""
    used = regions.in_use(connection.region, regions.of_account(connection.account_id))
    zone = regions.zone_of(used["time_zone"])
    return Run(connection.account_id, connection.id, client, used["country"], Oddities(), zone)
