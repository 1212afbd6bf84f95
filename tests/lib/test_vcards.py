"""Contact cards of old and new phones: every person, every number, and nothing a stranger writes takes long."""

from __future__ import annotations

from pathlib import Path

import pytest

from clarin_web.lib.vcards import MOST_LENGTH, Card, read_cards, without_pictures

CASES = Path(__file__).parent / "cases"
ANA = Card("Ana Ruiz", "", ["+51900000031"])


def card(*lines: str, version: str = "3.0") -> str:
    return "\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "TEL;CELL:+51900000031", "END:VCARD"])


def test_soft_line_breaks_of_androids_old_cards_do_not_cut_names():
    found = read_cards((CASES / "android_2.1_soft_breaks.vcf").read_text())
    name, company = "María de los Ángeles Peñaranda Núñez", "Distribuidora Ñandú del Perú Asociados"
    assert found == [Card(name, company, ["+51900000031"])]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["FN:Ana Ruiz"], "Ana Ruiz"),
        (["FN:Ana", " Ruiz"], "AnaRuiz"),
        (["fn:Ana Ruiz"], "Ana Ruiz"),
        (["item1.FN:Ana Ruiz"], "Ana Ruiz"),
        (["N:Ruiz;Ana;María;Dra.;"], "Dra. Ana María Ruiz"),
        (["N:;Ana;;;"], "Ana"),
        (["N:Ruiz", "FN:"], "Ruiz"),
        (["FN:", "ORG:Ruiz\\; Hijos;Ventas"], "Ruiz; Hijos"),
        (["NICKNAME:Anita"], "Anita"),
        (["FN:Ruiz\\, Ana\\nVentas"], "Ruiz, Ana Ventas"),
        (["FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Jos=E9 =D1ato"], "José Ñato"),
        (["FN;ENCODING=QUOTED-PRINTABLE:Jos=E9"], "José"),
        (["FN;CHARSET=klingon;QUOTED-PRINTABLE:Jos=C3=A9"], "José"),
        (["FN;CHARSET=rot13;QUOTED-PRINTABLE:Jos=E9"], "José"),
        (["FN;ENCODING=b;CHARSET=UTF-8:Sm9zw6k="], "José"),
        (['FN;X-NOTE="a:b;c":Ana Ruiz'], "Ana Ruiz"),
        (["PHOTO;ENCODING=BASE64;JPEG:AAAA", " AAAA=", "", "FN:Ana Ruiz"], "Ana Ruiz"),
        (["no colon at all", "FN:Ana Ruiz"], "Ana Ruiz"),
        (["FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Mar=C3=ADa =  ", "Luz"], "María Luz"),
        (["FN:\u200b\u2800", "N:Ruiz;Ana"], "Ana Ruiz"),
        (["N:;;;;", "X-WA-BIZ-NAME:Taller Paz"], "Taller Paz"),
    ],
)
def test_a_name_is_read_however_the_phone_wrote_it(lines, name):
    assert [found.name for found in read_cards(card(*lines))] == [name]


@pytest.mark.parametrize(
    ("line", "phone"),
    [
        ("TEL;type=CELL;waid=51987654321:+51 987 654 321", "+51 987 654 321"),
        ("TEL;type=CELL;waid=51987654321:987 654 321", "+51987654321"),
        ("TEL;VALUE=uri;TYPE=cell:tel:+51-900-000-031;ext=1", "+51-900-000-031"),
        ("item1.TEL;TYPE=CELL:+51900000099", "+51900000099"),
        ("TEL;ENCODING=QUOTED-PRINTABLE:=2B51900000099", "+51900000099"),
    ],
)
def test_a_number_is_the_one_that_can_be_written_to(line, phone):
    assert read_cards(f"BEGIN:VCARD\n{line}\nEND:VCARD") == [Card("", "", [phone])]


def test_a_cards_end_may_be_missing_and_line_ends_are_anybodys():
    both = card("FN:Ana Ruiz").replace("END:VCARD", "") + "\n" + card("FN:Beto", version="2.1")
    for end in ("\n", "\r\n", "\r"):
        assert [found.name for found in read_cards(both.replace("\n", end))] == ["Ana Ruiz", "Beto"]


def test_a_card_inside_a_card_is_another_person():
    inner = card("N:Sara;", "EMAIL:sara@x.example", version="2.1")
    outer = card("FN:Juan", "AGENT:", *inner.split("\n"), "EMAIL:juan@x.example", version="2.1")
    juan, sara = read_cards(outer)
    assert (juan.name, juan.emails) == ("Juan", ["juan@x.example"])
    assert (sara.name, sara.emails) == ("Sara", ["sara@x.example"])


def test_pictures_push_nobody_out_of_what_is_kept():
    picture = "PHOTO;ENCODING=b;TYPE=JPEG:" + "\n ".join(["A" * 75] * 800)
    text = "\n".join(card(f"FN:Person {number}", picture) for number in range(5))
    assert len(text) > MOST_LENGTH
    kept = without_pictures(text)
    assert [found.name for found in read_cards(kept)] == [f"Person {number}" for number in range(5)]
    assert len(kept) < 1_000


@pytest.mark.parametrize(
    "text",
    ["BEGIN:VCARD\n" * 8_000, card("TEL;" * 25_000 + ":1"), card("FN:" + "a;" * 45_000), card("N:" + "\\;" * 45_000),
     card('FN;"' * 20_000), card("FN;QUOTED-PRINTABLE:" + "=\n" * 40_000), "=\n" * 50_000],
)  # fmt: skip
def test_what_a_stranger_writes_to_hold_us_up_is_read_like_the_rest(text):
    """Each took a regular expression of a card library minutes, or could; reading must only end."""
    assert len(read_cards(text)) <= 1


def test_a_card_that_says_nothing_is_nobody():
    assert read_cards("BEGIN:VCARD\nVERSION:3.0\nEND:VCARD") == []
    assert read_cards("hola") == []
