"""`./dev bench whatsapp`: numbers, each in its own process as in production, over the simulated WhatsApp.

How fast messages go out and come in, whether a steady stream of them is kept up with, and what a number costs.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from clarin_web.cli.bench import report
from clarin_web.cli.bench.server import SHAPES, running
from clarin_web.cli.bench.whatsapp import delays, stream
from clarin_web.cli.bench.whatsapp.office import opened
from clarin_web.cli.bench.whatsapp.processes import settings_for, started

__all__ = ["whatsapp"]


@click.command("whatsapp")
@click.option("--devices", default=20, show_default=True, type=click.IntRange(1, 50))
@click.option(
    "--rate", default=500, show_default=True, type=click.IntRange(1, 2000), help="Messages a second."
)
@click.option("--seconds", default=30, show_default=True, type=click.IntRange(5, 600))
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 100), help="Numbers at rest.")
def whatsapp(devices: int, rate: int, seconds: int, most: int) -> None:
    """Figures of the machine it runs on; nothing else should be running."""
    click.echo(report.load())
    with tempfile.TemporaryDirectory(prefix="clarin-bench-") as place, settings_for(Path(place)):
        with opened(devices) as office, started(office) as processes:
            with running(SHAPES["gevent"]) as server:
                click.echo(delays.measure(office, server.port))
            stream.introduce(office)
            before = processes.spent()
            click.echo(stream.measure(office, rate, seconds))
            numbers, jobs = (after - then for then, after in zip(before, processes.spent(), strict=True))
            each = 1000 / (rate * seconds)
            click.echo(
                f"Processor time a message: {numbers * each:.2f} ms in the numbers, {jobs * each:.2f} ms in jobs."
            )
            click.echo(processes.memory("at work"))
        with opened(most) as office, started(office) as processes:
            click.echo(processes.memory("at rest"))
