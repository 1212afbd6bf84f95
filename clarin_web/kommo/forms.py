"""What the Kommo pages send: a long-lived token, an integration to consent to, what to compare, what to replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from clarin_web.kommo import regions, replaying
from clarin_web.kommo.rechecking import KINDS, MAX_ROWS, WAYS, Ask
from clarin_web.lib.errors import Invalid
from clarin_web.lib.regions import NAMES
from clarin_web.lib.values import MAX_ID
from clarin_web.web.forms import Form


@dataclass(frozen=True, slots=True)
class Connecting:
    address: str
    token: str


def connecting(data: Mapping[str, str]) -> Connecting:
    """Raises Invalid beside the field at fault. The token is never shown again, not even after an error."""
    form = Form(data)
    wanted = Connecting(
        form.text("address", required=True, limit=200), form.text("token", required=True, limit=8192)
    )
    form.check()
    return wanted


@dataclass(frozen=True, slots=True)
class Integration:
    address: str
    client_id: str
    secret: str


def integration(data: Mapping[str, str]) -> Integration:
    """Raises Invalid beside the field at fault. The secret is never shown again either."""
    form = Form(data)
    wanted = Integration(
        form.text("address", required=True, limit=200),
        form.text("client_id", required=True, limit=200),
        form.text("client_secret", required=True, limit=500),
    )
    form.check()
    return wanted


def region(data: Mapping[str, str]) -> dict[str, str]:
    """Whose country, currency and time zone hold for what comes from Kommo, where somebody chose."""
    form = Form(data)
    chosen = {name: form.choice(name, regions.CHOICES) for name in NAMES}
    form.check()
    return {name: choice for name, choice in chosen.items() if choice}


def checking(data: Mapping[str, str]) -> Ask:
    """What to compare with Kommo. Raises Invalid beside the field at fault."""
    form = Form(data)
    kind = form.choice("kind", KINDS, required=True)
    way = form.choice("way", WAYS, required=True)
    if way != "ids":
        size = form.count("size", required=True, low=1, high=MAX_ROWS)
        form.check()
        return Ask(kind, way, size or 1)
    low, high = (form.count(name, required=True, low=1, high=MAX_ID) for name in ("low", "high"))
    if low and high and high < low:
        form.fail("high", "range_backwards")
    if low and high and high - low >= MAX_ROWS:
        form.fail("high", "kommo_too_many_ids")
    form.check()
    return Ask(kind, way, low=low or 0, high=high or 0)


def stretch(data: Mapping[str, str], zone: tzinfo) -> replaying.Ask:
    """Which kept pages to store again; times are of the account's clock. Raises Invalid beside the field at fault."""
    form = Form(data)
    name = form.choice("list", replaying.REPLAYED)
    since, until = form.moment("since", required=True), form.moment("until", required=True)
    if since and until and until <= since:
        form.fail("until", "range_backwards")
    form.check()
    if since is None or until is None:
        raise Invalid("invalid", {"since": "not_a_date"})
    return replaying.Ask(name, *(when.replace(tzinfo=zone).isoformat() for when in (since, until)))
