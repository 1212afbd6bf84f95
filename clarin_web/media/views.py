"""The bytes of a file, for whoever sees its chat: whole or a range, and never as anything a browser would run."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, request
from werkzeug.http import parse_range_header

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.lib.errors import NotFound
from clarin_web.media.actions import ask_again
from clarin_web.media.queries import find_media, portrait_seen
from clarin_web.media.storage import needed_now, shown, storage
from clarin_web.media.types import INLINE, UNKNOWN
from clarin_web.models import Media
from clarin_web.web.errors import N_, TEXTS
from clarin_web.web.htmx import go, wants_fragment
from clarin_web.web.security import safe_next

TEXTS.update(
    {
        "media_not_available": N_("This file cannot be downloaded again."),
        "file_too_large": N_("The file is too large: %(most)s MB at most."),
        "media_quota": N_("Your account's space for files is full. Ask whoever runs Clarin for more."),
        "file_empty": N_("The file is empty."),
        "files_away": N_(
            "The place where files are kept does not answer right now. Try again in a moment; nothing was lost."
        ),
    }
)
# A file opened by itself may run nothing, load nothing and talk to nobody, whatever it is.
ALONE = "sandbox; default-src 'none'; style-src 'none'; script-src 'none'; img-src 'self'; media-src 'self'"
WEEK = 7 * 24 * 3600
blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<int:media_id>")
@requires(Permission.READ)
def file(media_id: int) -> Response:
    """Pictures, sounds and films we recognise are shown; everything else is only saved."""
    media = find_media(current_member(), media_id)
    if media.state != "ready":
        raise NotFound("media")
    mime = media.mime if media.mime in INLINE else UNKNOWN
    response = _send(media.hash, media.size, mime)
    saved = mime == UNKNOWN or request.args.get("save") == "1"
    response.headers["Content-Disposition"] = disposition(media, "attachment" if saved else "inline")
    return response


@blueprint.get("/media/<int:media_id>/thumb")
@requires(Permission.READ)
def thumb(media_id: int) -> Response:
    """The small picture we drew."""
    media = find_media(current_member(), media_id)
    if media.state != "ready" or not media.thumb_hash:
        raise NotFound("media")
    return _prepared(_drawn(media.thumb_hash), media.thumb_hash)


@blueprint.get("/portraits/<int:contact_id>")
@requires(Permission.READ)
def portrait(contact_id: int) -> Response:
    """A contact's profile picture. `v` changes with it, so browsers keep it; an old page's is given the new one."""
    digest = portrait_seen(current_member(), contact_id)
    if not digest:
        raise NotFound("portrait")
    if request.if_none_match.contains(digest):
        return _prepared(Response(status=304), digest)
    answer = _prepared(_drawn(digest), digest)
    if not digest.startswith(request.args.get("v", "-")):
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.post("/media/<int:media_id>/retry")
@requires(Permission.WORK)
def retry(media_id: int) -> Response:
    """Download it (again), because somebody asked. The bubble follows by itself."""
    ask_again(current_member(), media_id)
    if wants_fragment():
        return Response(status=204)
    return go(safe_next(request.form.get("next") or urlsplit(request.referrer or "").path))


def _send(digest: str, size: int, mime: str) -> Response:
    """200, 206 for one range, 304 for what the browser has, 416 for a range past the end."""
    if request.if_none_match.contains(digest):
        return _prepared(Response(status=304), digest)
    span = _asked_range(digest)
    if span is None:
        return _streamed(digest, mime, 0, size, 200)
    found = span.range_for_length(size)
    if found is None or found[0] >= size:
        answer = Response(status=416)
        answer.headers["Content-Range"] = f"bytes */{size}"
        return _prepared(answer, digest)
    answer = _streamed(digest, mime, found[0], found[1] - found[0], 206)
    answer.headers["Content-Range"] = f"bytes {found[0]}-{found[1] - 1}/{size}"
    return answer


def _asked_range(digest: str):  # type: ignore[no-untyped-def]
    """None when all of it is wanted: no range, several, nonsense, or of a file that has changed since."""
    span = parse_range_header(request.headers.get("Range"))
    if span is None or span.units != "bytes" or len(span.ranges) != 1:
        return None
    same = request.if_range is None or request.if_range.etag in (None, digest)
    return span if same and not request.if_range.date else None


def _drawn(digest: str) -> Response:
    """A small picture of ours, whole."""
    with needed_now():
        return Response(
            b"".join(shown(storage().read(current_account(), digest, 0, 2**24))), mimetype="image/webp"
        )


def _streamed(digest: str, mime: str, start: int, length: int, status: int) -> Response:
    with needed_now():
        body: Iterator[bytes] = shown(storage().read(current_account(), digest, start, length))
    answer = Response(body if request.method == "GET" else b"", status, mimetype=mime)
    answer.headers["Content-Length"] = str(length)
    answer.headers["Accept-Ranges"] = "bytes"
    return _prepared(answer, digest)


def _prepared(answer: Response, digest: str) -> Response:
    """For this session in this browser only (every answer varies by cookie): who signs in next asks us again."""
    answer.set_etag(digest)
    answer.headers["Cache-Control"] = f"private, max-age={WEEK}, immutable"
    answer.headers["Content-Security-Policy"] = ALONE
    return answer


def disposition(media: Media, how: str) -> str:
    """The sender's file name, in the two spellings browsers read; never a way out of the header."""
    name = media.name or f"clarin-{media.id}"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
