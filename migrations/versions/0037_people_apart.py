"""People, sessions and accounts behind policies, column grants and functions: no table is left outside of them.

What needs to look across accounts is a function that does one thing, and only while no account is entered.
"""

from alembic import op
from sqlalchemy import make_url

from clarin_web.config import settings

revision = "0037"
down_revision = "0036"

TABLES = ("account", "app_user", "user_session", "membership")
ACCOUNT = "(SELECT NULLIF(current_setting('app.account_id', true), '')::bigint)"
ASKED = "(SELECT NULLIF(current_setting('app.user_id', true), '')::bigint)"
USER = "(SELECT acting_user())"
BETWEEN_ACCOUNTS = "NULLIF(current_setting('app.account_id', true), '') IS NULL"
# pg_temp is named last: unnamed it would be searched first, and whoever calls may make tables there.
AS_OWNER = "SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTIONS = {
    "acting_user()": f"""RETURNS bigint LANGUAGE sql STABLE {AS_OWNER} AS $body$
        SELECT {ASKED} WHERE {ACCOUNT} IS NULL OR EXISTS (
          SELECT FROM membership m WHERE m.account_id = {ACCOUNT} AND m.user_id = {ASKED})
        $body$""",
    "every_account()": f"""RETURNS SETOF bigint LANGUAGE sql STABLE {AS_OWNER} AS $body$
        SELECT id FROM account WHERE {BETWEEN_ACCOUNTS} ORDER BY id
        $body$""",
    "open_account(name text, country text, currency text, time_zone text, is_demo boolean)": f"""
        RETURNS bigint LANGUAGE sql {AS_OWNER} AS $body$
        INSERT INTO account (name, country, currency, time_zone, is_demo) VALUES ($1, $2, $3, $4, $5) RETURNING id
        $body$""",
    "add_person(account bigint, email text, name text, hash text, locale text, role text)": f"""
        RETURNS bigint LANGUAGE plpgsql {AS_OWNER} AS $body$
        #variable_conflict use_column
        DECLARE person bigint;
        BEGIN
          IF NOT {BETWEEN_ACCOUNTS} THEN RAISE insufficient_privilege; END IF;
          SELECT u.id INTO person FROM app_user u WHERE u.email = $2;
          IF person IS NULL THEN
            INSERT INTO app_user (email, name, password_hash, locale) VALUES ($2, $3, $4, $5)
            RETURNING id INTO person;
          END IF;
          INSERT INTO membership (account_id, user_id, role) VALUES ($1, person, $6);
          RETURN person;
        END $body$""",
    "find_credentials(email text)": f"""
        RETURNS TABLE (id bigint, password_hash text, is_usable boolean) LANGUAGE sql STABLE {AS_OWNER} AS $body$
        SELECT u.id, u.password_hash, u.disabled_at IS NULL FROM app_user u WHERE u.email = $1 AND {BETWEEN_ACCOUNTS}
        $body$""",
    "change_password(email text, hash text)": f"""
        RETURNS TABLE (user_id bigint, account_id bigint) LANGUAGE plpgsql {AS_OWNER} AS $body$
        #variable_conflict use_column
        DECLARE person bigint;
        BEGIN
          IF NOT {BETWEEN_ACCOUNTS} THEN RAISE insufficient_privilege; END IF;
          UPDATE app_user SET password_hash = $2 WHERE app_user.email = $1 RETURNING id INTO person;
          UPDATE user_session s SET revoked_at = now() WHERE s.user_id = person AND s.revoked_at IS NULL;
          RETURN QUERY SELECT m.user_id, m.account_id FROM membership m WHERE m.user_id = person;
        END $body$""",
}
MINE = f"user_id = {USER}"
WHERE_I_WORK = (
    "account_id IS NULL OR EXISTS (SELECT FROM membership m WHERE m.account_id = user_session.account_id"
    f" AND m.user_id = {USER})"
)
COLLEAGUE = f"EXISTS (SELECT FROM membership m WHERE m.account_id = {ACCOUNT} AND m.user_id = app_user.id)"
EMPLOYER = f"EXISTS (SELECT FROM membership m WHERE m.account_id = account.id AND m.user_id = {USER})"
POLICIES = (
    f"own ON account FOR SELECT USING (id = {ACCOUNT} OR {EMPLOYER})",
    f"own_settings ON account FOR UPDATE USING (id = {ACCOUNT})",
    f"colleagues ON app_user FOR SELECT USING (id = {USER} OR {COLLEAGUE})",
    f"myself ON app_user FOR UPDATE USING (id = {USER})",
    f"mine ON user_session USING ({MINE}) WITH CHECK ({MINE} AND ({WHERE_I_WORK}))",
    f"own_memberships ON membership FOR SELECT USING (user_id = {USER})",
)
GRANTS = {
    "account": "SELECT, UPDATE (name, country, currency, time_zone, agent_scope)",
    "app_user": "SELECT (id, email, name, locale, theme, disabled_at, created_at), UPDATE (name, locale, theme)",
    "user_session": "SELECT, INSERT, UPDATE (account_id, token_hash, csrf_token, last_seen_at, revoked_at)",
    "membership": "SELECT, UPDATE (role, kommo_user_id, disabled_at)",
}
EARLIER = ("refresh_statistics()", "gather_search(boolean)")


def upgrade() -> None:
    role = make_url(settings().database_url).username
    op.execute("DROP POLICY own_memberships ON membership")
    for head, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {head} {body}")
        op.execute(f"REVOKE ALL ON FUNCTION {_called(head)} FROM PUBLIC")
        op.execute(f'GRANT EXECUTE ON FUNCTION {_called(head)} TO "{role}"')
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        # For the functions, where the owner is no superuser; it migrates and is not the role that serves pages.
        op.execute(f"CREATE POLICY keeper ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
        op.execute(f'REVOKE ALL ON {table} FROM "{role}"')
        op.execute(f'GRANT {GRANTS[table]} ON {table} TO "{role}"')
    for policy in POLICIES:
        op.execute(f"CREATE POLICY {policy}")
    for function in EARLIER:
        op.execute(f"ALTER FUNCTION {function} SET search_path = public, pg_temp")


def downgrade() -> None:
    role = make_url(settings().database_url).username
    for policy in (*POLICIES, *(f"keeper ON {table}" for table in TABLES)):
        name, _, table, *_ = policy.split()
        op.execute(f"DROP POLICY {name} ON {table}")
    for table in TABLES:
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
        if table != "membership":
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")
    for head in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {_called(head)}")
    op.execute(f"CREATE POLICY own_memberships ON membership FOR SELECT USING (user_id = {ASKED})")


def _called(head: str) -> str:
    """The function's name with its types alone."""
    name, _, rest = head.rstrip(")").partition("(")
    return f"{name}({', '.join(part.split()[-1] for part in rest.split(',') if part.strip())})"
