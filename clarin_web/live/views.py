"""The socket: /live. It carries subscriptions up and fragments, pokes and heartbeats down; no state changes."""

from __future__ import annotations

import random
import socket as sockets
import time
from typing import Any

import redis
import structlog
from flask import Blueprint, Flask, Response, g, make_response, request
from flask_sock import Sock
from simple_websocket import Server

from clarin_web.accounts.access import anyone, cookie_name, signed_in_by
from clarin_web.accounts.queries import SignedIn
from clarin_web.db import enter_tenant, is_away, leave_tenant, release
from clarin_web.lib import values
from clarin_web.lib.pace import Pace
from clarin_web.live import topics
from clarin_web.live.hub import PRESENCE_SECONDS, Listener, hub
from clarin_web.live.wire import RESYNC, STALL_SECONDS, Wire, frame
from clarin_web.store import redis_connection
from clarin_web.web.assets import assets_version
from clarin_web.web.security import same_origin

log = structlog.get_logger()
blueprint = Blueprint("live", __name__)
sock = Sock()
HEARTBEAT, RECHECK = 15.0, 60.0
SESSION_OVER, RESTARTING, CROWDED, FLOODING = 4401, 1012, 4429, 1008
MESSAGES = Pace(rate=20, burst=100)  # of one page; it says a few words at each change of what it shows
SUBSCRIPTIONS = Pace(rate=4, burst=40)  # of one session, each a statement
BACKLOG = 200
HEARTBEAT_FRAME = frame({"op": "hb"})


def init_live(app: Flask) -> None:
    """Attach the socket. No pings by simple-websocket (they break large frames): our heartbeat does it."""
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": None, "max_message_size": 8192}
    app.before_request(guard_handshake)
    app.register_blueprint(blueprint)


def guard_handshake() -> Response | None:
    """Before the upgrade: our own pages only. A cookie alone would let another port of this host in.

    Also puts our `Wire` between flask-sock and the connection, and refuses deflate: it costs 137 kB a socket
    and gains nothing on small fragments.
    """
    if request.endpoint != "live.socket":
        return None
    if not same_origin(request.headers.get("Origin")):
        return make_response("", 403)
    key = next((name for name in ("gunicorn.socket", "werkzeug.socket") if name in request.environ), None)
    if key is None or request.headers.get("Upgrade", "").lower() != "websocket":
        return make_response("", 426)
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    g.wire = request.environ[key] = Wire(tuned(request.environ[key]))
    return None


def tuned(raw: Any) -> Any:
    """Small frames leave at once, and a phone that vanished is noticed in seconds, not a quarter of an hour."""
    if raw.family in (sockets.AF_INET, sockets.AF_INET6):
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, STALL_SECONDS * 1000)
    return raw


@sock.route("/live", bp=blueprint)
@anyone
def socket(server: Server) -> None:
    """Signed-out pages are told so by the close code: a refused handshake tells a browser nothing."""
    wire: Wire = g.wire
    wire.wake = server.event  # one event for both: something to write, something was read
    try:
        serve(server, wire, request.cookies.get(cookie_name(), ""))
    finally:
        wire.drain()
        wire.end()


def serve(server: Server, wire: Wire, cookie: str) -> None:
    """Serve one page until it leaves, its session ends, it stalls or we stop."""
    who = check_session(cookie)
    if who is None:
        server.close(SESSION_OVER, "signed out")
        return
    listener = Listener(wire, who.account_id, who.user_id)
    listener.member, listener.session_id = who.member, who.session_id
    if not hub.join(listener):
        server.close(CROWDED, "too many pages open")
        return
    try:
        wire.push(frame({"op": "hello", "v": assets_version()}))
        _loop(server, listener, cookie)
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("live: database away, the page will come back", error=type(error).__name__)
        server.close(RESTARTING, "database away")
    finally:
        hub.leave(listener)
        wire.is_closed = True


def _loop(server: Server, listener: Listener, cookie: str) -> None:
    wire, beat, checked = listener.wire, 0.0, time.monotonic()
    while server.connected and not wire.is_closed and not wire.is_stuck:
        wire.drain()
        if not hear(listener, server.input_buffer):
            server.close(FLOODING, "too many messages")
            return
        now = time.monotonic()
        if hub.is_stopping:
            server.close(RESTARTING, "restarting")
            return
        if listener.must_recheck or now - checked > RECHECK:
            checked, listener.must_recheck = now, False
            if not recheck(listener, cookie):
                server.close(SESSION_OVER, "signed out")
                return
        if now - beat > HEARTBEAT:
            beat = now
            wire.push(HEARTBEAT_FRAME)
            note_presence(listener.account_id)
        pause = subscribe_soon(listener)
        wire.wake.wait(min(5.0, pause or 5.0))
        wire.wake.clear()


def check_session(cookie: str) -> SignedIn | None:
    """The session now; the database connection goes straight back, a page may stay open for days."""
    try:
        return signed_in_by(cookie)
    finally:
        leave_tenant()
        release()


def recheck(listener: Listener, cookie: str) -> bool:
    """Rights may have changed since: keep only the topics still allowed. False when the session is over.

    A page whose rights did change asks again, so that it shows no more, and no less, than it may now.
    """
    before = listener.member, listener.topics
    who = check_session(cookie)
    if who is None or who.account_id != listener.account_id:
        listener.topics = frozenset()
        return False
    listener.member = who.member
    subscribe(listener, sorted(listener.topics))
    if before != (listener.member, listener.topics):
        listener.wire.push(RESYNC)
    return True


def hear(listener: Listener, messages: list[str | bytes]) -> bool:
    """What the page said since; its last subscription replaces all before. False when it says too much."""
    if len(messages) > BACKLOG:
        return False
    while messages:
        text = messages.pop(0)
        if MESSAGES.take(listener):
            return False
        try:
            message = values.document(text)
        except ValueError:
            continue
        if (
            isinstance(message, dict)
            and message.get("op") == "sub"
            and isinstance(message.get("topics"), list)
        ):
            listener.wanted = [one for one in message["topics"][: topics.LIMIT] if isinstance(one, str)]
            number = message.get("n")
            listener.wanted_number = number if isinstance(number, int) else 0
    return True


def subscribe_soon(listener: Listener) -> float:
    """Do as the page last asked, when it is its session's turn. Seconds to wait for that; 0 when nothing waits.

    The page is told by its number that it is heard from now on: what it asks before that may miss a poke.
    """
    if listener.wanted is None:
        return 0.0
    if wait := SUBSCRIPTIONS.take(listener.session_id):
        return wait
    wanted, listener.wanted = listener.wanted, None
    subscribe(listener, wanted)
    listener.wire.push(frame({"op": "sub", "n": listener.wanted_number}))
    return 0.0


def subscribe(listener: Listener, wanted: list[str]) -> None:
    """Replace the topics by those of `wanted` that this person may hear, by the rights they had at the last check."""
    try:
        enter_tenant(listener.account_id, listener.user_id)
        listener.topics = topics.authorised(wanted, listener.member) if listener.member else frozenset()
    finally:
        leave_tenant()
        release()


def note_presence(account_id: int) -> None:
    """Somebody has the account open: Kommo is asked every few seconds instead of every minute."""
    try:
        redis_connection().set(f"presence:{account_id}", "1", ex=PRESENCE_SECONDS + int(random.random() * 5))  # noqa: S311
    except redis.RedisError as error:
        log.warning("live: presence not noted", error=type(error).__name__)
