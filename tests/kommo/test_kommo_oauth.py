"""OAuth: a state that comes back once, a code for tokens, and a refresh token that two workers never spend."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from clarin_web.db import release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import errors, jobs, sealing
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.oauth import RenewingTokens
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.wire import Wire
from clarin_web.kommo.words import error_sentence
from clarin_web.local.home import ROOT
from tests.support.pages import check_page


@pytest.fixture
def kommo(monkeypatch):
    with KommoServer(believable(leads=3, seed=1), faults=Faults(rate=100_000)) as server:
        server.tokens.redirect_uri = "http://localhost/kommo/consent"
        free = Limiter(None, 100_000.0)
        monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
        monkeypatch.setattr("clarin_web.kommo.drafting.limiter_for", lambda *_, **__: free)
        yield server


def begin(person, kommo, **changes):
    """Send the integration; answer the page of Kommo the person is sent to."""
    about = {"client_id": kommo.tokens.client_id, "client_secret": kommo.tokens.client_secret}
    page = person.post("/kommo/consent", {"address": kommo.url, **about, **changes})
    assert page.status == 200
    check_page(page)
    assert kommo.tokens.client_secret not in page.text
    return page.one("a.btn.primary")["href"]


def come_back(kommo, consent_page):
    """Say yes in Kommo; answer the address Kommo sends the person to, without its host."""
    back = urlsplit(httpx.get(consent_page, follow_redirects=False).headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == kommo.tokens.redirect_uri
    return f"{back.path}?{back.query}"


@pytest.fixture
def connected(ana, account_id, kommo):
    page = ana.get(come_back(kommo, begin(ana, kommo)))
    assert page.location.endswith("/kommo/draft")
    assert ana.post("/kommo").status == 303
    return account_id


def mine(account_id):
    with tenant(account_id):
        found = connection_of(account_id)
    release()
    return found


def test_consent_leads_to_a_connection_that_reads(ana, kommo, account_id):
    page = ana.get(come_back(kommo, begin(ana, kommo)))
    assert (page.status, page.location) == (303, "/kommo/draft")
    page = ana.get("/kommo/draft")
    assert "By consent; it renews itself" in page.text
    assert ana.post("/kommo").status == 303
    row = mine(account_id)
    assert (row.auth, row.kommo_account_name) == ("oauth", "Demo SAC")
    assert row.token_expires_at > datetime.now(UTC) + timedelta(hours=20)
    with client_of(row) as client:
        assert client.leads().rows
    for sealed in (row.token_sealed, row.refresh_sealed, row.client_secret_sealed):
        assert kommo.tokens.client_secret.encode() not in sealed


def test_a_state_of_somebody_else_or_used_before_is_refused(ana, marta, kommo):
    back = come_back(kommo, begin(ana, kommo))
    for wrong in (back.replace("state=", "state=x"), "/kommo/consent?code=1&state=guess"):
        assert "does not belong to what you began" in refused(ana, wrong)
    assert "does not belong" in refused(marta, back)
    assert kommo.tokens.refreshes == 0
    assert ana.get(back).status == 303
    assert "does not belong" in refused(ana, back)


def refused(person, url):
    page = person.get(url)
    assert page.status in (403, 422)
    return page.text if page.status == 422 else "does not belong to what you began"


def test_saying_no_in_kommo_and_a_wrong_secret_are_said_in_words(ana, kommo):
    [state] = parse_qs(urlsplit(begin(ana, kommo)).query)["state"]
    assert "was not allowed to share" in refused(ana, f"/kommo/consent?error=access_denied&state={state}")
    back = come_back(kommo, begin(ana, kommo, client_secret="another"))
    assert "refuses this integration" in refused(ana, back)


def test_the_code_goes_to_our_own_address_whoever_comes_back(ana, kommo):
    with KommoServer(believable(3)) as stranger:
        back = come_back(kommo, begin(ana, kommo)).replace(
            f"referer={kommo.host}", f"referer={stranger.host}"
        )
        assert stranger.host in back
        assert ana.get(back).status == 303
        assert stranger.seen == []


def test_a_refused_token_is_renewed_once_and_the_question_asked_again(connected, kommo):
    spent = sealing.take(mine(connected), "token_sealed")
    kommo.tokens.revoke(spent)
    with client_of(mine(connected)) as client:
        assert client.leads().rows
        assert client.contacts().rows
    assert kommo.tokens.refreshes == 1
    assert sealing.take(mine(connected), "token_sealed") != spent


def test_a_token_about_to_end_is_renewed_before_it_is_used(connected, kommo):
    with tenant(connected), transaction():
        connection_of(connected).token_expires_at = datetime.now(UTC) + timedelta(minutes=2)
    release()
    kommo.seen.clear()
    with client_of(mine(connected)) as client:
        assert client.leads().rows
    assert [seen.target.split("?")[0] for seen in kommo.seen] == ["/oauth2/access_token", "/api/v4/leads"]


def test_a_lost_answer_to_a_renewal_is_outlived_said_and_healed(connected, kommo, monkeypatch):
    with tenant(connected), transaction():
        connection_of(connected).token_expires_at = datetime.now(UTC) + timedelta(minutes=2)
    release()
    access, refresh = (sealing.take(mine(connected), name) for name in ("token_sealed", "refresh_sealed"))
    exchange = Wire.exchange

    def lost(*about):
        exchange(*about)
        raise errors.TimedOut("the answer was lost")

    with monkeypatch.context() as patched:
        patched.setattr(Wire, "exchange", lost)
        visit(connected)
    assert (kommo.tokens.refreshes, mine(connected).error) == (1, ""), "Kommo renewed, and nobody heard of it"
    assert kommo.seen[-1].path.startswith("/api/v4/"), "what Kommo still takes is used"
    kommo.tokens.revoke(access)  # it ends
    visit(connected)
    row = mine(connected)
    assert (row.state, row.error) == ("refused", "access_lost")
    assert "no longer renews the access" in error_sentence(row.error)
    assert row.retry_at > datetime.now(UTC) + timedelta(minutes=4)
    assert sealing.take(row, "refresh_sealed") == refresh, "the old one is kept, and tried again"
    kommo.tokens._grants[refresh].is_used = False  # Kommo takes it back
    visit(connected)
    assert (mine(connected).error, kommo.tokens.refreshes) == ("", 2)


def visit(account_id):
    """When it is time to try again."""
    with tenant(account_id), transaction():
        row = connection_of(account_id)
        row.retry_at = row.last_attempt_at = None
        connection_id = row.id
    release()
    jobs.sync_connection(account_id, connection_id, True)


def test_a_refresh_token_that_is_over_needs_a_person(connected, kommo):
    kommo.tokens.revoke_all()
    with client_of(mine(connected)) as client, pytest.raises(errors.Unauthorized):
        client.leads()


def test_a_pair_sealed_elsewhere_stops_and_says_so(connected):
    with tenant(connected), transaction():
        row = connection_of(connected)
        row.token_sealed = row.refresh_sealed
    release()
    tokens = RenewingTokens(connected, mine(connected).id)
    with pytest.raises(errors.Unreadable):
        tokens.current()


def test_a_failed_exchange_is_not_repeated_and_keeps_the_pair(connected, kommo):
    before = mine(connected)
    kommo.tokens.revoke(sealing.take(before, "token_sealed"))
    kommo.faults.add("status", "/oauth2", status=503)
    with client_of(before) as client:
        with pytest.raises(errors.ServerError):
            client.wire._tokens.renewed(sealing.take(before, "token_sealed"))
        assert mine(connected).refresh_sealed == before.refresh_sealed
        assert client.leads().rows


WORKER = """
import sys
from clarin_web.db import tenant
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.wire import Wire
from clarin_web.kommo.words import error_sentence
with tenant(int(sys.argv[1])):
    with client_of(connection_of(int(sys.argv[1]))) as client:
        print("ready", flush=True)
        sys.stdin.readline()
        assert client.leads().rows
"""


def test_several_workers_spend_one_refresh_token_once(connected, kommo, tmp_path):
    """Real processes, all refused at the same moment."""
    kommo.faults.add("hang", "/oauth2", seconds=0.5)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "KOMMO_RATE": "1000", "CLARIN_STATE_DIR": str(tmp_path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", WORKER, str(connected)]
    workers = [subprocess.Popen(command, env=env, **pipes) for _ in range(4)]
    try:
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 4
        kommo.tokens.revoke(sealing.take(mine(connected), "token_sealed"))
        for worker in workers:
            worker.stdin.write("\n")
            worker.stdin.flush()
        assert [worker.wait(60) for worker in workers] == [0] * 4
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
            worker.stdin.close()
            worker.stdout.close()
    assert kommo.tokens.refreshes == 1
