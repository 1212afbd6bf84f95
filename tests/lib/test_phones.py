"""Domain rule 4: one phone function, and what it must resolve or refuse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarin_web.lib.phones import NotAPhone, parse_phone, parse_phones

PERU = "+51987654321"


@pytest.mark.parametrize(
    "raw",
    [
        "987654321",
        "'+51 987-654-321",
        "+51987654321",
        "0051 987 654 321",
        "51987654321",
        "987.654.321",
        "(51) 987/654/321",
        "+51\u00a0987\u00a0654\u00a0321",
        "\u202a+51 987 654 321\u202c",
        "987\u2011654\u2011321",
        "tel: 987654321",
        "987654321 anexo 12",
        "＋51 987654321",
        "(+51) 987654321",
        "00(51)987654321",
    ],
)
def test_one_peruvian_mobile_however_written(raw):
    assert parse_phone(raw, "PE").e164 == PERU
    assert parse_phone(raw, "PE").raw == raw


@pytest.mark.parametrize(
    ("country", "spellings", "e164"),
    [
        (
            "BR",
            ["(11) 98765-4321", "(11) 8765-4321", "+55 11 8765-4321", "5511987654321", "551187654321"],
            "+5511987654321",
        ),
        (
            "AR",
            ["+54 9 11 2345-6789", "+54 11 2345-6789", "011 15 2345-6789", "11 2345 6789", "5491123456789"],
            "+5491123456789",
        ),
        ("MX", ["+52 1 55 1234 5678", "+52 55 1234 5678", "55 1234 5678", "5215512345678"], "+525512345678"),
    ],
)
def test_each_mobile_has_one_value_in_every_style_of_its_country(country, spellings, e164):
    assert {parse_phone(text, country).e164 for text in spellings} == {e164}


def test_a_brazilian_fixed_line_gains_no_digit():
    assert parse_phone("(11) 3456-7890", "BR").e164 == "+551134567890"


def test_a_bare_international_number_of_another_country_is_read():
    assert parse_phone("5511987654321", "PE").e164 == "+5511987654321"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("no tiene", "letters"),
        ("123213", "too_short"),
        ("+79123", "too_short"),
        ("1-800-FLOWERS", "letters"),
        ("999999999999999999999", "too_long"),
        ("+51 987654321 +51 912345678", "several"),
        ("+999 123456789", "unknown_country"),
        ("---", "letters"),
        ("123456789", "not_in_plan"),
    ],
)
def test_what_is_no_phone_is_refused_with_a_reason(raw, reason):
    with pytest.raises(NotAPhone) as refusal:
        parse_phone(raw, "PE")
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "cell",
    [
        "987654321 / 912345678",
        "987654321;912345678",
        "987654321\n912345678",
        "987654321 y 912345678",
        "987654321 912345678",
        "+51 987 654 321, +51 912 345 678",
        "987654321|912345678|987-654-321",
    ],
)
def test_several_phones_in_one_cell(cell):
    phones, refused = parse_phones(cell, "PE")
    assert [phone.e164 for phone in phones] == [PERU, "+51912345678"]
    assert refused == []


def test_the_good_phone_of_a_cell_survives_its_bad_neighbour():
    phones, refused = parse_phones("987654321, preguntar a Rosa", "PE")
    assert [phone.e164 for phone in phones] == [PERU]
    assert [(item.raw, item.reason) for item in refused] == [("preguntar a Rosa", "letters")]


def test_a_slash_inside_one_phone_does_not_cut_it():
    phones, _ = parse_phones("01/444-5566", "PE")
    assert [phone.e164 for phone in phones] == ["+5114445566"]


@given(st.text(max_size=80), st.sampled_from(["PE", "BR", "AR", "MX", "CO", "US"]))
def test_any_text_gives_phones_or_reasons_and_never_crashes(text, country):
    phones, refused = parse_phones(text, country)
    assert all(phone.e164.startswith("+") and phone.e164[1:].isdigit() for phone in phones)
    assert all(item.reason for item in refused)


@given(
    st.integers(900_000_000, 999_999_999),
    st.sampled_from(["{}", "+51 {}", "0051{}", "'{}", "51{}", "\u00a0{}."]),
)
def test_reading_a_result_again_changes_nothing(number, style):
    try:
        phone = parse_phone(style.format(number), "PE")
    except NotAPhone:
        return
    assert phone.e164 == f"+51{number}"
    assert parse_phone(phone.e164, "BR").e164 == phone.e164
