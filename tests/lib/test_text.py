"""Search keys, search terms, cleaning, names and sealed secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarin_web.lib.names import display_name, with_name
from clarin_web.lib.secrets import CannotOpen, open_sealed, seal
from clarin_web.lib.text import clean_text, like_pattern, name_key, search_key

KEY = "k" * 32


def test_a_search_key_ignores_accents_case_and_spacing():
    assert search_key("José  ÑANDÚ", None, "a@B.pe") == "jose nandu a@b.pe"
    assert name_key(" LIMA ") == name_key("lima") == name_key("Límá")


@given(st.text(max_size=60))
def test_a_search_key_of_a_search_key_is_itself(text):
    assert search_key(search_key(text)) == search_key(text)


def test_wildcards_typed_by_people_mean_themselves():
    assert like_pattern(r"50%_\x") == r"%50\%\_\\x%"


def test_cleaning_drops_what_the_database_or_the_eye_cannot_bear():
    assert clean_text("a\x00b\u202ec\ud800\r\nd\te") == "abc\nd\te"
    assert clean_text("  a \n b ", one_line=True) == "a b"
    assert clean_text("abcdef", 3) == "abc"
    assert clean_text("👩‍👧 ok") == "👩‍👧 ok"


def test_names_have_one_precedence():
    names = with_name(with_name({}, "push", "Lucho"), "kommo", "Luis Paz")
    assert display_name(names) == "Luis Paz"
    assert display_name(with_name(names, "typed", "Don Luis")) == "Don Luis"
    assert display_name(with_name(names, "kommo", "")) == "Lucho"
    assert display_name({}, "+51987654321") == "+51 987 654 321"


def test_a_mirrored_name_without_letters_yields():
    assert display_name({"kommo": "1", "push": "Rosa"}) == "Rosa"
    assert display_name({"kommo": "1"}) == "1"


@pytest.mark.parametrize(
    "name", ["~", ".", "🌸", "-_-", "\u3164~", "123", "WhatsApp", "whatsapp business", "What\u200bsApp"]
)
@pytest.mark.parametrize("source", ["push", "phone_book"])
def test_a_name_that_names_nobody_stands_beside_the_phone(source, name):
    assert display_name({source: name}, "+51900000014") == f"+51 900 000 014 · {name}"
    assert display_name({source: name, "typed": "."}, "+51900000014") == ".", "what staff typed is meant"
    assert display_name({source: name}) == name, "there is no phone to show"


@pytest.mark.parametrize("name", ["+51 900-000-014", "51900000014", "900 000 014", "", "  "])
def test_a_name_that_is_the_phone_is_the_phone(name):
    assert display_name({"push": name}, "+51900000014") == "+51 900 000 014"


def test_what_kommo_says_without_a_letter_or_digit_yields_too():
    assert display_name({"kommo": "---", "push": "~"}, "+51900000014") == "+51 900 000 014 · ---"
    assert display_name({"kommo": "24", "push": "~"}, "+51900000014") == "24"


def test_an_unknown_source_of_names_is_an_error():
    with pytest.raises(ValueError, match="import"):
        with_name({}, "import", "x")


def test_a_sealed_text_opens_only_in_its_place_with_its_key():
    blob = seal("tóken", "kommo:1:2", KEY)
    assert open_sealed(blob, "kommo:1:2", KEY) == "tóken"
    for where, key in (("kommo:1:3", KEY), ("kommo:1:2", "x" * 32)):
        with pytest.raises(CannotOpen):
            open_sealed(blob, where, key)
    with pytest.raises(CannotOpen):
        open_sealed(b"\x01short", "kommo:1:2", KEY)
