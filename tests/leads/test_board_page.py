"""The board's cards without JavaScript: each one still leads to a page from which it can be moved."""

from __future__ import annotations


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
