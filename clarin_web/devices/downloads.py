"""Files of messages, fetched in the worker of files: many at once, a number's one after the other, the smallest first.

A file is a row of `media` with a state; a process that dies in the middle leaves a claim that ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from clarin_web import events
from clarin_web.accounts.queries import account_ids
from clarin_web.config import settings
from clarin_web.db import execute, release, tenant
from clarin_web.devices import gateways, proxies, relaying
from clarin_web.devices.gateway import GoneError, PermanentError, State, TooLargeError, TransientError
from clarin_web.devices.jobs import FETCH_FILES
from clarin_web.jobs import database_outage, enqueue, job
from clarin_web.lib.turns import Turns
from clarin_web.media import actions
from clarin_web.media.actions import Claimed
from clarin_web.media.jobs import examine_soon
from clarin_web.media.queries import space_left
from clarin_web.media.storage import outage, scratch
from clarin_web.models import Device, Media

log = structlog.get_logger()
# A server that drips holds a place for minutes: there are many, and no account has them all.
MOST, MOST_OF_ACCOUNT = 16, 4
# What follows from a fact in the worker of files, which has no pages; see `relaying`.
HERE = {**relaying.HERE, events.MediaArrived: [examine_soon]}


@dataclass(frozen=True, slots=True)
class Errand:
    """One file, and the way to it."""

    account_id: int
    device_id: int
    proxy: str
    claimed: Claimed


_running: dict[int, tuple[Errand, Path]] = {}


@job
def fetch_files(account_id: int, device_id: int) -> None:
    """Files of this number wait. They come on threads: a film of a minute holds up nobody else's photo."""
    _turns.ask(account_id, device_id)


def look() -> None:
    """Every account: files whose pause is over, or whose job was lost."""
    for account_id in account_ids():
        with tenant(account_id):
            for device_id in _with_files_due(account_id):
                enqueue("files", FETCH_FILES, account_id, device_id, once=f"files-{device_id}")


def fetch_next(account_id: int, device_id: int) -> bool:
    """Take one file, whatever comes of it. False when none is due, or nothing can come now."""
    try:
        with tenant(account_id):
            return _fetch_next(account_id, device_id)
    except (DBAPIError, psycopg.Error) as error:
        database_outage.began(error, job="fetch_files")
    except Exception:  # the clock asks again; the others' files come meanwhile
        log.exception("files not fetched", device=device_id)
    finally:
        release()
    return False


def let_go() -> None:
    """This process ends: what it has begun is due again at once, for the next one, and leaves no half behind."""
    for errand, path in list(_running.values()):
        path.unlink(missing_ok=True)
        try:
            with tenant(errand.account_id):
                actions.let_go(errand.account_id, errand.claimed)
        except (DBAPIError, psycopg.Error) as error:  # then its claim ends by itself
            database_outage.began(error, job="fetch_files")
        finally:
            release()


def _fetch_next(account_id: int, device_id: int) -> bool:
    proxy = _way_out(account_id, device_id)
    claimed = None if proxy is None else actions.claim(account_id, device_id)
    room = space_left(account_id) if claimed else 0
    release()  # a download may take minutes: nobody's connection waits for it
    if claimed is None or proxy is None:
        return False
    if claimed.size > room:
        actions.gave_up(account_id, claimed.id, "refused", "quota")
        return True
    with _under_way(Errand(account_id, device_id, proxy, claimed)) as (errand, path):
        _fetch(errand, path, min(settings().media_most, room))
    return True


def _way_out(account_id: int, device_id: int) -> str | None:
    """Its proxy, or "" for none; None while the number is not connected: that would be no attempt."""
    mine = Device.account_id == account_id, Device.id == device_id
    state = execute(select(Device.state).where(*mine)).scalar_one_or_none()
    try:
        return proxies.of_device(account_id, device_id) if state == State.CONNECTED else None
    except proxies.BadProxy:
        return None  # its own process stops and says so


@contextmanager
def _under_way(errand: Errand) -> Iterator[tuple[Errand, Path]]:
    with scratch() as path:
        _running[errand.claimed.id] = errand, path
        try:
            yield errand, path
        finally:
            del _running[errand.claimed.id]


def _fetch(errand: Errand, path: Path, most: int) -> None:
    account_id, claimed = errand.account_id, errand.claimed
    try:
        gateways.fetch(errand.device_id, claimed.ref, path, most, errand.proxy)
        actions.arrived(account_id, claimed.id, path)
        outage.over()
    except GoneError as error:
        actions.gave_up(account_id, claimed.id, "expired", error.reason)
    except TooLargeError as error:
        actions.gave_up(account_id, claimed.id, "too_large", error.reason)
    except PermanentError as error:
        actions.gave_up(account_id, claimed.id, "failed", error.reason)
    except TransientError as error:
        actions.try_later(account_id, claimed, error.reason)
    except OSError as error:
        outage.began(error, reason=str(error))
        actions.try_later(account_id, claimed, "disk")
    except (DBAPIError, psycopg.Error):
        raise
    except Exception:
        if claimed.attempts == 1:  # the same at every try would say nothing more
            log.exception("file not downloaded", media=claimed.id)
        actions.try_later(account_id, claimed, "bug")


def _with_files_due(account_id: int) -> list[int]:
    due = select(Media.device_id).where(
        Media.account_id == account_id, Media.state == "waiting", Media.hash == "", Media.due_at <= func.now()
    )
    mine = Device.account_id == account_id, Device.state == State.CONNECTED, Device.id.in_(due)
    return list(execute(select(Device.id).where(*mine)).scalars())


_turns = Turns(fetch_next, MOST, MOST_OF_ACCOUNT)
