"""`./dev bench kommo-live`: from a change in Kommo until an open browser shows it, by polling and by webhook.

All of it is real but Kommo itself: PostgreSQL, Valkey, web, jobs and Chromium, in a place of their own.
"""

from __future__ import annotations

import os
import platform
import random
import time
from collections.abc import Sequence
from statistics import quantiles

import click

from clarin_web.cli.bench.live_browser import Watched, opened, signed_in, turn_webhooks_on
from clarin_web.cli.bench.live_place import Place, whole_place

GOALS = {"polling": 6.0, "webhook": 1.5}
GAPS = (0.1, 3.0)  # seconds between two changes
PATIENCE = 90.0
HEAD = "| how | changes | p50 | p95 | max | goal, p95 |\n|---|---|---|---|---|---|"


@click.command("kommo-live")
@click.option("--changes", default=60, show_default=True, type=click.IntRange(5, 2000), help="Of each kind.")
@click.option("--leads", default=60, show_default=True, type=click.IntRange(20, 5000), help="In Kommo.")
@click.option("--seed", default=1, show_default=True)
def kommo_live(changes: int, leads: int, seed: int) -> None:
    """Rename leads in a simulated Kommo; measure when the list and the board show it. Needs Playwright."""
    chance = random.Random(seed)  # noqa: S311 - which lead, and when
    with whole_place(leads) as place:
        _name_each(place)
        with signed_in(place) as page:
            pages = opened(page, place)
            polled = _measured("polling", place, pages, changes, chance)
            turn_webhooks_on(page, place)
            told = _measured("webhook", place, pages, changes, chance)
        checked = place.peak(rate=6)
    rows = [_row("polling", polled), _row("webhook", told)]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    about = f"{os.cpu_count()} cores, Python {platform.python_version()}, load average after {load}"
    at_kommo = f"busiest second at Kommo: {checked['peak']} requests"
    click.echo("\n".join([f"{about}; {leads:,} leads; {at_kommo}. Seconds.", "", HEAD, *rows]))


def _name_each(place: Place) -> None:
    """A title that no other lead has, so that the page tells which is shown."""
    for number, lead in enumerate(place.truth("leads")):
        place.rename(lead, f"Lead {number:04d}")


def _measured(
    how: str, place: Place, pages: Sequence[Watched], changes: int, chance: random.Random
) -> list[float]:
    """Seconds until each change was seen. They do not wait for each other."""
    made: list[tuple[str, Watched, float]] = []
    for number in range(changes):
        page = pages[number % len(pages)]
        name = f"{how} {number:04d}"
        lead = _one_shown(place, page, chance)
        page.watch_for(name)
        made.append((name, page, time.time()))
        place.rename(lead, name)
        time.sleep(chance.uniform(*GAPS))
    end = time.monotonic() + PATIENCE
    while missing := [name for name, page, _ in made if name not in page.seen()]:
        if time.monotonic() > end:
            raise click.ClickException(f"never seen: {', '.join(missing[:5])}")
        time.sleep(0.2)
    return [page.seen()[name] - at for name, page, at in made]


def _one_shown(place: Place, page: Watched, chance: random.Random) -> int:
    shown = [id_ for id_, row in place.truth("leads").items() if page.shows(str(row["name"]))]
    return chance.choice(shown)


def _row(how: str, spent: list[float]) -> str:
    parts = quantiles(spent, n=100, method="inclusive")
    return f"| {how} | {len(spent)} | {parts[49]:.2f} | {parts[94]:.2f} | {max(spent):.2f} | {GOALS[how]} |"
