"""What is typed or pasted into a search finds the phone it means, and every word of a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarin_web.lib.search_terms import phones_in, read_terms
from clarin_web.lib.text import search_key

FOUND = [
    ("PE", "+51987654321", "0051987654321"),
    ("PE", "+593987654321", "0987654321"),
    ("PE", "+51987654321", "987 654 321"),
    ("PE", "+51987654321", "987.654.321"),
    ("PE", "+51987654321", "(+51) 987-654-321"),
    ("PE", "+51987654321", "+51 (0) 987 654 321"),
    ("PE", "+51987654321", "\u202a+51\u00a0987‑654‑321\u202c"),
    ("PE", "+51987654321", "９８７ ６５４ ３２１"),
    ("PE", "+51987654321", "https://wa.me/51987654321?text=Hola%20que%20tal"),
    ("PE", "+51987654321", "wa.me/+51 987 654 321"),
    ("PE", "+51987654321", "https://wa.me/c/51987654321"),
    ("PE", "+51987654321", "https://api.whatsapp.com/send?text=Hola&phone=%2B51987654321"),
    ("PE", "+51987654321", "whatsapp://send?phone=51987654321"),
    ("PE", "+51987654321", "tel:+51987654321"),
    ("PE", "+51987654321", "51987654321:12@s.whatsapp.net"),
    ("PE", "+51987654321", "Tel. 987 654 321"),
    ("PE", "+51987654321", "Cel987654321"),
    ("PE", "+51987654321", "011 51 987654321"),
    ("PE", "+51987654321", "0 987 65"),
    ("PE", "+51987654321", "987654321,"),
    ("PE", "+51987654321", "*987654321*"),
    ("PE", "+51987654321", "_987654321_"),
    ("PE", "+51987654321", '"987654321"'),
    ("PE", "+51987654321", "#987654321"),
    ("PE", "+51987654321", "987,654,321"),
    ("PE", "+51987654321", "N° 987654321"),
    ("PE", "+51987654321", "número: 987654321"),
    ("BR", "+5511987654321", "0xx11 98765-4321"),
    ("BR", "+5511987654321", "0(xx)11 98765-4321"),
    ("PE", "+5114445555", "(01) 444-5555 anexo 12"),
    ("BR", "+5511987654321", "11 8765-4321"),
    ("BR", "+5511987654321", "(11) 98765-4321"),
    ("BR", "+5511987654321", "1187654"),
    ("BR", "+5511987654321", "0 15 11 98765-4321"),
    ("PE", "+5511987654321", "551187654321"),
    ("PE", "+5511987654321", "11 8765 4321"),
    ("MX", "+525512345678", "1 55 1234 5678"),
    ("MX", "+525512345678", "044 55 1234 5678"),
    ("MX", "+525512345678", "01 55 1234 5678"),
    ("MX", "+525512345678", "+52 1 55 1234 5678"),
    ("PE", "+525512345678", "5215512345678"),
    ("PE", "+525512345678", "52155123"),
    ("AR", "+5491112345678", "011 15 1234-5678"),
    ("AR", "+5491112345678", "11 1234-5678"),
    ("AR", "+5491112345678", "9 11 1234"),
    ("PE", "+5491112345678", "54 11 1234 5678"),
    ("CL", "+56987654321", "09 8765 4321"),
    ("CO", "+573001234567", "03 300 123 4567"),
]


def finds(query: str, country: str, row: str) -> bool:
    return all(any(form in row for form in term) for term in read_terms(query, country))


@pytest.mark.parametrize(("country", "stored", "typed"), FOUND)
def test_a_phone_is_found_however_it_is_written(country, stored, typed):
    assert finds(typed, country, search_key("Rosa", stored))
    assert finds(f"Rosa {typed}", country, search_key("Rosa", stored))
    assert not finds(typed, country, search_key("Rosa", "+51911222333"))


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Rosa Quispe", "Quispe, Rosa"),
        ("Rosa Quispe", "“Rosa” ¿Quispe?"),
        ("Rosa Quispe", ": Rosa *Quispe*;"),
        ("Bernardo O’Higgins", "o'higgins"),
        ("Bernardo O'Higgins", "O’Higgins,"),
        ("rosa_quispe@mail.pe", "rosa_quispe@mail.pe"),
        ("Pedido #123", "#123"),
    ],
)
def test_what_stands_around_words_says_nothing(stored, typed):
    assert finds(typed, "PE", search_key(stored))


def test_a_number_in_a_title_is_found_as_it_stands_there():
    for title in ("Minimarket 24 7", "Pedido 2024-15", "Lote 12/3", "Factura 0012"):
        assert finds(title, "PE", search_key(title))
        assert finds(title.split(" ", 1)[1], "PE", search_key(title))


def test_several_phones_pasted_at_once_must_all_be_there():
    assert finds("987654321 / 912345678", "PE", "rosa +51987654321 +51912345678")
    assert not finds("987654321 / 912345678", "PE", "rosa +51987654321")


def test_strokes_between_words_say_nothing():
    assert read_terms("Ana - Ruíz  ana", "PE") == [("ana",), ("ruiz",)]
    assert read_terms("  ", "PE") == []
    assert read_terms("%", "PE") == [("%",)]
    assert read_terms("#", "PE") == [("#",)]


def test_whole_phones_are_read_in_every_form_whatsapp_uses():
    assert phones_in("Ana (11) 8765-4321", "BR") == ["+5511987654321", "+551187654321"]
    assert phones_in("98765", "PE") == []


@given(st.text(min_size=1, max_size=40))
def test_every_text_finds_itself(text):
    if any(char.isalpha() for char in text) and search_key(text):
        assert finds(text, "PE", search_key(text, "+51987654321"))
