"""`./dev bench`: the real server on loopback, measured page by page against the seeded account."""

from __future__ import annotations

from pathlib import Path

import click

from clarin_web.cli.bench import report
from clarin_web.cli.bench.kommo import kommo
from clarin_web.cli.bench.kommo_live import kommo_live
from clarin_web.cli.bench.kommo_paced import kommo_worker
from clarin_web.cli.bench.load import Load, measure
from clarin_web.cli.bench.pages import Page, find_seller, pages
from clarin_web.cli.bench.push import measure_push
from clarin_web.cli.bench.reference import reference
from clarin_web.cli.bench.rest import at_rest
from clarin_web.cli.bench.server import SHAPES, running
from clarin_web.cli.bench.uploads import uploads
from clarin_web.cli.bench.whatsapp import whatsapp

__all__ = ["bench"]


@click.group("bench", invoke_without_command=True)
@click.pass_context
@click.option(
    "--requests",
    default=300,
    show_default=True,
    type=click.IntRange(20, 5000),
    help="For each page and client count.",
)
@click.option(
    "--seconds",
    default=6.0,
    show_default=True,
    type=click.FloatRange(1, 60),
    help="At most, for each page and client count.",
)
@click.option("--sockets", default=100, show_default=True, type=click.IntRange(1, 2000))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write the tables, as Markdown, to this file."
)
def bench(context: click.Context, requests: int, seconds: float, sockets: int, out: Path | None) -> None:
    """Measure every page at 1 and at 8 clients. Needs `./dev seed` first."""
    if context.invoked_subcommand:
        return
    seller = find_seller()
    todo = pages(seller)
    parts = [report.machine(seller), report.bare(reference(seller.account_id))]
    parts.append(report.rest(at_rest(seller.account_id)))
    for name, options in SHAPES.items():
        with running(options) as server:
            _warm(server.port, seller.cookie, todo)
            parts.append(report.memory(name, server.memory()))
            rows = [_both(server.port, seller.cookie, page, requests, seconds) for page in todo]
            parts.append(report.table(name, rows))
            if name == "gevent":
                parts.append(report.push(sockets, measure_push(server.port, seller, sockets)))
    text = "\n".join(parts)
    click.echo(text)
    if out:
        out.write_text(text, encoding="utf-8")


bench.add_command(kommo)
bench.add_command(kommo_worker)
bench.add_command(kommo_live)
bench.add_command(uploads)
bench.add_command(whatsapp)


def _warm(port: int, cookie: str, todo: list[Page]) -> None:
    """Compile templates and fill caches; said in the report."""
    for page in todo:
        measure(port, cookie, page, clients=2, requests=12, seconds=5)


def _both(port: int, cookie: str, page: Page, requests: int, seconds: float) -> tuple[Page, Load, Load]:
    click.echo(f"  {page.name}", err=True)
    one, eight = (measure(port, cookie, page, clients=n, requests=requests, seconds=seconds) for n in (1, 8))
    return page, one, eight
