"""`./dev bench kommo-live` says plainly what it lacks, and what its figures are."""

import sys

import click
import pytest

from clarin_web.cli.bench import live_browser
from clarin_web.cli.bench.kommo_live import _row


def test_a_missing_playwright_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(click.ClickException, match="development dependency"), live_browser._browser():
        pass


def test_a_missing_browser_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("CLARIN_CHROME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    class Playwright:
        class chromium:
            executable_path = str(tmp_path / "chromium")

    with pytest.raises(click.ClickException, match="CLARIN_CHROME"):
        live_browser._chromium(Playwright)


def test_a_row_names_the_middle_the_slow_ones_and_the_goal():
    spent = [number / 100 for number in range(1, 102)]
    assert _row("webhook", spent) == "| webhook | 101 | 0.51 | 0.96 | 1.01 | 1.5 |"
