"""Something we need is away: said once when it goes and once when it is back, not for every try in between."""

from __future__ import annotations

import structlog

log = structlog.get_logger()


class Outage:
    """One per thing and process. `what` names it; `meanwhile` says what that means until it is back."""

    def __init__(self, what: str, meanwhile: str = "") -> None:
        self.what, self.meanwhile = what, meanwhile
        self.is_on = False

    def began(self, error: BaseException, **about: object) -> None:
        if not self.is_on:
            self.is_on = True
            cause = type(getattr(error, "orig", None) or error).__name__
            told = {"meanwhile": self.meanwhile} if self.meanwhile else {}
            log.warning(f"{self.what} away", error=cause, **told, **about)

    def over(self, **about: object) -> None:
        if self.is_on:
            self.is_on = False
            log.info(f"{self.what} is back", **about)
