"""Events as neonize serialised them (tests/chats/cases), from raw row to page: what a seller reads."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from clarin_web.chats.queries import thread
from clarin_web.db import release, tenant

CASES = Path(__file__).parent / "cases"


def raw(name: str) -> bytes:
    (found,) = CASES.glob(f"{name}_*.b64")
    return base64.b64decode(found.read_text())


@pytest.fixture
def seen(phone, ana):
    """The chat after these cases were heard, as Ana sees it."""

    def hear(*names: str):
        for name in names:
            phone.store(raw=raw(name), kind=f"neonize.{'history' if name == '20' else 'message'}")
        phone.work()
        return ana.get(f"/chats/{phone.chat.id}")

    return hear


@pytest.mark.parametrize("order", [("01a", "01b"), ("01b", "01a")])
def test_an_edit_only_the_phone_can_read_is_said_on_its_message(seen, phone, order):
    shown = seen(*order)
    phone.work()
    shown = seen()
    assert [message.body for message in phone.messages] == ["El total es 100"]
    assert "Edited since: what it says now is on the phone." in shown.texts(".msg")[0]


def test_a_companys_message_shows_title_words_footer_link_and_code(seen):
    bubble = seen("02").one(".msg")
    words = bubble.get_text(" ", strip=True)
    for said in (
        "Recibo listo",
        "Su recibo de mayo está listo.",
        "Mensaje automático",
        "Ver recibo",
        "Copiar código",
    ):
        assert said in words
    assert bubble.select_one("a.go")["href"] == "https://recibos.example/r/77"
    assert bubble.select_one("code").get_text() == "XK-204"
    assert bubble.select_one("[data-copy]")["data-copy"] == f"#{bubble.select_one('code')['id']}"


def test_a_template_of_four_rows_is_read_whole(seen):
    bubble = seen("04").one(".msg")
    words = bubble.get_text(" ", strip=True)
    assert "Su cita es el 9 a las 10:00. Consultorio" in words
    assert (bubble.select_one("a.go")["href"], "Cambiar" in words) == ("https://citas.example/9", True)
    assert "without words" not in words


def test_what_was_said_in_one_second_stands_in_the_phones_order(seen, phone):
    shown = seen("20")
    assert shown.texts(".msg .text") == ["uno", "dos", "tres", "cuatro"]
    assert shown.texts(".chat-row p") == ["cuatro"]
    with tenant(phone.account_id):
        newest = thread.latest(phone.account_id, phone.chat.id).messages
        middle = thread.around(phone.account_id, phone.chat.id, newest[2].id).messages
    release()
    assert [message.body for message in newest] == [message.body for message in middle]
