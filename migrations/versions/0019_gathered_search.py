"""The search index of leads may gather new rows while an import fills it, and takes them in by the megabyte."""

from alembic import op
from sqlalchemy import make_url

from clarin_web.config import settings

revision = "0019"
down_revision = "0018"

# Only an owner may change an index. The function does that and nothing else, for whoever may call it.
FUNCTION = """
CREATE FUNCTION gather_search(wanted boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $body$
DECLARE is_on boolean;
BEGIN
  SELECT 'fastupdate=on' = ANY (reloptions) INTO is_on FROM pg_class WHERE oid = 'ix_lead_search'::regclass;
  IF is_on IS NOT DISTINCT FROM wanted THEN
    RETURN;
  ELSIF wanted THEN
    ALTER INDEX ix_lead_search SET (fastupdate = on, gin_pending_list_limit = 1024);
  ELSE
    ALTER INDEX ix_lead_search SET (fastupdate = off);
    PERFORM gin_clean_pending_list('ix_lead_search'::regclass);
  END IF;
END $body$
"""


def upgrade() -> None:
    role = make_url(settings().database_url).username
    op.execute(FUNCTION)
    op.execute("REVOKE ALL ON FUNCTION gather_search(boolean) FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION gather_search(boolean) TO "{role}"')


def downgrade() -> None:
    op.execute("SELECT gather_search(false)")
    op.execute("DROP FUNCTION gather_search(boolean)")
