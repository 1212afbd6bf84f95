"""Stop the import where it is, or begin it again. A visit under way notices at its next page."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import transaction
from clarin_web.events import Actor, KommoProgressed, announce
from clarin_web.kommo.queries import connection_of, streams_of
from clarin_web.kommo.streams import CENSUS, LISTS
from clarin_web.lib.errors import NotFound
from clarin_web.models import KommoConnection


def stop_import(member: Member) -> KommoConnection:
    """Keep what came; from now on only what changes in Kommo is read."""
    with transaction():
        connection = _connection(member)
        streams = streams_of(member.account_id, connection.id)
        cut = [name for name, stream in streams.items() if stream.phase == "backfill"]
        if CENSUS.name in streams:
            streams[CENSUS.name].cursor = {"cut": cut}  # a person wants no more of these than came
        for listed in LISTS:
            stream = streams.get(listed.name)
            if stream is not None and stream.phase == "backfill":
                stream.phase, stream.rows_total = "live", stream.rows_done
                stream.cursor = listed.start().change(top=int(time.time())).dump()
                stream.updated_at = datetime.now(UTC)
        return _told(member, connection)


def import_again(member: Member) -> KommoConnection:
    """Read every list from its beginning. What did not change stays unwritten."""
    with transaction():
        connection = _connection(member)
        for name, stream in streams_of(member.account_id, connection.id).items():
            if name in {listed.name for listed in LISTS}:
                stream.phase, stream.cursor = "backfill", {}
                stream.rows_done, stream.rows_total = 0, None
            elif name == CENSUS.name:
                stream.cursor = {}
        connection.state = "backfilling"
        return _told(member, connection)


def _connection(member: Member) -> KommoConnection:
    member.must(Permission.MANAGE_KOMMO)
    connection = connection_of(member.account_id)
    if connection is None:
        raise NotFound("kommo_connection")
    return connection


def _told(member: Member, connection: KommoConnection) -> KommoConnection:
    connection.version += 1
    connection.last_attempt_at = connection.retry_at = None
    about = {"account_id": member.account_id, "connection_id": connection.id}
    announce(KommoProgressed(**about, actor=Actor.user(member.user_id)))
    return connection
