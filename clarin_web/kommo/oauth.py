"""Kommo's OAuth: the page where a person consents, trading a code for a pair, and renewing the pair.

A refresh token works once. It is spent under a lock on the connection's row, in a transaction of its own that
commits the new pair before anybody uses it: two workers never spend one, and no rollback takes a pair away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from clarin_web.db import engine
from clarin_web.kommo import errors, sealing
from clarin_web.kommo.answers import Row
from clarin_web.kommo.hosts import is_own
from clarin_web.kommo.tokens import claims_of
from clarin_web.lib.secrets import CannotOpen
from clarin_web.models import KommoConnection
from clarin_web.models.kommo import KommoSecrets

log = structlog.get_logger()
RENEW_BEFORE = timedelta(minutes=5)
# Longer than an exchange takes, so that whoever waits finds the new pair.
PATIENTLY = text("SET LOCAL lock_timeout = '60s'")
LONGEST_PAIR, USUAL_PAIR = 86400 * 366, timedelta(days=1)
TRY_AGAIN_AFTER = timedelta(minutes=1)


class Exchange(Protocol):
    """Who can send the exchange: a Wire."""

    def exchange(self, wanted: dict[str, str]) -> Row: ...


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str
    expires_at: datetime


def new_state() -> str:
    """What must come back with the code; only its hash is kept."""
    return secrets.token_urlsafe(32)


def hash_state(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def is_state(given: str, kept: bytes | None) -> bool:
    return kept is not None and hmac.compare_digest(hash_state(given), kept)


def consent_url(base_url: str, client_id: str, state: str) -> str:
    """Where the person says yes. Kommo's accounts share the page of their brand; another server has its own."""
    brand = base_url.partition(".")[2]
    page = f"https://www.{brand}/oauth" if is_own(base_url) else f"{base_url}/oauth"
    return f"{page}?{urlencode({'client_id': client_id, 'state': state, 'mode': 'post_message'})}"


def trade(wire: Exchange, holder: KommoSecrets, secret: str, *, code: str = "", refresh: str = "") -> Pair:
    """A new pair for a code or a refresh token. A refusal is Unauthorized, whatever its status."""
    grant = {"grant_type": "authorization_code", "code": code}
    if refresh:
        grant = {"grant_type": "refresh_token", "refresh_token": refresh}
    about = {"client_id": holder.client_id, "client_secret": secret, "redirect_uri": holder.redirect_uri}
    try:
        return _pair(wire.exchange({**about, **grant}), refresh)
    except (errors.BadRequest, errors.NotFound, errors.NoRights, errors.Unauthorized) as refusal:
        raise (errors.AccessLost if refresh else errors.Unauthorized)(refusal.detail) from refusal


class RenewingTokens:
    """The tokens of an OAuth connection: renewed shortly before they end, and when refused."""

    def __init__(self, account_id: int, connection_id: int) -> None:
        self._account_id, self._connection_id = account_id, connection_id
        self._access, self._expires_at = "", datetime.fromtimestamp(0, UTC)
        self._wire: Exchange | None = None
        self._not_before = datetime.fromtimestamp(0, UTC)

    def through(self, wire: Exchange) -> None:
        """Say who sends the exchanges."""
        self._wire = wire

    def current(self) -> str:
        now = datetime.now(UTC)
        if self._expires_at - RENEW_BEFORE <= now and now >= self._not_before:
            self._renew("")
        return self._access

    def renewed(self, spent: str) -> str:
        self._renew(spent)
        return self._access

    def _renew(self, spent: str) -> None:
        """Take the row's pair when it is another and still good, else trade it for a new one."""
        try:
            self._take_or_trade(spent)
        except CannotOpen as failure:
            raise errors.Unreadable(str(failure)) from failure

    def _take_or_trade(self, spent: str) -> None:
        with Session(engine(), expire_on_commit=False) as own, own.begin():
            row = self._locked(own)
            access = sealing.take(row, "token_sealed")
            ends = row.token_expires_at or datetime.fromtimestamp(0, UTC)
            if access == spent or ends - RENEW_BEFORE <= datetime.now(UTC):
                try:
                    access, ends = keep(row, self._traded(row))
                except errors.KommoError as failure:
                    self._goes_on_with(access, spent, ends, failure)
        self._access, self._expires_at = access, ends

    def _goes_on_with(self, access: str, spent: str, ends: datetime, failure: errors.KommoError) -> None:
        """Renewing failed: what Kommo still takes is used until it ends, and renewing is tried again."""
        if access == spent or ends <= datetime.now(UTC):
            raise failure
        log.warning("kommo access not renewed yet", connection=self._connection_id, code=failure.code)
        self._not_before = datetime.now(UTC) + TRY_AGAIN_AFTER

    def _traded(self, row: KommoConnection) -> Pair:
        if self._wire is None:
            raise errors.Unauthorized("nobody to trade with")
        secret, refresh = sealing.take(row, "client_secret_sealed"), sealing.take(row, "refresh_sealed")
        return trade(self._wire, row, secret, refresh=refresh)

    def _locked(self, own: Session) -> KommoConnection:
        own.execute(select(func.set_config("app.account_id", str(self._account_id), True)))
        own.execute(PATIENTLY)
        mine = (
            KommoConnection.account_id == self._account_id,
            KommoConnection.id == self._connection_id,
        )
        try:
            row = own.scalars(select(KommoConnection).where(*mine).with_for_update()).first()
        except OperationalError as failure:
            raise errors.TimedOut("another worker renews the token") from failure
        if row is None:
            raise errors.Unauthorized("the connection is gone")
        return row


def keep(row: sealing.Holder, pair: Pair) -> tuple[str, datetime]:
    """Seal a pair into its row."""
    sealing.put(row, "token_sealed", pair.access)
    sealing.put(row, "refresh_sealed", pair.refresh)
    row.token_expires_at = pair.expires_at
    return pair.access, pair.expires_at


def _pair(body: Row, spent: str) -> Pair:
    """The old token is gone once the answer was given: whatever else is odd about a pair, its tokens are kept."""
    access, refresh, seconds = body.get("access_token"), body.get("refresh_token"), body.get("expires_in")
    refresh = refresh if isinstance(refresh, str) and refresh else spent
    if not (isinstance(access, str) and access and refresh):
        raise errors.WrongShape("a pair without tokens")
    now, is_whole = datetime.now(UTC), isinstance(seconds, int) and not isinstance(seconds, bool)
    if is_whole and 0 < seconds <= LONGEST_PAIR:  # type: ignore[operator]
        return Pair(access, refresh, now + timedelta(seconds=seconds))  # type: ignore[arg-type]
    return Pair(access, refresh, claims_of(access).expires_at or now + USUAL_PAIR)
