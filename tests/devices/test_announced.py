"""Histories that were announced: confirmed by the library before it has fetched them, and so written down."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest

from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import GoneError, TransientError
from clarin_web.devices.neonize_gateway import announced, downloading
from clarin_web.devices.neonize_gateway.announced import LOST, PATIENCE, Announced

from .test_neonize_history import past
from .test_neonize_mapping import MARIA, M, e

HISTORY = past((MARIA, {}, [{"id": "OLD1", "message": M(conversation="hola")}])).Data


def notice(order: int = 1, **more: Any) -> Any:
    about = {"syncType": HISTORY.syncType, "chunkOrder": order, "directPath": f"/v/{order}", **more}
    return M(protocolMessage=e.ProtocolMessage(type=5, historySyncNotification=about))


def history(order: int = 1) -> Any:
    told = type(HISTORY)()
    told.CopyFrom(HISTORY)
    told.chunkOrder = order
    return told


class Number:
    """One process after the other with the same session, and a clock of ours."""

    def __init__(self, folder: Path) -> None:
        self.file, self.now = folder / "1.db", 1000.0
        self.kept: list[tuple[bytes, str]] = []
        self.begin()

    def begin(self) -> None:
        self.process = Announced(self.file, "", lambda: self.now)

    def look(self) -> list[str]:
        """The kinds of what was kept by it."""
        before = len(self.kept)
        self.process.look(lambda raw, kind: self.kept.append((raw, kind)))
        if self.process._fetching:
            self.process._fetching.join(30)
        return [kind for _, kind in self.kept[before:]]


@pytest.fixture
def number(tmp_path: Path) -> Number:
    return Number(tmp_path)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What lies at which path; or the error it is answered with."""
    lying: dict[str, Any] = {}

    def download(notice: Any, path: Path, _most: int, _proxy: str | None) -> None:
        found = lying[notice.directPath]
        if isinstance(found, Exception):
            raise found
        path.write_bytes(found)

    monkeypatch.setattr(downloading, "download_history", download)
    return lying


def test_what_a_dead_process_left_is_fetched_by_the_next_and_once(
    number: Number, host: dict[str, Any]
) -> None:
    host["/v/1"] = zlib.compress(history().SerializeToString())
    number.process.heard(notice())
    assert number.look() == [], "the library has its time"
    number.begin()
    assert number.look() == ["neonize.history"]
    assert [one.text for one in decode(number.kept[0][1], number.kept[0][0])] == ["hola"]
    assert number.look() == []
    number.begin()
    assert number.look() == []


def test_a_history_that_the_library_could_not_fetch_is_tried_later_in_the_same_process(
    number: Number, host: dict[str, Any]
) -> None:
    number.process.heard(
        notice(initialHistBootstrapInlinePayload=zlib.compress(history().SerializeToString()))
    )
    number.now += PATIENCE
    assert number.look() == ["neonize.history"]


@pytest.mark.parametrize("is_early", [False, True])
def test_what_came_is_not_fetched_whichever_is_heard_first(number: Number, *, is_early: bool) -> None:
    number.process.heard(notice(2))
    number.process.told(history(2))
    if is_early:
        number.process.told(history(1))
        number.process.heard(notice(1))
    number.begin()
    assert number.look() == []


def test_while_nobody_answers_it_stays_and_gone_for_good_people_are_told(
    number: Number, host: dict[str, Any]
) -> None:
    number.process.heard(notice())
    number.begin()
    host["/v/1"] = TransientError("status_500")
    assert number.look() == []
    assert number.look() == [], "not at once again"
    number.now += PATIENCE
    host["/v/1"] = GoneError("expired")
    assert number.look() == [LOST]
    with pytest.raises(ValueError, match="could not be fetched"):
        decode(LOST, number.kept[0][0])
    number.begin()
    assert number.look() == []


@pytest.mark.parametrize("bytes_", [b"", b"no zlib", zlib.compress(b"\xff" * 50)])
def test_what_is_no_history_is_lost_and_ends_nothing(
    number: Number, host: dict[str, Any], bytes_: bytes
) -> None:
    host["/v/1"] = bytes_ or GoneError("expired")
    number.process.heard(notice())
    number.begin()
    assert number.look() == [LOST]


def test_that_there_is_no_history_announces_none(number: Number) -> None:
    number.process.heard(notice(directPath=""))
    number.process.heard(M(conversation="hola"))
    number.begin()
    assert number.look() == []


def test_a_line_cut_short_is_none(number: Number, host: dict[str, Any]) -> None:
    number.process.heard(notice())
    path = number.file.with_name(number.file.name + announced.SUFFIX)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    number.begin()
    assert number.look() == []
