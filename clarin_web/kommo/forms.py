"""What the connect form sends."""

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
