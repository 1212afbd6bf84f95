"""Secrets of Kommo rows, sealed for their own row and column: copied to another place they do not open."""

from __future__ import annotations

from clarin_web.config import settings
from clarin_web.lib.secrets import open_sealed, seal
from clarin_web.models import KommoConnection, KommoDraft

Holder = KommoConnection | KommoDraft
COLUMNS = ("token_sealed", "refresh_sealed", "client_secret_sealed")


def put(row: Holder, column: str, secret: str | None) -> None:
    """Seal `secret` into the row, which must have its id already."""
    sealed = None if secret is None else seal(secret, place(row, column), settings().secret_key)
    setattr(row, column, sealed)


def take(row: Holder, column: str) -> str:
    """The secret in the row; "" where there is none. Raises CannotOpen."""
    sealed = getattr(row, column)
    return open_sealed(sealed, place(row, column), settings().secret_key) if sealed else ""


def move(source: Holder, target: Holder) -> None:
    """Every secret of one row sealed anew for another."""
    for column in COLUMNS:
        put(target, column, take(source, column) or None)


def place(row: Holder, column: str) -> str:
    """What a sealed text is bound to. The token's has no column: rows of before there were others still open."""
    suffix = "" if column == "token_sealed" else f":{column}"
    return f"{row.__tablename__}:{row.account_id}:{row.id}{suffix}"
