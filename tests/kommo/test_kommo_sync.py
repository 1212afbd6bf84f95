"""Stories of the mirror, over real HTTP against the simulated Kommo and into the real database."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from clarin_web import db
from clarin_web.accounts.actions import create_account
from clarin_web.accounts.permissions import Member
from clarin_web.db import execute, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.demo.kommo_server.world import LOST, WON
from clarin_web.events import KommoProgressed, LeadClosed, LeadCreated, LeadMoved, LeadsMirrored
from clarin_web.kommo import actions
from clarin_web.kommo.client import Client
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import find_connection, progress_of, streams_of
from clarin_web.kommo.sync import sync
from clarin_web.models import Contact, ContactIdentity, Lead, Pipeline, Stage, Tag
from tests.support.kommo_visits import odd_of
from tests.support.told import told


class Kommo:
    """A World being served, the account that mirrors it, and what was announced."""

    def __init__(self, server, account_id, connection_id):
        self.server, self.world = server, server.world
        self.account_id, self.connection_id = account_id, connection_id
        self.heard = []

    def visit(self, **options):
        with Client(self.server.url, self.server.token, Limiter(None, 100_000.0)) as client:
            return sync(self.account_id, self.connection_id, client, **options)

    def told(self, *kinds):
        found = [fact for fact in self.heard if isinstance(fact, kinds)]
        self.heard.clear()
        return found

    @property
    def connection(self):
        return find_connection(self.account_id, self.connection_id)

    @property
    def leads_stream(self):
        return streams_of(self.account_id, self.connection_id)["leads"]

    @property
    def oddities(self):
        return odd_of(self.account_id)

    def titles(self):
        return set(execute(select(Lead.title).where(Lead.account_id == self.account_id)).scalars())


@pytest.fixture
def world():
    made = World(seed=5)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    made.add_pipeline("Postventa", ("Por renovar",))
    return made


@pytest.fixture
def kommo(app, world):
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        account_id = create_account("Andina")
        with tenant(account_id):
            connection = actions.connect(Member(account_id, 1, "owner"), server.host, server.token)
            made = Kommo(server, account_id, connection.id)
            kinds = (LeadsMirrored, LeadMoved, LeadCreated, LeadClosed, KommoProgressed)
            with told(*kinds) as made.heard:
                yield made
        db.release()


def lead_of(kommo, title):
    return execute(
        select(Lead).where(Lead.title == title).execution_options(populate_existing=True)
    ).scalar_one()


def test_the_first_visit_brings_everything_across(kommo, world):
    first, second = world.rows["pipelines"]
    ana = world.add_contact("Luis Paz", ["+51 987-654-321", "014445566"], ["LUIS@demo.test"], tags=["vip"])
    reason = world.add_loss_reason("Precio")
    world.add_lead(
        "Curso",
        first,
        price=1500,
        contact_ids=[ana],
        tags=["feria"],
        created_at=1760000000,
        updated_at=1760003600,
    )
    world.add_lead("Ganado", first, WON, price=20)
    world.add_lead("Perdido", second, LOST, loss_reason_id=reason)
    assert kommo.visit() is False
    lead = lead_of(kommo, "Curso")
    assert (lead.value, lead.status, lead.created_at.timestamp(), lead.updated_at.timestamp()) == (
        Decimal("1500.00"),
        "open",
        1760000000,
        1760003600,
    )
    contact = execute(select(Contact).where(Contact.id == lead.contact_id)).scalar_one()
    assert (contact.name, contact.phone, contact.email) == ("Luis Paz", "+51987654321", "luis@demo.test")
    assert "luis paz" in lead.search
    assert "+51987654321" in lead.search
    assert execute(select(Tag.name).where(Tag.id.in_(lead.tag_ids))).scalars().all() == ["feria"]
    assert lead_of(kommo, "Ganado").status == "won"
    lost = lead_of(kommo, "Perdido")
    assert (lost.status, lost.lost_reason_id is not None, lost.closed_at is not None) == ("lost", True, True)
    assert (kommo.connection.state, kommo.connection.error) == ("live", "")
    kinds = execute(
        select(Stage.kind).join(Pipeline, Pipeline.id == Stage.pipeline_id).where(Pipeline.kommo_id == first)
    )
    assert sorted(kinds.scalars()) == ["lost", "open", "open", "open", "won"]


def test_a_backfill_of_many_pages_equals_the_truth_and_shows_its_progress(kommo, world, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    pipeline = next(iter(world.rows["pipelines"]))
    for number in range(57):
        contact = world.add_contact(
            f"Persona {number}", [f"+51 9870000{number:02}"], created_at=1_700_000_000 + number
        )
        world.add_lead(
            f"Lead {number}", pipeline, contact_ids=[contact], created_at=1_700_000_000 + number // 25
        )
    kommo.visit()
    assert kommo.titles() == {f"Lead {number}" for number in range(57)}
    progress = progress_of(streams_of(kommo.account_id, kommo.connection_id))
    assert (progress.is_finished, progress.percent) == (True, 100)
    assert execute(select(Contact.id)).all().__len__() == 57


def test_a_visit_cut_short_goes_on_where_it_was(kommo, world, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    pipeline = next(iter(world.rows["pipelines"]))
    for number in range(35):
        world.add_lead(f"Lead {number}", pipeline, created_at=1_700_000_000 + number)
    assert kommo.visit(budget=-1) is True
    assert 0 < len(kommo.titles()) < 35
    assert kommo.connection.state == "backfilling"
    kommo.server.seen.clear()
    while kommo.visit(budget=-1):
        pass
    assert len(kommo.titles()) == 35
    starts = [
        seen.target for seen in kommo.server.seen if "/leads?" in seen.target and "limit=10" in seen.target
    ]
    assert "from%5D=0" not in starts[0]


def test_a_failure_in_the_middle_moves_no_cursor_and_loses_nothing(kommo, world, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    pipeline = next(iter(world.rows["pipelines"]))
    for number in range(25):
        world.add_lead(f"Lead {number}", pipeline, created_at=1_700_000_000 + number)
    kommo.server.faults.add("truncated", r"/leads\?.*from%5D=1700000008")
    kommo.visit()
    assert (len(kommo.titles()), kommo.leads_stream.error) == (10, "truncated")
    kommo.visit()
    assert (len(kommo.titles()), kommo.leads_stream.error) == (25, "")


def test_what_changes_is_seen_and_told_once(kommo, world):
    pipeline = next(iter(world.rows["pipelines"]))
    first, second = world.stage_ids(pipeline, closed=False)
    moving = world.add_lead("Curso", pipeline, first)
    world.add_lead("Quieto", pipeline, first)
    kommo.visit()
    assert [type(fact) for fact in kommo.told(LeadsMirrored, LeadMoved, LeadCreated)] == [LeadsMirrored]
    world.move_stage(moving, second)
    kommo.visit()
    [moved], [mirrored] = [f for f in kommo.heard if isinstance(f, LeadMoved)], kommo.told(LeadsMirrored)
    assert (moved.lead_id, moved.to_stage_id) == (
        lead_of(kommo, "Curso").id,
        lead_of(kommo, "Curso").stage_id,
    )
    assert mirrored.lead_ids == [moved.lead_id]
    world.move_stage(moving, WON)
    kommo.visit()
    assert [fact.outcome for fact in kommo.told(LeadClosed)] == ["won"]
    assert lead_of(kommo, "Curso").status == "won"


def test_what_did_not_change_is_neither_written_nor_told(kommo, world):
    pipeline = next(iter(world.rows["pipelines"]))
    contact = world.add_contact("Luis Paz", ["+51 987 654 321"], tags=["vip"])
    world.add_lead("Curso", pipeline, contact_ids=[contact], tags=["feria"])
    kommo.visit()
    rows = select(Lead.id, Lead.version, Contact.version).join(Contact, Contact.id == Lead.contact_id)
    place = "SELECT xmin::text, ctid::text FROM lead UNION ALL SELECT xmin::text, ctid::text FROM contact"
    before = execute(rows).all(), db.session().connection().exec_driver_sql(place).all()
    kommo.told()
    kommo.visit()
    kommo.visit()
    assert (execute(rows).all(), db.session().connection().exec_driver_sql(place).all()) == before
    assert kommo.heard == []


def test_a_field_edited_here_stays_ours(kommo, world):
    pipeline = next(iter(world.rows["pipelines"]))
    lead_id = world.add_lead("Curso", pipeline, price=100)
    kommo.visit()
    with db.transaction():
        lead = lead_of(kommo, "Curso")
        lead.title, lead.overrides = "Curso de Ana", ["title"]
    world.change("leads", lead_id, name="Curso nuevo", price=300)
    kommo.visit()
    lead = lead_of(kommo, "Curso de Ana")
    assert (lead.value, lead.kommo["title"]) == (Decimal("300.00"), "Curso nuevo")


def test_a_person_known_from_whatsapp_becomes_kommos_too(kommo, world):
    with db.transaction() as session:
        mine = Contact(
            account_id=kommo.account_id, name="Lucho", names={"push": "Lucho"}, phone="+51987654321"
        )
        session.add(mine)
        session.flush()
        session.add(
            ContactIdentity(
                account_id=kommo.account_id, contact_id=mine.id, kind="phone", value=mine.phone, source="push"
            )
        )
    world.add_contact("Luis Paz", ["987 654 321"])
    kommo.visit()
    [found] = execute(select(Contact).execution_options(populate_existing=True)).scalars()
    assert (found.id, found.name, found.kommo_id is not None) == (mine.id, "Luis Paz", True)


def test_two_kommo_contacts_with_one_phone_stay_two_and_both_show_it(kommo, world):
    world.add_contact("Luis Paz", ["987 654 321"])
    world.add_contact("Rosa Paz", ["+51987654321"])
    kommo.visit()
    assert execute(select(Contact.reached)).scalars().all() == [["+51987654321"]] * 2
    assert kommo.oddities == []


def test_a_stage_removed_in_kommo_is_kept_here(kommo, world):
    pipeline = next(iter(world.rows["pipelines"]))
    second = world.stage_ids(pipeline, closed=False)[1]
    world.add_lead("Curso", pipeline, second)
    world.remove_stage(pipeline, second)
    kommo.visit()
    stage = execute(select(Stage).where(Stage.id == lead_of(kommo, "Curso").stage_id)).scalar_one()
    assert (stage.kommo_id, stage.archived_at is not None) == (second, True)


@pytest.mark.parametrize(
    ("fault", "options", "state", "error"),
    [
        ("status", {"status": 401}, "refused", "token_refused"),
        ("status", {"status": 402}, "refused", "payment_required"),
        ("status", {"status": 429}, "backfilling", "rate_limited"),
        ("status", {"status": 503}, "unreachable", "server_error"),
        ("html", {}, "unreachable", "not_kommo"),
        ("html", {"status": 403}, "unreachable", "blocked"),
        ("reset", {}, "unreachable", "unreachable"),
    ],
)
def test_each_failure_is_written_on_the_connection(kommo, fault, options, state, error):
    kommo.server.faults.add(fault, times=9, **options)
    kommo.visit()
    connection = kommo.connection
    assert (connection.state, connection.error, connection.retry_at is not None) == (state, error, True)


def test_a_refused_connection_is_left_alone_until_someone_resumes(kommo):
    kommo.server.faults.add("status", status=401)
    kommo.visit()
    kommo.server.seen.clear()
    kommo.visit()
    assert kommo.server.seen == []
    actions.resume(Member(kommo.account_id, 1, "owner"))
    kommo.visit()
    assert kommo.connection.state == "live"


def test_a_list_the_token_may_not_read_is_named_and_the_others_go_on(kommo, world):
    world.add_lead("Curso", next(iter(world.rows["pipelines"])))
    kommo.server.faults.add("status", "/users", status=403)
    kommo.visit()
    assert kommo.titles() == {"Curso"}
    assert kommo.oddities == [{"kind": "users", "kommo_id": "", "code": "no_rights", "value": ""}]
