"""Connecting in two steps: a draft that was tried and shown, then the connection. One draft per person."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, session, transaction
from clarin_web.kommo import actions, oauth, regions, sealing
from clarin_web.kommo.client import Client
from clarin_web.kommo.connecting import checked, limiter_for, make_client
from clarin_web.kommo.errors import KommoError, Unauthorized
from clarin_web.kommo.hosts import BadHost
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.tokens import claims_of
from clarin_web.kommo.trying import Summary, try_out
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.models import KommoConnection, KommoDraft

LIFETIME = timedelta(hours=1)
# These have a sentence for somebody who is trying, and can do something about it now.
TRYING = {
    code: f"try_{code}"
    for code in (
        "unreachable not_found redirected not_kommo token_refused no_rights timeout server_error truncated "
        "rate_limited blocked"
    ).split()
}
OF_THE_TOKEN = ("token_refused", "no_rights", "payment_required")


def draft_of(member: Member) -> KommoDraft | None:
    """What this person is trying; None when nothing, or too long ago."""
    wanted = select(KommoDraft).where(
        KommoDraft.account_id == member.account_id,
        KommoDraft.user_id == member.user_id,
        KommoDraft.created_at > datetime.now(UTC) - LIFETIME,
    )
    return session().scalars(wanted.execution_options(populate_existing=True)).first()


def try_token(member: Member, address: str, token: str) -> KommoDraft:
    """Ask Kommo with an address and a long-lived token; keep what it showed. Raises Invalid beside the field."""
    member.must(Permission.MANAGE_KOMMO)
    token = actions.usable_token(token)
    expires_at = claims_of(token).expires_at
    if expires_at and expires_at <= datetime.now(UTC):
        raise Invalid("invalid", {"token": "kommo_token_expired"})
    with refusals("token"):
        with make_client(address, token) as client:
            summary = _shown(member, client)
            base = client.base_url
    with transaction():
        draft = _fresh(member, base, "token")
        draft.summary, draft.token_expires_at = summary.dump(), expires_at
        sealing.put(draft, "token_sealed", token)
        session().flush()
        return draft


def ask_consent(member: Member, address: str, client_id: str, secret: str, redirect_uri: str) -> str:
    """Begin OAuth: keep the integration's id and secret, answer the page where the person consents."""
    member.must(Permission.MANAGE_KOMMO)
    with refusals("client_id"):
        base = checked(address)
    state = oauth.new_state()
    with transaction():
        draft = _fresh(member, base, "oauth")
        draft.client_id, draft.redirect_uri, draft.state_hash = (
            client_id,
            redirect_uri,
            oauth.hash_state(state),
        )
        sealing.put(draft, "client_secret_sealed", secret)
        session().flush()
    return oauth.consent_url(base, client_id, state)


def take_consent(member: Member, state: str, code: str) -> KommoDraft:
    """The person came back. The state must be the one this person was sent with, once; then code for tokens."""
    member.must(Permission.MANAGE_KOMMO)
    with transaction():
        draft = draft_of(member)
        if draft is None or not oauth.is_state(state, draft.state_hash):
            raise Invalid("kommo_wrong_state")
        draft.state_hash = None  # spent, whatever follows
        session().flush()
    if not code:
        raise Invalid("kommo_consent_refused")
    secret = sealing.take(draft, "client_secret_sealed")
    with refusals("client_id"), _client(draft, "") as client:
        try:
            pair = oauth.trade(client.wire, draft, secret, code=code)
        except Unauthorized as refusal:
            raise Invalid("invalid", {"client_id": "kommo_try_integration_refused"}) from refusal
    with refusals("client_id"), _client(draft, pair.access) as client:
        summary = _shown(member, client)
    with transaction():
        oauth.keep(draft, pair)
        draft.summary = summary.dump()
        session().flush()
    return draft


def connect_draft(member: Member, choices: Mapping[str, str]) -> KommoConnection:
    """Make the draft the connection, and forget the draft. Conflict when there is none any more.

    `choices`: "kommo" or "account" for the country, currency and time zone in which they differ.
    """
    member.must(Permission.MANAGE_KOMMO)
    with transaction():
        draft = draft_of(member)
        if draft is None or not draft.summary or draft.token_sealed is None:
            raise Conflict("kommo_no_draft")
        _same_account(member, draft.summary["account_id"])  # type: ignore[arg-type]
        answered = actions.Answered(
            draft.base_url,
            draft.summary["account_id"],  # type: ignore[arg-type]
            str(draft.summary["name"]),
        )
        connection = actions.settle(member, answered)
        for name in ("auth", "token_expires_at", "client_id", "redirect_uri"):
            setattr(connection, name, getattr(draft, name))
        regions.connected(connection, regions.usable(draft.summary), choices)
        sealing.move(draft, connection)
        drop_draft(member)
        return connection


def drop_draft(member: Member) -> None:
    """Forget what was tried, with its secrets."""
    member.must(Permission.MANAGE_KOMMO)
    mine = (KommoDraft.account_id == member.account_id, KommoDraft.user_id == member.user_id)
    with transaction():
        execute(delete(KommoDraft).where(*mine))


def forget_old(account_id: int) -> None:
    """Secrets that somebody typed and then left are not kept longer than they can be used."""
    over = (KommoDraft.account_id == account_id, KommoDraft.created_at <= datetime.now(UTC) - LIFETIME)
    with transaction():
        execute(delete(KommoDraft).where(*over))


@contextmanager
def refusals(token_field: str) -> Iterator[None]:
    """Turn what Kommo or the address refuses into Invalid beside the field at fault."""
    try:
        yield
    except BadHost as refusal:
        raise Invalid("invalid", {"address": f"kommo_{refusal.code}"}) from refusal
    except KommoError as failure:
        field = token_field if failure.code in OF_THE_TOKEN else "address"
        raise Invalid("invalid", {field: f"kommo_{TRYING.get(failure.code, failure.code)}"}) from failure


def _shown(member: Member, client: Client) -> Summary:
    summary = try_out(client, int(time.time()))
    _same_account(member, summary.account_id)
    return summary


def _same_account(member: Member, kommo_account_id: int | None) -> None:
    """A new token must be of the Kommo that is connected: another one's rows would mix with what is here."""
    connection = connection_of(member.account_id)
    if connection is not None and connection.kommo_account_id not in (None, kommo_account_id):
        raise Conflict("kommo_other_account")


def _client(draft: KommoDraft, token: str) -> Client:
    base = checked(draft.base_url)
    return Client(base, token, limiter_for(base, hurried=True))


def _fresh(member: Member, base: str, auth: str) -> KommoDraft:
    drop_draft(member)
    draft = KommoDraft(account_id=member.account_id, user_id=member.user_id, base_url=base, auth=auth)
    session().add(draft)
    session().flush()  # for draft.id, which its secrets are bound to
    return draft
