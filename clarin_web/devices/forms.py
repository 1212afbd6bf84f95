"""The devices' forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clarin_web.devices import proxies
from clarin_web.devices.actions import Switches
from clarin_web.devices.switches import SIGNATURES
from clarin_web.lib.phones import NotAPhone, parse_phone
from clarin_web.web.forms import Form


def new_device(data: Mapping[str, str]) -> str:
    """The name; Invalid when it cannot be used."""
    form = Form(data)
    name = form.text("name", required=True, limit=60)
    form.check()
    return name


def pairing_phone(data: Mapping[str, str], country: str) -> str | None:
    """The number whose phone will take the letters; None asks for a QR code."""
    form = Form(data)
    raw = form.text("phone", limit=100)
    if "phone" not in data:
        return None
    try:
        return parse_phone(raw, country).e164
    except NotAPhone as refusal:
        form.fail("phone", f"phone_{refusal.reason}")
    form.check()
    return None


def limits(data: Mapping[str, str]) -> dict[str, object]:
    """Columns of the device. An empty budget is no limit; quiet hours are two times or none."""
    form = Form(data)
    found: dict[str, object] = {"pace_seconds": form.count("pace_seconds", high=3600) or 0}
    found |= {
        name: form.count(name, high=100_000)
        for name in ("daily_answered", "daily_known", "daily_cold", "unanswered_most")
    }
    found |= {name: form.clock(name) for name in ("quiet_from", "quiet_to")}
    if (found["quiet_from"] is None) != (found["quiet_to"] is None):
        form.fail("quiet_to" if found["quiet_to"] is None else "quiet_from", "required")
    form.check()
    return found


def hours(data: Mapping[str, str]) -> dict[str, object]:
    """Columns of the policy. A day not ticked is not worked; 0 minutes never worries about silence."""
    form = Form(data)
    found: dict[str, object] = {"work_days": "".join(day for day in "1234567" if form.flag(f"day_{day}"))}
    for name in ("work_from", "work_to"):
        found[name] = form.clock(name)
        if found[name] is None:
            form.fail(name, "required")
    found["silent_minutes"] = form.count("silent_minutes", high=24 * 60) or 0
    form.check()
    return found


@dataclass(frozen=True, slots=True)
class ProxyChange:
    """What to do with the proxy: None keeps it, "" removes it."""

    proxy: str | None = field(repr=False)


def proxy_change(data: Mapping[str, str]) -> ProxyChange:
    """An empty field keeps what is sealed: it cannot be shown, so it cannot be sent back either."""
    form = Form(data)
    text, remove = form.text("proxy", limit=proxies.MAX_LENGTH), form.flag("remove_proxy")
    if text and not remove:
        try:
            proxies.checked_of_tenant(text)
        except proxies.BadProxy as refusal:
            form.fail("proxy", str(refusal))
    form.check()
    return ProxyChange("" if remove else text or None)


FLAGS = ("creates_leads", "receives", "groups", "sends_receipts", "shows_online", "asks_portraits")


def device_settings(data: Mapping[str, str]) -> Switches:
    form = Form(data)
    name = form.text("name", required=True, limit=60)
    stage_id = form.integer("lead_stage_id", low=1)
    flags = {flag: form.flag(flag) for flag in FLAGS}
    signature = form.choice("signature", SIGNATURES, default="off")
    form.check()
    return Switches(name=name, lead_stage_id=stage_id, signature=signature, **flags)
