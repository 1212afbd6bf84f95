"""What stands in for somebody's face."""

from __future__ import annotations

import pytest

from clarin_web.web.formats import initials


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Rosa Quispe", "RQ"),
        ("Ana María Torres", "AT"),
        ("Vecinos (simulado)", "VS"),
        ("🌸 rosa", "R"),
        ("Élodie", "É"),
        ("🙏", "?"),
        ("", "?"),
    ],
)
def test_initials_are_letters(name: str, shown: str) -> None:
    assert initials(name) == shown
