"""The page at `/`, whose inside is asked again whenever topic "home" is poked, and the whole list of what is due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Blueprint, request

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Member, Permission
from clarin_web.dashboard import queries
from clarin_web.devices.queries import DeviceRow, list_devices
from clarin_web.devices.words import state_color as device_color
from clarin_web.devices.words import state_name as device_state
from clarin_web.kommo import regions
from clarin_web.kommo.connection_state import read_state_of
from clarin_web.kommo.stream_words import state_sentence
from clarin_web.kommo.words import state_color as kommo_color
from clarin_web.kommo.words import state_name as kommo_state
from clarin_web.lib.regions import NAMES
from clarin_web.web.cache import shared
from clarin_web.web.formats import today, zone
from clarin_web.web.htmx import render
from clarin_web.web.i18n import reader
from clarin_web.web.paging import PAGE, decode_cursor, encode_cursor

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@requires(Permission.READ)
def home() -> str:
    return render("dashboard/home.html", "dashboard/_home.html", **_context(current_member()))


@blueprint.get("/due")
@requires(Permission.READ)
def due() -> str:
    """Every promise of today or before, the oldest first; Home shows its beginning."""
    member, after = current_member(), request.args.get("after")
    place = decode_cursor(after, ("time", "int")) if after else None
    found = queries.due(member, end_of_today(), place and (place[0], place[1]))
    shown = found[:PAGE]
    more = encode_cursor(shown[-1].at, shown[-1].task_id) if len(found) > PAGE else ""
    context = {"tasks": shown, "more": more, "now": datetime.now(UTC)}
    return render("dashboard/due.html", "dashboard/_due_rows.html", **context)


def _context(member: Member) -> dict[str, Any]:
    found, devices = queries.connections(member.account_id), _worst_first(list_devices(member.account_id))
    return {
        "today": queries.today(member, end_of_today()),
        "open": _open_leads(member),
        "devices": devices,
        "device_state": device_state,
        "device_color": device_color,
        "kommo": found.kommo and _kommo(found.kommo),
        "region_asks": found.kommo is not None and _region_asks(member, found.kommo["region"]),
        "steps": _first_steps(member, found, devices),
        "now": datetime.now(UTC),
    }


def _worst_first(devices: list[DeviceRow]) -> list[DeviceRow]:
    def place(device: DeviceRow) -> tuple[bool, bool, int]:
        return not device.alarm, device.shown_state == "connected", device.id

    return sorted(devices, key=place)


def _kommo(row: dict[str, Any]) -> dict[str, Any]:
    state = read_state_of(row, datetime.now(UTC))
    return row | {
        "words": kommo_state(state.name),
        "color": kommo_color(state.name),
        "unread": state_sentence(state),
        "is_refused": state.name == "refused",
    }


def _open_leads(member: Member) -> queries.OpenLeads:
    """All open leads are read for it: those who see the same share it until a lead changes."""
    return shared(
        member.account_id,
        "leads",
        f"open:{member.audience}",
        queries.OpenLeads,
        lambda: queries.open_leads(member),
    )


def end_of_today() -> datetime:
    """The account's midnight (domain rule 15)."""
    tomorrow = today() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone(reader().time_zone)).astimezone(UTC)


def _region_asks(member: Member, region: dict[str, Any]) -> bool:
    """Whether this person has still to say whose country, currency and time zone hold for what Kommo gives."""
    here = {name: getattr(reader(), name) for name in NAMES}
    return member.may(Permission.MANAGE_KOMMO) and regions.asks(region, here)


def _first_steps(member: Member, found: queries.Connections, devices: list[DeviceRow]) -> dict[str, bool]:
    """What an account still lacks, done or not; empty once all is done, and for those who cannot do it."""
    steps = {
        "device": any(device.phone for device in devices),
        "kommo": found.kommo is not None,
        "people": found.people > 1,
    }
    wanted = member.may(Permission.MANAGE_DEVICES) and not all(steps.values())
    return steps if wanted else {}
