"""Making the client of a connection: its token opened, the shared pace, the operator's allowed hosts."""

from __future__ import annotations

from clarin_web.config import settings
from clarin_web.kommo.client import Client, host_of
from clarin_web.kommo.hosts import base_url, is_own
from clarin_web.kommo.limiter import Limiter, Target
from clarin_web.kommo.oauth import RenewingTokens
from clarin_web.kommo.pace import FilePace
from clarin_web.kommo.sealing import place
from clarin_web.lib.secrets import open_sealed, seal
from clarin_web.models import KommoConnection
from clarin_web.store import redis_connection

TRIES = 4  # a visit that met a passing failure goes on; more of them end it, and its connection waits
KOMMOS_LIMIT = 7.0  # whatever the operator writes: above it Kommo blocks the address
PACE_FILE = "kommo-pace"


def make_client(address: str, token: str) -> Client:
    """A client for an address as a person wrote it, who waits for the answer. Raises BadHost."""
    base = checked(address)
    return Client(base, token, limiter_for(base, hurried=True), tries=2)


def client_of(connection: KommoConnection, *, hurried: bool = False) -> Client:
    """The client of a stored connection; `hurried` when a person waits. The address is checked again: the operator may
    have taken it away."""
    base = checked(connection.base_url)
    limiter = limiter_for(base, str(connection.id), hurried=hurried)
    token, tries = open_token(connection), 1 if hurried else TRIES
    if connection.auth == "token":
        return Client(base, token, limiter, tries=tries)
    tokens = RenewingTokens(connection.account_id, connection.id)
    client = Client(base, tokens, limiter, tries=tries)
    tokens.through(client.wire)
    return client


def checked(address: str) -> str:
    """The base URL of an address. Raises BadHost."""
    return base_url(address, settings().kommo_allowed_hosts)


def limiter_for(base: str, breaker: str = "", *, hurried: bool = False) -> Limiter:
    """The installation's one pace, seen from a call to `base`. All of Kommo's own hosts are one site."""
    host = host_of(base)
    target = Target(host, "kommo" if is_own(base) else host, breaker, hurried)
    file = FilePace(settings().state_dir / PACE_FILE)
    rate = settings().kommo_rate
    return Limiter(
        redis_connection(), min(rate, KOMMOS_LIMIT) if is_own(base) else rate, target=target, file=file
    )


def open_token(connection: KommoConnection) -> str:
    """The stored token. Raises CannotOpen."""
    return open_sealed(connection.token_sealed, place(connection, "token_sealed"), settings().secret_key)


def seal_token(connection: KommoConnection, token: str) -> bytes:
    """The token encrypted for this row: copied to another, it does not open."""
    return seal(token, place(connection, "token_sealed"), settings().secret_key)
