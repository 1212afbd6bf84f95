"""The streams of a connection, how late they are, and how long something still takes, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from clarin_web.kommo.connection_state import EVERY, Connection, ConnectionState, every_seconds
from clarin_web.kommo.standing import Standing
from clarin_web.kommo.streams import CENSUS
from clarin_web.kommo.truth_words import field_name
from clarin_web.kommo.words import error_sentence
from clarin_web.models import KommoStream
from clarin_web.web.errors import N_
from clarin_web.web.formats import dt
from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import ngettext

NAMED = 6
NEAR_SECONDS = 64_800  # so far from now the time of day says which day is meant
STREAMS = {
    "users": N_("Users and groups"),
    "pipelines": N_("Pipelines, stages and reasons"),
    "tags": N_("Tags"),
    "fields": N_("Custom fields"),
    "companies": N_("Companies"),
    "contacts": N_("Contacts"),
    "leads": N_("Leads"),
    "tasks": N_("Tasks"),
    "lead_notes": N_("Notes and calls of leads"),
    "contact_notes": N_("Notes and calls of contacts"),
    "company_notes": N_("Notes and calls of companies"),
    "events": N_("Stage history"),
    "deleted_leads": N_("Deleted leads"),
    "deleted_contacts": N_("Deleted contacts"),
    "deleted_companies": N_("Deleted companies"),
    "unsorted": N_("Incoming leads"),
    "sweep": N_("Weekly check of every id"),
    "census": N_("Complete check"),
}
STATES = {
    "waiting": (N_("Waits its turn"), "slate"),
    "reading": (N_("Being read"), "info"),
    "live": (N_("Up to date"), "ok"),
    "late": (N_("Late"), "warn"),
    "missing": (N_("Not readable"), "bad"),
    "stopped": (N_("Waiting for Kommo"), "slate"),
    "paused": (N_("Paused"), "slate"),
}
UNREAD = {
    "no_rights": N_("The token has no right to it: an administrator of Kommo must make the token."),
    "not_found": N_("Kommo says that it has no such list."),
    "bad_request": N_("Kommo did not accept the question."),
    "wrong_shape": N_("Kommo answers in another shape than it should."),
    "not_kommo": N_("Kommo sends a web page or broken data instead."),
    "truncated": N_("Kommo's answer broke off in the middle."),
    "redirected": N_("Kommo sends us to another address instead."),
    "server_error": N_("Kommo has a problem of its own there."),
    "timeout": N_("Kommo did not answer in time."),
    "failed": N_("Something in it was not expected; whoever runs Clarin finds the reason in its log."),
}
DRIFTS = {
    "different": (N_("Different"), "warn"),
    "missing": (N_("Missing here"), "info"),
    "gone": (N_("Gone in Kommo"), "bad"),
}
WAYS = {
    "sample": N_("A random sample"),
    "latest": N_("The latest changes"),
    "ids": N_("A stretch of ids"),
}
DRIFT_WHYS = {
    "newer": N_("Changed in Kommo since it was read here."),
    "older": N_("Kommo gives it an older date than it had when it was read here."),
    "same": N_("It was changed in Kommo without a new date."),
}
DRIFT_FIELDS = {
    "contact": N_("Contact"),
    "contacts": N_("Other contacts"),
    "closed_at": N_("Closed on"),
    "reason": N_("Reason"),
    "currency": N_("Currency"),
    "fields": N_("Custom fields"),
    "phones": N_("Phones"),
    "emails": N_("E-mails"),
    "gone": N_("it is back in Kommo"),
}


def drift_name(what: str) -> tuple[str, str]:
    """What a badge says of a difference, and its colour."""
    text, color = DRIFTS[what]
    return _(text), color


def drift_field(name: str) -> str:
    return _(DRIFT_FIELDS[name]) if name in DRIFT_FIELDS else field_name(name)


def drift_why(why: str) -> str:
    return _(DRIFT_WHYS[why]) if why in DRIFT_WHYS else ""


def way_name(way: str) -> str:
    return _(WAYS[way])


def stream_name(name: str) -> str:
    return _(STREAMS[name]) if name in STREAMS else name


def stream_state(standing: Standing) -> tuple[str, str]:
    """What its badge says, and its colour."""
    if standing.state == "late":
        return _("%(time)s late", time=for_long(standing.late)), "warn"
    text, color = STATES[standing.state]
    return _(text), color


def state_sentence(state: ConnectionState) -> str:
    """Which lists are missing, and why, or late, beside the badge; nothing while there is nothing to say."""
    return " ".join(state_sentences(state))


def state_sentences(state: ConnectionState) -> list[str]:
    """The same, one for each reason."""
    if state.unread:
        said = [_unread(state, why) for why in dict.fromkeys(state.whys)]
        is_most = len(state.unread) > len(EVERY) // 2
        if state.name == "incomplete" and not state.late and not is_most:
            said[-1] += " " + _("Everything else is up to date.")
        return said
    return [_late(state)] if state.name == "late" else []


def _late(state: ConnectionState) -> str:
    late = for_long(state.late_seconds)
    if state.late == (CENSUS.name,):
        return _(
            "The complete check of all rows is late by %(time)s: what disappeared in Kommo without notice may still "
            "be shown here.",
            time=late,
        )
    return _(
        "Late by up to %(time)s: %(lists)s. What changed there since is not here yet.",
        time=late,
        lists=_names(state.late),
    )


def _unread(state: ConnectionState, why: str) -> str:
    """The lists that cannot be read for one reason, and the reason."""
    lists = [name for name, code in zip(state.unread, state.whys, strict=True) if code == why]
    return " ".join((_("Not readable now: %(lists)s.", lists=_names(lists)), list_sentence(why)))


def list_sentence(code: str) -> str:
    """Why one list cannot be read, while the others can: what Kommo answered, and what a person can do."""
    return _(UNREAD[code]) if code in UNREAD else error_sentence(code)


def _names(lists: Sequence[str]) -> str:
    """A few by name; of very many, how many more there are: each is named below with its reason."""
    if len(lists) <= NAMED:
        return ", ".join(stream_name(name) for name in lists)
    more = len(lists) - NAMED + 1
    shown = ", ".join(stream_name(name) for name in lists[: NAMED - 1])
    return ngettext("%(lists)s and %(num)s more", "%(lists)s and %(num)s more", more, lists=shown)


def census_sentence(connection: Connection, state: ConnectionState, stream: KommoStream | None) -> str:
    """As of when all that Kommo shows is here, and all that left is marked, whatever its lists and events tell."""
    if stream is None or stream.phase != "live":
        return ""
    said, as_of = "", stream.last_success_at
    if as_of is not None:
        said = _(
            "Complete as of %(time)s, also what disappeared in Kommo without notice.", time=_moment(as_of)
        )
    if not state.is_up_to_date:
        return said
    by = _moment((as_of or connection.created_at) + timedelta(seconds=every_seconds(stream)))
    following = _("The next complete check ends by %(time)s.", time=by)
    first = _(
        "The first complete check ends by %(time)s; it also finds what Kommo gives no notice of.", time=by
    )
    return f"{said} {following}" if said else first


def _moment(at: datetime) -> str:
    """The time of day, with the day when it is another."""
    is_near = abs((datetime.now(UTC) - at).total_seconds()) < NEAR_SECONDS
    return dt(at, "time") if is_near else dt(at, "medium")


def for_long(seconds: int) -> str:
    """A stretch of time, rounded up so that it is never promised too early."""
    if seconds < 60:
        return _("%(n)s s", n=max(1, seconds))
    if seconds < 3600:
        return _("%(n)s min", n=-(-seconds // 60))
    return (
        _("%(n)s h", n=-(-seconds // 3600)) if seconds < 172_800 else _("%(n)s days", n=-(-seconds // 86_400))
    )


def when_next(at: datetime | None, *, begins: bool = True) -> str:
    """When Kommo is asked next; with a capital where it begins what is said."""
    said = _when(at)
    return said if begins else said[:1].lower() + said[1:]


def _when(at: datetime | None) -> str:
    if at is None:
        return _("When somebody resumes")
    seconds = int((at - datetime.now(UTC)).total_seconds())
    if seconds <= 5:
        return _("Within seconds")
    if seconds < 60:
        return _("In %(time)s", time=for_long(seconds))
    return _("At %(time)s", time=dt(at, "time")) if seconds < NEAR_SECONDS else dt(at, "medium")
