"""What leads point at, read whole every few minutes: users and groups, pipelines, reasons, tags, custom fields."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from clarin_web.db import transaction
from clarin_web.events import Actor, NamesChanged, announce, announce_all
from clarin_web.kommo import mapping, regions
from clarin_web.kommo.answers import Page, Row
from clarin_web.kommo.errors import KommoError
from clarin_web.kommo.known import kommo_ids
from clarin_web.kommo.mapping import RecordRow
from clarin_web.kommo.oddities import forget_oddities
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.run import REFUSALS, Run
from clarin_web.kommo.storing import save_oddities
from clarin_web.kommo.storing.anew import read_anew
from clarin_web.kommo.storing.apart import read_apart, write_apart
from clarin_web.kommo.storing.prepared import Prepared, Stored
from clarin_web.kommo.upserts import upsert_pipelines, upsert_reasons
from clarin_web.kommo.upserts.kept import living_keys, mark_records_gone, upsert_records
from clarin_web.kommo.upserts.people import give_leads, match_users
from clarin_web.kommo.upserts.renaming import fields_of, rename_fields
from clarin_web.kommo.upserts.retagging import Tags, names_of_tags, retag
from clarin_web.models import KommoStream
from clarin_web.tags.actions import find_or_create

AGE = timedelta(minutes=10)
MAX_PAGES = 100
MAX_AGAIN = 1000
TAGGED = ("leads", "contacts", "companies")


def is_old(stream: KommoStream, factor: int = 1) -> bool:
    """`factor`: while nobody looks they may be so many times as old."""
    return stream.last_success_at is None or datetime.now(UTC) - stream.last_success_at > AGE * factor


def read_users(run: Run) -> None:
    raws = _all(lambda page: run.client.users(page, "group"))
    rows = read_apart(run, "user", raws, lambda raw: mapping.user(raw, run.odd))
    groups = [
        group
        for raw in raws
        for group in mapping.embedded_of(raw, "groups")
        if mapping.text_of(group.get("name"))
    ]
    with transaction():
        _keep(run, "users", raws)
        _keep(run, "groups", groups)
        owners = match_users(run.account_id, rows)
        people = [
            {
                "id": row.kommo_id,
                "name": row.name,
                "email": row.email,
                "user_id": owners.get(row.kommo_id),
                "group": row.group,
                "is_active": row.is_active,
            }
            for row in rows
        ]
        before = streams_of(**run.ids())["users"].cursor
        told: dict[str, object] = {
            "people": people,
            "owners": {str(id_): user_id for id_, user_id in owners.items()},
        }
        if before.get("owners") != told["owners"]:
            give_leads(run.account_id, owners)
        if any(before.get(name) != one for name, one in told.items()):
            announce(NamesChanged(account_id=run.account_id, actor=Actor.kommo()))
        finish(run, "users", told, len(rows))


def read_pipelines(run: Run) -> None:
    regions.learn(run)
    raws = run.client.pipelines().rows
    rows = read_apart(run, "pipeline", raws, lambda raw: mapping.pipeline(raw, run.odd))
    rows = list({row.kommo_id: row for row in rows}.values())  # one that is listed twice is one
    reasons = run.if_readable("loss_reasons", lambda: _all(run.client.loss_reasons))
    with transaction():
        upsert_pipelines(run.account_id, rows)
        named = {
            id_: name
            for row in reasons
            if (id_ := mapping.number_of(row.get("id"))) and (name := mapping.text_of(row.get("name")))
        }
        upsert_reasons(run.account_id, named)
        _keep(run, "loss_reasons", reasons)
        finish(run, "pipelines", {}, len(rows))


def read_tags(run: Run) -> None:
    """Tags by kind. One that was renamed or removed in Kommo stamps no lead: ours follow it from here.

    Who wore it is read again by id; of very many the rest at the next sweep.
    """
    found, refusal = _of_each_kind(run.client.tags)
    with transaction():
        before: Tags = names_of_tags(run.account_id)
        for kind, rows in found.items():
            _keep(run, "tags", rows, kind)
        names = [mapping.text_of(row.get("name"), 60) for rows in found.values() for row in rows]
        find_or_create(run.account_id, [name for name in names if name])
        facts, touched = retag(run.account_id, before, names_of_tags(run.account_id))
        announce_all(facts)
        if refusal is None:
            finish(run, "tags", {}, len(set(names)))
    for kind, ids in touched.items():
        read_anew(run, kind, kommo_ids(run.account_id, kind, sorted(ids)[:MAX_AGAIN]))
    if refusal is not None:
        raise refusal


def read_fields(run: Run) -> None:
    found, refusal = _of_each_kind(run.client.custom_fields)
    for kind, rows in found.items():
        with transaction():
            before = fields_of(run.account_id, kind)
            _keep(run, "fields", rows, kind)
            rename_fields(run.account_id, kind, before, fields_of(run.account_id, kind))
    if refusal is not None:
        raise refusal
    finish(run, "fields", {}, sum(map(len, found.values())))


READERS: dict[str, Callable[[Run], None]] = {
    "users": read_users,
    "pipelines": read_pipelines,
    "tags": read_tags,
    "fields": read_fields,
}


def finish(run: Run, name: str, cursor: dict[str, object], count: int = 0) -> None:
    """A stream without pages is done."""
    with transaction():
        stream = streams_of(**run.ids())[name]
        stream.read_whole(datetime.now(UTC))
        stream.rows_done = max(stream.rows_done, count)
        if cursor:
            stream.cursor = cursor
        forget_oddities(run.account_id, run.connection_id, name)
        save_oddities(run)


def _of_each_kind(read: Callable[[str, int], Page]) -> tuple[dict[str, list[Row]], KommoError | None]:
    """A list of each kind of entity, and why one could not be read: the others count, the list is not whole."""
    found: dict[str, list[Row]] = {}
    refusal: KommoError | None = None
    for kind in TAGGED:
        try:
            found[kind] = _all(functools.partial(read, kind))
        except REFUSALS as refused:
            refusal = refused
    return found, refusal


def _keep(run: Run, kind: str, raws: list[Row], entity: str = "") -> None:
    """The list as it is now: what is no longer in it is marked. An empty answer takes nothing away."""
    rows = read_apart(run, kind, raws, lambda raw: mapping.record(kind, raw, run.odd, entity))
    kept = Prepared([_undated(row) for row in rows])
    write_apart(run, kind, kept, lambda part: Stored(changed=len(upsert_records(run.account_id, part.rows))))
    if rows:
        gone = living_keys(run.account_id, kind, entity) - {row.key for row in rows}
        mark_records_gone(run.account_id, kind, gone, datetime.now(UTC), entity)


def _undated(row: RecordRow) -> RecordRow:
    """Such lists change without a stamp: the answer that came last is the newest."""
    return RecordRow(row.kind, row.key, row.entity, row.entity_id, row.at, None, row.data)


def _all(read: Callable[[int], Page], pages: int = MAX_PAGES) -> list[Row]:
    """A short list whole. A server that says "next" for ever is believed MAX_PAGES times at most."""
    rows: list[Row] = []
    for number in range(1, pages + 1):
        page = read(number)
        if not page.rows or page.rows == rows[-len(page.rows) :]:
            break
        rows += page.rows
        if not page.has_next:
            break
    return rows
