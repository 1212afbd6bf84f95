"""Who may ask: long-lived tokens (JWTs), and OAuth's code and refresh flow with single-use refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from typing import Any

from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World

DAY = 86400
CODE_SECONDS, ACCESS_SECONDS, REFRESH_SECONDS = 20 * 60, DAY, 90 * DAY


@dataclass
class Grant:
    """What a token opens. `kind`: access, code or refresh; each code and refresh token works once."""

    kind: str
    user_id: int
    expires: float | None
    is_admin: bool = True
    is_used: bool = False


class Tokens:
    """Times go by the World's clock. `refreshes` counts pairs handed out, for tests of the single use."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.client_id, self.client_secret = "sim-integration", secrets.token_urlsafe(24)
        self.redirect_uri = "http://127.0.0.1/kommo/authorised"
        self.refreshes = 0
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self.allow(token)

    def allow(self, token: str, *, admin: bool = True, seconds: float | None = None) -> None:
        """Accept this text as a token; without `seconds` for ever."""
        expires = None if seconds is None else self.world.now() + seconds
        self._grants[token] = Grant("access", self._user(admin), expires, admin)

    def issue(self, seconds: float = 365 * DAY, *, admin: bool = True) -> str:
        """A long-lived token as Kommo's "Keys and scopes" shows it: a JWT with `exp`."""
        now = self.world.now()
        claims = {"aud": self.client_id, "jti": secrets.token_hex(16), "iat": now, "nbf": now}
        about = {"exp": int(now + seconds), "sub": str(self._user(admin)), "grant_type": ""}
        account = {"account_id": self.world.account["id"], "base_domain": "kommo.com", "version": 2}
        rest = {"api_domain": "api-c.kommo.com", "scopes": ["crm", "notifications", "push_notifications"]}
        token = self._jwt({**claims, **about, **account, **rest})
        self.allow(token, admin=admin, seconds=seconds)
        return token

    def revoke(self, token: str) -> None:
        with self._lock:
            self._grants.pop(token, None)

    def revoke_all(self) -> None:
        """As when the integration is switched off."""
        with self._lock:
            self._grants.clear()

    def grant_of(self, header: str | None) -> Grant | None:
        """What an Authorization header opens now; None is a 401."""
        grant = self._grants.get((header or "").removeprefix("Bearer "))
        if grant is None or grant.kind != "access" or not (header or "").startswith("Bearer "):
            return None
        return None if self._is_over(grant) else grant

    def code(self, *, admin: bool = True) -> str:
        """What the user brings back from the authorisation page."""
        code = secrets.token_hex(24)
        self._grants[code] = Grant("code", self._user(admin), self.world.now() + CODE_SECONDS, admin)
        return code

    def exchange(self, body: Any) -> Row | str:
        """A new pair for a code or a refresh token, else why not."""
        if not isinstance(body, dict) or body.get("client_id") != self.client_id:
            return "Unknown integration"
        if not hmac.compare_digest(str(body.get("client_secret")), self.client_secret):
            return "Wrong client secret"
        if body.get("redirect_uri") != self.redirect_uri:
            return "Wrong redirect_uri"
        kind = {"authorization_code": "code", "refresh_token": "refresh"}.get(str(body.get("grant_type")))
        key = {"code": "code", "refresh": "refresh_token"}.get(kind or "", "")
        with self._lock:
            grant = self._grants.get(str(body.get(key)))
            if kind is None or grant is None or grant.kind != kind:
                return "Unknown token"
            if grant.is_used or self._is_over(grant):
                return "Token has been revoked" if grant.is_used else "Token has expired"
            grant.is_used = True
        return self._pair(grant)

    def _pair(self, grant: Grant) -> Row:
        now, access = self.world.now(), self.issue(ACCESS_SECONDS, admin=grant.is_admin)
        refresh = "def50200" + secrets.token_hex(64)
        self._grants[refresh] = Grant("refresh", grant.user_id, now + REFRESH_SECONDS, grant.is_admin)
        self.refreshes += grant.kind == "refresh"
        pair = {"access_token": access, "refresh_token": refresh}
        return {"token_type": "Bearer", "expires_in": ACCESS_SECONDS, "server_time": now, **pair}

    def _is_over(self, grant: Grant) -> bool:
        return grant.expires is not None and self.world.now() >= grant.expires

    def _user(self, admin: bool) -> int:
        users = [row for row in self.world.rows["users"].values() if row["is_admin"] == admin]
        return int(users[0]["id"]) if users else int(self.world.account["current_user_id"])

    def _jwt(self, claims: Row) -> str:
        parts = [_encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims)]
        signature = hmac.new(self._key, ".".join(parts).encode(), hashlib.sha256).digest()
        return ".".join([*parts, _encoded(signature)])


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
