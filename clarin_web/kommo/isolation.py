"""Whether an exception speaks of the data at hand, or of what surrounds them: Kommo, the database, the worker.

A row that cannot be read is left out and named; what surrounds it ends the work, which is done again later.
"""

from __future__ import annotations

import redis
from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import DBAPIError

from clarin_web.db import is_away
from clarin_web.kommo.errors import Interrupted, KommoError

AROUND = (Interrupted, KommoError, redis.RedisError, BaseTimeoutException, MemoryError)
# Classes of SQLSTATE that a value can cause: numbers out of range, keys too long for an index, JSON too deep.
CAUSED_BY_VALUES = ("21", "22", "23", "42", "54")


def is_about_data(error: Exception) -> bool:
    """Whether leaving out what was being read helps."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return not error.connection_invalidated and state[:2] in CAUSED_BY_VALUES
    return not isinstance(error, AROUND) and not is_away(error)
