"""Who is asking, and may they: the session of each request, and the decorators every view wears."""

from __future__ import annotations

import functools
import math
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from flask import Flask, Response, g, make_response, redirect, request

from clarin_web.accounts import actions, queries
from clarin_web.accounts.permissions import Member, Permission
from clarin_web.accounts.queries import SignedIn
from clarin_web.config import settings
from clarin_web.db import enter_tenant, is_away, leave_tenant, release
from clarin_web.lib.errors import Forbidden, TooMany
from clarin_web.lib.pace import Pace
from clarin_web.lib.values import optional_id
from clarin_web.web.cache import remembered
from clarin_web.web.errors import describe, error_page, way_back
from clarin_web.web.htmx import wants_fragment
from clarin_web.web.i18n import Reader, best_locale, read_as

log = structlog.get_logger()
View = TypeVar("View", bound=Callable[..., Any])
OPEN = {"static"}
REMEMBERED = 10.0  # seconds
BEGUN = "clarin.begun"


def cookie_name() -> str:
    return "__Host-sid" if settings().secure_cookies else "sid"


def known_name() -> str:
    return "__Host-known" if settings().secure_cookies else "known"


def init_access(app: Flask) -> None:
    """Runs before every other check, so that they know the session."""
    app.before_request(begin)
    app.after_request(note_seen)
    app.teardown_request(end)


def begin() -> None:
    if request.endpoint in OPEN:
        return
    request.environ[BEGUN] = True
    g.request_id = secrets.token_hex(6)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    # First, for the page that says that the database cannot tell who this is.
    read_as(Reader(locale=best_locale([tag for tag, _ in request.accept_languages])))
    # A socket stays open long after: it begins with what the database says, as all its later checks do.
    ask = signed_in_by if "Upgrade" in request.headers else _remembered
    g.signed_in = ask(request.cookies.get(cookie_name(), ""))
    if g.signed_in:
        enter_page(g.signed_in)
        if wait := _requests().take(g.signed_in.user_id):
            raise TooMany(seconds=math.ceil(wait))


@functools.lru_cache(maxsize=1)
def _requests() -> Pace:
    """One person's requests to this process; no work of a hand comes near it."""
    a_minute = settings().requests_per_minute
    return Pace(rate=a_minute / 60, burst=a_minute / 2)


def enter_page(who: SignedIn) -> None:
    """Make the account and the person's language the context of all that follows."""
    g.csrf_token = who.csrf_token
    structlog.contextvars.bind_contextvars(account=who.account_id, user=who.user_id)
    read_as(Reader(who.locale, who.time_zone, who.currency, who.country))


def signed_in_by(cookie: str) -> SignedIn | None:
    """The session behind a cookie, from the database; leaves its account entered. Anything odd is nobody."""
    claim = _claim_of(cookie)
    return _entered(claim, lambda: queries.find_signed_in(*claim)) if claim else None


def _remembered(cookie: str) -> SignedIn | None:
    """As `signed_in_by()`, but not asked for every request: AccessChanged makes all processes forget at once, and
    should Redis lose that word, a session that ended lives on for REMEMBERED seconds at most."""
    claim = _claim_of(cookie)
    if claim is None:
        return None
    user_id, account_id, token = claim

    def look_up() -> SignedIn | None:
        found = queries.find_signed_in(user_id, account_id, token)
        g.last_seen_long_ago = found is not None and found.is_stale
        return found

    name = f"{user_id}:{queries.hash_token(token).hex()}"
    return _entered(claim, lambda: remembered(account_id, "access", name, look_up, REMEMBERED))


def _claim_of(cookie: str) -> tuple[int, int, str] | None:
    """(user id, account id, secret), as the cookie says; nothing is checked yet."""
    parts = cookie.split(".", 2)
    account_id, user_id = (optional_id(part) for part in [*parts, "", ""][:2])
    if len(parts) != 3 or account_id is None or user_id is None:
        return None
    return user_id, account_id, parts[2]


def _entered(claim: tuple[int, int, str], find: Callable[[], SignedIn | None]) -> SignedIn | None:
    user_id, account_id, _secret = claim
    enter_tenant(account_id, user_id)
    found = find()
    if found is None:
        leave_tenant()
        release()
    return found


def note_seen(response: Response) -> Response:
    who: SignedIn | None = g.get("signed_in")
    stale = g.get("last_seen_long_ago", False)
    if who and stale and response.status_code < 500 and request.endpoint != "accounts.sign_out":
        try:
            actions.touch_session(who.session_id)
        except Exception as error:
            if not is_away(error):
                raise
            # The answer is ready and right; the next request notes it.
            log.warning("session not noted as seen", error=type(error).__name__)
    return response


def end(_error: BaseException | None) -> None:
    """Not for the context in which a worker renders a push: there the job's own account goes on."""
    if request.environ.get(BEGUN):
        leave_tenant()
        release()


def signed_in(view: View) -> View:
    """The view needs a person; what they may do is decided inside (their own preferences, say)."""
    return _guard(view, None)


def requires(permission: Permission) -> Callable[[View], View]:
    """The view needs a person whose role grants `permission`."""
    return lambda view: _guard(view, permission)


def anyone(view: View) -> View:
    """The view is open to the world: said on purpose, so that the house test can list such views."""
    view.access = "anyone"  # type: ignore[attr-defined]
    return view


def _guard(view: View, permission: Permission | None) -> View:
    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who: SignedIn | None = g.get("signed_in")
        if who is None:
            return ask_to_sign_in()
        if permission and not who.member.may(permission):
            raise Forbidden()
        return view(*args, **kwargs)

    guarded.access = permission.value if permission else "signed_in"  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def ask_to_sign_in() -> Response:
    """The sign-in page, and then back to the page that was asked for or whose form was sent.

    401 with HX-Redirect for a fragment: a form inside a row helps nobody."""
    if wants_fragment():
        back = request.htmx.current_url or "/"  # type: ignore[attr-defined]
        path = "/" + back.split("/", 3)[3] if back.count("/") > 2 else "/"
        response = error_page(401, describe("401"))
        response.headers["HX-Redirect"] = f"/login?ended=1&next={quote(path, safe='')}"
        return response
    return make_response(redirect(f"/login?next={quote(way_back(), safe='')}", 303))


def current_user() -> SignedIn:
    """Who is asking. Only inside a guarded view."""
    who: SignedIn | None = g.get("signed_in")
    if who is None:
        raise Forbidden()
    return who


def current_member() -> Member:
    """What queries and actions need to know about who is asking."""
    return current_user().member


def current_account() -> int:
    """The id of the account being worked in."""
    return current_user().account_id


def may(permission: Permission) -> bool:
    """Whether whoever is asking may; nobody may anything. For templates, which also render refusals."""
    who: SignedIn | None = g.get("signed_in")
    return who is not None and who.member.may(permission)
