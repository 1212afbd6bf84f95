"""One odd value, one bad row, one list that fails: each is named and hides nothing beside it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from clarin_web import db
from clarin_web.db import execute, tenant
from clarin_web.kommo import wire
from clarin_web.kommo.answers import Answer, read_object
from clarin_web.kommo.client import Client
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import find_connection, progress_of, streams_of
from clarin_web.kommo.run import run_of
from clarin_web.kommo.storing import anew, contacts, leads
from clarin_web.kommo.upserts.work import note_text
from clarin_web.models import Contact, KommoConnection, KommoOddity, KommoRecord, Lead, LeadNote, Task
from tests.support.kommo_visits import odd_of

CASES = json.loads((Path(__file__).parent / "cases" / "dates_at_the_calendars_ends.json").read_text())
NUL, HALF, FAR, HUGE = "a\x00b", "\ud800", 10**18, 10**400
# Anything JSON can hold, at the ends of what a calendar, a number and a text can be.
ODD = [
    None, True, -1, 0, 1.5, FAR, HUGE, -HUGE, 2**63, 2**31, float("nan"), float("inf"), "", NUL, HALF, "9" * 50,
    "٣", "²", "x" * 3000, [], [[]], [None], {}, {"a": NUL}, [{"id": FAR}], 253402300799, -62135596800, -99999999999999,
    "9999-12-31", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2024-02-30", "1e400",
]  # fmt: skip
FIELD_TYPES = (
    "text numeric monetary price checkbox select multiselect date birthday date_time url textarea streetaddress "
    "smart_address legal_entity items category file linked_entity chained_lists tracking_data radiobutton martian"
).split()


ROW_KEYS = (
    "id name price status_id pipeline_id created_at updated_at closed_at responsible_user_id loss_reason_id score "
    "created_by is_deleted _embedded custom_fields_values first_name"
).split()
WORK_KEYS = "entity_type entity_id complete_till is_completed note_type params text uid".split()


def run_for(mirror):
    client = Client(mirror.server.url, mirror.server.token, Limiter(None, 100_000.0))
    return run_of(find_connection(mirror.account_id, mirror.connection_id), client)


def store(mirror, kind, rows):
    """As a page: prepared, then written in one transaction. Answers the run, with what was odd."""
    run = run_for(mirror)
    prepared = anew.prepare(run, kind, rows)
    with db.transaction():
        anew.write(run, kind, prepared)
    run.client.wire.close()
    return run


def lead_row(id_, **values):
    about = {"name": f"Lead {id_}", "price": 10, "status_id": 21, "pipeline_id": 31}
    return {"id": id_, **about, "created_at": 1700000000, "updated_at": 1700000001, **values}


def held(model):
    return set(execute(select(model.kommo_id)).scalars())


def codes(run):
    return {(odd["kommo_id"], odd["code"]) for odd in run.odd.found}


def test_a_date_beyond_the_calendar_is_named_and_its_lead_is_here(mirror):
    run = store(mirror, "leads", CASES)
    assert held(Lead) == {501, 502, 506}
    assert run.odd.found == [
        {"kind": "lead", "kommo_id": "502", "code": "bad_field", "value": "Campo: 253402300799"}
    ]


def test_every_type_of_field_with_every_odd_value_is_stored_beside_its_neighbours(mirror):
    rows = []
    for place, kind in enumerate(FIELD_TYPES):
        about = {"field_id": place + 1, "field_name": kind, "field_type": kind, "field_code": None}
        values = [{"value": odd} for odd in ODD] + [{"enum_id": odd, "value": "x"} for odd in ODD]
        rows.append(lead_row(place + 1, custom_fields_values=[{**about, "values": values}]))
    for kind, model in (("leads", Lead), ("contacts", Contact)):
        store(mirror, kind, rows)
        assert held(model) == set(range(1, len(rows) + 1))


def test_any_value_anywhere_in_a_row_leaves_its_neighbours_alone(mirror):
    for key in ROW_KEYS:
        rows = [lead_row(place + 1, **{key: odd}) for place, odd in enumerate(ODD)]
        whole = [lead_row(1000, name=key), *rows, lead_row(1001, name=key)]
        for kind in ("leads", "contacts"):
            store(mirror, kind, [dict(row) for row in whole])
        assert set(execute(select(Lead.kommo_id).where(Lead.title == key)).scalars()) >= {1000, 1001}
        assert set(execute(select(Contact.kommo_id).where(Contact.name == key)).scalars()) >= {1000, 1001}


def test_any_value_in_what_is_kept_whole_leaves_its_neighbours_alone(mirror):
    store(mirror, "leads", [lead_row(1000)])
    about = {"entity_type": "leads", "entity_id": 1000, "params": {"text": "Hola"}}
    for number, key in enumerate((*ROW_KEYS, *WORK_KEYS)):
        for kind, model in (("tasks", Task), ("notes", LeadNote), ("companies", None)):
            ids = [10_000 * number + place + 1 for place in range(len(ODD) + 1)]
            rows = [{**about, **lead_row(id_), key: odd} for id_, odd in zip(ids, ODD, strict=False)]
            store(mirror, kind, [*rows, {**about, **lead_row(ids[-1])}])
            kept = select(KommoRecord.key).where(KommoRecord.kind == kind)
            assert str(ids[-1]) in set(execute(kept).scalars())
            assert model is None or ids[-1] in held(model)


@pytest.mark.parametrize("where", ["mapping", "database"])
def test_a_row_that_breaks_anything_is_left_out_alone_and_named(mirror, monkeypatch, where):
    """Whatever raises, in the mapping or in the database."""
    if where == "mapping":
        read = leads.mapping.lead

        def lead(raw, *args):
            return read(raw, *args) if raw["id"] % 100 else {}["broken"]

        monkeypatch.setattr(leads.mapping, "lead", lead)
    else:
        upsert = leads.upsert_leads

        def upsert_leads(account_id, rows, known):
            if any(row.kommo_id % 100 == 0 for row in rows):
                execute(db.text("SELECT 1 / 0"))
            return upsert(account_id, rows, known)

        monkeypatch.setattr(leads, "upsert_leads", upsert_leads)
    run = store(mirror, "leads", [lead_row(id_) for id_ in range(1, 251)])
    assert held(Lead) == set(range(1, 251)) - {100, 200}
    assert codes(run) == {("100", "left_out"), ("200", "left_out")}


def test_a_lost_database_is_no_fault_of_a_row(mirror, monkeypatch):
    def gone(*_):
        raise DBAPIError("SELECT", {}, Exception("gone"), connection_invalidated=True)

    monkeypatch.setattr(contacts, "upsert_contacts", gone)
    with pytest.raises(DBAPIError):
        store(mirror, "contacts", [lead_row(1)])


@pytest.mark.parametrize("content", [
    b'{"_embedded": {"leads": [{"id": 1, "price": ' + b"9" * 5000 + b"}]}}",
    b'{"_embedded": {"leads": [{"id": 1, "name": "a\xff\xfe"}]}}',
    b'{"_embedded": {"leads": [{"id": 1, "name": "a\nb\x01"}]}}',
    b'\xef\xbb\xbf{"_embedded": {"leads": [{"id": 1}]}}',
    b'{"_embedded": {"leads": [{"id": 1, "name": ' + b"[" * 100_000 + b"]" * 100_000 + b', "price": 1}, {"id": 2}]}}',
    b'{"_embedded": {"leads": [{"id": 1, "a": ' + b'{"[": "]}"' + b', "b": ' + b"[" * 9000 + b"]" * 9000 + b"}}]}}",
])  # fmt: skip
def test_one_value_that_is_no_json_spoils_no_page(content):
    body = read_object(Answer("/leads", 200, {}, content))
    assert body["_embedded"]["leads"][0]["id"] == 1


def test_what_is_nested_too_deep_is_named_and_its_page_is_read(mirror, world, pipeline, monkeypatch):
    leads = [world.add_lead(f"Curso {number}", pipeline) for number in range(3)]
    answer = wire._answer

    def deep(path, request):
        told = answer(path, request)
        spoilt = told.content.replace(b'"Curso 1"', b"[" * 50_000 + b"]" * 50_000)
        return replace(told, content=spoilt)

    monkeypatch.setattr(wire, "_answer", deep)
    mirror.visit()
    assert held(Lead) == set(leads)
    assert {odd["kommo_id"] for odd in odd_of(mirror.account_id)} == {str(leads[1])}
    assert streams_of(mirror.account_id, mirror.connection_id)["leads"].phase == "live"


@pytest.mark.parametrize(
    ("fault", "options"), [("status", {"status": 500}), ("garbage", {}), ("status", {"status": 404})]
)
def test_a_list_that_fails_is_named_and_the_others_go_on(mirror, world, pipeline, fault, options):
    lead = world.add_lead("Curso", pipeline)
    world.add_task("Llamar", "leads", lead)
    world.add_contact("Luis Paz", ["+51 987 654 321"])
    mirror.server.faults.add(fault, r"/contacts\?", times=1000, **options)
    mirror.visit()
    streams = streams_of(mirror.account_id, mirror.connection_id)
    assert (bool(streams["contacts"].error), streams["contacts"].retry_at is not None) == (True, True)
    assert [streams[name].error for name in ("leads", "tasks", "events", "unsorted")] == [""] * 4
    assert len(held(Lead)) == 1
    assert len(held(Task)) == 1
    mirror.server.faults.pending.clear()
    mirror.visit()
    streams = streams_of(mirror.account_id, mirror.connection_id)
    assert (streams["contacts"].error, streams["contacts"].failures, len(held(Contact))) == ("", 0, 1)
    assert progress_of(streams).is_finished


def test_whatever_ends_a_visit_is_on_the_connection(mirror, monkeypatch):
    mirror.visit()

    def broken(*_args, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("clarin_web.kommo.sync.add_streams", broken)
    mirror.poll(None)
    connection = find_connection(mirror.account_id, mirror.connection_id)
    assert (connection.state, connection.error, connection.retry_at is not None) == (
        "unreachable",
        "failed",
        True,
    )


def test_what_was_odd_leaves_the_list_when_its_row_is_read_without_it(mirror, world, pipeline):
    contact = world.add_contact("Luis Paz", ["12"])
    world.add_contact("Rosa Paz", ["34"])
    mirror.visit()
    assert [odd["kommo_id"] for odd in odd_of(mirror.account_id)] == [str(contact), str(contact + 1)]
    world.change("contacts", contact, phones=[])
    mirror.visit()
    assert [odd["kommo_id"] for odd in odd_of(mirror.account_id)] == [str(contact + 1)]


def test_a_row_that_was_left_out_is_asked_for_again_by_a_new_worker(mirror, world, pipeline, monkeypatch):
    lead = world.add_lead("Curso", pipeline)
    with monkeypatch.context() as broken:
        broken.setattr(leads.mapping, "lead", lambda *_: {}["broken"])
        mirror.visit()
    assert (held(Lead), [odd["code"] for odd in odd_of(mirror.account_id)]) == (set(), ["left_out"])
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))
    monkeypatch.setattr("clarin_web.kommo.oddities.STARTED_AT", datetime.now(UTC))
    mirror.poll(1.0)
    assert (held(Lead), odd_of(mirror.account_id)) == ({lead}, [])


def test_every_oddity_can_be_reached_with_its_record_in_kommo(ana, account_id):
    with tenant(account_id), db.transaction() as session:
        connection = KommoConnection(
            account_id=account_id, base_url="https://demo.kommo.com", token_sealed=b""
        )
        session.add(connection)
        session.flush()
        about = {
            "account_id": account_id,
            "connection_id": connection.id,
            "kind": "lead",
            "code": "bad_price",
        }
        session.add_all(KommoOddity(**about, kommo_id=str(id_), value="x") for id_ in range(120))
    db.release()
    assert "Show all: 120" in ana.get("/kommo").text
    seen, address = set(), "/kommo/oddities"
    while address:
        page = ana.get(address)
        links = [link["href"] for link in page.select("article a.link")]
        seen |= {link for link in links if "/leads/detail/" in link}
        address = next((link for link in links if "before=" in link), "")
    assert len(seen) == 120
    assert "https://demo.kommo.com/leads/detail/7" in seen
    assert ana.get("/kommo/oddities?before=zz").status == 422


@pytest.mark.parametrize("due", [FAR, -5, "mañana", float("nan"), True, [1]])
def test_a_task_that_is_due_beyond_the_calendar_is_named_and_due_when_it_was_made(mirror, due):
    store(mirror, "leads", [lead_row(1)])
    about = {"id": 9, "entity_type": "leads", "entity_id": 1, "text": "Llamar"}
    run = store(mirror, "tasks", [{**about, "created_at": 1700000000, "complete_till": due}])
    assert ("9", "bad_complete_till") in codes(run)
    assert execute(select(Task.due_at)).scalar_one().timestamp() == 1700000000


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("attachment", {"file_name": "plano.pdf", "file_uuid": "3f"}, "plano.pdf"),
        ("attachment", {"original_name": "plano.pdf"}, "plano.pdf"),
        ("geolocation", {"text": "", "address": "Av. Sol 123", "latitude": 1.5}, "Av. Sol 123"),
        ("amomail_message", {"subject": "Presupuesto", "content_summary": "Hola"}, "Presupuesto"),
        ("common", {"text": 12}, "12"),
        ("common", {"text": {"a": [1]}}, "common"),
        ("site_visit", {"url": "https://demo.test/precios"}, "https://demo.test/precios"),
        ("zoom_meeting", None, "zoom meeting"),
    ],
)
def test_a_note_of_any_kind_says_what_people_read(kind, params, words):
    assert note_text({"note_type": kind, "params": params}) == words
