"""Questions to a connected neonize client that send nothing to anybody."""

from __future__ import annotations

from typing import Any

from clarin_web.devices.neonize_gateway.sending import error_of


def on_whatsapp(client: Any, phone: str) -> bool:
    """neonize joins what it is given with spaces, so it gets digits only; an empty answer means nobody."""
    try:
        answers = client.is_on_whatsapp(phone)
    except Exception as error:
        raise error_of(error) from error
    return any(answer.IsIn for answer in answers)
