"""What the leads page costs at least: its query alone, over the same driver, role and row-level security."""

from __future__ import annotations

import time

import psycopg
from sqlalchemy import make_url

from clarin_web.config import settings

QUERY = """
SELECT id, title, stage_id, value, owner_id, contact_id, tag_ids, updated_at, version FROM lead
WHERE account_id = %s::bigint AND trashed_at IS NULL ORDER BY updated_at DESC, id DESC LIMIT 51
"""
TIMES = 400


def reference(account_id: int) -> list[float]:
    """Milliseconds of each of TIMES transactions: set the account, read 51 leads."""
    url = make_url(settings().database_url).set(drivername="postgresql")
    spent = []
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        for _ in range(TIMES):
            started = time.perf_counter()
            connection.execute("SELECT set_config('app.account_id', %s, true)", [str(account_id)])
            connection.execute(QUERY, [account_id]).fetchall()
            connection.rollback()
            spent.append((time.perf_counter() - started) * 1000)
    return spent[20:]
