"""PostgreSQL taken away from everybody who uses this worker's database, and given back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


@contextmanager
def database_away() -> Iterator[None]:
    """Every connection ends and none can be made. Other xdist workers' databases go on."""
    owner = sa.make_url(os.environ["DATABASE_OWNER_URL"])
    name = owner.database
    server = sa.create_engine(owner.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as admin:
            admin.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            admin.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                          {"name": name})  # fmt: skip
        yield
    finally:
        with server.connect() as admin:
            admin.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        server.dispose()
