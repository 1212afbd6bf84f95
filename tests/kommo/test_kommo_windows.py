"""Where a list is read on, whatever its order: every row is met, and a crowd costs few questions at rest."""

from email.utils import formatdate

import pytest

from clarin_web.kommo import reading
from clarin_web.kommo.answers import Page
from clarin_web.kommo.cursors import DEEP_EVERY, Cursor

PAGE, NOW = 20, 1_700_000_000
ORDERS = {
    "by stamp": lambda row: (row["updated_at"], row["id"]),
    "as they came": lambda row: row["id"],
    "newest first": lambda row: (-row["updated_at"], -row["id"]),
    "oldest first": lambda row: (row["updated_at"], row["id"]),
    "shuffled": lambda row: row["id"] * 2_654_435_761 % 2**32,
}
CROWD = [NOW - 200] * 130
LISTS = {
    "empty": [],
    "one": [NOW - 5],
    "a crowd alone": CROWD,
    "a crowd and what came after": [*CROWD, *(NOW - 100 + at for at in range(30))],
    "a crowd in the midst": [*range(NOW - 90_000, NOW - 1000, 3000), *CROWD, NOW - 3],
    "two crowds side by side": [*CROWD, *(NOW - 199 for _ in range(50))],
    "a crowd over many seconds": [NOW - 90 + at // 3 for at in range(90)],
    "one each second": list(range(NOW - 150, NOW - 50)),
    "years": list(range(NOW - 90_000_000, NOW, 900_000)),
}


class Kommo:
    """A list by its stamps; `asked` counts questions, `now` is its clock and ours."""

    def __init__(self, monkeypatch, stamps, order):
        self.rows = [{"id": id_, "updated_at": stamp} for id_, stamp in enumerate(stamps, 1)]
        mode = "stamps" if order == "by stamp" else "windows"
        self.order, self.cursor = ORDERS[order], Cursor(mode=mode, home=mode)
        self.asked, self.now = 0, NOW
        monkeypatch.setattr(reading.time, "time", lambda: self.now)

    def fetch(self, page, window, order):
        self.asked += 1
        since, until = window or (0, None)
        rows = [row for row in self.rows if since <= row["updated_at"] <= (until or self.now)]
        rows.sort(key=self.order)
        part = rows[(page - 1) * PAGE : page * PAGE]
        return Page(part, len(rows) > page * PAGE, formatdate(self.now))

    def poll(self):
        """One whole pass; answers the ids it met and what it cost."""
        met, before = set(), self.asked
        cursor = self.cursor.begin(self.now)
        while True:
            step = reading.read_step(self.fetch, cursor)
            met |= {row["id"] for row in step.rows}
            cursor = (step.after or cursor).change(is_busy=True).met(step.newest)
            assert self.asked - before < 400
            if step.after is None:
                self.cursor = cursor.end()
                return met, self.asked - before


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stamps", LISTS.values(), ids=LISTS)
def test_every_row_is_met_and_rest_costs_little(monkeypatch, stamps, order):
    kommo = Kommo(monkeypatch, stamps, order)
    met, cost = kommo.poll()
    assert met == {row["id"] for row in kommo.rows}
    assert cost <= 150
    costs = []
    for _ in range(2 * DEEP_EVERY // 10):
        kommo.now += 10
        costs.append(kommo.poll()[1])
    assert sum(costs) <= len(costs) + 3 * cost + 50
    assert costs.count(1) >= len(costs) - 6


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", [name for name in LISTS if "crowd" in name and "midst" not in name])
def test_what_comes_late_into_a_crowd_is_met_once_lists_lag_no_longer(monkeypatch, name, order):
    stamps = LISTS[name]
    kommo = Kommo(monkeypatch, [stamp - max(stamps) + NOW - 3 for stamp in stamps], order)
    kommo.poll()
    kommo.rows.append({"id": 999, "updated_at": max(row["updated_at"] for row in kommo.rows) - 5})
    met = set()
    for _ in range(15):
        kommo.now += 10
        met |= kommo.poll()[0]
    assert 999 in met
