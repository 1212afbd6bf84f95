"""Work in turns: side by side, bounded, and nobody waits behind all the work of one."""

from __future__ import annotations

import threading
from collections import Counter

from clarin_web.lib.turns import Turns
from tests.support.waiting import until


class Shop:
    """Who has how much to do; each piece waits until it is let through."""

    def __init__(self, most: int = 3, most_of_group: int = 2) -> None:
        self.todo: Counter[tuple[int, int]] = Counter()
        self.begun: list[tuple[int, int]] = []
        self.gate = threading.Semaphore(0)
        self.turns = Turns(self.work, most, most_of_group)

    def ask(self, group: int, who: int, pieces: int) -> None:
        self.todo[group, who] += pieces
        self.turns.ask(group, who)

    def work(self, group: int, who: int) -> bool:
        if not self.todo[group, who]:
            return False
        self.begun.append((group, who))
        self.gate.acquire(timeout=60)
        self.todo[group, who] -= 1
        return True

    def let(self, pieces: int) -> None:
        self.gate.release(pieces)


def test_one_groups_long_work_leaves_places_for_the_others() -> None:
    shop = Shop()
    for who in (1, 2, 3):
        shop.ask(1, who, 5)
    shop.ask(2, 1, 1)
    until(lambda: len(shop.begun) == 3)
    assert sorted(shop.begun) == [(1, 1), (1, 2), (2, 1)]
    shop.let(100)
    until(lambda: not shop.todo.total())
    assert Counter(shop.begun) == {(1, 1): 5, (1, 2): 5, (1, 3): 5, (2, 1): 1}


def test_after_each_piece_it_is_the_next_ones_turn() -> None:
    shop = Shop(most=1)
    shop.ask(1, 1, 3)
    until(lambda: len(shop.begun) == 1)
    shop.ask(1, 2, 1)
    shop.ask(2, 1, 1)
    shop.let(100)
    until(lambda: not shop.todo.total())
    assert shop.begun == [(1, 1), (1, 2), (2, 1), (1, 1), (1, 1)]


def test_who_asks_during_its_own_turn_has_another_one() -> None:
    shop = Shop()
    shop.ask(1, 1, 1)
    until(lambda: len(shop.begun) == 1)
    shop.todo[1, 1] += 1
    shop.turns.ask(1, 1)
    shop.turns.ask(1, 1)
    shop.let(100)
    until(lambda: not shop.todo.total())
    assert shop.begun == [(1, 1), (1, 1)]


def test_work_that_fails_gives_its_place_back() -> None:
    done = threading.Event()

    def work(_group: int, who: int) -> bool:
        if who == 1:
            raise ValueError("a bug")
        done.set()
        return False

    said: list[object] = []
    threading.excepthook, before = lambda args: said.append(args.exc_type), threading.excepthook
    try:
        turns = Turns(work, 1, 1)
        turns.ask(1, 1)
        turns.ask(1, 2)
        until(lambda: done.is_set() and said)
    finally:
        threading.excepthook = before
    assert said == [ValueError]
