"""Connecting a Kommo: try a token or consent in Kommo, look at what would come, then connect."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for

from clarin_web.accounts.access import current_account, current_member, requires
from clarin_web.accounts.limits import spend
from clarin_web.accounts.permissions import Permission
from clarin_web.kommo import drafting, forms, jobs, regions
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.views.page import blueprint, connection_context
from clarin_web.lib.errors import Conflict, DomainError, Invalid
from clarin_web.web.errors import describe, explain
from clarin_web.web.htmx import go
from clarin_web.web.i18n import gettext as _
from clarin_web.web.security import own_origin

TRIES, WITHIN = 30, 3600


@blueprint.context_processor
def _return_address() -> dict[str, object]:
    return {"kommo_return_address": return_address}


def return_address() -> str:
    """Where Kommo sends people back to; an integration must name it."""
    return f"{own_origin()}{url_for('kommo.consented')}"


@blueprint.post("/draft")
@requires(Permission.MANAGE_KOMMO)
def try_token() -> Response:
    try:
        wanted = forms.connecting(request.form)
        _count_try()
        drafting.try_token(current_member(), wanted.address, wanted.token)
    except (Invalid, Conflict) as refusal:
        return _again(refusal)
    return go(url_for("kommo.draft"))


@blueprint.get("/draft")
@requires(Permission.MANAGE_KOMMO)
def draft() -> Response:
    """What would come across, before anything does."""
    found = drafting.draft_of(current_member())
    if found is None or not found.summary:
        return make_response(redirect(url_for("kommo.index"), 303))
    connection = connection_of(current_account())
    region = {**(connection.region if connection else {}), "said": regions.usable(found.summary)}
    differing = regions.differences(region, regions.of_account(current_account()))
    context = {"draft": found, "found": found.summary, "differing": differing}
    return make_response(render_template("kommo/draft.html", **context))


@blueprint.post("")
@requires(Permission.MANAGE_KOMMO)
def connect() -> Response:
    try:
        connection = drafting.connect_draft(current_member(), forms.region(request.form))
    except (Invalid, Conflict) as refusal:
        return _again(refusal)
    jobs.enqueue_visit(connection.account_id, connection.id)
    flash(_("Connected. The import has begun."))
    return go(url_for("kommo.index"))


@blueprint.post("/draft/removal")
@requires(Permission.MANAGE_KOMMO)
def forget() -> Response:
    drafting.drop_draft(current_member())
    return go(url_for("kommo.index"))


@blueprint.post("/consent")
@requires(Permission.MANAGE_KOMMO)
def ask_consent() -> Response:
    """A page with a link, not a redirect: our CSP lets no form lead to another site."""
    try:
        wanted = forms.integration(request.form)
        page = drafting.ask_consent(
            current_member(), wanted.address, wanted.client_id, wanted.secret, return_address()
        )
    except Invalid as refusal:
        return _again(Invalid("invalid", _beside_consent(refusal.fields)))
    return make_response(render_template("kommo/consent.html", consent_page=page))


@blueprint.get("/consent")
@requires(Permission.MANAGE_KOMMO)
def consented() -> Response:
    """Kommo sends the person back here. The host it names (`referer`) is not used: codes go to our own base."""
    state, code = request.args.get("state", "")[:200], request.args.get("code", "")[:4000]
    if not state:
        return make_response(redirect(url_for("kommo.index"), 303))
    try:
        _count_try()
        drafting.take_consent(current_member(), state, code)
    except (Invalid, Conflict) as refusal:
        return _again(refusal)
    return make_response(redirect(url_for("kommo.draft"), 303))


def _beside_consent(fields: dict[str, str]) -> dict[str, str]:
    """Both forms ask for an address; the reason belongs beside the one that was sent."""
    return {"consent_address" if name == "address" else name: code for name, code in fields.items()}


def _count_try() -> None:
    """A form that asks other servers is also a way to guess tokens and to look for servers."""
    spend(f"kommo-try:{current_member().account_id}", TRIES, WITHIN)


def _again(refusal: DomainError) -> Response:
    """The page once more, with the reason beside its field, or above the form when it belongs to none."""
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    errors = {name: describe(code) for name, code in fields.items()} or {"form": explain(refusal)}
    address = request.form.get("address", "")[:200]
    context = connection_context(errors, address)
    return make_response(render_template("kommo/index.html", **context), refusal.status)
