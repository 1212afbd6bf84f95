"""The composition root: one application out of its features, and nothing else."""

from __future__ import annotations

from flask import Flask, Response, make_response
from sqlalchemy import text
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, ValidationError

from clarin_web import subscriptions
from clarin_web.accounts import access, tenancy
from clarin_web.accounts.access import anyone
from clarin_web.accounts.views import blueprint as accounts
from clarin_web.chats.views import blueprint as chats
from clarin_web.config import settings
from clarin_web.contacts.views import blueprint as contacts
from clarin_web.dashboard.views import blueprint as dashboard
from clarin_web.db import execute
from clarin_web.devices.views import blueprint as devices
from clarin_web.events import subscribe
from clarin_web.kommo.views import blueprint as kommo
from clarin_web.kommo.views.webhooks import blueprint as kommo_webhook
from clarin_web.leads.views import blueprint as leads
from clarin_web.lib.logs import configure_logging
from clarin_web.lib.values import optional_id
from clarin_web.live.views import init_live
from clarin_web.media.views import blueprint as media
from clarin_web.navigation import page_context
from clarin_web.web import assets, cache, errors, htmx, security, templating, timing, uploads

BLUEPRINTS = (accounts, dashboard, leads, chats, contacts, media, devices, kommo, kommo_webhook)
MAX_BODY = 1024 * 1024


class BigId(IntegerConverter):
    """An id in a URL: what no bigint can hold is not there, before any query is asked about it."""

    def to_python(self, value: str) -> int:
        if (number := optional_id(value)) is None:
            raise ValidationError()
        return number


def create_app(*, check: bool = True, commands: bool = True) -> Flask:
    """The application. `check` refuses a database whose tables are not protected (domain rule 1).

    Without `commands` it is some megabytes smaller: workers need none of them.
    """
    configure_logging()
    app = Flask(
        "clarin_web", root_path=str(assets.STATIC.parent), template_folder="templates", static_folder="static"
    )
    app.url_map.converters["int"] = BigId
    app.config.update(
        SECRET_KEY=settings().secret_key,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings().secure_cookies,
        SESSION_COOKIE_NAME="flash",
    )
    if hops := settings().proxy_count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    if check:
        tenancy.check_tenancy()
    timing.init_timing(app)
    htmx.init_htmx(app)
    access.init_access(app)
    uploads.init_uploads(app)
    security.init_security(app)
    templating.init_templating(app)
    errors.init_errors(app)
    assets.init_assets(app)
    cache.init_cache(app)
    init_live(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(page_context)
    app.add_url_rule("/healthz", "healthz", anyone(healthz))
    app.add_url_rule("/readyz", "readyz", anyone(readyz))
    subscribe(subscriptions.SUBSCRIPTIONS)
    if commands:
        _add_commands(app)
    return app


def _add_commands(app: Flask) -> None:
    from clarin_web import cli
    from clarin_web.demo import cli as demo_cli

    cli.init_cli(app)
    demo_cli.init_cli(app)


def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return make_response("ok\n", 200)


def readyz() -> Response:
    """The database answers too. Redis may be away: pages work, only slower to notice news."""
    execute(text("SELECT 1"))
    return make_response("ready\n", 200)
