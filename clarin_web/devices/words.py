"""Plain sentences for every state and reason a device can show."""

from __future__ import annotations

from datetime import UTC, datetime

from clarin_web.devices.queries import DeviceRow
from clarin_web.devices.reach import Reach
from clarin_web.web.formats import dt
from clarin_web.web.i18n import gettext as _


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
    "logged_out": (N_("Logged out"), "bad"),
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
    "replaced": N_("Another program uses this link. Connect again to use it here."),
    "logged_out": N_("The link was removed. Scan a new code to use the number again; chats are kept."),
    "banned": N_("WhatsApp has blocked this number for a while. Wait before connecting again."),
    "outdated": N_("WhatsApp asks for a newer version of Clarin. Tell whoever runs the server."),
    "error": N_("Something went wrong with this device. Try to connect it again."),
    "stopped": N_("Switched off. Messages you write wait until it is connected again."),
    "silent": N_(
        "The process of this device does not report. It is started again by itself, if the server runs it."
    ),
}
BANNED_UNTIL = N_(
    "WhatsApp has blocked this number until %(when)s. Connect it again after that, and write less."
)
REASONS = {
    "no_network": N_("There is no network on the server. It keeps trying."),
    "code_expired": N_("The code expired before anybody scanned it. Ask for a new one."),
    "no_answer": N_("WhatsApp does not answer. It keeps trying."),
    "connection_lost": N_("The connection was lost. It keeps trying."),
    "unlinked_on_phone": N_(
        "The link was removed on the phone. Scan a new code to use it again; chats are kept."
    ),
    "connected_elsewhere": N_("Another program uses this link. Connect again to use it here."),
    "needs_upgrade": N_("WhatsApp asks for a newer version of Clarin. Tell whoever runs the server."),
    "number_already_linked": N_(
        "This number is already another device of this account. Link it again there."
    ),
    "other_number": N_(
        "That is another number. The chats here belong to this one: link it again, or add a device for the other."
    ),
    "number_unusable": N_("WhatsApp does not take this number. Check it, or scan a code instead."),
    "too_many_codes": N_("WhatsApp gives no more codes for now. Wait an hour, or scan a code instead."),
    "code_refused": N_("WhatsApp gave no code for this number. Try again, or scan a code instead."),
    "unknown_answer": N_("WhatsApp sent something this version does not understand. It is connecting again."),
    "refused": N_("WhatsApp refused the connection. It keeps trying."),
    "banned": N_("WhatsApp has blocked this number for a while. Wait before connecting again."),
    "session_damaged": N_(
        "This number's link was damaged on the server. Link it again: all chats are kept. The damaged file is kept too."
    ),
    "session_lost": N_("The server has lost this number's link. Link the number again: all chats are kept."),
    "session_unusable": N_(
        "The server cannot read or write this number's link. Tell whoever runs it; then it connects by itself."
    ),
    "disk_full": N_(
        "The server's disk is full. Tell whoever runs it; with room again it connects by itself."
    ),
    "proxy_unusable": N_("The proxy of this number cannot be used, so nothing goes out. Write it again."),
}


STOPS = {
    "person": N_("A person stopped it. Messages wait here."),
    "banned": N_(
        "WhatsApp blocked this number. Messages wait here until somebody lets them go; write less, and slower."
    ),
    "failures": N_("WhatsApp refused several messages in a row. See why on them, then let the rest go."),
}
HOLDS = {
    "": N_("on their way"),
    "pace": N_("one after the other, so that WhatsApp does not take it for bulk"),
    "daily_budget": N_("as many as may be written to today have been"),
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
    "not_reporting": N_("%(name)s does not report: its process may be down."),
    "silent": N_(
        "%(name)s has heard nothing since %(when)s. Write to it from another phone to see that it works."
    ),
    "stopped": N_("%(name)s sends nothing: WhatsApp minded what it sent. Somebody must look."),
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
        "As many people as may be written to today have been. What you write leaves %(when)s, or as soon as they write."
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
    return _(text, when=dt(reach.until, "smart")) if reach.until else _(text)


def alarm_sentence(device: DeviceRow) -> str:
    """What is wrong with it now, in a line."""
    when = dt(device.last_in_at or device.linked_at or device.state_at, "smart")
    return _(ALARMS[device.alarm], name=device.name, when=when)


def stop_sentence(device: DeviceRow) -> str:
    """Why nothing leaves through it."""
    return _(STOPS[device.paused_reason])


def restriction_sentence(device: DeviceRow) -> str:
    """Whom it may not write to, and until when; empty for a number that may."""
    until = device.cold_paused_until
    if until is None or until <= datetime.now(UTC):
        return ""
    return _(RESTRICTIONS[device.cold_paused_reason], when=dt(until, "smart"))


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
    state = device.shown_state
    if state == "silent":
        return _(SENTENCES["silent"])
    if state == "banned" and device.state_until:
        return _(BANNED_UNTIL, when=dt(device.state_until))
    if state == "pairing" and device.pairing_phone and not device.state_reason:
        return _(SENTENCES["typing"])
    return _(REASONS.get(device.state_reason) or SENTENCES[state])
