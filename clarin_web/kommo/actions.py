"""Connect, pause, resume and disconnect. Nothing here writes to Kommo (domain rule 11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, transaction
from clarin_web.events import Actor, KommoConnected, KommoDisconnected, KommoProgressed, announce
from clarin_web.kommo.client import Client
from clarin_web.kommo.connecting import make_client, seal_token
from clarin_web.kommo.errors import KommoError, NotFound
from clarin_web.kommo.hosts import BadHost
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.streams import add_streams
from clarin_web.kommo.tokens import claims_of
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.lib.errors import NotFound as NotThere
from clarin_web.models import KommoConnection

MAX_TOKEN = 8192


@dataclass(frozen=True, slots=True)
class Answered:
    """What the address and token gave. `account_id` is None where a server tells no account."""

    base_url: str
    account_id: int | None
    name: str


def connect(member: Member, address: str, token: str) -> KommoConnection:
    """Connect without a look first, or give the connection a new token. Raises Invalid beside the field at fault.

    Another Kommo account needs a disconnect first: Conflict.
    """
    member.must(Permission.MANAGE_KOMMO)
    token = usable_token(token)
    answered = _checked(address, token)
    with transaction():
        connection = settle(member, answered)
        connection.auth, connection.token_expires_at = "token", claims_of(token).expires_at
        connection.token_sealed = seal_token(connection, token)
        return connection


def settle(member: Member, answered: Answered) -> KommoConnection:
    """The account's connection, made or renewed, still without its secrets. Inside a transaction."""
    with transaction() as session:
        connection = connection_of(member.account_id)
        if connection is None:
            connection = KommoConnection(
                account_id=member.account_id, base_url=answered.base_url, token_sealed=b""
            )
            session.add(connection)
        elif connection.kommo_account_id not in (None, answered.account_id):
            raise Conflict("kommo_other_account")
        connection.base_url = answered.base_url
        connection.kommo_account_id, connection.kommo_account_name = answered.account_id, answered.name
        connection.state, connection.error, connection.failures = "backfilling", "", 0
        connection.retry_at, connection.connected_by, connection.warned_days = None, member.user_id, None
        session.flush()  # for connection.id, which the sealed secrets are bound to
        add_streams(member.account_id, connection.id)
        announce(KommoConnected(**_about(member, connection), base_url=answered.base_url))
        return connection


def usable_token(token: str) -> str:
    """The token without blanks around it. Raises Invalid for what no Kommo ever gave."""
    token = token.strip()
    if not token:
        raise Invalid("invalid", {"token": "required"})
    if len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise Invalid("invalid", {"token": "kommo_token_unusable"})
    return token


def pause(member: Member) -> KommoConnection:
    """Stop reading until somebody resumes; cursors stay where they are."""
    return _set_state(member, "paused")


def resume(member: Member) -> KommoConnection:
    """Read again now, also after a refusal that was repaired in Kommo."""
    return _set_state(member, "backfilling")


def disconnect(member: Member) -> None:
    """Forget the token and the cursors. Leads and contacts stay, with what Kommo last said of them."""
    member.must(Permission.MANAGE_KOMMO)
    with transaction():
        connection = _connection(member)
        announce(KommoDisconnected(**_about(member, connection)))
        mine = (KommoConnection.account_id == member.account_id, KommoConnection.id == connection.id)
        execute(delete(KommoConnection).where(*mine))


def _checked(address: str, token: str) -> Answered:
    try:
        with make_client(address, token) as client:
            return _ask(client)
    except BadHost as refusal:
        raise Invalid("invalid", {"address": f"kommo_{refusal.code}"}) from refusal
    except KommoError as failure:
        field = "token" if failure.code in ("token_refused", "no_rights", "payment_required") else "address"
        raise Invalid("invalid", {field: f"kommo_{failure.code}"}) from failure


def _ask(client: Client) -> Answered:
    try:
        account = client.account()
    except NotFound:
        # Not a whole Kommo, but it may still list people; the sync names what is missing.
        client.contacts()
        return Answered(client.base_url, None, "")
    return Answered(client.base_url, int(account["id"]), str(account.get("name") or "")[:200])


def _set_state(member: Member, state: str) -> KommoConnection:
    member.must(Permission.MANAGE_KOMMO)
    with transaction():
        connection = _connection(member)
        connection.state, connection.error, connection.failures, connection.retry_at = state, "", 0, None
        connection.last_attempt_at = None  # whoever asks to read now means every list
        connection.version += 1
        announce(KommoProgressed(**_about(member, connection)))
        return connection


def _connection(member: Member) -> KommoConnection:
    connection = connection_of(member.account_id)
    if connection is None:
        raise NotThere("kommo_connection")
    return connection


def _about(member: Member, connection: KommoConnection) -> dict[str, Any]:
    return {
        "account_id": member.account_id,
        "actor": Actor.user(member.user_id),
        "connection_id": connection.id,
    }
