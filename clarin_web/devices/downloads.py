"""The third thread of a device's process: files of messages, one after the other, the smallest first.

A file is a row of `media` with a state; a process that dies in the middle leaves a claim that ends by itself.
"""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from clarin_web.config import settings
from clarin_web.db import release, tenant
from clarin_web.devices.gateway import Gateway, GoneError, PermanentError, TooLargeError, TransientError
from clarin_web.lib.outage import Outage
from clarin_web.media import actions
from clarin_web.media.actions import Claimed
from clarin_web.media.queries import space_left
from clarin_web.media.storage import scratch

log = structlog.get_logger()
LOOK = 3.0  # seconds between looks without being woken: a lost job, a pause that ended
NOT_CONNECTED = "not_connected"
_wake = threading.Event()


def wake() -> None:
    """Something waits."""
    _wake.set()


class Downloader:
    """Ends with the process: what it was doing is claimed again when the claim has ended."""

    def __init__(self, account_id: int, device_id: int, gateway: Gateway, ending: threading.Event) -> None:
        self._ids, self._gateway, self._ending = (account_id, device_id), gateway, ending
        self._outage = Outage("database", "files wait")
        self._thread = threading.Thread(target=self._run, name="downloader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        with tenant(self._ids[0]):
            while not self._ending.is_set():
                try:
                    while not self._ending.is_set() and self.fetch_next():
                        self._outage.over()
                except (DBAPIError, psycopg.Error) as error:
                    self._outage.began(error, device=self._ids[1])
                except Exception:  # a device without its downloads still hears and sends
                    log.exception("downloads failed", device=self._ids[1])
                finally:
                    release()
                _wake.wait(LOOK)
                _wake.clear()

    def fetch_next(self) -> bool:
        """Take one file, whatever comes of it. False when none is due, or nothing can come now."""
        account_id, device_id = self._ids
        claimed = actions.claim(account_id, device_id)
        room = space_left(account_id) if claimed else 0
        release()  # a download may take minutes: nobody's connection waits for it
        if claimed is None:
            return False
        if claimed.size > room:
            actions.gave_up(account_id, claimed.id, "refused", "quota")
            return True
        with scratch() as path:
            return self._fetch(claimed, path, min(settings().media_most, room))

    def _fetch(self, claimed: Claimed, path: Path, most: int) -> bool:
        account_id = self._ids[0]
        try:
            self._gateway.download(claimed.ref, path, most)
            actions.arrived(account_id, claimed.id, path)
        except GoneError as error:
            actions.gave_up(account_id, claimed.id, "expired", error.reason)
        except TooLargeError as error:
            actions.gave_up(account_id, claimed.id, "too_large", error.reason)
        except PermanentError as error:
            actions.gave_up(account_id, claimed.id, "failed", error.reason)
        except TransientError as error:
            if error.reason == NOT_CONNECTED:
                actions.not_now(account_id, claimed)
                return False
            actions.try_later(account_id, claimed, error.reason)
        except OSError as error:
            log.error("file not kept", media=claimed.id, reason=str(error))
            actions.try_later(account_id, claimed, "disk")
        except (DBAPIError, psycopg.Error):
            raise
        except Exception:
            log.exception("file not downloaded", media=claimed.id)
            actions.try_later(account_id, claimed, "bug")
        return True
