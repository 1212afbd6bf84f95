"""What the Kommo page says of each trouble: the list by its name, its own reason, and what mends it beside it."""

from datetime import UTC, datetime

import pytest

from clarin_web.db import release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs
from clarin_web.kommo.connection_state import EVERY
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of, streams_of
from clarin_web.models import KommoOddity
from tests.support.cast import check_page

TOKEN = "The token has no right to it: an administrator of Kommo must make the token."


@pytest.fixture
def connected(ana, account_id, monkeypatch):
    """A connection all of whose lists were just read; connected(state="refused") makes it another."""
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    monkeypatch.setattr(jobs, "enqueue_visit", lambda *_: None)
    with KommoServer(believable(leads=3, seed=1), faults=Faults(rate=100_000)) as kommo:
        ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
        ana.post("/kommo")

    def make(errors=None, **values):
        with tenant(account_id), transaction() as session:
            connection = connection_of(account_id)
            for name, value in {"state": "live", **values}.items():
                setattr(connection, name, value)
            for stream in streams_of(account_id, connection.id).values():
                stream.phase, stream.last_success_at = "live", datetime.now(UTC)
                stream.error = (errors or {}).get(stream.name, "")
            return session, connection.id

    yield make
    release()


def kommo_page(ana):
    release()
    page = ana.get("/kommo")
    check_page(page)
    return page


def test_every_kind_of_odd_value_has_a_name(ana, account_id, connected):
    connected()
    kinds = {
        *EVERY,
        "groups",
        "account",
        "loss_reasons",
        "lead",
        "contact",
        "user",
        "pipeline",
        "stage",
        "notes",
    }
    with tenant(account_id), transaction() as session:
        about = {"account_id": account_id, "connection_id": connection_of(account_id).id}
        session.add_all(
            KommoOddity(**about, kind=kind, kommo_id="", code="no_rights", value="") for kind in kinds
        )
    release()
    page, said = ana.get("/kommo/oddities"), []
    while said := [*said, *page.texts("li.break")]:
        if not (more := page.select("a[href*=before]")):
            break
        page = ana.get(more[0]["href"])
    assert len(said) == len(kinds)
    assert {text.partition(":")[0] for text in said} & kinds == set()
    assert "Notes and calls of leads: the token has no right to this list" in said


def test_of_each_list_its_own_reason_is_said(ana, connected):
    connected(
        {"leads": "no_rights", "lead_notes": "no_rights", "tasks": "wrong_shape", "events": "server_error"}
    )
    page = kommo_page(ana)
    assert page.texts("article .note.warn") == [
        f"Not readable now: Leads, Notes and calls of leads. {TOKEN}",
        "Not readable now: Tasks. Kommo answers in another shape than it should.",
        "Not readable now: Stage history. Kommo has a problem of its own there. "
        "Everything else is up to date.",
    ]
    assert page.text.count(TOKEN) == 3, "once above, and beside each of the two"


@pytest.mark.parametrize(
    "code",
    [
        "not_found",
        "bad_request",
        "wrong_shape",
        "not_kommo",
        "truncated",
        "redirected",
        "server_error",
        "timeout",
        "failed",
    ],
)
def test_what_is_no_matter_of_the_token_does_not_blame_it(ana, connected, code):
    connected({"tasks": code})
    page = kommo_page(ana)
    assert "Not readable now: Tasks." in page.text
    assert TOKEN not in page.text


@pytest.mark.parametrize(
    ("state", "badge"),
    [("refused", "Waiting for Kommo"), ("unreachable", "Waiting for Kommo"), ("paused", "Paused")],
)
def test_a_list_that_is_not_read_now_says_for_whom_it_waits(ana, connected, state, badge):
    connected(state=state)
    badges = set(kommo_page(ana).texts("ul.lines.two .badge"))
    assert badge in badges
    assert "Up to date" not in badges


@pytest.mark.parametrize(
    ("values", "is_asked"),
    [
        ({"state": "refused", "error": "token_refused"}, True),
        ({"state": "refused", "error": "access_lost", "auth": "oauth"}, True),
        ({"state": "unreachable", "error": "redirected"}, True),
        ({"state": "refused", "error": "payment_required"}, False),
        ({"state": "unreachable", "error": "server_error"}, False),
        ({"state": "live", "error": ""}, False),
    ],
)
def test_the_form_that_mends_it_is_open_right_below_what_is_said(ana, bruno, connected, values, is_asked):
    connected(**values)
    page = kommo_page(ana)
    place = "asked" if is_asked else "connect"
    by = "consent" if "auth" in values else "token"
    text = " ".join(page.text.split())
    assert ("which Kommo no longer renews" in text) is (by == "consent")
    opened = [details["id"] for details in page.select("details[id^=kommo-][open]")]
    assert opened == ([f"kommo-{place}-{by}"] if is_asked else [])
    assert len(page.select("#token")) == 1
    article = page.select("article[id^=kommo-]")[0]
    assert ("token" in [box.get("name") for box in article.parent.select("input")]) is is_asked
    assert not bruno.get("/kommo").select("#token")
