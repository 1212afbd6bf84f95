"""The map fact -> what follows, after commit, in this order. The one place to read what a change causes."""

from __future__ import annotations

from clarin_web.events import Fact, Handler

SUBSCRIPTIONS: dict[type[Fact], list[Handler]] = {}
