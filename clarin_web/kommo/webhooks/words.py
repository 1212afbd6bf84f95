"""What people read about webhooks."""

from __future__ import annotations

from clarin_web.web.errors import N_, TEXTS
from clarin_web.web.i18n import gettext as _

STATES = {
    "off": (N_("Off"), "slate"),
    "on": (N_("On"), "ok"),
    "disabled": (N_("Turned off by Kommo"), "warn"),
    "missing": (N_("Removed in Kommo"), "warn"),
}
TEXTS.update(
    {
        "kommo_hook_no_rights": N_(
            "Kommo did not allow this. The token must be an administrator's, and the plan Advanced, Pro or Enterprise."
        ),
        "kommo_hook_refused": N_(
            "Kommo did not accept this webhook. It allows a hundred of them; remove some in Kommo and try again."
        ),
        "kommo_not_removed": N_(
            "It is off here, but Kommo's list still has it: Kommo did not answer. We try again within the hour."
        ),
        "kommo_no_public_address": N_("Kommo cannot reach this Clarin: the operator must set CLARIN_ORIGIN."),
    }
)


def webhook_state(state: str) -> tuple[str, str]:
    """The words and the colour of a webhook's state."""
    text, color = STATES[state]
    return _(text), color
