"""The start-up check: a table of an account without forced row-level security means no start."""

from __future__ import annotations

from sqlalchemy import text

from clarin_web.db import engine

UNPROTECTED = text(
    """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE a.attname = 'account_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
         AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'user_session'
         AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                  AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))"""
)
MIGHTY = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


class UnsafeDatabase(RuntimeError):
    """Clarin must not serve pages from this database; the text says why."""


def check_tenancy() -> None:
    """Raise UnsafeDatabase when a table lacks protection or our role could see through it."""
    with engine().connect() as connection:
        if connection.execute(MIGHTY).scalar():
            raise UnsafeDatabase(
                "DATABASE_URL's role is a superuser or has BYPASSRLS: use the application role"
            )
        if names := list(connection.execute(UNPROTECTED).scalars()):
            raise UnsafeDatabase(f"tables without forced row-level security: {', '.join(sorted(names))}")
