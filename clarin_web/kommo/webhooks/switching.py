"""Turning webhooks on and off, and looking whether Kommo still has them on.

What counts is our own row: without its hash no address opens, whatever Kommo's list says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import structlog

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.config import ConfigError
from clarin_web.db import session, transaction
from clarin_web.events import Actor, KommoWebhookChanged, announce
from clarin_web.kommo.client import Client, Row
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.errors import BadRequest, KommoError, NoRights
from clarin_web.kommo.hosts import BadHost
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.webhooks import address, subscribing
from clarin_web.kommo.webhooks.queries import NOT_REMOVED, webhook_of
from clarin_web.lib.errors import Conflict
from clarin_web.lib.errors import NotFound as NotThere
from clarin_web.lib.secrets import CannotOpen
from clarin_web.models import KommoConnection, KommoWebhook

log = structlog.get_logger()
WORDED = {NoRights.code: "hook_no_rights", BadRequest.code: "hook_refused"}


def turn_on(member: Member, asked_at: str) -> bool:
    """Subscribe under a new token; addresses of before end. False when Kommo refused, and the row says why.

    Conflict where Kommo could not reach us.
    """
    connection = _managed(member)
    origin = address.public_origin(connection.base_url, asked_at)
    if not origin:
        raise Conflict("kommo_no_public_address")
    token = address.new_token()
    with _noting(connection) as client:
        subscribing.subscribe(client, address.destination(origin, connection.account_id, token))
        before = _turned_on(member, connection, address.hash_token(token), origin)
        for each in {before, origin} - {""}:
            ours = subscribing.listed(client, each, connection.account_id)
            _remove(client, (row for other, row in ours.items() if other != token))
        return True
    return False


def turn_off(member: Member) -> None:
    """From the commit on nothing is heard any more; then Kommo's list is cleared. If that fails it is tried again."""
    connection = _managed(member)
    webhook = webhook_of(connection.account_id, connection.id)
    if webhook is None or webhook.token_hash is None:
        return
    with transaction():
        webhook = _kept(connection)
        webhook.state, webhook.token_hash, webhook.error = "off", None, ""
        _tell(webhook, Actor.user(member.user_id))
    with _noting(connection, NOT_REMOVED) as client:
        _remove(client, subscribing.listed(client, webhook.origin, connection.account_id).values())


def look(connection: KommoConnection) -> None:
    """Ask Kommo's list how ours is; when it is off here, take out what is left there."""
    webhook = webhook_of(connection.account_id, connection.id)
    if webhook is None:
        return
    token_hash = webhook.token_hash
    with _noting(connection, "" if token_hash else NOT_REMOVED, hurried=False) as client:
        ours = subscribing.listed(client, webhook.origin, connection.account_id)
        if token_hash is None:
            _remove(client, ours.values())
        _looked(connection, _state_in(ours, token_hash), token_hash)


def _state_in(ours: dict[str, Row], token_hash: bytes | None) -> str:
    """What Kommo's list says of the one with this token."""
    if token_hash is None:
        return "off"
    for token, row in ours.items():
        if address.is_token(token, token_hash):
            return "disabled" if row.get("disabled") is True else "on"
    return "missing"


def _remove(client: Client, rows: Iterable[Row]) -> None:
    for row in rows:
        subscribing.unsubscribe(client, row)


def _turned_on(member: Member, connection: KommoConnection, token_hash: bytes, origin: str) -> str:
    """Written down; answers the origin of before."""
    now = datetime.now(UTC)
    with transaction():
        webhook = _kept(connection)
        before = webhook.origin
        webhook.state, webhook.error, webhook.origin, webhook.token_hash = "on", "", origin, token_hash
        webhook.turned_on_at = webhook.checked_at = now
        webhook.last_received_at, webhook.ignored = None, 0
        _tell(webhook, Actor.user(member.user_id))
    return before


def _looked(connection: KommoConnection, state: str, token_hash: bytes | None) -> None:
    with transaction():
        webhook = _kept(connection)
        webhook.checked_at, webhook.error = datetime.now(UTC), ""
        # Turned on or off while we looked: what was seen was about another.
        if webhook.token_hash != token_hash or webhook.state == state:
            session().flush()
            return
        log.warning("kommo webhook is not as it was", connection=connection.id, state=state)
        webhook.state = state
        _tell(webhook, Actor.kommo())


@contextlib.contextmanager
def _noting(connection: KommoConnection, code: str = "", *, hurried: bool = True) -> Iterator[Client]:
    """A client of the connection; why it did not work is written on the row."""
    try:
        with client_of(connection, hurried=hurried) as client:
            yield client
    except KommoError as failure:
        log.warning("kommo webhook", connection=connection.id, code=failure.code, detail=failure.detail)
        _note(connection, code or WORDED.get(failure.code, failure.code))
    except (BadHost, CannotOpen, ConfigError) as failure:
        log.warning("kommo connection unusable", connection=connection.id, error=type(failure).__name__)
        _note(connection, code or "token_unreadable")


def _note(connection: KommoConnection, error: str) -> None:
    with transaction():
        webhook = _kept(connection)
        webhook.error, webhook.checked_at = error, datetime.now(UTC)
        session().flush()


def _kept(connection: KommoConnection) -> KommoWebhook:
    """The connection's row, made when there is none."""
    webhook = webhook_of(connection.account_id, connection.id)
    if webhook is None:
        webhook = KommoWebhook(account_id=connection.account_id, connection_id=connection.id)
        session().add(webhook)
        session().flush()
        session().refresh(webhook)
    return webhook


def _tell(webhook: KommoWebhook, actor: Actor) -> None:
    session().flush()
    about = {"account_id": webhook.account_id, "connection_id": webhook.connection_id}
    announce(KommoWebhookChanged(**about, actor=actor, state=webhook.state))


def _managed(member: Member) -> KommoConnection:
    member.must(Permission.MANAGE_KOMMO)
    connection = connection_of(member.account_id)
    if connection is None:
        raise NotThere("kommo_connection")
    return connection
