"""Kommo's pages are kept for a while and can be stored again: what was spoiled comes right, nothing else moves."""

import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from clarin_web.accounts.permissions import Member
from clarin_web.config import settings
from clarin_web.db import execute, transaction
from clarin_web.events import LeadsMirrored
from clarin_web.kommo import actions, replaying
from clarin_web.kommo.keeping import forget_old_pages, kept_of
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import streams_of
from clarin_web.lib.errors import Conflict
from clarin_web.models import Contact, KommoPage, Lead
from tests.support.kommo_visits import the
from tests.support.told import told


@pytest.fixture
def asked(monkeypatch):
    """What would be given to a worker, who waits for no pace."""
    found = []
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    monkeypatch.setattr(replaying, "enqueue", lambda _queue, _function, *ids: found.append(ids))
    return found


@pytest.fixture
def heard():
    """Leads that open pages are told about."""
    with told(LeadsMirrored) as found:
        yield found


def replay(mirror, asked, name="", *, since=None, until=None):
    """Ask, and do what the worker would; how it went."""
    now = datetime.now(UTC)
    since, until = since or now - timedelta(hours=1), until or now + timedelta(hours=1)
    owner = Member(mirror.account_id, 1, "owner")
    replaying.ask(owner, replaying.Ask(name, since.isoformat(), until.isoformat()))
    replaying.replay(*asked.pop())
    return replaying.replay_of(streams_of(mirror.account_id, mirror.connection_id))


def kept(mirror):
    return kept_of(mirror.account_id, mirror.connection_id)


def spoil(lead, **values):
    with transaction():
        execute(update(Lead).where(Lead.kommo_id == lead).values(**values))


def test_a_page_is_kept_as_it_came_and_a_poll_that_found_nothing_keeps_none(mirror, world, pipeline):
    world.add_lead("Curso", pipeline)
    mirror.visit()
    page = the(KommoPage, stream="leads")
    [row] = json.loads(zlib.decompress(page.body))["_embedded"]["leads"]
    assert (row["name"], page.rows, page.size) == ("Curso", 1, len(page.body))
    assert page.asked.startswith("/api/v4/leads?")
    assert "order%5Bupdated_at%5D=asc" in page.asked
    before = kept(mirror)
    mirror.visit()
    assert kept(mirror) == before


def test_nothing_secret_is_kept(mirror, world, pipeline):
    world.add_lead("Curso", pipeline)
    mirror.visit()
    for page in execute(select(KommoPage)).scalars():
        whole = f"{page.asked} {zlib.decompress(page.body).decode()}"
        assert mirror.server.token not in whole
        assert "Authorization" not in whole


def test_what_was_spoiled_here_comes_right_and_the_rest_is_not_touched(mirror, world, pipeline, asked, heard):
    contact = world.add_contact("Luis Paz", ["+51 987 654 321"], ["luis@demo.test"], tags=["vip"])
    spoiled = world.add_lead("Curso", pipeline, price=10, contact_ids=[contact], tags=["feria"])
    lost = world.add_lead("Taller", pipeline)
    sound = world.add_lead("Libro", pipeline, contact_ids=[contact])
    mirror.visit()
    spoil(spoiled, title="???", value=0)
    with transaction():
        execute(delete(Lead).where(Lead.kommo_id == lost))
    version, person = the(Lead, kommo_id=sound).version, the(Contact, kommo_id=contact).version
    heard.clear()
    outcome = replay(mirror, asked)
    assert (outcome["state"], outcome["changed"]) == ("done", 2)
    assert (the(Lead, kommo_id=spoiled).title, the(Lead, kommo_id=spoiled).value) == ("Curso", 10)
    assert the(Lead, kommo_id=lost).title == "Taller"
    assert (the(Lead, kommo_id=sound).version, the(Contact, kommo_id=contact).version) == (version, person)
    changed = {the(Lead, kommo_id=spoiled).id, the(Lead, kommo_id=lost).id}
    assert {id_ for fact in heard for id_ in fact.lead_ids} == changed


def test_a_second_time_nothing_is_written_and_nobody_is_told(mirror, world, pipeline, asked, heard):
    contact = world.add_contact("Luis Paz", ["+51 987 654 321"])
    world.add_lead("Curso", pipeline, contact_ids=[contact], tags=["feria"])
    mirror.visit()
    heard.clear()
    before = execute(text("SELECT xmin, ctid::text, id FROM lead ORDER BY id")).all()
    outcome = replay(mirror, asked)
    assert (outcome["changed"], outcome["passed"]) == (0, 0)
    assert outcome["pages"] == outcome["done"] > 0
    assert execute(text("SELECT xmin, ctid::text, id FROM lead ORDER BY id")).all() == before
    assert heard == []


def test_an_older_page_never_overwrites_what_was_read_later(mirror, world, pipeline, asked):
    lead = world.add_lead("Antes", pipeline)
    mirror.visit()
    middle = datetime.now(UTC)
    world.change("leads", lead, name="Después")
    mirror.visit()
    outcome = replay(mirror, asked, "leads", until=middle)
    assert (outcome["pages"], outcome["changed"], outcome["passed"]) == (1, 0, 1)
    assert the(Lead, kommo_id=lead).title == "Después"


