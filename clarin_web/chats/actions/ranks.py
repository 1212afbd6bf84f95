"""How far a message of ours came: its state only ever moves up."""

from __future__ import annotations

RANK = {
    "queued": 0,
    "failed": 0,
    "sending": 1,
    "uncertain": 1,
    "sent": 2,
    "delivered": 3,
    "read": 4,
    "played": 5,
}
