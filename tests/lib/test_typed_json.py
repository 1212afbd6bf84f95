"""What the cache keeps comes back equal, and anything else is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clarin_web.dashboard.queries import OpenLeads
from clarin_web.dashboard.queries.opened import PipelineTotal, StageTotal
from clarin_web.leads.queries import Directory
from clarin_web.leads.queries.board import Sum
from clarin_web.leads.queries.directory import TagView
from clarin_web.leads.queries.lists import Total
from clarin_web.lib.typed_json import NotThisType, dump, load
from clarin_web.pipelines.queries import PipelineView, StageView

STAGE = StageView(7, 3, "Nuevo «Ñ»", "open", "slate")
SUM = Sum(3, Decimal("10.50"), (("USD", Decimal("1E+3")),))


def test_what_the_cache_keeps_comes_back_equal() -> None:
    for kind, value in (
        (Total, Total(3, 0)),
        (dict[int, Sum], {7: SUM, 8: Sum(0, Decimal(0))}),
        (OpenLeads, OpenLeads(SUM, [PipelineTotal(1, "Ventas", [StageTotal(7, "a", "red", SUM)], SUM, 3)])),
    ):
        assert load(dump(value), kind) == value


def test_a_directory_comes_back_with_its_numbers_as_numbers() -> None:
    before = Directory(
        pipelines=[PipelineView(3, "Ventas", True, [STAGE])], stages={7: STAGE}, users={1: "Ana"},
        tags={2: TagView(2, "vip", "red")}, active_users=[1], active_tags=[2], kommo_users={9: "Luis"},
    )  # fmt: skip
    after = load(dump(before), Directory)
    names = Directory.__slots__
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"[1]",
        b'["1", 2]',
        b"[1, 2, 3]",
        b"[true, 1]",
        b"{}",
        b"\x80\x04.",
        b"[[" * 50_000,
    ],
)
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(NotThisType):
        load(text, Total)
