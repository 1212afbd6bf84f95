"""The words for this feature's refusals and facts; sentences are translated when shown."""

from __future__ import annotations

from clarin_web.web.errors import N_, TEXTS

TEXTS.update(
    {
        "filter_refused": N_(
            "A filter in this address cannot be used, so nothing is shown rather than everything."
        ),
        "no_such_filter": N_("There is no filter with this name."),
        "not_there": N_("This does not exist here."),
        "out_of_range": N_("This is out of range."),
        "range_backwards": N_("The range ends before it starts."),
        "lead_changed": N_("Somebody changed this lead meanwhile. See what is true now, then decide."),
        "foreign_stage": N_("This stage does not exist in this account."),
        "reason_needed": N_("Say why the lead was lost."),
        "known_person": N_("Somebody of another name is reached by this already."),
        "same_title": N_("There is already an open lead with this title."),
        "group_lead": N_("A group cannot have a lead."),
        "name_missing": N_("A name is needed."),
        "no_pipeline": N_("There is no pipeline yet."),
        "assign": N_(
            "You may take a lead nobody owns or let go of yours; giving it to others needs a manager."
        ),
        "phone_letters": N_("This is not a phone number: it has letters."),
        "phone_too_short": N_("This phone number is too short."),
        "phone_too_long": N_("This phone number is too long."),
        "phone_unknown_country": N_("No country has this phone code."),
        "phone_several": N_("Write one phone number only."),
        "phone_not_in_plan": N_("No phone in this country looks like this."),
        "phone_empty": N_("This is needed."),
        "own_number": N_("This is one of your own numbers: it cannot be a contact."),
    }
)
FIELD_NAMES = {
    "title": N_("Title"),
    "value": N_("Value"),
    "stage_id": N_("Stage"),
    "owner_id": N_("Owner"),
    "tags": N_("Tags"),
    "gone": N_("Kept on"),
}
FILTER_NAMES = {
    "q": N_("Search"),
    "pipeline": N_("Pipeline"),
    "stage": N_("Stage"),
    "status": N_("Status"),
    "owner": N_("Owner"),
    "tag": N_("Tag"),
    "source": N_("Source"),
    "gone": N_("In Kommo"),
    "created_from": N_("Created from"),
    "created_to": N_("Created to"),
    "sort": N_("Order"),
    "limit": N_("Page size"),
}
STATUS_NAMES = {"open": N_("Open"), "won": N_("Won"), "lost": N_("Lost")}
SOURCE_NAMES = {
    "typed": N_("Typed in here"),
    "whatsapp": N_("They wrote on WhatsApp"),
    "kommo": "Kommo",
    "ad": N_("Any ad"),
    "post": N_("A post"),
    "link": N_("A link to the chat"),
    "code": N_("A QR code"),
    "catalog": N_("The catalog"),
    "status": N_("A status"),
    "page": N_("Your page or profile"),
    "search": N_("The search of WhatsApp"),
}
GONE_NAMES = {"no": N_("Still there"), "yes": N_("No longer there")}
SORT_NAMES = {
    "-updated": N_("Latest activity"),
    "updated": N_("Oldest activity"),
    "-created": N_("Newest"),
    "created": N_("Oldest"),
    "name": N_("Name A–Z"),
    "-name": N_("Name Z–A"),
    "-value": N_("Highest value"),
    "value": N_("Lowest value"),
}
