"""Engine, session and transaction: one session per request or job, one transaction per action.

`tenant()` names the account; every transaction begun inside it carries the account to PostgreSQL, where
row-level security does the rest. Without a tenant every account-owned table is empty (fail closed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

import psycopg
import structlog
from sqlalchemy import Engine, Executable, Result, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from clarin_web.config import settings

log = structlog.get_logger()
Made = TypeVar("Made")

# Generic plans were measured 10-50 times slower on tag and text filters; custom planning costs 0.03 ms.
PLANNING = "-c plan_cache_mode=force_custom_plan -c jit=off"

_engine: Engine | None = None
_session: ContextVar[Session | None] = ContextVar("session", default=None)
_tenant: ContextVar[int | None] = ContextVar("tenant", default=None)
_user: ContextVar[int | None] = ContextVar("user", default=None)
_depth: ContextVar[int] = ContextVar("depth", default=0)
_pending: ContextVar[list[Callable[[], None]] | None] = ContextVar("pending", default=None)
_gathered: ContextVar[dict[Callable[[list[Any]], None], list[Any]] | None] = ContextVar(
    "gathered", default=None
)

SET_CONTEXT = (
    "SELECT set_config('app.account_id', %(account)s, true), set_config('app.user_id', %(user)s, true)"
)


TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def engine() -> Engine:
    """The process's engine, made on first use, so that a forked worker never shares its parent's sockets."""
    global _engine
    if _engine is None:
        _engine = create_engine(
            settings().database_url,
            pool_size=12,
            max_overflow=8,
            pool_recycle=1800,
            hide_parameters=True,  # an error repeats them, and they are what customers wrote
            connect_args={
                "connect_timeout": 5,
                "application_name": "clarin",
                "options": PLANNING,
                "keepalives_idle": 30,
                "tcp_user_timeout": 30_000,
            },
        )
        event.listen(_engine, "checkout", _refuse_the_dead)
    return _engine


def _refuse_the_dead(connection: Any, _record: object, _proxy: object) -> None:
    """What `pool_pre_ping` is for, without its two round trips: a server that ended has closed its side, which
    reading shows at once. The first read may only bring its last words, the second then meets the end."""
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except psycopg.OperationalError as error:
        raise InvalidatePoolError() from error


def dispose() -> None:
    """Close every pooled connection; the next use makes a new engine (tests, and after a fork)."""
    global _engine
    if _engine is not None:
        _engine.dispose()
        _engine = None


class _Session(Session):
    """Ours, so that `_carry_context` listens to these and no others, once and not at each request."""


def session() -> Session:
    """The session of this request or job, made on first use; `release()` ends it."""
    current = _session.get()
    if current is None:
        current = _Session(engine(), expire_on_commit=False, autoflush=False)
        _session.set(current)
    return current


def execute(statement: Executable, parameters: Any = None) -> Result[Any]:
    """Run one statement on the current session."""
    return session().execute(statement, parameters)


def release() -> None:
    """End the session of this request or job; what was not committed is gone."""
    current = _session.get()
    if current is not None:
        _session.set(None)
        _give_up(current.close)


def elsewhere(call: Callable[..., Made]) -> Callable[..., Made]:
    """`call` for another thread: as the same tenant, on a session of its own that ends with each use."""
    context = copy_context()
    return lambda *arguments: context.run(_apart, call, *arguments)


def _apart(call: Callable[..., Made], *arguments: Any) -> Made:
    _session.set(None)
    _depth.set(0)
    _pending.set(None)
    try:
        return call(*arguments)
    finally:
        release()


def is_away(error: BaseException) -> bool:
    """Whether it is PostgreSQL that failed: gone, stopping, or too busy for one more of us. Trying again may help."""
    if isinstance(error, PendingRollbackError):
        return error.code == "8s2b"  # its connection was lost; any other code is a mistake of ours
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, (OperationalError, PoolTimeout, psycopg.OperationalError))


def current_tenant() -> int | None:
    return _tenant.get()


@contextmanager
def tenant(account_id: int | None, user_id: int | None = None) -> Iterator[None]:
    """Work as one account. Nests; the outer tenant is back afterwards."""
    tokens = _tenant.set(account_id), _user.set(user_id)
    try:
        _refresh_context()
        yield
    finally:
        _tenant.reset(tokens[0])
        _user.reset(tokens[1])
        _forget_reads()


def enter_tenant(account_id: int | None, user_id: int | None) -> None:
    """As `tenant()`, for the rest of a request; `leave_tenant()` at its end."""
    _tenant.set(account_id)
    _user.set(user_id)
    _refresh_context()


def leave_tenant() -> None:
    _tenant.set(None)
    _user.set(None)


@contextmanager
def transaction() -> Iterator[Session]:
    """One action, one transaction. The outermost block commits, then runs what `after_commit` collected.

    Inner blocks join. An exception anywhere rolls the whole back and nothing is announced.
    """
    depth = _depth.get()
    if depth == 0:
        _pending.set([])
        _gathered.set({})
    _depth.set(depth + 1)
    try:
        yield session()
        if depth == 0:
            _write_gathered()
            session().commit()
    except BaseException:
        if depth == 0:
            _give_up(session().rollback)
            _pending.set(None)
        raise
    finally:
        _depth.set(depth)
    if depth == 0:
        _run_pending()


def take_turns(*names: str) -> None:
    """Wait until nobody else holds any of `names`; they are ours until the transaction ends.

    In one order, so that two who want the same names never wait for each other.
    """
    for name in sorted(names):
        session().execute(TURN, {"name": name})


def after_commit(call: Callable[[], None]) -> None:
    """Run `call` after the outermost transaction committed. Outside a transaction it is a programming error."""
    pending = _pending.get()
    if _depth.get() == 0 or pending is None:
        raise RuntimeError("after_commit() needs an open transaction(): announce facts inside the action")
    pending.append(call)


def before_commit(write: Callable[[list[Any]], None], row: Any) -> None:
    """Have `write` called once with every row gathered for it, just before the outermost transaction commits."""
    gathered = _gathered.get()
    if _depth.get() == 0 or gathered is None:
        raise RuntimeError("before_commit() needs an open transaction()")
    gathered.setdefault(write, []).append(row)


def _write_gathered() -> None:
    gathered, _ = _gathered.get() or {}, _gathered.set(None)
    for write, rows in gathered.items():
        write(rows)


def _run_pending() -> None:
    calls, _ = _pending.get() or [], _pending.set(None)
    for call in calls:
        call()


def _carry_context(current: Session, _transaction: Any, connection: Any) -> None:
    connection.exec_driver_sql(SET_CONTEXT, _context())


event.listen(_Session, "after_begin", _carry_context)


def _refresh_context() -> None:
    current = _session.get()
    if current is not None and current.in_transaction():
        current.connection().exec_driver_sql(SET_CONTEXT, _context())


def _forget_reads() -> None:
    """Leaving a tenant ends its reads, even broken ones; inside an action the outer tenant's setting comes back."""
    current = _session.get()
    if current is None:
        return
    # When this fails no statement of the transaction can succeed any more, as whichever account it would run.
    _give_up(_refresh_context if _depth.get() else current.close)


def _give_up(end: Callable[[], None]) -> None:
    """A dead connection cannot say goodbye. The pool drops it, and what was not committed is gone all the same:
    raising here would hide why, or turn an answer that is ready into an error."""
    try:
        end()
    except (DBAPIError, PendingRollbackError) as error:
        if is_away(error):  # else a statement was refused: whoever made it says so
            log.warning("connection lost", error=type(getattr(error, "orig", error)).__name__)


def _context() -> dict[str, str]:
    account, user = _tenant.get(), _user.get()
    return {"account": "" if account is None else str(account), "user": "" if user is None else str(user)}
