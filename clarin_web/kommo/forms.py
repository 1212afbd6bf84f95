"""What the connect forms send: a long-lived token, or an integration to consent to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clarin_web.web.forms import Form


@dataclass(frozen=True, slots=True)
class Connecting:
    address: str
    token: str


def connecting(data: Mapping[str, str]) -> Connecting:
    """Raises Invalid beside the field at fault. The token is never shown again, not even after an error."""
    form = Form(data)
    wanted = Connecting(
        form.text("address", required=True, limit=200), form.text("token", required=True, limit=8192)
    )
    form.check()
    return wanted


@dataclass(frozen=True, slots=True)
class Integration:
    address: str
    client_id: str
    secret: str


def integration(data: Mapping[str, str]) -> Integration:
    """Raises Invalid beside the field at fault. The secret is never shown again either."""
    form = Form(data)
    wanted = Integration(
        form.text("address", required=True, limit=200),
        form.text("client_id", required=True, limit=200),
        form.text("client_secret", required=True, limit=500),
    )
    form.check()
    return wanted
