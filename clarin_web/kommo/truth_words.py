"""Where a value comes from, in words."""

from __future__ import annotations

from clarin_web.web.errors import N_
from clarin_web.web.i18n import gettext as _

FIELDS = {
    "title": N_("Title"),
    "value": N_("Value"),
    "stage_id": N_("Stage"),
    "owner_id": N_("Owner"),
    "tags": N_("Tags"),
    "name": N_("Name"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "company": N_("Company"),
}
SOURCES = {
    "user": N_("Typed here"),
    "typed": N_("Typed here"),
    "kommo": N_("Kommo"),
    "whatsapp": N_("WhatsApp"),
    "phone_book": N_("The phone's contacts"),
    "rule": N_("A rule of Clarin"),
    "system": N_("Clarin"),
}


def field_name(field: str) -> str:
    return _(FIELDS[field]) if field in FIELDS else field


def source_name(source: str) -> str:
    """Sources nobody recorded are said to be unknown rather than guessed."""
    return _(SOURCES[source]) if source in SOURCES else _("Not known")
