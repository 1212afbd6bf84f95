"""Making the client of a connection: its token opened, the shared pace, the operator's allowed hosts."""

from __future__ import annotations

from clarin_web.config import settings
from clarin_web.kommo.client import Client, host_of
from clarin_web.kommo.hosts import base_url
from clarin_web.kommo.limiter import Limiter
from clarin_web.lib.secrets import open_sealed, seal
from clarin_web.models import KommoConnection
from clarin_web.store import redis_connection


def make_client(address: str, token: str) -> Client:
    """A client for an address as a person wrote it. Raises BadHost."""
    base = base_url(address, settings().kommo_allowed_hosts)
    return Client(base, token, Limiter(redis_connection(), settings().kommo_rate, host_of(base)))


def client_of(connection: KommoConnection) -> Client:
    """The client of a stored connection. The address is checked again: the operator may have taken it away."""
    token = open_sealed(connection.token_sealed, _place(connection), settings().secret_key)
    return make_client(connection.base_url, token)


def seal_token(connection: KommoConnection, token: str) -> bytes:
    """The token encrypted for this row: copied to another, it does not open."""
    return seal(token, _place(connection), settings().secret_key)


def _place(connection: KommoConnection) -> str:
    return f"kommo_connection:{connection.account_id}:{connection.id}"
