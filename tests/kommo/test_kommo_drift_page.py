"""Comparing with Kommo: what is different, missing here, gone there; running, failed and nothing have a face."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs, rechecking, repairing
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of, streams_of
from clarin_web.models import Contact, KommoStream, Lead
from tests.support.pages import check_page


@pytest.fixture
def kommo():
    with KommoServer(believable(leads=6, seed=1), faults=Faults(rate=100_000)) as server:
        yield server


@pytest.fixture
def asked(monkeypatch):
    """What would be given to a worker."""
    found = []
    for module in (rechecking, repairing):
        monkeypatch.setattr(module, "enqueue", lambda _queue, _function, *ids: found.append(ids))
    return found


@pytest.fixture
def mirror(ana, account_id, kommo, asked, monkeypatch):
    """A whole mirror; its leads as (our id, Kommo's id)."""
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
    ana.post("/kommo")
    with tenant(account_id):
        connection_id = connection_of(account_id).id
    release()
    jobs.sync_connection(account_id, connection_id)
    with tenant(account_id):
        found = execute(select(Lead.id, Lead.kommo_id).order_by(Lead.kommo_id)).all()
    release()
    return found


def check(person, asked, **form):
    """Ask, and do what the worker would; the page afterwards."""
    asked.clear()
    answer = person.post("/kommo/drift", {"kind": "leads", "way": "sample", "size": "50", **form})
    assert answer.status == 303, answer.text
    rechecking.recheck(*asked[0])
    page = person.get("/kommo/drift")
    check_page(page)
    return page


def change(account_id, statement):
    with tenant(account_id), transaction():
        execute(statement)
    release()


@pytest.mark.parametrize("kind", ["leads", "contacts"])
@pytest.mark.parametrize("way", ["sample", "latest"])
def test_a_faithful_mirror_is_the_same_on_both_sides(ana, mirror, asked, kind, way):
    page = check(ana, asked, kind=kind, way=way)
    assert "all the same on both sides" in page.text
    assert "What differs" not in page.text


def test_what_differs_is_named_field_by_field_and_links_to_the_lead(ana, account_id, mirror, asked):
    ours, kommo_id = mirror[0]
    change(account_id, update(Lead).where(Lead.id == ours).values(title="Otro nombre"))
    page = check(ana, asked)
    assert "Different: 1" in page.texts(".badge")
    assert "Otro nombre here, " in page.text
    assert page.select(f'a[href="/leads/{ours}"]')
    assert page.select(f'a[href$="/leads/detail/{kommo_id}"]')


def test_tags_are_compared_with_what_kommo_said(ana, account_id, mirror, asked):
    ours, _kommo_id = mirror[0]
    with tenant(account_id):
        said = execute(select(Lead.kommo).where(Lead.id == ours)).scalar_one()
    release()
    assert isinstance(said["tags"], list)
    change(account_id, update(Lead).where(Lead.id == ours).values(kommo={**said, "tags": ["otra"]}))
    assert "Tags: otra here, " in check(ana, asked).text


def test_a_field_edited_here_is_no_drift(ana, account_id, mirror, asked):
    ours, _kommo_id = mirror[0]
    mine = {"title": "Nuestro", "overrides": ["title"]}
    change(account_id, update(Lead).where(Lead.id == ours).values(**mine))
    assert "all the same on both sides" in check(ana, asked).text


def test_a_stretch_of_ids_finds_what_never_came_and_what_left(ana, account_id, kommo, mirror, asked):
    (missing, missing_id), (gone, gone_id), *_rest = mirror
    change(account_id, delete(Lead).where(Lead.id == missing))
    kommo.world.delete("leads", gone_id)
    kommo.world.purge("leads", gone_id)
    page = check(ana, asked, way="ids", low=str(mirror[0][1]), high=str(mirror[-1][1]))
    assert {"Missing here: 1", "Gone in Kommo: 1"} <= set(page.texts(".badge"))
    assert f"#{missing_id}" in page.text
    assert page.select(f'a[href="/leads/{gone}"]')


def test_a_contact_is_compared_too(ana, account_id, mirror, asked):
    with tenant(account_id):
        contact = execute(select(Contact.id, Contact.kommo).where(Contact.kommo_id.is_not(None))).first()
    release()
    said = {**contact.kommo, "name": "Alguien"}
    change(account_id, update(Contact).where(Contact.id == contact.id).values(kommo=said))
    page = check(ana, asked, kind="contacts")
    assert "Alguien here, " in page.text
    assert page.select(f'a[href="/contacts/{contact.id}"]')


def test_a_running_check_shows_how_far_and_refuses_a_second(ana, account_id, mirror, asked):
    assert ana.post("/kommo/drift", {"kind": "leads", "way": "sample", "size": "50"}).status == 303
    page = ana.get("/kommo/drift")
    check_page(page)
    assert "0 of 50 compared" in page.text
    assert page.one("progress")["max"] == "50"
    again = ana.post("/kommo/drift", {"kind": "leads", "way": "sample", "size": "50"})
    assert again.status == 409
    assert "A check is running already." in again.text
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    change(account_id, update(KommoStream).where(KommoStream.name == "recheck").values(updated_at=long_ago))
    assert "its worker was ended" in ana.get("/kommo/drift").text


def test_a_refusal_of_kommo_is_told(ana, kommo, mirror, asked):
    kommo.faults.add("status", times=99, status=401)
    page = check(ana, asked)
    assert "Kommo refuses this token" in page.text
    assert "Compare again" in page.text


def test_a_paused_connection_is_not_asked(ana, mirror, asked):
    ana.post("/kommo/pause")
    asked.clear()
    refused = ana.post("/kommo/drift", {"kind": "leads", "way": "sample", "size": "50"})
    assert refused.status == 409
    assert not asked


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"size": "0"}, "This is too little: at least 1."),
        ({"way": "ids", "low": "9", "high": "3"}, "The range ends before it starts"),
        ({"way": "ids", "low": "1", "high": "9000"}, "At most 2000 ids"),
    ],
)
def test_what_cannot_be_compared_says_why(ana, mirror, asked, form, words):
    page = ana.post("/kommo/drift", {"kind": "leads", "way": "sample", "size": "50", **form})
    assert page.status == 422
    assert words in page.text


