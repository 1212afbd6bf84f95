"""The throwaway servers behind the suite: a migrated template, copies of it, and how they are wiped."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

import redis
import sqlalchemy as sa
from sqlalchemy import event

from clarin_web.local.services import running, services, socket_directory
from clarin_web.local.valkey import Valkey

_cluster = ExitStack()
_used: list[str] = []
SETTINGS = {
    "CLARIN_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
    "CLARIN_DEVICE_GATEWAY": "simulator",
    "KOMMO_ALLOWED_HOSTS": "127.0.0.1",
    "CLARIN_SIM_SPEED": "50",
    "CLARIN_REQUESTS_PER_MINUTE": "0",
    "CLARIN_PRIVATE_NETWORKS": "1",
}


def open_cluster() -> None:
    """PostgreSQL with the migrated template. TEST_DATABASE_URL and TEST_REDIS_URL use servers of yours."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        os.environ.pop(name, None)
        if given := os.environ.get(f"TEST_{name}"):
            os.environ[name] = given
    place = Path(tempfile.mkdtemp(prefix="clarin-test-", dir="/tmp"))
    place.chmod(0o711)
    _cluster.callback(shutil.rmtree, place, ignore_errors=True)
    found = _cluster.enter_context(services(place, throwaway=True))
    os.environ.update({**found.env, **SETTINGS, "CLARIN_STATE_DIR": str(place)})
    os.environ["CLARIN_TEST_CLUSTER"] = str(place)
    from clarin_web.local.migrate import migrate

    migrate()


def close_cluster() -> None:
    _cluster.close()


@contextmanager
def own_servers(worker: str) -> Iterator[None]:
    """A copy of the template and a Valkey of its own: pub/sub does not know database numbers."""
    from clarin_web.config import settings

    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clarin-test-", dir="/tmp")))
        _copy_template(f"clarin_{worker}")
        if not os.environ.get("TEST_REDIS_URL"):
            sockets = stack.enter_context(socket_directory(place))
            valkey = stack.enter_context(running(Valkey(place, sockets, throwaway=True)))
            os.environ.update(valkey.environment())
        os.environ["CLARIN_STATE_DIR"] = str(place)
        settings.cache_clear()
        yield
        _let_go()


def _copy_template(name: str) -> None:
    owner = sa.make_url(os.environ["DATABASE_OWNER_URL"])
    template = owner.database
    admin = sa.create_engine(owner.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as server:
        server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    admin.dispose()
    for variable in ("DATABASE_OWNER_URL", "DATABASE_URL"):
        url = sa.make_url(os.environ[variable]).set(database=name)
        os.environ[variable] = url.render_as_string(hide_password=False)


def forget_use() -> None:
    _used.clear()


def was_used() -> bool:
    """Whether this process opened a transaction since `forget_use()`."""
    return bool(_used)


@event.listens_for(sa.Engine, "begin")
def _note_use(_connection: sa.Connection) -> None:
    _used.append("begin")


def wipe() -> None:
    """Empty every table and Valkey. Sequences go on: ids equal in two tests would hide mistakes."""
    from clarin_web import db

    db.release()
    db.leave_tenant()
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as store:
        store.flushall()
    for attempt in range(3):
        try:
            return _empty_tables()
        except sa.exc.OperationalError:  # a job of the running server was in the middle of something
            if attempt == 2:
                raise


def _empty_tables() -> None:
    """DELETE from the few tables that have rows: ten times faster than TRUNCATE of all, and it locks nobody out."""
    with _owner().begin() as connection:
        filled = connection.exec_driver_sql(_which_have_rows()).scalars().all()
        # Foreign keys are looked after by triggers, which this role's sessions do not fire: no order is needed.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for name in filled:
            connection.exec_driver_sql(f'DELETE FROM "{name}"')


@lru_cache(maxsize=1)
def _which_have_rows() -> str:
    names = [name for name in sa.inspect(_owner()).get_table_names() if name != "alembic_version"]
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names)


def as_owner(statement: str, **values: object) -> None:
    """What the application's role may not: the operator's hand, or an attacker's to be guarded against."""
    with _owner().begin() as connection:
        connection.execute(sa.text(statement), values)


_owner_engine: sa.Engine | None = None


def _owner() -> sa.Engine:
    global _owner_engine
    if _owner_engine is None:
        _owner_engine = sa.create_engine(os.environ["DATABASE_OWNER_URL"])
    return _owner_engine


def _let_go() -> None:
    from clarin_web import db

    db.release()
    db.dispose()
    if _owner_engine:
        _owner_engine.dispose()
