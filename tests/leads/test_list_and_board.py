"""The list and the board show the same leads: the filter goes along both ways."""

from __future__ import annotations


def test_the_filter_goes_from_the_list_to_the_board_and_back(ana, make_lead, sales):
    make_lead("Rosa Quispe")
    make_lead("Bruno Salas")

    listed = ana.get("/leads?q=Rosa&sort=name")
    board = ana.get(ana.get(str(listed.one('.bar .seg a[href^="/leads/board"]')["href"])).location)

    assert board.texts(".deal-title") == ["Rosa Quispe"]
    assert board.texts(".chip")[0].startswith("Search: Rosa")
    back = ana.get(str(board.select(".bar .seg a")[0]["href"]))
    assert back.texts("#results .c-title a") == ["Rosa Quispe"]
    assert f"pipeline={sales.id}" in str(board.select(".bar .seg a")[0]["href"])


def test_the_board_of_the_pipeline_or_stage_one_filters_by(ana, make_lead, sales):
    from tests.leads.conftest import make_sales

    other = make_sales(ana.account_id, "Wholesale")
    make_lead("Here", stage_id=sales.stages[0].id)
    for query in (f"pipeline={other.id}", f"stage={other.stages[1].id}"):
        assert ana.get(f"/leads/board?{query}").location.startswith(f"/leads/board/{other.id}")
    assert ana.get("/leads/board?pipeline=999999").status == 422
