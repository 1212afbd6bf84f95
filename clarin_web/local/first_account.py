"""The first start makes an account, and says once how to sign in."""

from __future__ import annotations

import os
import subprocess
import sys

import sqlalchemy as sa

from clarin_web.local.processes import LocalError

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
DEMO = ["demo", "create"]
EMPTY = ["create-account", "--name", "Clarin", "--email", "owner@clarin.local"]

ANY_ACCOUNT = sa.text("SELECT EXISTS (SELECT 1 FROM account)")
# An account made to measure with does not stand in for the demo.
DEMO_ACCOUNT = sa.text("SELECT EXISTS (SELECT 1 FROM account WHERE is_demo)")


def ensure_account(*, demo: bool) -> None:
    """Nothing when somebody can already sign in. The commands print the e-mail and a random password."""
    if _is_there(DEMO_ACCOUNT if demo else ANY_ACCOUNT):
        return
    made = subprocess.run([*FLASK, *(DEMO if demo else EMPTY)])
    if made.returncode:
        raise LocalError("the first account could not be made; the reason is above")


def _is_there(account: sa.TextClause) -> bool:
    engine = sa.create_engine(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])
    with engine.connect() as connection:
        found = connection.execute(account).scalar_one()
    engine.dispose()
    return bool(found)
