"""Plain sentences for every state and reason a device can show."""

from __future__ import annotations

from datetime import UTC, datetime

from clarin_web.devices.queries import DeviceRow
from clarin_web.devices.reach import Reach
from clarin_web.devices.reasons import BAN_OVER, BANNED, BANNED_UNTIL, CODED, REASONS, UNTOLD
from clarin_web.web.formats import dt
from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import ngettext


def _later(message: str) -> str:
    """Declared here, translated when shown."""
    return message


N_ = _later
NAMES = {
    "unpaired": (N_("Not linked"), "slate"),
    "pairing": (N_("Waiting for the scan"), "info"),
    "connecting": (N_("Connecting"), "warn"),
    "connected": (N_("Connected"), "ok"),
    "reconnecting": (N_("Reconnecting"), "warn"),
    "replaced": (N_("Connected elsewhere"), "bad"),
    "logged_out": (N_("Unlinked"), "bad"),
    "banned": (N_("Blocked by WhatsApp"), "bad"),
    "outdated": (N_("Needs an update"), "bad"),
    "error": (N_("Problem"), "bad"),
    "stopped": (N_("Disconnected"), "slate"),
    "silent": (N_("Not answering"), "bad"),
}
SENTENCES = {
    "unpaired": N_("Link it by scanning a code with the phone that has the number."),
    "pairing": N_("Scan the code with the phone that has the number."),
    "typing": N_("Type the code on the phone that has the number."),
    "connecting": N_("Connecting to WhatsApp. Messages you write meanwhile wait here."),
    "connected": N_("Messages come in and go out."),
    "reconnecting": N_(
        "The connection was lost and is being restored. Messages you write meanwhile wait here."
    ),
    "replaced": N_(
        "Another program uses this link, perhaps another Clarin. Stop it there, then connect again here."
    ),
    "logged_out": N_("The link was removed. Scan a new code to use the number again; chats are kept."),
    "outdated": N_("WhatsApp asks for a newer version of Clarin. Tell whoever runs the server."),
    "error": N_("Something went wrong with this device. Try to connect it again."),
    "stopped": N_("Switched off. Messages you write wait until it is connected again."),
    "silent": N_(
        "The program that connects this number on the server does not answer. It is started again by itself; if that "
        "goes on, tell whoever runs the server."
    ),
}
WELL_BUT = {  # a connected number that needs somebody all the same
    "unsteady": N_(
        "Connected now, but it does not stay so: messages may wait. Open WhatsApp on the phone and see whether it "
        "warns of something; see too that no other program uses this link."
    ),
    "silent": N_(
        "Connected, but nothing has come in for long. Write to it from another phone to see that it works."
    ),
}
STOPS = {
    "person": N_("A person stopped it. Messages wait here."),
    "banned": N_(
        "After a block nothing leaves by itself. Connect the number first, then let messages go; write less, "
        "and slower."
    ),
    "failures": N_("WhatsApp refused several messages in a row. See why on them, then let the rest go."),
}
HOLDS = {
    "": N_("on their way"),
    "pace": N_("one after the other, so that WhatsApp does not take it for bulk"),
    "daily_budget": N_("today's limit of new people is reached"),
    "quiet_hours": N_("quiet hours"),
    "warm_up": N_("the number is new, and has written to as many people as it may today"),
    "unanswered": N_("too many people it wrote to first have not answered"),
    "retry": N_("not taken yet, tried again by itself"),
    "restricted": N_("to people who never wrote, whom this number may not write to for now"),
    "capped": N_("to people who never wrote, of whom WhatsApp allows no more for now"),
    "stopped_here": N_("sending is stopped"),
    "stopped_banned": N_("sending is stopped"),
    "stopped_failures": N_("sending is stopped"),
    "stopped_all": N_("sending is stopped for every number"),
}


RESTRICTIONS = {
    "restricted": N_(
        "WhatsApp lets this number write to nobody new. People who wrote to it are answered as always; "
        "messages to others wait until %(when)s, when one of them tries again. Meanwhile write less to "
        "strangers, and see on the phone whether WhatsApp says for how long."
    ),
    "capped": N_(
        "This number has begun as many chats as WhatsApp allows for now. People who wrote to it are "
        "answered as always; messages to others wait until %(when)s, when one of them tries again."
    ),
}


ALARMS = {
    "not_connected": N_("%(name)s is not connected: messages wait, and none come in."),
    "not_reporting": N_(
        "%(name)s does not answer: messages wait, and none come in. If that goes on, tell whoever runs the server."
    ),
    "silent": N_(
        "%(name)s has heard nothing since %(when)s. Write to it from another phone to see that it works."
    ),
    "unsteady": N_(
        "%(name)s does not stay connected: messages may wait. Open WhatsApp on the phone and see whether it warns of "
        "something; see too that no other program uses this link."
    ),
    "stopped": N_("%(name)s sends nothing: WhatsApp objected to what it sent. Somebody must look."),
}


