"""Statistics while an import runs: without them PostgreSQL looks each reference up among all rows of the account."""

from alembic import op
from sqlalchemy import make_url

from clarin_web.config import settings

revision = "0008"
down_revision = "0007"

# Only an owner may ANALYZE. The function does that and nothing else, for whoever may call it.
FUNCTION = """
CREATE FUNCTION refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $body$
BEGIN
  ANALYZE contact, contact_identity, lead, tagging, kommo_record;
END $body$
"""


def upgrade() -> None:
    role = make_url(settings().database_url).username
    op.execute(FUNCTION)
    op.execute("REVOKE ALL ON FUNCTION refresh_statistics() FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION refresh_statistics() TO "{role}"')


def downgrade() -> None:
    op.execute("DROP FUNCTION refresh_statistics()")
