"""What WhatsApp does not take, over the wire of the real client: refused in words, tried again, or strangers only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Message
from tests.support.whatsapp_line import Line
from tests.support.whatsapp_server.people import contents

from .test_real_neonize import line, linked, whatsapp  # noqa: F401 -- fixtures

pytestmark = [pytest.mark.linux]


def refused(line: Line, code: int, **where: Any) -> Any:  # noqa: F811
    """A seller's message that is answered with this code, as it is afterwards."""
    line.server.refusals = [code]
    message_id = line.queue(f"con {code}", **where)

    def settled() -> Any:
        row = line.message(message_id)
        return (row.state not in ("queued", "sending") or row.hold) and row

    return line.until(settled)


def test_what_whatsapp_does_not_take_is_refused_or_tried_again_and_never_a_doubt(linked: Line) -> None:  # noqa: F811
    maria = linked.server.people[-1]
    assert (row := refused(linked, 403)).state == "failed"
    assert row.failure == "not_allowed"
    again = refused(linked, 479)
    assert (again.state, again.hold, maria.received) == ("queued", "retry", [])
    with tenant(linked.office.account_id), transaction():
        execute(update(Message).where(Message.hold == "retry").values(due_at=datetime.now(UTC)))
    release()
    linked.until(lambda: maria.received)
    linked.until(lambda: linked.message(again.id).state == "sent")
    assert [received.text for received in maria.received] == ["con 479"]


def test_a_restriction_stops_strangers_only_and_ends_when_a_person_says_so(linked: Line) -> None:  # noqa: F811
    maria, office = linked.server.people[-1], linked.office
    for phone in ("51900000031", "51900000032"):
        linked.server.welcome(phone)
    first, second = (linked.chat_with(phone) for phone in ("51900000031", "51900000032"))
    assert refused(linked, 463, chat_id=first).failure == "restricted"
    row = office.device()
    assert (row.cold_paused_reason, row.paused_reason) == ("restricted", "")
    waits = linked.queue("hola", chat_id=second)
    linked.until(lambda: linked.message(waits).hold == "restricted")
    wa_id = linked.server.write(maria, contents().Message(conversation="¿precio?"))
    linked.until(lambda: linked.heard(wa_id))
    linked.send("sí, claro")
    assert linked.message(waits).state == "queued"
    office.set(cold_paused_until=None)
    linked.give("clarin_web.devices.jobs.send_message", waits)
    linked.until(lambda: linked.message(waits).state == "sent")
