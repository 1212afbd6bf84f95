"""What people type where money or numbers are wanted is read by the grammar the pages print; what can be two is asked."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarin_web.web.errors import describe
from clarin_web.web.formats import money
from clarin_web.web.forms import Form
from clarin_web.web.i18n import Reader, reading_as
from clarin_web.web.numbers import for_input, read_money, read_number

CURRENCY = {
    "PE": "PEN",
    "CO": "COP",
    "BR": "BRL",
    "MX": "MXN",
    "CL": "CLP",
    "PT": "EUR",
    "US": "USD",
    "ES": "EUR",
}
AMOUNTS = st.decimals(0, 10**12, places=2, allow_nan=False, allow_infinity=False)


def reader(country, locale="es"):
    return reading_as(Reader(locale=locale, country=country, currency=CURRENCY.get(country, "USD")))


@pytest.mark.parametrize("locale", ["es", "en", "pt"])
@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("1,500", "PE", "1500.00"),
        ("1.500", "CO", "1500.00"),
        ("1,5", "CO", "1.50"),
        ("1500.5", "PE", "1500.50"),
        ("1,500.00", "PE", "1500.00"),
        ("1.500,00", "BR", "1500.00"),
        ("1.500,00", "PE", "1500.00"),
        ("1,500.00", "BR", "1500.00"),
        ("1,5", "PE", "1.50"),
        ("1 500", "PE", "1500.00"),
        ("1\u00a0500,50", "CO", "1500.50"),
        ("1\u202f500", "PT", "1500.00"),
        ("1'500", "MX", "1500.00"),
        ("1'500,000", "PE", "1500000.00"),
        ("1'500.000", "CO", "1500000.00"),
        ("1'500,000.00", "MX", "1500000.00"),
        ("1’500.000,50", "BR", "1500000.50"),
        ("12'345'678", "PE", "12345678.00"),
        ("0,500", "PE", "0.50"),
        ("S/ 1,500", "PE", "1500.00"),
        ("S/.1,500.50", "PE", "1500.50"),
        ("$1.500", "CO", "1500.00"),
        ("1500 PEN", "PE", "1500.00"),
        ("R$ 1.234.567,89", "BR", "1234567.89"),
        ("1,234,567", "CO", "1234567.00"),
        ("999,999", "PE", "999999.00"),
        ("1500.500", "PE", "1500.50"),
        ("0.500", "PE", "0.50"),
        (".5", "PE", "0.50"),
        ("1500.", "PE", "1500.00"),
        ("0", "PE", "0.00"),
        ("-0", "PE", "0.00"),
        ("１，５００．５", "PE", "1500.50"),
        ("١٥٠٠", "PE", "1500.00"),
        ("١٬٥٠٠٫٥", "PE", "1500.50"),
        ("१५", "CO", "15.00"),
        ("9,999,999,999,999.99", "PE", "9999999999999.99"),
    ],
)
def test_money_is_read_as_the_accounts_country_writes_it(typed, country, expected, locale):
    with reader(country, locale):
        assert Form({"value": typed}).amount("value") == Decimal(expected)


@pytest.mark.parametrize(
    ("typed", "country", "one", "other"),
    [
        ("1.500", "PE", "1,500", "1.50"),
        ("1,500", "CO", "1.500", "1,50"),
        ("999.999", "PE", "999,999", "1,000"),
        ("1,500.000", "PE", "1,500,000", "1,500"),
        ("1.500,000", "BR", "1.500.000", "1.500"),
        ("1500,000", "PE", "1,500,000", "1,500"),
        ("1 500,000", "PE", "1,500,000", "1,500"),
        ("1500.000", "BR", "1.500.000", "1.500"),
        ("1,5000", "PE", "15,000", "1.50"),
    ],
)
def test_what_can_be_two_amounts_is_asked_with_both(typed, country, one, other):
    with reader(country, "en"):
        form = Form({"value": typed})
        assert form.amount("value") is None
        assert describe(form.errors["value"]) == f"That can be {one} or {other}. Write the one you mean."


@pytest.mark.parametrize(
    "typed",
    ["1,50,000", "1.2.3", "1,2.3,4", "1..5", ",", "-", "--5", "1e5", "²", "1½", "1500 soles", "5-", "1,,5", "NaN", "1 50", "9" * 400],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed):
    with reader("PE"):
        form = Form({"value": typed})
        assert form.amount("value") is None
        assert form.errors == {"value": "not_a_number"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-5", "This cannot be less than zero."),
        ("−５", "This cannot be less than zero."),
        ("-S/ 5.50", "This cannot be less than zero."),
        ("S/ -5", "This cannot be less than zero."),
        ("10,000,000,000,000", "This is too much: at most 9,999,999,999,999.99."),
        ("9" * 40, "This is too much: at most 9,999,999,999,999.99."),
        ("1,500,000,000,000,000,000,000,000,000,000.000", "This is too much: at most 9,999,999,999,999.99."),
    ],
)
def test_an_amount_out_of_bounds_is_told_the_bound(typed, said):
    with reader("PE", "en"):
        form = Form({"value": typed})
        assert form.amount("value") is None
        assert describe(form.errors["value"]) == said


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("90", 90),
        ("９０", 90),
        ("3,600", 3600),
        ("3.600", 3600),
        ("3601", "too_high|3,600"),
        ("9" * 40, "too_high|3,600"),
        ("-1", "below_zero"),
        ("1.5", "not_whole"),
        ("many", "not_a_number"),
        ("", None),
    ],
)
def test_a_count_is_read_or_told_its_bounds(typed, found):
    with reader("PE", "en"):
        form = Form({"value": typed})
        assert [form.count("value", high=3600), *form.errors.values()] == [None, found] if isinstance(found, str) else [found]  # fmt: skip


def test_any_number_has_bounds_that_are_told():
    with reader("BR", "en"):
        form = Form({"low": "-" + "9" * 20, "high": "9" * 20, "count": "0"})
        assert [form.number("low"), form.number("high"), form.count("count", low=1, high=9)] == [None] * 3
        assert [describe(reason) for reason in form.errors.values()] == [
            "This is too little: at least -999.999.999.999.999.",
            "This is too much: at most 999.999.999.999.999.",
            "This is too little: at least 1.",
        ]


def test_dates_are_read_in_any_digits_and_told_when_too_far():
    form = Form({"day": "٢٠٢٦-１２-01", "hour": "０９:３０", "far": "9999-12-31", "odd": "2026-02-30"})
    assert (str(form.day("day")), str(form.clock("hour"))) == ("2026-12-01", "09:30:00")
    assert (form.day("far"), form.day("odd")) == (None, None)
    assert form.errors == {"far": "too_far", "odd": "not_a_date"}


def test_nothing_is_rounded_away():
    with reader("PE"):
        form = Form({"value": "12.3456"})
        assert (form.amount("value"), form.errors) == (None, {"value": "too_many_decimals"})
        assert Form({"value": "12.3456"}).number("value") == Decimal("12.3456")
        assert Form({"value": "-1.5"}).number("value") == Decimal("-1.5")


@given(amount=AMOUNTS, country=st.sampled_from(sorted(CURRENCY)), locale=st.sampled_from(["es", "en", "pt"]))
def test_whatever_a_page_prints_can_be_typed_back(amount, country, locale):
    with reader(country, locale):
        assert read_money(money(amount)) == amount
        assert read_money(for_input(amount)) == amount


@given(
    value=st.decimals(-(10**9), 10**9, places=5, allow_nan=False, allow_infinity=False),
    country=st.sampled_from(sorted(CURRENCY)),
)
def test_what_a_form_shows_is_read_back_as_the_same(value, country):
    with reader(country):
        assert read_number(for_input(value)) == value
