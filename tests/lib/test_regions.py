"""Codes of countries, currencies and time zones: read in any spelling, and what is none is answered with what is meant."""

from __future__ import annotations

import pytest

from clarin_web.lib.regions import is_known, meant, read_code


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("country", "PE", "PE"),
        ("country", " pe ", "PE"),
        ("country", "Peru", ""),
        ("country", "ZZ", ""),
        ("currency", "pen", "PEN"),
        ("currency", "soles", ""),
        ("time_zone", "America/Lima", "America/Lima"),
        ("time_zone", "america/sao_paulo", "America/Sao_Paulo"),
        ("time_zone", "UTC", "UTC"),
        ("time_zone", "Lima", ""),
        ("time_zone", "America", ""),
        ("time_zone", "../../etc/passwd", ""),
        ("time_zone", "A" * 300, ""),
        ("time_zone", "", ""),
    ],
)
def test_a_code_is_read(name: str, said: str, code: str) -> None:
    assert read_code(name, said) == code
    assert is_known(name, said) == (said == code and said != "")


@pytest.mark.parametrize(
    ("name", "said", "first"),
    [
        ("country", "Peru", "PE"),
        ("country", "Perú", "PE"),
        ("country", "Brasil", "BR"),
        ("currency", "soles", "PEN"),
        ("currency", "reais", "BRL"),
        ("currency", "dólares", "USD"),
        ("currency", "PEM", "PEN"),
        ("time_zone", "Lima", "America/Lima"),
        ("time_zone", "Sao Paulo", "America/Sao_Paulo"),
    ],
)
def test_what_is_meant(name: str, said: str, first: str) -> None:
    assert meant(name, said)[0] == first


@pytest.mark.parametrize("said", ["", "?", "a" * 500])
def test_nothing_is_meant(said: str) -> None:
    assert [meant(name, said) for name in ("country", "currency", "time_zone")] == [[], [], []]
