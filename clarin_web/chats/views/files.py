"""Files out: one request a file, so that each has its own progress, its own refusal and its own second try."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, request

from clarin_web.accounts.access import current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.chats.actions import MAX_BODY, NewFile, send_file
from clarin_web.chats.forms import new_client_id, read_quoted
from clarin_web.chats.queries import find_chat
from clarin_web.chats.sending_forms import read_client_id
from clarin_web.chats.views import blueprint
from clarin_web.chats.views.sheets import done, sheet
from clarin_web.lib.errors import Invalid
from clarin_web.media.kinds import ASKED, most_sent
from clarin_web.web.errors import describe
from clarin_web.web.forms import Form
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import gettext as _
from clarin_web.web.uploads import takes_files


@blueprint.get("/chats/<int:chat_id>/files")
@requires(Permission.WORK)
def files_form(chat_id: int) -> Response:
    return _form(chat_id)


@blueprint.post("/chats/<int:chat_id>/files")
@requires(Permission.WORK)
@takes_files(most_sent)
def send_files(chat_id: int) -> Response:
    """With htmx one file and its bubble; from a plain form all that were chosen, the words with the first."""
    find_chat(current_member(), chat_id)
    form = Form(request.form)
    caption, client_id = form.text("caption", limit=MAX_BODY), read_client_id(form)
    asked = form.choice("as", ASKED, default="auto")
    quoted = read_quoted(form, "file")
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        form.fail("file", "no_file")
    if form.errors:
        return _refused(chat_id, form.errors, client_id)
    sent = 0
    try:
        for number, file in enumerate(files):
            name, own_id = file.filename or "", client_id if not number else f"{client_id[:56]}-{number}"
            words, answered = ("", None) if number else (caption, quoted)
            new = NewFile(file.stream, name, own_id, words, asked, answered)  # type: ignore[arg-type]
            sent = send_file(current_member(), chat_id, new)
    except Invalid as refusal:
        return _refused(chat_id, refusal.fields or {"file": refusal.code}, client_id, **refusal.details)
    return done(chat_id, sent, is_new=True)


def _form(chat_id: int, status: int = 200, **context: Any) -> Response:
    given = {"client_id": new_client_id(), "most": most_sent() >> 20, "data": request.form, **context}
    return sheet(_("Send files"), "_files", chat_id, status=status, **given)


def _refused(chat_id: int, codes: dict[str, str], client_id: str, **details: object) -> Response:
    """A script gets the sentence alone, to show it beside the file."""
    said = {name: describe(code, **details) for name, code in codes.items()}
    if wants_fragment():
        return make_response(" ".join(said.values()), 422, {"Content-Type": "text/plain; charset=utf-8"})
    return _form(chat_id, 422, errors=said, client_id=client_id)
