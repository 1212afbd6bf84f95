"""World rows as Kommo's API writes them. One file per noun; `View` is what one request looks through.

The functions here shape one row outside of a request.
"""

from __future__ import annotations

from clarin_web.demo.kommo_server.shapes import office, records
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World


def pipeline(world: World, row: Row, with_: set[str]) -> Row:
    return office.pipeline(View(world, with_=with_), row)


def contact(world: World, row: Row, with_: set[str]) -> Row:
    return records.contact(View(world, with_=with_), row)


def lead(world: World, row: Row, with_: set[str]) -> Row:
    return records.lead(View(world, with_=with_), row)
