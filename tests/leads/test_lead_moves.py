"""Moving leads: the board, the reasons, the way back, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from clarin_web.contacts.actions import rename_contact
from clarin_web.db import execute, release, tenant
from clarin_web.events import Actor, LeadsMirrored
from clarin_web.leads.actions import NewLead, create_lead
from clarin_web.leads.broadcasts import AT_ONCE, poke_mirrored
from clarin_web.live.topics import allowed
from clarin_web.models import FactRow, Lead
from tests.chats.conftest import link, message
from tests.leads.conftest import make_sales


def facts(person, lead_id):
    with tenant(person.account_id):
        rows = execute(
            select(FactRow.kind, FactRow.data, FactRow.actor_id)
            .where(FactRow.lead_id == lead_id)
            .order_by(FactRow.id)
        )
        found = list(rows.all())
    release()
    return found


def test_a_move_is_seen_on_the_board_and_kept_with_its_actor(bruno, ana, sales, make_lead):
    lead = make_lead("Ana Quispe", value=100)
    new, contacted = sales.stages[:2]

    answer = bruno.htmx_post(f"/leads/{lead.id}/stage", {"stage_id": contacted.id, "version": lead.version})

    assert answer.status == 200
    assert "lead:changed" in answer.headers["HX-Trigger"]
    board = ana.get(f"/leads/board/{sales.id}")
    assert board.texts(f"#stage-{contacted.id} .deal-title") == ["Ana Quispe"]
    assert board.texts(f"#stage-{new.id} .count") == ["0"]
    last = facts(ana, lead.id)[-1]
    assert (last.kind, last.actor_id) == ("LeadMoved", bruno.user_id)
    assert (last.data["from_stage_id"], last.data["to_stage_id"]) == (new.id, contacted.id)


def test_a_plain_form_moves_too(ana, sales, make_lead, reload):
    lead = make_lead("Ana Quispe")

    page = ana.post(f"/leads/{lead.id}/stage", {"stage_id": sales.stages[2].id})

    assert (page.status, page.location) == (303, f"/leads/{lead.id}")
    assert reload(lead.id).stage_id == sales.stages[2].id


def test_closing_as_lost_asks_for_a_reason(ana, sales, make_lead, reload):
    lead, lost = make_lead("Ana Quispe"), sales.of_kind("lost")

    plain = ana.post(f"/leads/{lead.id}/stage", {"stage_id": lost.id})
    dialog = ana.htmx_post(f"/leads/{lead.id}/stage", {"stage_id": lost.id})
    wordless = ana.post(f"/leads/{lead.id}/closure", {"stage_id": lost.id, "words": " "})
    unmoved = reload(lead.id).status
    ana.post(f"/leads/{lead.id}/closure", {"stage_id": lost.id, "words": "Too expensive"})

    assert plain.location == f"/leads/{lead.id}/closure?stage_id={lost.id}"
    assert ana.get(plain.location).select("textarea[name=words]")
    assert (dialog.status, dialog.headers["HX-Retarget"]) == (422, "#dialog")
    assert wordless.status == 422
    assert unmoved == "open"
    closed = reload(lead.id)
    assert (closed.status, closed.lost_note) == ("lost", "Too expensive")
    assert closed.closed_at is not None
    assert [fact.kind for fact in facts(ana, lead.id)] == ["LeadCreated", "LeadMoved", "LeadClosed"]


def test_moving_back_reopens_and_clears_the_closing(ana, sales, make_lead, reload):
    lead = make_lead("Ana Quispe")
    ana.post(f"/leads/{lead.id}/closure", {"stage_id": sales.of_kind("lost").id, "words": "Too expensive"})

    ana.post(f"/leads/{lead.id}/stage", {"stage_id": sales.stages[0].id})

    back = reload(lead.id)
    assert (back.status, back.lost_note, back.closed_at, back.lost_reason_id) == ("open", "", None, None)
    assert facts(ana, lead.id)[-1].kind == "LeadReopened"


def test_winning_needs_no_reason(ana, sales, make_lead, reload):
    lead = make_lead("Ana Quispe")

    ana.post(f"/leads/{lead.id}/stage", {"stage_id": sales.of_kind("won").id})

    assert reload(lead.id).status == "won"


def test_a_stage_of_another_account_is_refused(ana, carla, sales, make_lead, reload):
    theirs = make_sales(carla.account_id, "Theirs")
    lead = make_lead("Ana Quispe")

    assert ana.htmx_post(f"/leads/{lead.id}/stage", {"stage_id": theirs.stages[0].id}).status == 422
    assert ana.post(f"/leads/{lead.id}/stage", {"stage_id": "abc"}).status == 422
    assert ana.post(f"/leads/{lead.id}/stage", {}).status == 422
    assert reload(lead.id).stage_id == lead.stage_id


def test_moving_a_card_somebody_moved_meanwhile_is_a_conflict(ana, bruno, sales, make_lead, reload):
    lead = make_lead("Ana Quispe")
    ana.post(f"/leads/{lead.id}/stage", {"stage_id": sales.stages[1].id})

    late = bruno.htmx_post(
        f"/leads/{lead.id}/stage", {"stage_id": sales.stages[2].id, "version": lead.version}
    )
    same = bruno.htmx_post(
        f"/leads/{lead.id}/stage", {"stage_id": sales.stages[1].id, "version": lead.version}
    )

    assert late.status == 409
    assert late.one("option[selected]")["value"] == str(sales.stages[1].id)
    assert same.status == 200
    assert reload(lead.id).stage_id == sales.stages[1].id


def test_a_value_changed_meanwhile_does_not_stop_a_move(ana, bruno, sales, make_lead, reload):
    lead = make_lead("Ana Quispe")
    ana.post(f"/leads/{lead.id}/fields/value", {"value": "5"})

    moved = bruno.htmx_post(
        f"/leads/{lead.id}/stage",
        {"stage_id": sales.stages[1].id, "version": lead.version, "from_stage_id": lead.stage_id},
    )

    assert moved.status == 200


def test_the_board_counts_and_sums_everything_and_shows_twenty(ana, sales, make_lead):
    for number in range(23):
        make_lead(f"Lead {number:02}", value=10)
    stage = sales.stages[0]

    board = ana.get(f"/leads/board/{sales.id}")
    more = board.one(f"#stage-{stage.id} .more a")["href"]
    rest = ana.htmx_get(more)

    assert board.texts(f"#stage-{stage.id} .count") == ["23"]
    assert "230" in board.texts(f"#stage-{stage.id} .sum")[0]
    shown = board.texts(f"#stage-{stage.id} .deal-title")
    assert len(shown) == 20
    assert sorted(shown + rest.texts(".deal-title")) == [f"Lead {number:02}" for number in range(23)]
    assert not rest.select(".more")
    assert ana.get(more).texts("h1") == [stage.name]


def test_a_board_costs_one_statement_however_many_stages_and_cards(ana, sales, make_lead):
    empty = len(ana.get(f"/leads/board/{sales.id}").statements)
    for number in range(10):
        make_lead(f"Lead {number}", tags=["a"], owner_id=ana.user_id)

    full = ana.get(f"/leads/board/{sales.id}")

    assert len(full.statements) == empty <= 6
    assert len(ana.htmx_get(f"/leads/board/{sales.id}").statements) <= 4


def test_the_board_filters_like_the_list(ana, sales, make_lead):
    make_lead("Mine", owner_id=ana.user_id)
    make_lead("Nobody's")

    board = ana.get(f"/leads/board/{sales.id}?owner=me")

    assert board.texts(".deal-title") == ["Mine"]
    assert ana.get(f"/leads/board/{sales.id}?owner=x").status == 422


@pytest.mark.parametrize("path", ["/leads/board/{}", "/leads/board/{}/stages/1?after=x"])
def test_carla_has_no_such_board(carla, sales, path):
    assert carla.get(path.format(sales.id)).status == 404


def test_the_board_address_leads_to_the_main_pipeline(ana, vera, sales):
    assert ana.get("/leads/board").location == f"/leads/board/{sales.id}"
    assert not vera.get(f"/leads/board/{sales.id}").select(".move, [data-stage-id], #move-menu")


def test_a_page_of_kommo_is_told_to_every_page_it_is_about(monkeypatch):
    poked = []
    monkeypatch.setattr("clarin_web.leads.broadcasts.poke", lambda _account_id, *topics: poked.append(topics))
    fact = LeadsMirrored(
        account_id=1, actor=Actor.kommo(), lead_ids=list(range(1, 1202)), pipeline_ids=[7, 7]
    )
    poke_mirrored(fact)
    topics = [topic for once in poked for topic in once]
    assert sorted(topics) == sorted({*(f"lead:{n}" for n in range(1, 1202)), "board:7", "leads", "home"})
    assert max(map(len, poked)) <= AT_ONCE + 3


def test_a_contact_of_another_name_is_told_where_its_leads_are_shown(ana, sales, monkeypatch):
    poked = []
    monkeypatch.setattr("clarin_web.leads.broadcasts.poke", lambda _account_id, *topics: poked.append(topics))
    lead_id = int(
        ana.post("/leads", {"name": "Luis", "phone": "987654321"}).location.rsplit("/", 1)[1].split("?")[0]
    )
    with tenant(ana.account_id):
        contact_id = execute(select(Lead.contact_id).where(Lead.id == lead_id)).scalar_one()
        poked.clear()
        rename_contact(ana.account_id, contact_id, "Luis Paz", by=ana.user_id)
    release()
    assert {f"lead:{lead_id}", f"board:{sales.id}", f"contact:{contact_id}", "leads"} <= set(poked[0])


def test_what_a_card_and_a_lead_say_of_a_chat_is_told_by_whoever_writes_or_reads(
    app, ana, sales, monkeypatch
):
    poked = []
    monkeypatch.setattr(
        "clarin_web.live.publish._publish", lambda _account_id, said: poked.append(set(said["topics"]))
    )
    with app.app_context():
        phone = link(ana.account_id)
        phone.hear(message("Hola"))
        chat = phone.chat
        with tenant(ana.account_id):
            create_lead(ana.member, NewLead(title="50 chairs", contact_id=chat.contact_id))
        release()
        poked.clear()
        phone.hear(message("¿Siguen abiertos?"))
    board, talk = f"board:{sales.id}", f"talk:{chat.contact_id}"
    assert {board, talk} <= set.union(*poked)
    poked.clear()
    ana.post(f"/chats/{chat.id}/reading")
    assert {board, talk} <= set.union(*poked)
    region = ana.get(f"/chats/of-contact/{chat.contact_id}").one("#chats-of-contact")
    assert (region["data-live-topic"], region["hx-trigger"]) == (talk, "live")
    assert allowed(talk, ana.member)


def test_every_move_pokes_the_list_and_both_boards(ana, sales, make_lead, monkeypatch):
    told = []
    monkeypatch.setattr(
        "clarin_web.leads.broadcasts.poke", lambda account_id, *topics: told.append((account_id, topics))
    )
    other = make_sales(ana.account_id, "Other")
    lead = make_lead("Ana Quispe")
    told.clear()

    ana.post(f"/leads/{lead.id}/stage", {"stage_id": other.stages[0].id})

    assert {account for account, _ in told} == {ana.account_id}
    assert {"leads", f"board:{sales.id}", f"board:{other.id}", f"lead:{lead.id}", "home"} <= set(told[0][1])
