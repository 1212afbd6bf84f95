"""Webhooks, turned on and off by an administrator: what Kommo's list holds, who may, what people are told."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from sqlalchemy import select, text, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.kommo_server import Checker, payloads
from clarin_web.kommo.queries import is_due
from clarin_web.kommo.webhooks import jobs
from clarin_web.kommo.webhooks.address import public_origin
from clarin_web.models import FactRow, KommoWebhook
from tests.support.pages import check_page


def panel(person):
    page = person.get("/kommo")
    check_page(page)
    return page.one("#kommo-webhook")


def words(person):
    return " ".join(panel(person).get_text(" ").split())


def set_row(hooked, **values):
    with tenant(hooked.account_id), transaction():
        execute(update(KommoWebhook).values(**values))
    release()


def test_an_administrator_turns_them_on_and_kommo_is_told_where(hooked, ana):
    assert "Turn on" in words(ana)
    hooked.server.seen.clear()
    assert hooked.turn_on().status == 303
    [row] = hooked.hooks.rows.values()
    assert row["destination"].startswith(f"{hooked.origin}/kommo/hooks/{hooked.account_id}/")
    assert {"add_lead", "status_lead", "update_contact", "update_company", "note_lead"} <= set(
        row["settings"]
    )
    assert "Nothing yet" in words(ana)
    written = [seen.method for seen in hooked.server.seen if seen.method != "GET"]
    assert written == ["POST"], "one subscription and nothing else"
    Checker(hooked.server).verify()
    kinds = [kind for (kind,) in hooked.rows(select(FactRow.kind).order_by(FactRow.id))]
    assert kinds[-1] == "KommoWebhookChanged"


def test_off_means_off_here_and_in_kommo(hooked, ana):
    hooked.turn_on()
    address = hooked.address
    assert hooked.send("", address).status_code == 200
    assert ana.post("/kommo/webhook/removal").status == 303
    assert hooked.hooks.rows == {}
    assert hooked.send("", address).status_code == 404
    assert words(ana).startswith("Instant changes Off")
    hooked.server.seen.clear()
    assert ana.post("/kommo/webhook/removal").status == 303
    assert hooked.server.seen == [], "off already"


def test_what_kommo_kept_though_it_is_off_is_taken_out_later(hooked, ana):
    hooked.turn_on()
    address = hooked.address
    hooked.server.faults.add("status", "/webhooks", status=503, times=4)
    ana.post("/kommo/webhook/removal")
    assert hooked.send("", address).status_code == 404, "nothing is heard, whatever Kommo's list says"
    assert "Kommo's list still has it" in words(ana)
    set_row(hooked, checked_at=datetime.now(UTC) - timedelta(hours=2))
    hooked.look()
    assert hooked.hooks.rows == {}
    assert hooked.webhook.error == ""


def test_disconnecting_takes_the_webhook_out_of_kommo(hooked, ana):
    hooked.turn_on()
    address = hooked.address
    assert ana.post("/kommo/disconnection").status == 303
    assert hooked.hooks.rows == {}
    assert hooked.send("", address).status_code == 404


def test_turning_on_again_is_a_new_address_and_the_old_one_ends(hooked, ana):
    hooked.hooks.subscribe("https://somebody.test/hook", ["add_lead"])
    hooked.turn_on()
    old = next(address for address in hooked.hooks.rows if address.startswith(hooked.origin))
    hooked.hooks.rows[old]["disabled"] = True
    hooked.turn_on()
    [other, new] = hooked.hooks.rows
    assert (other, new != old) == ("https://somebody.test/hook", True), "what is not ours is left alone"
    assert (hooked.send("", old).status_code, hooked.send("", new).status_code) == (404, 200)


@pytest.mark.parametrize(
    ("what", "says"), [("disabled", "Turned off by Kommo"), ("missing", "Removed in Kommo")]
)
def test_kommo_giving_up_is_noticed_and_can_be_turned_on_again(hooked, ana, what, says):
    hooked.turn_on()
    if what == "disabled":
        hooked.hooks.rows[hooked.address]["disabled"] = True
    else:
        hooked.hooks.rows.clear()
    hooked.look()
    assert hooked.webhook.state == "on", "looked a moment ago"
    set_row(hooked, checked_at=datetime.now(UTC) - timedelta(hours=2))
    hooked.look()
    assert hooked.webhook.state == what
    said = words(ana)
    assert says in said
    assert "Turn on again" in said
    hooked.turn_on()
    assert (hooked.webhook.state, len(hooked.hooks.rows)) == ("on", 1)


def test_a_delivery_says_that_it_is_on(hooked):
    hooked.turn_on()
    set_row(hooked, state="disabled")
    hooked.world.add_lead("Curso", 9001)
    hooked.told()
    assert hooked.webhook.state == "on"


def test_looks_are_daily_and_hourly_after_silence(hooked, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "enqueue_look", lambda *ids: asked.append(ids))
    hooked.turn_on()
    now = datetime.now(UTC)

    def due(**values):
        set_row(hooked, **values)
        asked.clear()
        jobs.look_after()
        return bool(asked)

    assert not due(checked_at=now, last_received_at=None)
    assert due(checked_at=now - timedelta(hours=2), last_received_at=None)
    assert not due(checked_at=now - timedelta(hours=2), last_received_at=now)
    assert due(checked_at=now - timedelta(hours=25), last_received_at=now)


def test_polling_slows_down_only_while_deliveries_come(hooked):
    hooked.turn_on()
    now = datetime.now(UTC)

    def is_quick(**values):
        set_row(hooked, **values)
        connection = hooked.connection
        connection.last_attempt_at = now - timedelta(seconds=10)
        with tenant(hooked.account_id):
            found = is_due(connection, now, somebody_looks=True)
            connection.last_attempt_at = now - timedelta(seconds=60)
            assert is_due(connection, now, somebody_looks=True), "every minute in any case"
        release()
        return found

    assert is_quick(last_received_at=None), "nothing proves yet that Kommo reaches us"
    assert not is_quick(last_received_at=now)
    assert is_quick(last_received_at=now - timedelta(hours=1))
    assert is_quick(last_received_at=now, state="disabled")


def test_what_kommo_does_not_allow_is_said(hooked, ana):
    hooked.server.faults.add("status", "/webhooks", status=403)
    assert hooked.turn_on().status == 303
    assert "must be an administrator's" in words(ana)
    assert (hooked.webhook.state, hooked.webhook.token_hash) == ("off", None)
    for number in range(100):
        hooked.hooks.subscribe(f"https://somebody.test/{number}", ["add_lead"])
    hooked.turn_on()
    assert "allows a hundred" in words(ana)


def test_a_code_that_kommo_does_not_know_is_left_out(hooked, monkeypatch):
    monkeypatch.setattr(payloads, "CODES", payloads.CODES - {"update_task"})
    hooked.turn_on()
    [row] = hooked.hooks.rows.values()
    assert "add_task" in row["settings"]
    assert "update_task" not in row["settings"]


def test_without_an_address_kommo_can_reach_there_is_nothing_to_turn_on(hooked, ana, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.views.webhooks.own_origin", lambda: "")
    assert "must set CLARIN_ORIGIN" in words(ana)
    assert not panel(ana).select("button")
    assert hooked.turn_on().status == 409
    assert hooked.hooks.rows == {}


@pytest.mark.parametrize(
    ("origin", "usable"),
    [
        ("https://crm.example.com", True),
        ("http://crm.example.com", False),
        ("https://localhost", False),
        ("https://192.168.1.5", False),
        ("https://8.8.8.8:8443", True),
        ("https://crm.local", False),
        ("https://crm.прим.рф", False),
        ("", False),
    ],
)
def test_kommo_itself_needs_a_public_https_origin(monkeypatch, app, origin, usable):
    known = type("Known", (), {"origin": origin})
    monkeypatch.setattr("clarin_web.kommo.webhooks.address.settings", lambda: known)
    assert bool(public_origin("https://demo.kommo.com", "http://127.0.0.1:8000")) is usable


def test_only_who_manages_kommo_turns_them_on_or_off(hooked, ana, vera, bruno, carla):
    assert bruno.post("/kommo/webhook").status == 403
    assert carla.post("/kommo/webhook").status == 404
    hooked.turn_on()
    assert "On" in words(vera)
    assert not panel(vera).select("button")
    assert vera.post("/kommo/webhook/removal").status == 403
    assert carla.post("/kommo/webhook/removal").status == 404
    assert len(hooked.hooks.rows) == 1


@pytest.mark.parametrize("locale", ["es", "pt"])
def test_the_panel_speaks_every_language(hooked, ana, locale):
    assert ana.post("/settings/profile", {"locale": locale, "theme": "system"}).status == 303
    assert words(ana).startswith("Cambios al instante" if locale == "es" else "Mudanças na hora")


def test_nobody_but_kommo_ever_knows_the_address(hooked, ana, caplog):
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logged:
        hooked.turn_on()
        hooked.world.add_lead("Curso", 9001)
        hooked.told()
        hooked.round()
        hooked.send("account[id]=7", hooked.address)
        hooked.send("", hooked.address + "x")
        token = hooked.address.rpartition("/")[2]
        shown = ana.get("/kommo").text
    assert len(token) >= 43
    kept = str(
        hooked.rows(
            text("SELECT kommo_webhook::text FROM kommo_webhook UNION ALL SELECT fact::text FROM fact")
        )
    )
    for place in (str(logged), caplog.text, shown, kept):
        assert token not in place
        assert hooked.server.token not in place
