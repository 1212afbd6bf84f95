"""Cells as people fill them: several addresses, names beside them, and what is no address."""

import pytest

from clarin_web.lib.emails import parse_emails

A, B = "ana@x.com", "beto@y.com"


@pytest.mark.parametrize("cell", [
    "ana@x.com;beto@y.com", "ana@x.com; beto@y.com", "ana@x.com, beto@y.com", "ana@x.com,beto@y.com",
    "ana@x.com beto@y.com", "ana@x.com / beto@y.com", "ana@x.com/beto@y.com", "ana@x.com | beto@y.com",
    "ana@x.com\nbeto@y.com", "ana@x.com y beto@y.com", "ana@x.com - beto@y.com", "ANA@X.COM; Beto@Y.com.",
    "Ana <ana@x.com>, Beto <beto@y.com>", "mailto:ana@x.com;mailto:beto@y.com", "ana@x.com (casa) beto@y.com (oficina)",
    "Correo: ana@x.com, otro:beto@y.com", "'ana@x.com';\"beto@y.com\"", "ana@x.com; ana@x.com; beto@y.com",
])  # fmt: skip
def test_two_addresses_in_one_cell_are_two(cell):
    assert parse_emails(cell) == ([A, B], [])


@pytest.mark.parametrize(("cell", "email"), [
    ("Rosa <rosa@x.com>", "rosa@x.com"), ("rosa@x.com (esposo)", "rosa@x.com"), (" Rosa@X.Com ", "rosa@x.com"),
    ("o'brien+crm@mail.x.co.uk", "o'brien+crm@mail.x.co.uk"), ("<rosa@x.com>", "rosa@x.com"),
    ("josé@peñas.pe", "josé@peñas.pe"), ("a/b@x.com", "a/b@x.com"), ("Correo: rosa@x.com", "rosa@x.com"),
])  # fmt: skip
def test_one_address_with_what_stands_beside_it(cell, email):
    assert parse_emails(cell) == ([email], [])


@pytest.mark.parametrize(
    "cell", ["no tiene", "ana@", "@x.com", "ana@x", "ana@x.combeto@y.com", "a@" + "b." * 140 + "c"]
)
def test_what_is_no_address_is_refused_whole(cell):
    assert parse_emails(cell)[0] == []
    assert parse_emails(cell)[1]


def test_what_is_refused_hides_no_neighbour():
    assert parse_emails("ana@x.com; beto@y") == ([A], ["beto@y"])
