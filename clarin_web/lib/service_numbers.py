"""WhatsApp's own accounts, which write to every number and are nobody's customers (domain rule 3)."""

from __future__ import annotations

import re

# As every linked device knows them: notices of WhatsApp (0), its business account, Meta AI and its characters.
_NOTICES, _BUSINESS = "0", "16505361212"
_META_AI = re.compile(r"1313555\d{4}|131655500\d{2}")
_PHONE = re.compile(r"[1-9]\d{4,14}")  # what E.164 allows


def is_service_number(digits: str) -> bool:
    """Also what is no phone at all: no person has a number that begins with 0 or has letters."""
    if digits in (_NOTICES, _BUSINESS) or _META_AI.fullmatch(digits):
        return True
    return _PHONE.fullmatch(digits) is None
