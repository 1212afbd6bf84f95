"""Deliveries over sockets: a hint is asked about, whatever came; nothing in it is believed."""

from datetime import timedelta

import httpx
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from clarin_web.db import release, tenant
from clarin_web.demo.kommo_server import Checker, step
from clarin_web.demo.kommo_server.payloads import MALFORMED, flat
from clarin_web.kommo import jobs as visits
from clarin_web.kommo.webhooks import hints, waiting
from clarin_web.models import Contact, KommoRecord, Lead, LeadNote, Stage
from clarin_web.store import redis_connection
from tests.support.kommo_mirror import drift
from tests.support.waiting import until

PIPELINE = 9001


def titles(hooked):
    return {title for (title,) in hooked.rows(select(Lead.title).where(Lead.gone_in_kommo_at.is_(None)))}


def waits(hooked):
    """What was hinted at and not asked for yet."""
    found = redis_connection().smembers(f"kommo:hints:{hooked.connection.id}")
    return {word.decode() for word in found}


def by_id(asked):
    return [target for target in asked if "filter%5Bid%5D" in target]


def about(hooked, **sections):
    """A body as Kommo's, about this account."""
    pairs = [("account[id]", str(hooked.world.account["id"])), *flat(sections)]
    return str(httpx.QueryParams(pairs))


def test_whatever_changes_is_asked_for_by_id_and_stored(hooked):
    world = hooked.world
    hooked.turn_on()
    company = world.add_company("Andina SAC")
    contact = world.add_contact("Luis Paz", ["+51987654321"], company_id=company)
    lead = world.add_lead("Curso", PIPELINE, contact_ids=[contact])
    world.add_task("Llamar", "leads", lead)
    world.add_note("leads", lead, text="Hola")
    hooked.told(5)
    assert len(waits(hooked)) == 5
    asked = hooked.round()
    assert len(by_id(asked)) == len(asked) == 5, "one question for each kind, no list is read"
    assert titles(hooked) == {"Curso"}
    [person] = hooked.rows(select(Contact.name, Contact.company))
    assert person == ("Luis Paz", "Andina SAC")
    [(note,)] = hooked.rows(select(LeadNote.body))
    assert note == "Hola"
    kinds = {kind for (kind,) in hooked.rows(select(KommoRecord.kind))}
    assert {"companies", "tasks", "notes"} <= kinds
    assert hooked.round() == [], "asked once"
    Checker(hooked.server).verify()


def test_a_move_a_deletion_and_an_incoming_lead_arrive(hooked):
    world = hooked.world
    first, second = world.stage_ids(PIPELINE, closed=False)
    moved, gone = world.add_lead("Curso", PIPELINE, first), world.add_lead("Borrado", PIPELINE, first)
    hooked.visit()
    hooked.turn_on()
    world.move_stage(moved, second)
    world.delete("leads", gone)
    world.add_unsorted("Web", PIPELINE, "Rosa", "")
    hooked.told(4)
    hooked.round()
    assert "Borrado" not in titles(hooked)
    assert len(titles(hooked)) == 2
    [(stage,)] = hooked.rows(
        select(Stage.kommo_id).join(Lead, Lead.stage_id == Stage.id).where(Lead.title == "Curso")
    )
    assert stage == second


def test_duplicates_collapse_into_one_question(hooked):
    hooked.turn_on()
    hooked.hooks.knobs.duplicate = 1.0
    lead = hooked.world.add_lead("Curso", PIPELINE)
    for number in range(5):
        hooked.world.change("leads", lead, name=f"Curso {number}")
    hooked.told(12)
    assert waits(hooked) == {f"leads:{lead}"}
    assert len(by_id(hooked.round())) == 1
    assert titles(hooked) == {"Curso 4"}


def test_lost_ones_are_found_by_polling(hooked):
    hooked.turn_on()
    hooked.hooks.knobs.drop = 1.0
    hooked.world.add_lead("Curso", PIPELINE)
    assert hooked.round() == []
    hooked.visit()
    assert titles(hooked) == {"Curso"}


def test_whatever_order_they_come_in_the_mirror_equals_kommo(hooked, monkeypatch):
    hooked.turn_on()
    knobs = hooked.hooks.knobs
    knobs.reorder, knobs.duplicate, knobs.drop, knobs.coalesce = 0.5, 0.3, 0.2, 3
    for _ in range(40):
        step(hooked.world)
    until(lambda: waits(hooked))
    while waits(hooked):
        hooked.round()
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))
    hooked.visit()
    with tenant(hooked.account_id):
        assert drift(hooked.account_id, hooked.world) == []
    release()


def test_what_the_body_says_is_never_believed(hooked):
    lead = hooked.world.add_lead("Curso", PIPELINE, price=10)
    hooked.visit()
    hooked.turn_on()
    lie = {"id": lead, "name": "Mentira", "price": 1, "status_id": 143, "pipeline_id": PIPELINE}
    unknown = {"id": 123456789, "name": "Nadie"}
    assert (
        hooked.send(about(hooked, leads={"update": [lie, unknown], "delete": [{"id": lead}]})).status_code
        == 200
    )
    hooked.round()
    assert titles(hooked) == {"Curso"}
    assert hooked.rows(select(Lead.value, Lead.status)) == [(10, "open")]


