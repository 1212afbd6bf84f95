"""The start-up check: a table without forced row-level security, or a role that it does not bind, means no start."""

from __future__ import annotations

from sqlalchemy import text

from clarin_web.db import engine

UNPROTECTED = text(
    """SELECT c.relname FROM pg_class c
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = 'public'::regnamespace
         AND c.relname <> 'alembic_version'
         AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                  AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))"""
)
MIGHTY = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
OWNER = text(
    """SELECT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
       AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE'))"""
)


class UnsafeDatabase(RuntimeError):
    """Clarin must not serve pages from this database; the text says why."""


def check_tenancy() -> None:
    """Raise UnsafeDatabase when a table lacks protection or our role could see through it."""
    with engine().connect() as connection:
        if connection.execute(MIGHTY).scalar():
            raise UnsafeDatabase(
                "DATABASE_URL's role is a superuser or has BYPASSRLS: use the application role"
            )
        if connection.execute(OWNER).scalar():
            raise UnsafeDatabase(
                "DATABASE_URL's role owns the tables: give the owner in DATABASE_OWNER_URL, and here a role"
                " that owns nothing (docs/settings.md)"
            )
        if names := list(connection.execute(UNPROTECTED).scalars()):
            raise UnsafeDatabase(f"tables without forced row-level security: {', '.join(sorted(names))}")
