"""Alembic's environment: runs as the schema's owner, with a short lock timeout so that nobody waits behind us."""

import sys

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import create_engine, text

from clarin_web.config import ConfigError, settings
from clarin_web.models import Base


def ours(_object, name, kind, reflected, _compare_to):
    return not (kind == "table" and reflected and name == "alembic_version")


def refuse_newer(connection) -> None:
    """Nothing can take back what this version does not know."""
    for revision in MigrationContext.configure(connection).get_current_heads():
        try:
            context.script.get_revision(revision)
        except CommandError:
            sys.exit(
                f"clarin: this database was made by a newer Clarin (its revision is {revision}): start that version"
                " again, or restore the backup made before it was upgraded"
            )


def run() -> None:
    try:
        engine = create_engine(settings().database_owner_url)
    except ConfigError as refusal:
        sys.exit(f"clarin: {refusal}")
    with engine.connect() as connection:
        refuse_newer(connection)
        connection.rollback()
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=ours,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
