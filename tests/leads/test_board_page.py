"""The board's cards without JavaScript: each one still leads to a page from which it can be moved."""

from __future__ import annotations

from decimal import Decimal

from clarin_web.leads.queries.board import Sum


def test_a_card_leads_to_a_page_that_moves_it(bruno, sales, make_lead, reload):
    lead = make_lead("50 chairs")
    card = bruno.get(f"/leads/board/{sales.id}").one(f"#lead-{lead.id}")

    page = bruno.get(card.select_one("a.move")["href"])
    form = page.one(f"form[action='/leads/{lead.id}/stage']")
    sent = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    bruno.post(form["action"], {**sent, "stage_id": sales.stages[1].id})

    assert page.texts("h1") == ["Move 50 chairs"]
    assert reload(lead.id).stage_id == sales.stages[1].id


def test_who_may_not_move_is_not_offered_to(vera, carla, sales, make_lead):
    lead = make_lead("50 chairs")
    assert vera.get(f"/leads/{lead.id}/stage").status == 403
    assert carla.get(f"/leads/{lead.id}/stage").status == 404


def test_a_card_says_whose_it_is_and_how_it_can_be_moved(ana, sales, make_lead):
    make_lead("50 chairs", owner_id=ana.user_id)
    page = ana.get(f"/leads/board/{sales.id}")
    assert page.one(".deal [role=img]")["title"] == "Ana"
    assert page.one(".deal .move")["aria-label"] == "Move 50 chairs"
    assert page.texts("#move-menu button") == [stage.name for stage in sales.stages]


def test_a_board_that_asks_again_keeps_what_was_scrolled_to(ana, sales, make_lead):
    for number in range(55):
        make_lead(f"Lead {number:02}")
    path, stage = f"/leads/board/{sales.id}", sales.stages[0].id

    again = ana.htmx_get(path, headers={"X-Shown": f"{stage}=40 {sales.stages[1].id}=0"})
    rest = ana.htmx_get(again.one(f"#stage-{stage} .more a")["href"])
    beyond = ana.htmx_get(path, headers={"X-Shown": f"{stage}=9999"})

    shown = again.texts(".deal-title")
    assert len(shown) == 40
    assert len(set(shown + rest.texts(".deal-title"))) == 55
    assert len(beyond.select(".deal")) == 55
    assert not beyond.select(".more")


def test_a_header_nobody_can_read_means_the_first_page(ana, sales, make_lead):
    for number in range(25):
        make_lead(f"Lead {number:02}")
    for junk in ("", "x", "=", f"{sales.stages[0].id}=-1", f"{sales.stages[0].id}=٣٠", "a=b=c"):
        board = ana.htmx_get(f"/leads/board/{sales.id}", headers={"X-Shown": junk.encode().decode("latin-1")})
        assert len(board.select(".deal")) == 20, junk


def test_a_column_that_emptied_between_its_count_and_its_cards_offers_no_more(ana, sales, monkeypatch):
    """They are two statements, and somebody may move the last card in between."""
    stage = sales.stages[0].id
    counted = {stage: Sum(3, Decimal(30))}
    monkeypatch.setattr("clarin_web.leads.views.board.sums_of", lambda *_: counted)

    board = ana.htmx_get(f"/leads/board/{sales.id}", headers={"X-Shown": f"{stage}=40"})

    assert (board.status, board.select(".deal"), board.select(".more")) == (200, [], [])
