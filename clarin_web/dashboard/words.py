"""What a state of a number or of Kommo is called on Home, and its colour."""

from __future__ import annotations

from clarin_web.web.i18n import gettext as _


def device_state(state: str) -> tuple[str, str]:
    """Words and a badge colour for `Device.state`."""
    words = {
        "unpaired": (_("Not linked"), "slate"), "pairing": (_("Linking"), "blue"),
        "connecting": (_("Connecting"), "blue"), "connected": (_("Connected"), "green"),
        "reconnecting": (_("Reconnecting"), "amber"), "replaced": (_("Opened somewhere else"), "amber"),
        "logged_out": (_("Unlinked on the phone"), "red"), "banned": (_("Blocked by WhatsApp"), "red"),
        "outdated": (_("Needs an update"), "red"), "error": (_("Error"), "red"), "stopped": (_("Stopped"), "slate"),
    }  # fmt: skip
    return words[state]


def kommo_state(state: str) -> tuple[str, str]:
    """Words and a badge colour for `ConnectionState.name`."""
    words = {
        "backfilling": (_("Importing"), "blue"), "live": (_("Up to date"), "green"),
        "paused": (_("Paused"), "slate"), "refused": (_("No access to Kommo"), "red"),
        "unreachable": (_("Trying again"), "amber"), "incomplete": (_("Data missing"), "amber"),
        "late": (_("Late"), "amber"),
    }  # fmt: skip
    return words[state]
