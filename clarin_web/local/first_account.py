"""The first start makes an account, and says once how to sign in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from clarin_web.local.processes import LocalError

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
DEMO = ["demo", "create"]
EMPTY = ["create-account", "--name", "Clarin", "--email", "owner@clarin.local"]

ANY_ACCOUNT = sa.text("SELECT EXISTS (SELECT 1 FROM account)")
# An account made to measure with does not stand in for the demo.
DEMO_ACCOUNT = sa.text("SELECT EXISTS (SELECT 1 FROM account WHERE is_demo)")


# A port taken meanwhile moves the simulated Kommo; what it refused while another's answered there is forgotten.
FOLLOW = sa.text(
    """UPDATE kommo_connection k
       SET base_url = :url, error = '', failures = 0, retry_at = NULL, version = k.version + 1,
           state = CASE WHEN k.state IN ('refused', 'unreachable') THEN 'live' ELSE k.state END
       FROM account a WHERE a.id = k.account_id AND a.is_demo AND k.base_url LIKE 'http://127.0.0.1:%'
         AND (k.base_url <> :url OR k.state IN ('refused', 'unreachable'))"""
)
OWNER = sa.text(
    """SELECT u.email FROM app_user u JOIN membership m ON m.user_id = u.id JOIN account a ON a.id = m.account_id
       WHERE m.role = 'owner' AND (a.is_demo OR NOT :demo) ORDER BY u.id LIMIT 1"""
)


def ensure_account(*, demo: bool) -> str:
    """How to sign in, when somebody can already; else the commands that make the first person have printed it."""
    with _owner() as connection:
        if connection.execute(DEMO_ACCOUNT if demo else ANY_ACCOUNT).scalar_one():
            if demo:
                connection.execute(FOLLOW, {"url": os.environ["CLARIN_DEMO_KOMMO_URL"]})
            email = connection.execute(OWNER, {"demo": demo}).scalar() or "EMAIL"
            return f"  Sign in as {email}; for a new password: ./dev cli reset-password {email}\n"
    made = subprocess.run([*FLASK, *(DEMO if demo else EMPTY)])
    if made.returncode:
        raise LocalError("the first account could not be made; the reason is above")
    return ""


@contextmanager
def _owner() -> Iterator[sa.Connection]:
    engine = sa.create_engine(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])
    with engine.begin() as connection:
        yield connection
    engine.dispose()
