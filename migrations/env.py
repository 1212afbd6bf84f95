"""Alembic's environment: runs as the schema's owner, with a short lock timeout so that nobody waits behind us."""

from alembic import context
from sqlalchemy import create_engine, text

from clarin_web.config import settings
from clarin_web.models import Base


def ours(_object, name, kind, reflected, _compare_to):
    return not (kind == "table" and reflected and name == "alembic_version")


def run() -> None:
    engine = create_engine(settings().database_owner_url)
    with engine.connect() as connection:
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
