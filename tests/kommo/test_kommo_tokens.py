"""What a token says of itself, the notices before it ends, and secrets that open only in their own place."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.events import KommoTokenEnding
from clarin_web.kommo import jobs, sealing
from clarin_web.kommo.oauth import consent_url
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.tokens import claims_of, days_left, warn_of_end
from clarin_web.lib.secrets import CannotOpen
from clarin_web.models import FactRow, KommoConnection

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def jwt(claims):
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.c2ln"


def test_a_token_says_when_it_ends_and_whose_it_is():
    found = claims_of(jwt({"exp": int(NOW.timestamp()), "account_id": 31000001}))
    assert (found.expires_at, found.account_id) == (NOW, 31000001)


@pytest.mark.parametrize("exp", [None, "soon", True, -5, 0, 1e300, [1]])
def test_an_unusable_end_is_none(exp):
    assert claims_of(jwt({"exp": exp})).expires_at is None


@given(
    st.one_of(st.text(), st.text().map(lambda text: f"a.{text}.c"), st.from_regex(r"a\.[A-Za-z0-9_-]*\.c"))
)
def test_any_text_is_read_without_a_crash(text):
    claims_of(text)


def test_days_are_whole_and_zero_only_when_it_is_over():
    assert [days_left(NOW + timedelta(hours=hours), NOW) for hours in (-1, 0, 1, 24, 25, 24 * 30)] == [
        0,
        0,
        1,
        1,
        2,
        30,
    ]


@pytest.fixture
def connected(ana, account_id):
    with tenant(account_id), transaction() as session:
        made = KommoConnection(account_id=account_id, base_url="http://127.0.0.1:9", token_sealed=b"")
        session.add(made)
        session.flush()
        sealing.put(made, "token_sealed", "secret")
        made.token_expires_at = NOW + timedelta(days=40)
    yield made
    release()


def told(account_id):
    return execute(
        select(FactRow.data["days"].as_integer())
        .where(FactRow.account_id == account_id, FactRow.kind == KommoTokenEnding.__name__)
        .order_by(FactRow.id)
    )


def test_the_end_is_told_at_30_7_1_and_0_days_once_each(connected, account_id):
    with tenant(account_id):
        for day in range(45):
            for _ in range(2):
                warn_of_end(account_id, connected.id, NOW + timedelta(days=day))
        assert told(account_id).scalars().all() == [30, 7, 1, 0]


def test_the_clock_tells_it_and_the_page_says_what_to_do(connected, ana, account_id):
    with tenant(account_id), transaction():
        connection_of(account_id).token_expires_at = datetime.now(UTC) + timedelta(days=3)
    release()
    jobs.tick()
    with tenant(account_id):
        assert told(account_id).scalars().all() == [7]
    release()
    assert "The token ends this week" in ana.get("/kommo").text


def test_a_connection_that_renews_itself_is_not_warned_about(connected, account_id):
    with tenant(account_id):
        with transaction():
            found = connection_of(account_id)
            found.auth, found.token_expires_at = "oauth", NOW
        warn_of_end(account_id, connected.id, NOW)
        assert told(account_id).scalars().all() == []


def test_a_secret_opens_only_in_its_own_row_and_column(connected, account_id):
    with tenant(account_id), transaction() as session:
        mine = connection_of(account_id)
        sealing.put(mine, "refresh_sealed", "refresh")
        assert sealing.take(mine, "refresh_sealed") == "refresh"
        mine.client_secret_sealed = mine.refresh_sealed
        with pytest.raises(CannotOpen):
            sealing.take(mine, "client_secret_sealed")
        session.rollback()


def test_each_brand_has_its_page_of_consent():
    assert consent_url("https://demo.kommo.com", "id", "s").startswith(
        "https://www.kommo.com/oauth?client_id=id&"
    )
    assert consent_url("https://demo.amocrm.com", "id", "s").startswith("https://www.amocrm.com/oauth?")
    assert consent_url("http://127.0.0.1:8931", "id", "s").startswith("http://127.0.0.1:8931/oauth?")
