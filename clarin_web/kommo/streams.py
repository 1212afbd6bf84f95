"""The lists of a Kommo that are mirrored: how each is asked, how often, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from clarin_web.db import transaction
from clarin_web.kommo.answers import Page
from clarin_web.kommo.client import Client
from clarin_web.kommo.cursors import Cursor
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.reading import Fetch
from clarin_web.models import KommoStream

DAY, WEEK = 86_400, 7 * 86_400
UNWATCHED_SECONDS, SELDOM_SECONDS = 360, 720  # while nobody has the account open, a list may wait so long
# Stage moves are the official history; the others tell what left, came back or became one.
EVENT_TYPES = (
    "lead_status_changed lead_deleted lead_restored contact_deleted contact_restored company_deleted "
    "company_restored task_deleted common_note_deleted entity_merged"
).split()


# Told by events of a live list only, and not kept: what came into being, whatever stamp it bears.
CREATION_TYPES = ("lead_added", "contact_added", "company_added", "task_added")


@dataclass(frozen=True, slots=True)
class Listed:
    """A stream of rows. `mode` "windows" is for lists whose order by stamp is not documented.

    `every` is the least time between two polls in seconds, `idle` while nobody looks; leads are polled at each visit.
    `is_bin`: the recycle bin.
    """

    name: str
    kind: str
    every: int = 0
    idle: int = UNWATCHED_SECONDS
    entity: str = ""
    field: str = "updated_at"
    mode: str = "stamps"
    is_bin: bool = False

    @property
    def is_main(self) -> bool:
        """What the progress bar is about, and what every other list points at."""
        return self.name in ("companies", "contacts", "leads")

    @property
    def is_independent(self) -> bool:
        """Whether a page says the same whether or not the one before was stored: events speak of what is there."""
        return self.kind != "events"

    def start(self) -> Cursor:
        return Cursor(mode=self.mode, home=self.mode)

    def fetcher(self, client: Client, *, is_live: bool = False) -> Fetch:
        types = [*EVENT_TYPES, *CREATION_TYPES] if is_live else EVENT_TYPES

        def fetch(page: int, window: tuple[int, int | None] | None, order: str) -> Page:
            if self.kind == "events":
                return client.events(page, window=window, types=types)
            if self.kind == "notes":
                return client.notes(self.entity, page, window=window, order=order)
            if self.is_bin:
                return client.moving(self.kind, page, window=window, order=order, with_="only_deleted")
            if self.kind == "leads":
                return client.leads(page, window=window, order=order)
            order = "id" if self.mode == "windows" else order
            return client.moving(self.kind, page, window=window, order=order)

        return fetch

    def piece(self, client: Client, page: int, limit: int) -> Page:
        """A page of so many rows, in the order of ids."""
        if self.kind == "notes":
            return client.notes(self.entity, page, order="id", limit=limit)
        if self.kind == "leads":
            return client.leads(page, limit=limit)
        return client.moving(self.kind, page, limit=limit)


LEADS = Listed("leads", "leads", idle=120)
LISTS = (
    Listed("companies", "companies", every=60, idle=SELDOM_SECONDS),
    Listed("contacts", "contacts", every=15),
    LEADS,
    Listed("tasks", "tasks", every=30, mode="windows"),
    Listed("lead_notes", "notes", every=30, entity="leads"),
    Listed("contact_notes", "notes", every=45, idle=SELDOM_SECONDS, entity="contacts"),
    Listed("company_notes", "notes", every=120, idle=SELDOM_SECONDS, entity="companies"),
    Listed("events", "events", every=15, field="created_at", mode="windows"),
    Listed("deleted_leads", "leads", every=DAY, is_bin=True),
    Listed("deleted_contacts", "contacts", every=DAY, is_bin=True),
    Listed("deleted_companies", "companies", every=DAY, is_bin=True),
)
INCOMING = Listed("unsorted", "unsorted", every=30)
SWEEP = Listed("sweep", "sweep", every=WEEK)
CENSUS = Listed("census", "census")
REFERENCES = ("users", "pipelines", "tags", "fields")
STREAMS = (*REFERENCES, *(listed.name for listed in LISTS), INCOMING.name, SWEEP.name, CENSUS.name)


def add_streams(account_id: int, connection_id: int) -> None:
    """A row for each stream that has none yet, so that progress is there from the first look."""
    have = streams_of(account_id, connection_id)
    missing = [name for name in STREAMS if name not in have]
    if not missing:
        return
    with transaction() as current:
        for name in missing:
            current.add(KommoStream(account_id=account_id, connection_id=connection_id, name=name))
        current.flush()
