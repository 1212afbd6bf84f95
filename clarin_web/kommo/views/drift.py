"""Comparing with Kommo, and replaying what was kept of it: ask, see how it goes, go to each record."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from flask import Response, make_response, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo import forms, queries, rechecking, repairing, replaying, stream_words
from clarin_web.kommo.keeping import Kept, kept_of
from clarin_web.kommo.views.page import blueprint
from clarin_web.lib.errors import Conflict, DomainError, Invalid
from clarin_web.models import KommoConnection
from clarin_web.web.errors import describe, explain
from clarin_web.web.formats import local
from clarin_web.web.htmx import go, render

TYPED_AS = "%Y-%m-%dT%H:%M"  # what a datetime-local field takes


@blueprint.get("/drift")
@requires(Permission.MANAGE_KOMMO)
def drift() -> str:
    return render("kommo/drift.html", "kommo/_results.html", **_context())


@blueprint.post("/drift")
@requires(Permission.MANAGE_KOMMO)
def check() -> Response:
    """Begin a check; the page then shows how far it is by itself."""
    try:
        rechecking.ask(current_member(), forms.checking(request.form))
    except (Invalid, Conflict) as refusal:
        return _again(refusal, errors=_reasons(refusal))
    return go(url_for("kommo.drift"))


@blueprint.post("/drift/repair")
@requires(Permission.MANAGE_KOMMO)
def repair() -> Response:
    """Begin to bring in what the check found; the page then shows what is left."""
    try:
        repairing.ask(current_member())
    except Conflict as refusal:
        return _again(refusal, errors=_reasons(refusal))
    return go(url_for("kommo.drift"))


@blueprint.post("/replay")
@requires(Permission.MANAGE_KOMMO)
def replay() -> Response:
    """Begin to store a stretch of kept pages again; the page then shows how far it is by itself."""
    try:
        zone = local(datetime.now(UTC)).tzinfo or UTC
        replaying.ask(current_member(), forms.stretch(request.form, zone))
    except (Invalid, Conflict) as refusal:
        return _again(refusal, replay_errors=_reasons(refusal))
    return go(url_for("kommo.drift"))


def _reasons(refusal: DomainError) -> dict[str, str]:
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    return {name: describe(code) for name, code in fields.items()} or {"form": explain(refusal)}


def _again(refusal: DomainError, **errors: dict[str, str]) -> Response:
    return make_response(render_template("kommo/drift.html", **_context(**errors)), refusal.status)


def _context(
    errors: dict[str, str] | None = None, replay_errors: dict[str, str] | None = None
) -> dict[str, object]:
    connection = queries.connection_of(current_account())
    streams = queries.streams_of(current_account(), connection.id) if connection else {}
    found = rechecking.check_of(streams)
    wanted = rechecking.Ask(**found["ask"]) if found else rechecking.Ask("leads", "sample")
    typed = {name: request.form.get(name, value) for name, value in asdict(wanted).items()}
    return {
        "connection": connection,
        "check": found,
        "wanted": wanted,
        "typed": typed if errors else asdict(wanted),
        "errors": errors or {},
        "way_name": stream_words.way_name,
        "drift_name": stream_words.drift_name,
        "drift_field": stream_words.drift_field,
        "drift_why": stream_words.drift_why,
        "replayed": replaying.replay_of(streams),
        "when": datetime.fromisoformat,
        **_to_replay(connection, replay_errors or {}),
    }


def _to_replay(connection: KommoConnection | None, errors: dict[str, str]) -> dict[str, object]:
    """What the form for a replay offers: all that is kept, or what was typed and refused."""
    kept = kept_of(connection.account_id, connection.id) if connection else Kept(0, 0, None, None)
    oldest, newest = kept.oldest or datetime.now(UTC), kept.newest or datetime.now(UTC)
    offered = {
        "list": "",
        "since": local(oldest).strftime(TYPED_AS),
        "until": local(newest + timedelta(minutes=1)).strftime(TYPED_AS),
    }
    typed = {name: request.form.get(name, "")[:40] for name in offered}
    return {
        "kept": kept,
        "stretch": typed if errors else offered,
        "replay_errors": errors,
        "replay_lists": [(name, stream_words.stream_name(name)) for name in replaying.REPLAYED],
    }