WRITTEN_NOW = {
    "removed": N_("This number was removed. The chat stays to be read; nothing more can be sent through it."),
    "stopped_all": N_(
        "Sending is stopped for every number. What you write waits here until an administrator lets it go."
    ),
    "stopped_person": N_(
        "Sending is stopped for this number. What you write waits here until an administrator lets it go."
    ),
    "stopped_banned": N_(
        "WhatsApp blocked this number. What you write waits here until an administrator lets it go."
    ),
    "stopped_failures": N_(
        "WhatsApp refused several messages of this number. What you write waits here until an administrator has looked."
    ),
    "unlinked": N_("This number is not linked to WhatsApp. What you write waits here until it is."),
    "disconnected": N_("This number is disconnected. What you write waits here until it is connected again."),
    "connecting": N_(
        "This number is connecting. What you write leaves by itself as soon as it is connected."
    ),
    "banned": N_("WhatsApp has blocked this number for a while. What you write waits here."),
    "broken": N_("This number does not work right now. What you write waits here until it does."),
    "not_on_whatsapp": N_(
        "WhatsApp said %(when)s that this phone number is not there. A message would not arrive: check the number."
    ),
    "restricted": N_(
        "WhatsApp lets this number write to nobody new for now. What you write is tried %(when)s, "
        "or leaves as soon as they write."
    ),
    "capped": N_(
        "This number has begun as many chats as WhatsApp allows for now. What you write is tried %(when)s, "
        "or leaves as soon as they write."
    ),
    "quiet_hours": N_("These are quiet hours. What you write leaves %(when)s, or as soon as they write."),
    "daily_budget": N_(
        "Today's limit of new people is reached. What you write leaves %(when)s, or as soon as they write."
    ),
    "warm_up": N_(
        "This number is new, so it writes first to a few people a day. What you write leaves %(when)s, "
        "or as soon as they write."
    ),
    "unanswered": N_(
        "Too many people this number wrote to first have not answered. What you write leaves when some of them have, "
        "or as soon as this person writes."
    ),
}
BLOCKED_UNTIL = N_("WhatsApp has blocked this number until %(when)s. What you write waits here.")


def reach_sentence(reach: Reach) -> str:
    """What happens to what one writes now; empty when it simply leaves."""
    if not reach.code:
        return ""
    text = BLOCKED_UNTIL if reach.code == "banned" and reach.until else WRITTEN_NOW[reach.code]
    return _(text, when=dt(reach.until, "until")) if reach.until else _(text)


def alarm_sentence(device: DeviceRow) -> str:
    """What is wrong with it now, in a line; of one that is not connected also why, and what to do."""
    when = dt(device.last_in_at or device.linked_at or device.state_at, "smart")
    said = _(ALARMS[device.alarm], name=device.name, when=when)
    return f"{said} {sentence(device)}" if device.alarm == "not_connected" else said


def stop_sentence(device: DeviceRow) -> str:
    """Why nothing leaves through it."""
    return _(STOPS[device.paused_reason])


def restriction_sentence(device: DeviceRow) -> str:
    """Whom it may not write to, and until when; empty for a number that may."""
    until = device.cold_paused_until
    if until is None or until <= datetime.now(UTC):
        return ""
    return _(RESTRICTIONS[device.cold_paused_reason], when=dt(until, "until"))


def hold_words(hold: str) -> str:
    return _(HOLDS.get(hold, hold))


def state_name(device: DeviceRow) -> str:
    if device.shown_state == "pairing" and device.pairing_phone:
        return _("Waiting for the code")
    return _(NAMES[device.shown_state][0])


def state_color(device: DeviceRow) -> str:
    return NAMES[device.shown_state][1]


def sentence(device: DeviceRow) -> str:
    """The reason where there is one that a person can use, else what the state means."""
    state, (reason, _colon, about) = device.shown_state, device.state_reason.partition(":")
    if state == "silent":
        return _(SENTENCES["silent"])
    if state == "pairing" and device.pairing_phone and not reason:
        return _(SENTENCES["typing"])
    if state == "banned":
        return " ".join([_(REASONS.get(reason, REASONS["banned"])), _ban_end(device)]).strip()
    if state == "connected" and device.alarm in WELL_BUT:
        return _(WELL_BUT[device.alarm])
    text = REASONS.get(reason)
    if text and about.isdigit():
        return _(CODED.get(reason, text), code=about)
    if text and about == "untold":
        return " ".join((_(text), _(UNTOLD)))
    return _(text or SENTENCES[state])


def _ban_end(device: DeviceRow) -> str:
    """What to do about it, by whether it is over."""
    if device.state_reason == "banned_for_good":
        return ""
    if device.state_until is None:
        return _(BANNED)
    is_over = device.state_until <= datetime.now(UTC)
    return _(BAN_OVER if is_over else BANNED_UNTIL, when=dt(device.state_until))


def retry_sentence(device: DeviceRow) -> str:
    """When it is tried again by itself; empty while a process tries, and when only a person can."""
    if not device.waits_to_retry:
        return ""
    when = dt(device.retry_at, "time")
    return ngettext(
        "Tried %(num)s time. The next try is at %(when)s.", "Tried %(num)s times. The next try is at %(when)s.",
        device.tries, when=when
    )  # fmt: skip