def test_before_the_first_check_and_without_kommo_the_page_has_a_face(ana, bruno, vera):
    page = ana.get("/kommo/drift")
    check_page(page)
    assert "There is nothing to compare with." in page.text
    for person in (bruno, vera):
        assert person.get("/kommo/drift").status == 403
        assert person.post("/kommo/drift", {"kind": "leads", "way": "sample", "size": "5"}).status == 403


def test_a_check_taken_over_by_another_writes_nothing(ana, account_id, mirror, asked):
    ana.post("/kommo/drift", {"kind": "leads", "way": "sample", "size": "50"})
    account, connection_id, _run = asked[0]
    rechecking.recheck(account, connection_id, "somebody else's")
    with tenant(account_id):
        assert streams_of(account_id, connection_id)["recheck"].cursor["checked"] == 0
    release()


def bring_in(person, asked):
    """Click, and do what the worker would; the page afterwards."""
    asked.clear()
    answer = person.post("/kommo/drift/repair", {})
    assert answer.status == 303, answer.text
    repairing.repair(*asked[0])
    return person.get("/kommo/drift")


WRONG = {
    "title": {"title": "Otro", "search": "otro"},
    "value": {"value": 1},
    "tags": {"kommo": {"tags": ["otra"]}},
    "contact": {"contact_id": None},
    "custom fields": {"custom": {"1": ["x"]}},
    "owner": {"kommo": {"owner": 999}},
    "company": {"kommo": {"company": 999}},
    "reason": {"kommo": {"reason": "Otro"}},
    "gone": {"gone_in_kommo_at": datetime(2026, 1, 1, tzinfo=UTC)},
}
STAMPS = [datetime(2090, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize("what", WRONG)
def test_whatever_is_wrong_is_found_and_brought_in_whatever_the_stamps_say(
    ana, account_id, mirror, asked, what
):
    with tenant(account_id):
        before = execute(select(Lead).order_by(Lead.kommo_id)).scalars().first()
        ours, said = before.id, dict(before.kommo)
    release()
    wrong = dict(WRONG[what])
    if "kommo" in wrong:
        wrong["kommo"] = {**said, **wrong["kommo"]}
    every = {"way": "ids", "low": str(mirror[0][1]), "high": str(mirror[-1][1])}
    for stamp in STAMPS:
        change(account_id, update(Lead).where(Lead.id == ours).values(**wrong, kommo_updated_at=stamp))
        page = check(ana, asked, **every)
        assert "Different: 1" in page.texts(".badge"), what
        assert "1 record was brought in" in bring_in(ana, asked).text
        assert "all the same on both sides" in check(ana, asked, **every).text


def test_what_never_came_is_brought_in_and_what_was_edited_here_stays(ana, account_id, kommo, mirror, asked):
    (missing, missing_id), (edited, _), (gone, gone_id), *_rest = mirror
    change(account_id, delete(Lead).where(Lead.id == missing))
    mine = {"title": "Nuestro", "value": 7, "overrides": ["title"]}
    change(account_id, update(Lead).where(Lead.id == edited).values(**mine))
    kommo.world.delete("leads", gone_id)
    page = check(ana, asked, way="ids", low=str(mirror[0][1]), high=str(mirror[-1][1]))
    assert "was not read yet" in page.text
    assert {"Different: 1", "Missing here: 1", "Gone in Kommo: 1"} <= set(page.texts(".badge"))
    assert "3 records were brought in" in bring_in(ana, asked).text
    with tenant(account_id):
        titles = dict(execute(select(Lead.kommo_id, Lead.title)).all())
        gone_at = execute(select(Lead.gone_in_kommo_at).where(Lead.id == gone)).scalar_one()
    release()
    assert missing_id in titles
    assert "Nuestro" in titles.values()
    assert gone_at is not None


def test_numbers_of_very_many_digits_keep_them_and_are_no_difference_once_brought_in(
    ana, account_id, kommo, mirror, asked
):
    told = {
        "00219300123456789012": 219300123456789012,
        "12345678901234567.25": 12345678901234567,
        1e300: 10**300,
    }
    ids = [kommo_id for _ours, kommo_id in mirror]
    for kommo_id, digits in zip(ids, told, strict=False):
        field = kommo.world.add_field("leads", "Cuenta", "numeric")
        kommo.world.set_field("leads", kommo_id, field, digits)
        row = kommo.world.rows["leads"][kommo_id]
        kommo.world.rows["leads"][kommo_id] = {**row, "fields": {**row["fields"], field: [{"value": digits}]}}
    assert "Different: 3" in check(ana, asked).texts(".badge")
    assert "3 records were brought in" in bring_in(ana, asked).text
    assert "all the same on both sides" in check(ana, asked).text
    with tenant(account_id):
        kept = [
            dict(custom)
            for custom in execute(select(Lead.custom).where(Lead.kommo_id.in_(ids[:3]))).scalars()
        ]
    release()
    assert {value for custom in kept for [value] in custom.values()} >= set(told.values())


def test_nobody_else_brings_in_and_nothing_is_brought_in_before_a_check(ana, bruno, mirror):
    assert ana.post("/kommo/drift/repair", {}).status == 404
    assert bruno.post("/kommo/drift/repair", {}).status == 403


@pytest.mark.parametrize(("kind", "told", "wrong"), [
    ("leads", "Stage", {"status": "won"}),
    ("leads", "Currency", {"currency": "EUR"}),
    ("leads", "Reason", {"lost_reason_id": None}),
    ("leads", "Contact", {"contact_id": select(func.max(Contact.id)).scalar_subquery()}),
    ("contacts", "Phones", {"phone": "+51900000001"}),
    ("contacts", "Phones", {"reached": ["+51900000001"]}),
    ("contacts", "E-mails", {"email": "otra@x.com"}),
])  # fmt: skip
def test_what_is_shown_wrong_is_told_and_brought_in(ana, account_id, kommo, mirror, asked, kind, told, wrong):
    lead = mirror[0][1]
    kommo.world.move_stage(lead, 143, reason=kommo.world.add_loss_reason("Precio"))
    with tenant(account_id):
        connection_id = connection_of(account_id).id
    release()
    ana.post("/kommo/resumption")
    jobs.sync_connection(account_id, connection_id)
    assert "all the same on both sides" in check(ana, asked, kind=kind).text
    change(account_id, update(Lead if kind == "leads" else Contact).values(**wrong))
    page = check(ana, asked, kind=kind)
    assert told in page.text.split("What differs")[1]
    bring_in(ana, asked)
    assert "all the same on both sides" in check(ana, asked, kind=kind).text
