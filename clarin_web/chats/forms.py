"""What people type and choose about chats, turned into the values queries and actions take."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from clarin_web.chats.actions import MAX_BODY, NewDraft, NewMessage, NewNote
from clarin_web.chats.queries import InboxFilter
from clarin_web.lib.errors import Invalid
from clarin_web.lib.text import clean_text
from clarin_web.web.forms import Form
from clarin_web.web.paging import MOST, PAGE

MAX_DRAFT = 100_000
MAX_VERSION = 10**17  # microseconds: a thousand years
FILTERS = ("q", "unread", "waiting", "device", "before", "limit")
ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_WA_ID = re.compile(r"[A-Za-z0-9._:@-]{1,128}")


def read_inbox_filter(data: Mapping[str, str]) -> InboxFilter:
    """Fails closed (domain rule 13): an unknown name or value is refused, never "everything"."""
    if unknown := set(data) - set(FILTERS):
        raise Invalid("unknown_filter", name=min(unknown))
    form = Form(data)
    device, limit = form.integer("device", low=1), form.integer("limit", low=1, high=MOST)
    unread, waiting = form.choice("unread", ("0", "1")), form.choice("waiting", ("0", "1"))
    chosen = InboxFilter(
        q=form.text("q", limit=200),
        unread=unread == "1",
        waiting=waiting == "1",
        device=device,
        before=form.text("before"),
        limit=limit or PAGE,
    )
    for name in form.errors:
        raise Invalid("bad_filter", {name: form.errors[name]}, name=name, value=data.get(name, "")[:80])
    return chosen


def is_note(data: MultiDict[str, str]) -> bool:
    """Whether anything in a form says that the team, and no customer, is to read it.

    Pages from before notes had a form of their own say it in `kind`. In doubt it is a note.
    """
    is_said = "note" in data or "note" in data.getlist("write")
    return is_said or bool(set(data.getlist("kind")) - {"text"})


def read_message(data: Mapping[str, str]) -> tuple[NewMessage, dict[str, str]]:
    """The message and what is wrong with it; the text comes back whatever it is, so that nothing typed is lost."""
    form = Form(data)
    body = form.text("body", required=True, limit=MAX_BODY)
    new = NewMessage(body, _client_id(form), "text", read_quoted(form, "body"), draft=_seen(form))
    return new, form.errors


def read_note(data: Mapping[str, str]) -> tuple[NewNote, dict[str, str]]:
    """As read_message; the words of an old page's note come as `body`."""
    form = Form({**data, "body": data.get("note") or data.get("body", "")})
    return NewNote(
        form.text("body", required=True, limit=MAX_BODY), _client_id(form), _seen(form)
    ), form.errors


def _client_id(form: Form) -> str:
    given = form.data.get("client_id", "") or new_client_id()
    if not ID.fullmatch(given):
        form.fail("body", "not_text")
    return given


def _seen(form: Form) -> int | None:
    """The version of the draft that its page had read; pages of before say none."""
    return form.integer("draft", high=MAX_VERSION)


def read_quoted(form: Form, at: str) -> str | None:
    """The WhatsApp id of the message that is answered; nonsense is said at the field `at`."""
    quoted = form.data.get("quoted_wa_id") or None
    if quoted and not _WA_ID.fullmatch(quoted):
        form.fail(at, "not_text")
    return quoted


def read_draft(data: Mapping[str, str], kind: str) -> NewDraft:
    """Half-typed text is kept whatever it is, without what cannot be stored."""
    words = data.get("note" if kind == "note" else "body") or data.get("body", "")
    client_id = data.get("client_id", "")
    known = client_id if ID.fullmatch(client_id) else ""
    return NewDraft(kind, clean_text(words, MAX_DRAFT), known, _seen(Form(data)))


def new_client_id() -> str:
    """Made for each composer that is shown: what makes a double click one message."""
    return secrets.token_urlsafe(16)
