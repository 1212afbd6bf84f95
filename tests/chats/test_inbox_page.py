"""The inbox as people see it: newest first, found, filtered, paged, in few statements, and of one account only."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from clarin_web.chats import broadcasts
from clarin_web.db import release, tenant
from clarin_web.devices.gateway import Address, Kind, Reaction
from clarin_web.live.topics import allowed
from clarin_web.models import Chat

NOW = datetime.now(UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "</article><h1>x</h1>",
    "<hx-partial hx-target=body>",
    "'; DROP TABLE chat; --",
    "\u202egnp.exe",
    "<style>*{display:none}</style>",
]


def person(number: int) -> Address:
    return Address(Kind.USER, f"519876{number:05d}")


@pytest.fixture
def many(phone, heard):
    phone.hear(
        *[
            heard(f"m{n}", chat=person(n), push_name=f"Ñata {n:02d}", sent_at=NOW - timedelta(minutes=n))
            for n in range(60)
        ]
    )
    return phone


def test_newest_first_and_more_on_demand(many, bruno):
    page = bruno.get("/chats")
    names = page.texts(".chat-row b")
    assert names[:2] == ["Ñata 00", "Ñata 01"]
    assert len(names) == 50
    more = bruno.htmx_get(page.one(".pager a")["href"])
    assert len(more.select(".chat-row")) == 10
    assert more.select(".pager, html head title") == [] or "<html" not in more.text
    assert set(names).isdisjoint(more.texts(".chat-row b"))
    assert "60 chats" in page.texts("#chats [role=status]")
    heads = {
        query: bruno.get(f"/chats{query}").texts(".group-head")[0]
        for query in ("", "?unread=1", "?waiting=1")
    }
    assert [" ".join(head.split()) for head in heads.values()] == [
        "All 60 Newest first", "Unread 60 Newest first", "Waiting for an answer 60 Longest wait first"]  # fmt: skip
    assert not more.select(".group-head")


def test_search_by_name_and_phone(many, bruno):
    wanted = {"nata 07": 1, "ÑATA": 50, "00012": 1, "+51 987 600 012": 1, "%": 0, "zzz": 0}
    found = {q: len(bruno.get("/chats", query_string={"q": q}).select(".chat-row")) for q in wanted}
    assert found == wanted


def test_filters_narrow_and_are_kept_when_a_chat_is_opened(many, bruno, linked, heard):
    other = linked(many.account_id, "Bodega", "+51911222444")
    other.hear(heard("en bodega"))
    page = bruno.get(f"/chats?device={other.device_id}")
    assert page.texts(".chat-row b") == ["Rosa"]
    href = page.one(".chat-row")["href"]
    assert href.endswith(f"?device={other.device_id}")
    opened = bruno.get(href)
    assert opened.texts(".chat-row[aria-current] b") == ["Rosa"]
    bruno.post(f"/chats/{other.rows(Chat, Chat.device_id == other.device_id)[0].id}/reading")
    assert len(bruno.get(f"/chats?device={other.device_id}&unread=1").select(".chat-row")) == 0
    assert len(bruno.get(f"/chats?device={other.device_id}&waiting=1").select(".chat-row")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "unread=maybe",
        "device=x",
        "device=-1",
        "limit=0",
        "limit=201",
        "before=%%%",
        "before=abc",
        "device=99999999999999999999999",
    ],
)
def test_an_unknown_or_broken_filter_is_refused(phone, bruno, query):
    assert bruno.get(f"/chats?{query}").status == 422


def test_pages_need_few_statements(many, bruno):
    """set_config and the session are two; the account menu is one."""
    chat = many.rows(Chat)[0].id
    assert len(bruno.get("/chats").statements) <= 4
    assert len(bruno.get(f"/chats/{chat}").statements) <= 6
    assert len(bruno.htmx_get(f"/chats/{chat}/messages").statements) <= 5
    assert len(bruno.htmx_get("/chats/unread").statements) <= 3


def test_a_thread_shows_fifty_and_the_rest_on_scroll(phone, heard, bruno):
    phone.hear(*[heard(f"m{n:03d}", sent_at=NOW - timedelta(minutes=200 - n)) for n in range(120)])
    page = bruno.get(f"/chats/{phone.chat.id}")
    shown = page.texts(".msg .text")
    assert (shown[0], shown[-1], len(shown)) == ("m070", "m119", 50)
    older = bruno.htmx_get(page.one(".messages .pager a")["href"])
    assert older.texts(".msg .text")[0] == "m020"
    assert "since=" in older.text
    assert len(older.select(f"#chat-{phone.chat.id}-live")) == 1
    oldest = bruno.htmx_get(older.one(".pager a")["href"])
    assert len(oldest.select(".msg")) == 20
    assert oldest.select(".pager") == []
    live = bruno.htmx_get(older.one(f"#chat-{phone.chat.id}-live")["hx-get"])
    assert len(live.select(".msg")) == 100
    assert len(live.select(".pager")) == 1


def test_days_are_separated_on_the_accounts_clock(phone, heard, bruno):
    """03:00 UTC is still yesterday in Lima."""
    night = datetime(2026, 3, 10, 3, tzinfo=UTC)
    phone.hear(heard("a", sent_at=night), heard("b", sent_at=night + timedelta(hours=4)))
    days = bruno.get(f"/chats/{phone.chat.id}").texts(".day")
    assert days == ["Monday, March 9", "Tuesday, March 10"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_texts_are_only_text(phone, heard, ana, text):
    phone.hear(heard(text, push_name=text, quoted_wa_id="Q" + text, wa_id="A"))
    phone.hear(Reaction("A", person(1), person(1), text[:16], NOW))
    for url in (
        "/chats",
        f"/chats/{phone.chat.id}",
        f"/contacts/{phone.contacts[0].id}",
        f"/chats/of-contact/{phone.contacts[0].id}",
    ):
        page = ana.get(url)
        assert page.status == 200
        assert (
            page.select("main script, main img, main style, main hx-partial[hx-target=body], main h1 + h1")
            == []
        )
        assert "\u202e" not in page.text
        assert "49" not in page.texts(".chat-row b")


def test_page_answer_and_push_are_the_same_bytes(phone, heard, bruno, app, monkeypatch):
    phone.hear(
        heard("Hola", sent_at=NOW - timedelta(days=400)), heard("ayer", sent_at=NOW - timedelta(seconds=2))
    )
    pushed = []
    monkeypatch.setattr(broadcasts, "push", lambda account, topic, html: pushed.append((topic, html)))
    answer = bruno.htmx_post(f"/chats/{phone.chat.id}/messages", {"body": "*ya*", "client_id": "click-0001"})
    page = bruno.get(f"/chats/{phone.chat.id}")
    bubble = str(page.select(".msg.out")[0])
    ((topic, html),) = pushed
    assert topic == f"chat:{phone.chat.id}"
    assert str(answer.select(".msg.out")[0]) == bubble
    assert "csrf" not in html
    assert str(BeautifulSoup(html, "html5lib").select_one(".msg.out")) == bubble


def test_what_another_account_has_is_not_there(phone, heard, carla):
    phone.hear(heard())
    contact = phone.contacts[0].id
    for url in (
        f"/chats/{phone.chat.id}",
        f"/chats/{phone.chat.id}/messages",
        f"/contacts/{contact}",
        f"/chats/of-contact/{contact}",
    ):
        assert carla.get(url).status == 404
    assert carla.get("/chats/unread").text == ""


def test_a_renamed_contact_is_found_by_its_new_name(phone, heard, bruno, vera):
    phone.hear(heard())
    contact = phone.contacts[0].id
    assert vera.post(f"/contacts/{contact}/name", {"name": "x"}).status == 403
    assert bruno.post(f"/contacts/{contact}/name", {"name": "x" * 201}).status == 422
    assert bruno.post(f"/contacts/{contact}/name", {"name": "Doña Rosa"}).status == 303
    phone.hear(heard(push_name="Rosita ✨"))
    assert bruno.get("/chats?q=dona").texts(".chat-row b") == ["Doña Rosa"]
    bruno.post(f"/contacts/{contact}/name", {"name": ""})
    assert bruno.get("/chats").texts(".chat-row b") == ["Rosita ✨"]


def test_a_stranger_hears_nothing(phone, heard, carla, vera, app):
    phone.hear(heard())
    topic = f"chat:{phone.chat.id}"
    heard_by = {}
    for who in (carla, vera):
        with tenant(who.account_id):
            heard_by[who.name] = allowed(topic, who.member)
        release()
    assert heard_by == {"Carla": False, "Vera": True}


def test_who_waits_longest_comes_first_and_it_says_how_long(many, bruno):
    page = bruno.get("/chats?waiting=1")
    assert page.texts(".chat-row b")[:2] == ["Ñata 59", "Ñata 58"]
    assert re.fullmatch(r"waits (59 min|1 h.*)", page.texts(".chat-row time")[0])
    more = bruno.htmx_get(page.one(".pager a")["href"])
    assert more.texts(".chat-row b")[-1] == "Ñata 00"
    assert len(more.select(".chat-row")) == 10
