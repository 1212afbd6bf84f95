"""The chat list that asks again: as long as it was, still searched and filtered, its open chat still marked."""

from __future__ import annotations

import pytest

from tests.chats.conftest import Phone, link, sixty_people


@pytest.fixture
def phone(app, account_id):
    """Sixty people wrote, Ñata 00 last."""
    with app.app_context():
        linked: Phone = link(account_id)
        linked.hear(*sixty_people("Ñata", "m"))
        yield linked


def chat_id(page, name: str) -> str:
    (row,) = [row for row in page.select(".chat-row") if name in row.get_text()]
    return row["id"].removeprefix("chat-")


def test_it_comes_back_as_long_as_it_was_shown(bruno, phone):
    first = bruno.get("/chats")
    again = bruno.htmx_get(first.one("#chats")["hx-get"], headers={"X-Shown": "chats=60"})
    in_between = bruno.htmx_get("/chats", headers={"X-Shown": "chats=55"})

    assert len(again.select(".chat-row")) == 60
    assert not again.select(".pager")
    rest = bruno.htmx_get(in_between.one(".pager a")["href"])
    assert len(in_between.select(".chat-row")) == 55
    assert len(rest.select(".chat-row")) == 5


def test_a_search_beside_an_open_chat_keeps_it_open_and_marked(bruno, phone):
    page = bruno.get("/chats")
    opened = chat_id(page, "Ñata 07")
    form = bruno.get(f"/chats/{opened}").one(".chat-list form")

    here = {"HX-Current-URL": f"https://clarin.test/chats/{opened}"}
    found = bruno.htmx_get(form["hx-get"] + "&q=ñata+07", headers=here)
    again = bruno.htmx_get(found.one("#chats")["hx-get"], headers=here)

    assert found.headers["HX-Push-Url"] == f"/chats/{opened}?q=%C3%B1ata+07"
    for answer in (found, again):
        assert len(answer.select(".chat-row")) == 1
        assert answer.one(".chat-row[aria-current=page]")["id"] == f"chat-{opened}"
    assert "HX-Push-Url" not in again.headers, "a refresh is not a navigation"
    reloaded = bruno.get(found.headers["HX-Push-Url"])
    assert len(reloaded.select(".chat-row")) == 1
    assert reloaded.select(f"#chat-{opened}-messages")


def test_without_javascript_a_search_keeps_the_chat_open_too(bruno, phone):
    opened = chat_id(bruno.get("/chats"), "Ñata 07")
    form = bruno.get(f"/chats/{opened}?unread=1").one(".chat-list form")
    hidden = {field["name"]: field["value"] for field in form.select("input[type=hidden]:not([disabled])")}

    page = bruno.get(form["action"], query_string={**hidden, "q": "07"})

    assert hidden == {"unread": "1"}
    assert page.one("#q")["value"] == "07"
    assert page.one(".chat-row[aria-current=page]")["id"] == f"chat-{opened}"