def test_what_left_kommo_does_not_come_back(mirror, world, pipeline, asked):
    lead, contact = world.add_lead("Curso", pipeline), world.add_contact("Luis Paz")
    mirror.visit()
    world.delete("leads", lead)
    world.delete("contacts", contact)
    mirror.visit()
    assert replay(mirror, asked)["changed"] == 0
    assert the(Lead, kommo_id=lead).gone_in_kommo_at is not None
    assert the(Contact, kommo_id=contact).gone_in_kommo_at is not None


def test_who_was_merged_stays_merged_with_the_leads(mirror, world, pipeline, asked):
    first = world.add_contact("Luis Paz", ["+51 987 654 321"])
    second = world.add_contact("Luis P.", ["+51 987 654 321"])
    lead = world.add_lead("Curso", pipeline, contact_ids=[second])
    mirror.visit()
    world.merge("contacts", first, second)
    mirror.visit()
    survivor = the(Contact, kommo_id=first).id
    assert the(Lead, kommo_id=lead).contact_id == survivor
    assert replay(mirror, asked)["passed"] > 0
    assert the(Lead, kommo_id=lead).contact_id == survivor
    assert the(Contact, kommo_id=second).gone_in_kommo_at is not None


def test_what_was_edited_here_stays_ours(mirror, world, pipeline, asked):
    lead = world.add_lead("Curso", pipeline)
    mirror.visit()
    spoil(lead, title="Nuestro", overrides=["title"])
    assert replay(mirror, asked, "leads")["changed"] == 0
    assert the(Lead, kommo_id=lead).title == "Nuestro"


def test_only_the_stretch_and_the_list_that_were_asked_for(mirror, world, pipeline, asked):
    world.add_contact("Luis Paz")
    lead = world.add_lead("Curso", pipeline)
    mirror.visit()
    spoil(lead, title="???")
    assert replay(mirror, asked, "contacts")["pages"] == 1
    long_ago = datetime.now(UTC) - timedelta(days=2)
    assert replay(mirror, asked, since=long_ago, until=long_ago + timedelta(hours=1))["pages"] == 0
    assert the(Lead, kommo_id=lead).title == "???"
    assert replay(mirror, asked, "leads")["changed"] == 1


def test_pages_go_by_age_and_the_oldest_first_beyond_the_megabytes(mirror, world, pipeline, monkeypatch):
    for number in range(4):
        world.add_lead(f"Curso {number}", pipeline)
        mirror.visit()
    ids = list(execute(select(KommoPage.id).order_by(KommoPage.id)).scalars())
    newest = the(KommoPage, id=ids[-1]).size
    with transaction():
        first = update(KommoPage).where(KommoPage.id == ids[0])
        execute(first.values(fetched_at=func.now() - timedelta(days=4)))
    forget_old_pages(mirror.account_id)
    assert list(execute(select(KommoPage.id).order_by(KommoPage.id)).scalars()) == ids[1:]
    few = replace(settings(), kommo_keep_mb=(newest + 0.5) / 1_000_000)
    monkeypatch.setattr("clarin_web.kommo.keeping.settings", lambda: few)
    forget_old_pages(mirror.account_id)
    assert list(execute(select(KommoPage.id)).scalars()) == ids[-1:]


def test_with_no_days_nothing_is_kept(mirror, world, pipeline, monkeypatch):
    none = replace(settings(), kommo_keep_days=0)
    monkeypatch.setattr("clarin_web.kommo.keeping.settings", lambda: none)
    world.add_lead("Curso", pipeline)
    mirror.visit()
    assert kept(mirror).pages == 0


def test_disconnecting_forgets_them(mirror, world, pipeline):
    world.add_lead("Curso", pipeline)
    mirror.visit()
    assert kept(mirror).pages
    actions.disconnect(Member(mirror.account_id, 1, "owner"))
    assert execute(select(func.count()).select_from(KommoPage)).scalar() == 0


def test_one_replay_at_a_time_and_none_while_paused(mirror, world, asked):
    owner, hour = Member(mirror.account_id, 1, "owner"), datetime.now(UTC).isoformat()
    replaying.ask(owner, replaying.Ask("", hour, hour))
    with pytest.raises(Conflict, match="kommo_replay_runs"):
        replaying.ask(owner, replaying.Ask("", hour, hour))
    actions.pause(owner)
    with pytest.raises(Conflict, match="kommo_not_asking"):
        replaying.ask(owner, replaying.Ask("", hour, hour))


def test_one_begun_anew_ends_the_one_before(mirror, world, pipeline, asked):
    lead = world.add_lead("Curso", pipeline)
    mirror.visit()
    spoil(lead, title="???")
    owner, now = Member(mirror.account_id, 1, "owner"), datetime.now(UTC)
    replaying.ask(owner, replaying.Ask("", (now - timedelta(hours=1)).isoformat(), now.isoformat()))
    account, connection, _run = asked.pop()
    replaying.replay(account, connection, "somebody else's")
    assert the(Lead, kommo_id=lead).title == "???"
