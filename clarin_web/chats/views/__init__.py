"""Pages and fragments of chats. Every view wears its permission; fragments share the pages' URLs."""

from __future__ import annotations

from flask import Blueprint, request

from clarin_web.chats import shown
from clarin_web.chats.forms import is_note
from clarin_web.chats.queries import visible_chats
from clarin_web.lib.errors import Invalid
from clarin_web.live.topics import reader_only, register
from clarin_web.web.errors import N_, TEXTS
from clarin_web.web.security import UNSAFE

TEXTS.update(
    {
        "do_not_contact": N_("This person asked not to be contacted. Nothing was sent."),
        "device_removed": N_("The number of this chat was removed: nothing more can be sent through it."),
        "not_retriable": N_("This message is on its way already."),
        "leaving_now": N_("Too late: it is leaving right now."),
        "client_id_used": N_(
            "What you sent before from here has left already; these words have not. "
            "Look at the chat before you send them."
        ),
        "not_for_customers": N_("That is a note to the team: it goes to no customer."),
        "cannot_react": N_("This message cannot be reacted to."),
        "no_chat": N_("Choose a chat first."),
        "too_many_chats": N_("To %(most)s chats at most at once."),
        "cannot_forward": N_("This message cannot be forwarded."),
        "too_late_to_edit": N_("WhatsApp lets a message be changed for 15 minutes only."),
        "too_late_to_delete": N_("WhatsApp lets a message be deleted for everyone for 2 days only."),
        "no_place": N_("That is neither coordinates nor a map's long link. Short links hold no place."),
        "poll_options": N_("Between 2 and 12 options, one on each line."),
        "poll_same": N_("Two options are the same."),
        "poll_long": N_("An option has 100 characters at most."),
        "not_emoji": N_("That is not an emoji."),
        "not_a_sticker": N_("A sticker is a WebP picture of 1 MB at most."),
        "not_a_voice": N_("This recording cannot be sent as a voice message."),
        "no_file": N_("Choose a file first."),
        "to_ourselves": N_("This is one of your own numbers."),
        "chat_of_another": N_("Somebody else looks after the chat with this person."),
        "chat_there_again": N_("Another chat has this number now: it cannot be taken apart."),
        "no_phone": N_("This contact has no phone to share."),
    }
)
blueprint = Blueprint("chats", __name__)
KEEPS_NOTES = ("send", "draft", "write", "note_draft", "draft_of_before", "typing")


@blueprint.before_request
def stop_notes() -> None:
    """A caption, a question, a letter that says it is a note leaves by no road, those of later included."""
    known = str(request.endpoint).removeprefix("chats.") in KEEPS_NOTES
    if request.method in UNSAFE and not known and is_note(request.values):
        raise Invalid("not_for_customers")


for name in (
    "beginning",
    "body_parts",
    "came_of",
    "earlier_texts",
    "event_answers",
    "head_parts",
    "is_long",
    "is_sealed",
    "is_wordless",
    "money_of",
    "moved_at",
    "poll_choices",
    "wave_path",
):
    blueprint.add_app_template_global(getattr(shown, name), name)
blueprint.add_app_template_global(shown.cards, "contact_cards")
register("chat", visible_chats)
register("presence", visible_chats)
register("talk", reader_only)

from clarin_web.chats.views import (  # noqa: E402  # each hangs its routes on the blueprint
    doing,  # noqa: F401
    files,  # noqa: F401
    forwarding,  # noqa: F401
    inbox,  # noqa: F401
    joined,  # noqa: F401
    notes,  # noqa: F401
    presence,  # noqa: F401
    reach,  # noqa: F401
    sending,  # noqa: F401
    starting,  # noqa: F401
    thread,  # noqa: F401
    waiting,  # noqa: F401
    writing,  # noqa: F401
)
