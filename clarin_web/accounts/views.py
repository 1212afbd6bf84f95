"""Sign in and out, the list of sessions, preferences, and switching the account."""

from __future__ import annotations

from dataclasses import replace

from babel.lists import format_list
from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request

from clarin_web.accounts import actions, known_browsers, queries
from clarin_web.accounts import sign_in as sign_in_actions
from clarin_web.accounts.access import (
    anyone,
    cookie_name,
    current_account,
    current_user,
    known_name,
    signed_in,
)
from clarin_web.accounts.permissions import GRANTS, Permission
from clarin_web.accounts.sign_in import Visitor, WrongCredentials
from clarin_web.config import settings
from clarin_web.lib.errors import TooMany
from clarin_web.web.errors import N_, TEXTS, explain, retry_after
from clarin_web.web.forms import Form
from clarin_web.web.i18n import LOCALES, read_as, reader
from clarin_web.web.i18n import gettext as _
from clarin_web.web.security import safe_next

blueprint = Blueprint("accounts", __name__)
THEMES = ("system", "light", "dark")
TEXTS.update(
    {
        "wrong_credentials": N_("Wrong e-mail or password."),
        "password_short": N_("Use at least 12 characters."),
        "already_member": N_("This person is in the account already."),
        "password_common": N_("This password is too easy to guess."),
    }
)


@blueprint.app_template_global()
def whom_to_ask(permission: str) -> str:
    """The people of the account who may do what the reader may not, as "Ana or Luis"; for empty pages only."""
    wanted = Permission(permission)
    names = [row.name for row in queries.members_of(current_account()) if wanted in GRANTS[row.role]]
    return format_list(names[:3], style="or", locale=reader().locale)


@blueprint.get("/login")
@anyone
def sign_in_page() -> str | Response:
    target = safe_next(request.args.get("next"))
    if g.signed_in:
        return make_response(redirect(target, 303))
    return render_template("accounts/login.html", email="", error="", next=target)


@blueprint.post("/login")
@anyone
def sign_in() -> Response:
    form = Form(request.form)
    email, target = form.text("email", limit=254), safe_next(request.form.get("next"))
    try:
        form.check()
        cookie, known = sign_in_actions.sign_in(email, request.form.get("password", ""), _visitor())
    except (WrongCredentials, TooMany) as refusal:
        page = render_template("accounts/login.html", email=email, error=explain(refusal), next=target)
        return retry_after(make_response(page, refusal.status), refusal)
    if g.signed_in:  # this browser's earlier session ends with it
        actions.close_session(g.signed_in.session_id, g.signed_in.user_id)
    response = with_cookie(make_response(redirect(target, 303)), cookie)
    return with_cookie(response, known, name=known_name(), seconds=known_browsers.SECONDS)


def _visitor() -> Visitor:
    return Visitor(
        ip=request.remote_addr or "",
        user_agent=str(request.user_agent),
        known=request.cookies.get(known_name(), ""),
    )


@blueprint.post("/logout")
@signed_in
def sign_out() -> Response:
    who = current_user()
    actions.close_session(who.session_id, who.user_id)
    response = make_response(redirect("/login", 303))
    response.delete_cookie(
        cookie_name(), path="/", secure=settings().secure_cookies, httponly=True, samesite="Lax"
    )
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.post("/accounts/<int:account_id>/entry")
@signed_in
def enter_account(account_id: int) -> Response:
    who = current_user()
    cookie = actions.enter_account(who.session_id, who.user_id, account_id)
    return with_cookie(make_response(redirect("/", 303)), cookie)


@blueprint.get("/settings")
@signed_in
def settings_page() -> Response:
    return make_response(redirect("/settings/profile", 303))


@blueprint.get("/settings/profile")
@signed_in
def profile() -> str:
    who = current_user()
    return render_template("settings/profile.html", locale=who.locale, theme=who.theme, errors={})


@blueprint.post("/settings/profile")
@signed_in
def save_profile() -> Response:
    form = Form(request.form)
    locale = form.choice("locale", LOCALES, required=True)
    theme = form.choice("theme", THEMES, required=True)
    form.check()
    actions.save_preferences(current_user().user_id, current_user().account_id, locale=locale, theme=theme)
    read_as(replace(reader(), locale=locale))  # said in the language just chosen
    flash(_("Saved."))
    return make_response(redirect("/settings/profile", 303))


@blueprint.get("/settings/sessions")
@signed_in
def sessions() -> str:
    who = current_user()
    rows = [
        {**row._mapping, "is_current": row.id == who.session_id} for row in queries.sessions_of(who.user_id)
    ]
    failed = queries.failed_sign_ins(who.member)
    return render_template("settings/sessions.html", sessions=rows, failed=failed)


@blueprint.post("/settings/sessions/<int:session_id>/revocation")
@signed_in
def revoke_session(session_id: int) -> Response:
    actions.close_session(session_id, current_user().user_id)
    flash(_("That session is closed."))
    return make_response(redirect("/settings/sessions", 303))


def with_cookie(response: Response, value: str, *, name: str = "", seconds: int = 7 * 86400) -> Response:
    response.set_cookie(
        name or cookie_name(),
        value,
        path="/",
        secure=settings().secure_cookies,
        httponly=True,
        samesite="Lax",
        max_age=seconds,
    )
    return response
