"""Pages that overlap: whatever happens between two of them, each row that stays is seen, and no list has no end."""

import random

import pytest

from clarin_web.kommo.overlapping import Place


def read(give, most=250, between=lambda: None):
    """{ids seen}, and how many pages it took. `give(page, limit)` answers (ids, whether there are more)."""
    place, seen, pages = Place(), set(), 0
    while place is not None:
        page, limit = place.page(most)
        ids, has_next = give(page, limit)
        pages += 1
        assert pages < 10_000
        if place.joins(ids, page):
            seen |= set(ids)
            place = place.after(ids, page, limit) if has_next and ids else None
        else:
            place = place.farther()
        between()
    return seen, pages


def listed(rows, most=250):
    def give(page, limit):
        limit = min(limit, most)
        return rows[(page - 1) * limit : page * limit], page * limit < len(rows)

    return give


@pytest.mark.parametrize(
    ("rows", "most", "pages"), [(0, 250, 1), (250, 250, 1), (22, 10, 3), (20_000, 250, 87)]
)
def test_a_list_at_rest_costs_few_pages_more(rows, most, pages):
    ids = list(range(1, rows + 1))
    assert read(listed(ids), most) == (set(ids), pages)


@pytest.mark.parametrize("seed", range(30))
def test_rows_that_stay_are_seen_whatever_leaves_or_comes_back_between_two_pages(seed):
    lot = random.Random(seed)
    rows = list(range(1, 3000, 2))
    stays = set(lot.sample(rows, 1000))

    def change():
        for id_ in lot.sample(rows, lot.choice((0, 1, 3, 40))):
            if id_ not in stays:
                rows.remove(id_)
        back = set(lot.sample(range(2, 3000, 2), lot.choice((0, 1, 3, 40))))
        rows[:] = sorted({*rows, *back})

    seen, _ = read(listed(rows), 50, change)
    assert stays <= seen


def test_what_is_left_when_everything_read_is_gone_begins_the_list():
    rows = list(range(1, 500))

    def leave():
        del rows[:-200]

    assert set(rows[-200:]) <= read(listed(rows), 250, leave)[0]


def test_a_server_that_gives_less_than_it_is_asked_for_is_read_whole():
    ids = list(range(1, 1001))
    assert read(listed(ids, most=200))[0] == set(ids)


@pytest.mark.parametrize("ids", [[1, 2, 3], [3, 1, 2]])
def test_a_server_that_ignores_page_numbers_ends(ids):
    assert read(lambda _page, _limit: (ids, True))[1] <= 13
