"""Tenancy: forced row-level security, the application role's rights, and functions indexes may use under it."""

from alembic import op
from sqlalchemy import make_url

from clarin_web.config import settings

revision = "0002"
down_revision = "0001"

# After SET LOCAL ends the setting reads as an empty string, not NULL: NULLIF keeps that "no account".
# The sub-select is evaluated once per query.
ACCOUNT = "(SELECT NULLIF(current_setting('app.account_id', true), '')::bigint)"
USER = "(SELECT NULLIF(current_setting('app.user_id', true), '')::bigint)"

_QUOTED = ACCOUNT.replace("'", "''")
PROTECT = f"""
CREATE FUNCTION protect_table(target regclass) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY tenant ON %s USING (account_id = {_QUOTED}) WITH CHECK (account_id = {_QUOTED})',
                 target);
END $body$
"""

PROTECT_ALL = """
DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE a.attname = 'account_id' AND NOT a.attisdropped AND c.relkind = 'r'
             AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'user_session'
  LOOP PERFORM protect_table(t); END LOOP;
END $$
"""

# Not leakproof by default, so under a security barrier they could not be index conditions: 10-70 times slower.
# Only a superuser may say so; elsewhere the queries stay right and slower.
LEAKPROOF = """
DO $$ BEGIN
  ALTER FUNCTION textlike(text, text) LEAKPROOF;
  ALTER FUNCTION arrayoverlap(anyarray, anyarray) LEAKPROOF;
  ALTER FUNCTION arraycontains(anyarray, anyarray) LEAKPROOF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'not superuser: search under row-level security will not use its index';
END $$
"""


def upgrade() -> None:
    role = make_url(settings().database_url).username
    op.execute(PROTECT)
    op.execute(PROTECT_ALL)
    # A person sees their own memberships before an account is chosen: signing in, switching.
    op.execute(f"CREATE POLICY own_memberships ON membership FOR SELECT USING (user_id = {USER})")
    op.execute(LEAKPROOF)
    op.execute(f'GRANT USAGE ON SCHEMA public TO "{role}"')
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"')
    op.execute(
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{role}"'
    )
    # The audit trail is written and read, never rewritten.
    op.execute(f'REVOKE UPDATE, DELETE ON fact FROM "{role}"')
    op.execute(f'REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM "{role}"')


def downgrade() -> None:
    raise RuntimeError("tenancy cannot be taken away: restore a backup instead")
