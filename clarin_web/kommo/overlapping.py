"""Pages of a list in the order of its ids, each of which begins with the end of the one before.

A row that leaves moves all that follow a place back, over the edge of a page that was read into one that is to come:
it would be in neither, and one nobody here knows is missed by nobody. A page that shows a row up to the last one read
shows all that follow it; one that does not is asked for again from farther back. Kommo counts pages and no rows, so
where a page begins is set by how long it is: a few rows less than it may be, and it costs no request more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

FIRST_STEP, FARTHER, PATIENCE = 16, 4, 12


@dataclass(frozen=True, slots=True)
class Place:
    """`at` rows came before, `last` is the highest id among them; `back`: how far before its end to begin.

    `size` is how many rows the server gives at once where it gives less than it is asked for; `still` so many pages in
    a row brought none that is new.
    """

    at: int = 0
    last: int = 0
    back: int = 0
    size: int = 0
    still: int = 0

    @classmethod
    def load(cls, state: dict[str, Any]) -> Place:
        return cls(**{name: int(state.get(name, 0)) for name in cls.__slots__})

    def dump(self) -> dict[str, int]:
        return asdict(self)

    def page(self, most: int) -> tuple[int, int]:
        """(number, limit) of the page that reaches farthest of those that begin with a row read before."""
        size, place = min(self.size or most, most), max(0, self.at - 1 - self.back)
        limit = max(range(size // 2 + 1, size + 1), key=lambda limit: (place // limit + 1) * limit)
        return place // limit + 1, limit

    def joins(self, ids: Sequence[int], page: int) -> bool:
        """Whether nothing is between what was read and this page. The first of all has nothing before it; of rows
        without order nobody can say."""
        return page == 1 or not is_ordered(ids) or bool(ids and ids[0] <= self.last)

    def farther(self) -> Place:
        return replace(self, back=max(FIRST_STEP, self.back * FARTHER))

    def after(self, ids: Sequence[int], page: int, limit: int) -> Place | None:
        """Where the list goes on. None where it does not: this server gives the same rows again and again."""
        at = (page - 1) * limit + len(ids)
        is_new = ids[-1] > self.last if is_ordered(ids) else ids[-1] != self.last
        if is_new:
            return Place(at, ids[-1], size=self.size)
        size = len(ids) if len(ids) < limit else self.size
        again = replace(self, at=at, back=0, size=size, still=self.still + 1)
        return again if again.still < PATIENCE else None


def is_ordered(ids: Sequence[int]) -> bool:
    return all(one <= other for one, other in pairwise(ids))
