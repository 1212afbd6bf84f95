"""One owner per device, across processes and machines: a PostgreSQL advisory lock held by a connection of its own."""

from __future__ import annotations

import psycopg
from sqlalchemy import make_url

from clarin_web.config import settings

_SPACE = 0x57A << 44  # apart from every other advisory lock of this database
# The one before may be on its last words, when their supervisor died: it has six seconds for them.
PATIENCE_SECONDS = 8.0


class DeviceLock:
    """Gone with its connection; whoever dies gives the device back at once."""

    def __init__(self, device_id: int) -> None:
        self._key = _SPACE + device_id
        self._connection: psycopg.Connection | None = None

    def wait(self) -> bool:
        """Take it, when the process that has it is ending. Raises psycopg.Error while PostgreSQL is away."""
        self._connection = _connection()
        self._connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{PATIENCE_SECONDS}s",))
        try:
            self._connection.execute("SELECT pg_advisory_lock(%s)", (self._key,))
        except psycopg.errors.LockNotAvailable:
            self.release()
            return False
        return True

    def hold(self) -> bool:
        """Take the lock, or check that it is still ours. Raises psycopg.Error while PostgreSQL is away."""
        if self._connection is not None:
            try:
                self._connection.execute("SELECT 1")
                return True
            except psycopg.OperationalError:
                self._connection.close()  # the server forgot us, and our lock with us: ask again below
        self._connection = _connection()
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (self._key,)).fetchone()
        return bool(row and row[0])

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _connection() -> psycopg.Connection:
    return psycopg.connect(_address(), autocommit=True, connect_timeout=5)


def _address() -> str:
    return (
        make_url(settings().database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
