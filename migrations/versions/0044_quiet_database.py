"""PostgreSQL's own log says nothing of what the application's role was about: it holds customers' words.

What fails is in the application's log, with its state and constraint. Only a superuser may say so for a role; a server
where the owner is none wants these five settings in its own configuration (docs/settings.md).
"""

from alembic import op
from sqlalchemy import make_url

from clarin_web.config import settings

revision = "0044"
down_revision = "0043"

QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


def upgrade() -> None:
    _alter(*(f"SET {name} = ''{value}''" for name, value in QUIET.items()))


def downgrade() -> None:
    _alter(*(f"RESET {name}" for name in QUIET))


def _alter(*changes: str) -> None:
    role = make_url(settings().database_url).username
    all_of_them = " ".join(f"EXECUTE 'ALTER ROLE \"{role}\" {change}';" for change in changes)
    op.execute(
        f"DO $do$ BEGIN {all_of_them} EXCEPTION WHEN insufficient_privilege THEN"
        " RAISE NOTICE 'not superuser: see docs/settings.md for what the server should log'; END $do$"
    )
