"""Where a list is to be read on, and where a new pass over it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from clarin_web.kommo.answers import Page, Row

OVERLAP = 30  # Kommo's lists lag: what changed a moment ago may not be in them yet
DEEP_OVERLAP, DEEP_EVERY = 600, 600
NIGHT_BACK = 48 * 3600  # a change stamped into the past is met by the nightly pass
CROWD_LAG = 120  # by then what lags of a crowd is in the lists; it is read once more
DAY, NIGHT_BEGINS = 86_400, 8 * 3600  # 8:00 UTC is 3 in the morning in Lima, 5 in São Paulo


@dataclass(frozen=True, slots=True)
class Cursor:
    """`since`: all before it was read in this pass. `mode`: stamps, windows, second (within one) or pages.

    `top` is the newest stamp ever seen: an empty answer moves nothing, so a wrong one loses nothing. `deep` is when
    the last deep pass began by our clock, `deep_top` the newest stamp then; what two of them covered lies before
    `floor` and is not asked again. `is_busy`: a pass is under way, which `began` then.

    `crowd` is the newest second that held more than a page. It was read whole by a pass that began at `crowd_read` and
    saw `crowd_seen`: it is read once more when lists lag no longer, and not at each poll. `dense` is the `top` of a
    pass that needed several pages, `dense_read` when it began: what lies before is not gone back to either.
    """

    since: int = 0
    mode: str = "stamps"
    home: str = "stamps"
    page: int = 1
    until: int = 0
    seen: str = ""
    last: str = ""
    passes: int = 0
    top: int = 0
    deep: int = 0
    deep_top: int = 0
    floor: int = 0
    night: int = 0
    began: int = 0
    crowd: int = 0
    crowd_read: int = 0
    crowd_seen: str = ""
    dense: int = 0
    dense_read: int = 0
    is_busy: bool = False
    is_deep: bool = False
    is_dense: bool = False

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Cursor:
        known = {key: value for key, value in data.items() if key in cls.__slots__}
        return cls(**{"top": data.get("since", 0), **known})

    def dump(self) -> dict[str, object]:
        return asdict(self)

    def change(self, **values: Any) -> Cursor:
        return replace(self, **values)

    def begin(self, now: int) -> Cursor:
        """The cursor a visit starts with: in the middle of a pass as it is, else at the start of a new one."""
        if self.is_busy:
            return self
        return self.change(began=now)._begin(now)

    def _begin(self, now: int) -> Cursor:
        night = (now - NIGHT_BEGINS) // DAY
        if not self.top:
            return self.change(
                since=0, until=0, deep=self.deep or now, night=self.night or night, is_deep=True
            )
        if night != self.night:
            since = max(0, min(self.top, now) - NIGHT_BACK)
            return self.change(since=since, until=0, deep=now, night=night, is_deep=True)
        if now - self.deep >= DEEP_EVERY:
            since = max(0, min(self.top, self.deep_top) - DEEP_OVERLAP)
            return self.change(since=since, until=0, deep=now, is_deep=True)
        since = max(0, self.floor, self.top - self._overlap(now))
        if since <= self.crowd + 1 and self.may_pass_crowd(now):
            since = self.crowd + 2
        return self.change(since=since, until=0, is_deep=False)

    def _overlap(self, now: int) -> int:
        """How far before the newest stamp a pass goes back: to what lags, but through no crowd at each poll."""
        if self.dense != self.top or self.top > now:
            return OVERLAP
        if self.dense_read - self.top >= CROWD_LAG:
            return -2
        return 0 if now - self.top < CROWD_LAG else OVERLAP

    def may_pass_crowd(self, now: int) -> bool:
        """Whether the crowded second was read as lately as this pass could: then nothing is missing of it."""
        if not 0 < self.crowd <= now:
            return False
        if self.crowd_read == self.began:
            return True
        return self.crowd_read - self.crowd >= CROWD_LAG or now - self.crowd < CROWD_LAG

    def met(self, stamp: int) -> Cursor:
        return self.change(top=max(self.top, stamp))

    def end(self) -> Cursor:
        """A complete pass. The next one is told from here where to begin."""
        mode = self.mode if self.mode == "pages" else self.home
        ended = self.change(mode=mode, page=1, seen="", last="", until=0, passes=0, since=0, began=0)
        ended = ended.change(is_busy=False, is_dense=False)
        if not self.is_deep:
            return ended._note_dense(self)
        is_settled = self.deep_top == self.top and self.deep - self.top > DEEP_OVERLAP
        floor = self.top + 2 if is_settled else self.floor
        return ended.change(floor=floor, deep_top=min(self.top, self.deep), is_deep=False)

    def _note_dense(self, of: Cursor) -> Cursor:
        if of.is_dense:
            return self.change(dense=of.top, dense_read=of.began)
        return self


@dataclass(frozen=True, slots=True)
class Step:
    """One answer. `after` is where to go on; None when the list's end was reached. `page` is what `rows` came in."""

    rows: list[Row]
    after: Cursor | None
    server_time: int
    ignores_filters: bool = False
    newest: int = 0
    page: Page | None = None