def test_another_accounts_are_ignored_and_counted(hooked, ana):
    hooked.turn_on()
    hooked.hooks.knobs.wrong_account = True
    hooked.world.add_lead("Curso", PIPELINE)
    hooked.told()
    assert [sent.status for sent in hooked.hooks.log] == [200], "Kommo is not provoked"
    assert hooked.send("leads[add][0][id]=5").status_code == 200, "about nobody knows whom"
    assert waits(hooked) == set()
    assert hooked.webhook.ignored == 2
    assert hooked.webhook.last_received_at is None
    assert "2 messages about another Kommo account" in ana.get("/kommo").text


def test_a_renamed_kommo_is_known_by_its_id(hooked):
    hooked.turn_on()
    body = about(hooked, leads={"add": [{"id": 7}]}) + "&account[subdomain]=renamed"
    assert hooked.send(body).status_code == 200
    assert (waits(hooked), hooked.webhook.ignored) == ({"leads:7"}, 0)


@pytest.mark.parametrize("kind", sorted(MALFORMED))
def test_malformed_ones_do_no_harm(hooked, kind):
    hooked.turn_on()
    hooked.hooks.knobs.malformed = kind
    lead = hooked.world.add_lead("Curso", PIPELINE)
    hooked.told()
    assert [sent.status for sent in hooked.hooks.log] == [200]
    hooked.round()
    hooked.hooks.knobs.malformed = ""
    hooked.world.change("leads", lead, name="Curso 2")
    hooked.told(2)
    hooked.round()
    assert titles(hooked) == {"Curso 2"}


def test_a_huge_one_is_not_read_and_a_mere_big_one_means_look_at_everything(hooked, monkeypatch):
    hooked.turn_on()
    assert hooked.send(b"x" * (2 * 1024 * 1024)).status_code == 413
    assert waits(hooked) == set()
    assert hooked.send(b"leads[add][0][id]=1&" * 20_000).status_code == 200
    assert waits(hooked) == {hints.EVERYTHING}
    asked = []
    monkeypatch.setattr("clarin_web.kommo.webhooks.jobs.enqueue_visit", lambda *ids: asked.append(ids))
    assert hooked.round() == []
    assert asked == [(hooked.account_id, hooked.connection.id)]


def test_a_strangers_token_opens_nothing(hooked, carla, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.views.webhooks.GUESSES", 4)
    hooked.turn_on()
    start, token = hooked.address.rsplit("/", 1)
    body = about(hooked, leads={"add": [{"id": 1}]})
    somebody_else = f"{hooked.origin}/kommo/hooks/{carla.account_id}/{token}"
    wrong = [f"{start}/{'x' * 43}", f"{start}/{token[:-1]}", somebody_else, f"{start}/%00%ff"]
    assert [hooked.send(body, url).status_code for url in wrong] == [404] * 4
    assert hooked.send(body, wrong[0]).status_code == 429, "who goes on guessing is told to stop"
    assert waits(hooked) == set()
    assert hooked.webhook.last_received_at is None
    assert hooked.send(body).status_code == 200, "Kommo's own addresses serve others too"
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(hooked.address).status_code == 405


def test_a_flood_is_bounded(hooked, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.webhooks.receiving.DELIVERIES", 3)
    hooked.turn_on()
    for number in range(1, 4):
        hooked.send(about(hooked, leads={"add": [{"id": number}]}))
    assert len(waits(hooked)) == 3
    assert hooked.send(about(hooked, leads={"add": [{"id": 4}]})).status_code == 200
    assert waits(hooked) == {"leads:1", "leads:2", "leads:3", hints.EVERYTHING}
    monkeypatch.setattr(waiting, "MOST", 3)
    waiting.add(hooked.account_id, hooked.connection.id, ["leads:9"])
    assert waits(hooked) == {hints.EVERYTHING}


def test_paused_means_that_nothing_is_asked(hooked, ana):
    hooked.turn_on()
    ana.post("/kommo/pause")
    hooked.world.add_lead("Curso", PIPELINE)
    hooked.told()
    assert (waits(hooked), hooked.round()) == (set(), [])


def test_a_kommo_that_fails_in_between_is_read_by_a_visit(hooked, monkeypatch):
    asked = []
    monkeypatch.setattr("clarin_web.kommo.webhooks.jobs.enqueue_visit", lambda *ids: asked.append(ids))
    hooked.turn_on()
    hooked.world.add_lead("Curso", PIPELINE)
    hooked.told()
    hooked.server.faults.add("status", "/leads", status=503, times=4)
    hooked.round()
    assert asked == [(hooked.account_id, hooked.connection.id)]
    assert titles(hooked) == set()


def test_without_redis_kommo_is_answered_all_the_same(hooked, monkeypatch):
    hooked.turn_on()

    def away():
        raise redis.ConnectionError("away")

    monkeypatch.setattr(waiting, "redis_connection", away)
    monkeypatch.setattr("clarin_web.accounts.limits.redis_connection", away)
    assert hooked.send(about(hooked, leads={"add": [{"id": 1}]})).status_code == 200
    assert waiting.pending() == []


def test_a_round_waits_for_the_visit_that_runs(hooked):
    hooked.turn_on()
    hooked.world.add_lead("Curso", PIPELINE)
    hooked.told()
    with visits.alone(hooked.connection.id):
        assert hooked.round() == []
    assert waiting.pending() == [(hooked.account_id, hooked.connection.id)]
    hooked.round()
    assert titles(hooked) == {"Curso"}


@given(
    st.binary(max_size=400)
    | st.text("leadscontacttypeunsorted[]0123456789=&%5BD", max_size=200).map(str.encode)
)
def test_any_bytes_are_read_as_something(body):
    heard = hints.read(body)
    assert all(hints.parse(word).id >= 0 for word in heard.hints)
