"""The figures as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from clarin_web.cli.bench.load import Load
from clarin_web.cli.bench.pages import Page, Seller


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the sorted values lie; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def three(values: Sequence[float]) -> str:
    return " / ".join(f"{quantile(values, part):.1f}" for part in (0.5, 0.95, 0.99))


def load() -> str:
    """The machine and what else it was doing."""
    busy = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"Machine: {os.cpu_count()} cores, {processor()}; load average before: {busy}."


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def machine(seller: Seller) -> str:
    return (
        f"{load()} Python {platform.python_version()}; PostgreSQL, server and clients share them. Account: {seller.leads:,} leads.\n"
        "Milliseconds, p50 / p95 / p99. Caches and templates are warm; the data fits in memory.\n"
    )


def bare(spent: Sequence[float]) -> str:
    return f"Reference, same run: the query of the leads page alone (psycopg, row-level security): **{three(spent)}**\n"


def rest(found: Sequence[tuple[str, float]]) -> str:
    rows = "\n".join(f"| {process} | {size:.0f} |" for process, size in found)
    return f"### Everything at rest\n\n| process | MB (PSS) |\n|---|---|\n{rows}\n"


def memory(name: str, found: Sequence[tuple[str, float]]) -> str:
    each = ", ".join(f"{process} {size:.0f} MB" for process, size in found)
    return f"### {name}\n\nMemory at rest, after one visit to each page (PSS): {each}.\n"


def table(name: str, rows: Sequence[tuple[Page, Load, Load]]) -> str:
    head = (
        "| page | statements | kB | server, 1 client | SQL, 1 client | server, 8 clients | SQL, 8 clients "
        "| requests/s, 1 | requests/s, 8 | refused |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *(_row(*row) for row in rows)]) + "\n"


def _row(page: Page, one: Load, eight: Load) -> str:
    cells = (
        page.name, one.statements, f"{one.size / 1024:.0f}", three(one.app), three(one.sql), three(eight.app),
        three(eight.sql), f"{one.per_second:.0f}", f"{eight.per_second:.0f}", one.bad + eight.bad,
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def push(sockets: int, spent: Sequence[float]) -> str:
    return (
        f"Message posted → bubble in another browser's socket, {sockets} sockets open on that chat "
        f"(request and commit included): **{three(spent)}** ms over {len(spent)} arrivals.\n"
    )
