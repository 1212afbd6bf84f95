"""A Kommo of another country, currency and time zone than the account's: compared, asked, kept, changed later."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from clarin_web import db
from clarin_web.db import execute, release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.kommo import regions
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of
from clarin_web.models import Contact, ContactIdentity, KommoConnection, Lead
from tests.support.kommo_visits import Mirror, the

PERU = {"country": "PE", "currency": "PEN", "time_zone": "America/Lima"}
BRAZIL = {"country": "BR", "currency": "BRL", "time_zone": "America/Sao_Paulo"}


@pytest.fixture
def brazil(monkeypatch):
    """A Kommo in Brazil: 51 is Porto Alegre's area code there, and Peru's country code."""
    free = Limiter(None, 100_000.0, sleep=lambda _: None)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    world = World(seed=7, country="BR", currency="BRL", time_zone="America/Sao_Paulo")
    world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    pipeline = world.add_pipeline("Vendas", ("Contato",))
    world.add_lead("Curso", pipeline, contact_ids=[world.add_contact("Luís", ["51 98765-4321"])], price=200)
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        yield server


@pytest.fixture
def connected(ana, brazil):
    """connected(currency="account"): by Ana, who sent these choices; then visited once."""

    def connect(**choices):
        assert ana.post("/kommo/draft", {"address": brazil.url, "token": brazil.token}).status == 303
        assert ana.post("/kommo", choices).status == 303
        return visit(ana, brazil)

    return connect


@pytest.fixture
def _each_time(monkeypatch):
    """Where Kommo is, is asked at each visit."""
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))


def visit(person, server):
    with tenant(person.account_id):
        mirror = Mirror(server, person.account_id, connection_of(person.account_id).id)
        while mirror.visit():
            pass
    db.release()


def read(person, wanted):
    with tenant(person.account_id):
        found = execute(wanted).scalars().all()
    release()
    return found


def phones(person):
    return read(person, select(ContactIdentity.value).where(ContactIdentity.kind == "phone"))


def test_connecting_compares_and_takes_over_what_kommo_says(ana, brazil, connected):
    ana.post("/kommo/draft", {"address": brazil.url, "token": brazil.token})
    page = ana.get("/kommo/draft")
    assert [box["name"] for box in page.select("select")] == ["country", "currency", "time_zone"]
    assert "Brazil, as in Kommo" in page.text
    connected()
    assert phones(ana) == ["+5551987654321"]
    assert "BRL 200" in ana.get("/leads").text
    assert "Kommo is not in this account" not in ana.get("/").text


def test_the_accounts_own_can_be_kept_knowingly_and_left_later(ana, brazil, connected):
    connected(country="account", currency="account", time_zone="account")
    assert phones(ana) == ["+51987654321"]
    assert "S/ 200" in ana.get("/leads").text
    assert ana.post("/kommo/region", {"country": "kommo", "currency": "kommo"}).status == 303
    assert "BRL 200" in ana.get("/leads").text
    visit(ana, brazil)
    assert phones(ana) == ["+5551987654321"]
    assert read(ana, select(Contact.phone)) == ["+5551987654321"]
    assert [lead.title for lead in read(ana, select(Lead).where(Lead.search.like("%5551987654321%")))] == [
        "Curso"
    ]


def test_who_may_not_manage_kommo_does_not_choose(ana, bruno, carla, connected):
    connected()
    assert bruno.post("/kommo/region", {"country": "account"}).status == 403
    assert carla.post("/kommo/region", {"country": "account"}).status == 404
    assert ana.post("/kommo/region", {"country": "perhaps"}).status == 422
    assert not bruno.get("/kommo").select("#kommo-region form")


@pytest.mark.usefixtures("_each_time")
def test_a_connection_of_before_is_asked_and_nothing_changes_by_itself(ana, bruno, brazil, connected):
    connected(country="account", currency="account")
    with tenant(ana.account_id), db.transaction():
        execute(update(KommoConnection).values(region={"is_old": True}))
    visit(ana, brazil)
    assert phones(ana) == ["+51987654321"], "read as it was until somebody answers"
    assert "Choose which to use" in ana.get("/").text
    assert "Choose which to use" not in bruno.get("/").text
    assert ana.get("/kommo").select("#kommo-region .note.warn")
    ana.post("/kommo/region", {"country": "kommo", "currency": "kommo", "time_zone": "kommo"})
    visit(ana, brazil)
    assert phones(ana) == ["+5551987654321"]
    assert not ana.get("/kommo").select("#kommo-region .note.warn")


@pytest.mark.usefixtures("_each_time")
def test_a_currency_that_kommo_changes_is_shown_and_asked_again(ana, brazil, connected):
    connected()
    brazil.world.account["currency"] = "USD"
    visit(ana, brazil)
    assert "BRL" not in ana.get("/leads").text
    assert ana.get("/kommo").select("#kommo-region .note.warn")


@pytest.mark.parametrize(
    ("said", "used"),
    [
        (BRAZIL, BRAZIL),
        ({"country": "br", "currency": "brl"}, {**BRAZIL, "time_zone": "America/Lima"}),
        ({"country": "XX", "currency": "reais", "time_zone": "Mars/Base"}, PERU),
        ({"country": "PE", "currency": "PEN", "time_zone": "America"}, PERU),  # a folder of zones
        ({"country": None, "currency": 7, "time_zone": ""}, PERU),
    ],
)
def test_what_is_no_country_currency_or_zone_says_nothing(said, used):
    assert regions.in_use({"said": regions.usable(said)}, PERU) == used


def test_an_answer_is_for_what_was_said_then():
    said = {"currency": "BRL"}
    region = {"said": said, "agreed": regions.agreed(said, {"currency": "account"})}
    assert regions.in_use(region, PERU)["currency"] == "PEN"
    assert not regions.asks(region, PERU)
    changed = {**region, "said": {"currency": "USD"}}
    assert regions.in_use(changed, PERU)["currency"] == "USD"
    assert regions.asks(changed, PERU)


@pytest.mark.usefixtures("_each_time")
def test_a_country_mended_in_kommo_holds_without_a_question(ana, brazil, connected):
    connected()
    brazil.world.account["country"] = "PE"
    visit(ana, brazil)
    visit(ana, brazil)
    assert phones(ana) == ["+51987654321"]
    assert not ana.get("/kommo").select("#kommo-region .note.warn")


def test_a_phone_with_its_country_is_the_same_in_any(ana, brazil, connected):
    brazil.world.add_contact("Rosa", ["+51 987 000 111"])
    connected()
    assert sorted(phones(ana)) == ["+51987000111", "+5551987654321"]
    with tenant(ana.account_id):
        assert the(Contact, name="Rosa").phone == "+51987000111"


@pytest.mark.usefixtures("_each_time")
@pytest.mark.parametrize("person", ["the owner", "Kommo"])
def test_dates_follow_the_time_zone_that_is_in_use(ana, brazil, connected, person):
    """Midnight in Kiritimati is the day before in Lima: whoever decides on another zone, what is kept is of it."""
    world = brazil.world
    world.account["time_zone"] = "Pacific/Kiritimati"
    fields = {kind: world.add_field(kind, "Nacimiento", "birthday") for kind in ("leads", "contacts")}
    midnight = int(datetime(2020, 5, 2, tzinfo=ZoneInfo("Pacific/Kiritimati")).timestamp())
    for kind, field in fields.items():
        world.set_field(kind, next(iter(world.rows[kind])), field, midnight)
    connected()
    assert dates(ana, fields) == ["2020-05-02", "2020-05-02"]
    if person == "Kommo":
        world.account["time_zone"] = "America/Lima"
    else:
        assert ana.post("/kommo/region", {"time_zone": "account"}).status == 303
    visit(ana, brazil)
    visit(ana, brazil)
    assert dates(ana, fields) == ["2020-05-01", "2020-05-01"]


def dates(person, fields):
    """Of the one lead and its contact, as they are kept."""
    kept = {"leads": read(person, select(Lead.custom)), "contacts": read(person, select(Contact.custom))}
    return [custom[str(field)][0] for kind, field in fields.items() for custom in kept[kind]]
