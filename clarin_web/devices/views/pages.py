"""The list of numbers and the page of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from babel.dates import get_day_names

from clarin_web.accounts.access import current_account, may, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.devices import queries
from clarin_web.devices.governor import midnight_before
from clarin_web.devices.views import blueprint
from clarin_web.web.formats import zone
from clarin_web.web.htmx import render, wants_fragment
from clarin_web.web.i18n import reader

ALARMS_IN_STRIP = 8  # the first in one line, the others in its menu; the rest is a line there
UNTOUCHED: dict[str, Any] = {"typed": {}, "errors": {}}


@blueprint.get("")
@requires(Permission.READ)
def index() -> str:
    return index_page()


def index_page(**typed: Any) -> str:
    """`typed` and `errors`: of a form that was refused."""
    policy = queries.policy_of(current_account())
    context = {
        "devices": queries.list_devices(current_account()),
        "waiting": queries.waiting_by_device(current_account()),
        "removed": queries.removed_devices(current_account()) if may(Permission.MANAGE_DEVICES) else [],
        "passed_over": queries.passed_over(current_account()),
        "policy": policy,
        "stopped_for_all": policy.sending_stopped_at,
        "days": [
            (str(day), get_day_names("wide", "stand-alone", reader().locale)[day - 1]) for day in range(1, 8)
        ],
    }
    return render("devices/index.html", "devices/_list.html", **{**UNTOUCHED, **context, **typed})


@blueprint.get("/alarms")
@requires(Permission.READ)
def alarms() -> str:
    """The strip on every page: numbers that need somebody, or nothing. A bad day of all of them covers no page."""
    found = queries.alarms(current_account())
    most = ALARMS_IN_STRIP if wants_fragment() and len(found) > ALARMS_IN_STRIP + 1 else len(found)
    return render("devices/alarms.html", "devices/_alarms.html", alarms=found, most=most)


@blueprint.get("/<int:device_id>")
@requires(Permission.READ)
def show(device_id: int) -> str:
    return device_page(device_id)


def device_page(device_id: int, **typed: Any) -> str:
    """As above."""
    device = queries.get_device(current_account(), device_id)
    since = midnight_before(zone(reader().time_zone), datetime.now(UTC))
    context = {
        "device": device,
        "before": queries.same_number_before(current_account(), device)
        if may(Permission.MANAGE_DEVICES)
        else None,
        "stopped_for_all": queries.policy_of(current_account()).sending_stopped_at,
        "waiting": queries.waiting_by_reason(current_account(), device_id),
        "passed_over": queries.passed_over(current_account()).get(device_id),
        "asked_again": queries.asked_again(current_account(), device_id),
        "reached": queries.reached_out_today(current_account(), device_id, since),
        "stages": queries.stage_choices(current_account()),
    }
    return render("devices/show.html", "devices/_device.html", **{**UNTOUCHED, **context, **typed})
