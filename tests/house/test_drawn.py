"""Partials that are drawn once may only use what they are given: what else they show would be shown to others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
DRAWERS = [*TEMPLATES.rglob("*.html"), *(ROOT / "clarin_web").rglob("*.py")]
DRAWN = sorted(
    {
        name
        for source in DRAWERS
        for name in re.findall(r'drawn(?:_each)?\(\s*"([^"]+)"', source.read_text(encoding="utf-8"))
    }
)
PERSONAL = {
    r"\bcsrf_": "a token of one person's session",
    r"\bme\b": "the signed-in person",
    r"\b(request|session|g|config)\.": "the request",
    r"get_flashed_messages": "one person's messages",
    r"\|\s*ago\b": "the time of day: give it as a local (since=…|ago), so that it is part of the key",
    r"\bnow\b": "the time of day",
}


def test_there_are_such_partials() -> None:
    assert "leads/list/_row.html" in DRAWN


@pytest.mark.parametrize("name", DRAWN)
def test_a_partial_drawn_once_uses_only_what_it_is_given(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"{[{%].*?[%}]}", re.sub(r"{#.*?#}", "", text, flags=re.S), flags=re.S))
    words = re.sub(r'"[^"]*"|\'[^\']*\'', '""', code)
    found = {why for pattern, why in PERSONAL.items() if re.search(pattern, words)}
    assert not found, f"{name} is kept and shown to others, but uses {', '.join(sorted(found))}"
    assert "{% include" not in text, f"{name} includes another partial, which gets more than it is given"


@pytest.mark.parametrize("name", DRAWN)
def test_a_partial_drawn_once_names_its_locals(name: str) -> None:
    """`drawn()` gives exactly these; a local that is not named here would be missing there."""
    first = (TEMPLATES / name).read_text(encoding="utf-8").splitlines()[0]
    locals_ = set(re.findall(r"\w+", first.partition(":")[2]))
    for page in TEMPLATES.rglob("*.html"):
        for given in re.findall(
            rf'drawn\("{re.escape(name)}", (.*?)\) }}}}', page.read_text(encoding="utf-8")
        ):
            assert set(re.findall(r"(?:^|, )(\w+)=", given)) == locals_, f"{page.name} and {name} disagree"
