"""Where something is: coordinates out of what people paste, a pair of numbers or a map's link."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_NUMBER = r"([-+]?\d{1,3}(?:\.\d{1,12})?)"
# A link may hold the middle of the screen as well: the place itself (Google's !3d…!4d…) is asked first.
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"!3d{_NUMBER}!4d{_NUMBER}",
        rf"(?:[?&](?:q|ll|query|destination|daddr|sll)=|geo:)(?:loc:)?{_NUMBER}\s*,\s*{_NUMBER}",
        rf"[?&]mlat={_NUMBER}&mlon={_NUMBER}",
        rf"@{_NUMBER},{_NUMBER}",
        rf"^\(?{_NUMBER}\s*[,;]\s*{_NUMBER}\)?$",
        rf"^{_NUMBER}\s+{_NUMBER}$",
    )
)


def coordinates(text: str) -> tuple[float, float] | None:
    """Latitude and longitude, or None: also for a short link, which only its owner can resolve."""
    plain = unquote_plus(text.strip()[:2000])
    for form in _FORMS:
        if found := form.search(plain):
            latitude, longitude = (round(float(part), 7) for part in found.groups())
            return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
    return None
